import fp from 'fastify-plugin'

/** Ends, with their last answer, the connections that are in the midst of a request when the server closes; Node ends only idle ones then. */
export const lastAnswers = fp(app => {
  let closing = false
  app.addHook('preClose', async () => { closing = true })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('Connection', 'close')
    done()
  })
  // An answer that was being sent already could not say so.
  app.addHook('onResponse', (request, _reply, done) => {
    if (closing) request.raw.socket.destroySoon()
    done()
  })
}, { name: 'last-answers' })

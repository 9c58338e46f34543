import fp from 'fastify-plugin'

/** Ends, with their last answer, the connections that are in the midst of a request when the server closes; Node ends only idle ones then. */
export const lastAnswers = fp(app => {
  let closing = false
  app.addHook('preClose', async () => { closing = true })
  app.addHook('onSend', async (_request, reply) => { if (closing) reply.header('Connection', 'close') })
}, { name: 'last-answers' })

import fp from 'fastify-plugin'

/** Keeps every answer out of caches: it is for one person, and true of this moment only. The few that may be kept say so themselves. */
export const noStore = fp(app => {
  app.addHook('onRequest', async (_request, reply) => { reply.header('Cache-Control', 'no-store') })
}, { name: 'no-store' })

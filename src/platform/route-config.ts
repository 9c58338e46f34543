import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** What its route says of itself, `url` as it was registered among it. Fastify's own `routeOptions` is made anew each time it is looked at. */
    routeConfig: FastifyContextConfig & { url?: string | undefined }
  }
}

const ofNone = {}

/** Looks once for each request at what its route says. Register it before whatever asks. */
export const routeConfig = fp(app => {
  app.decorateRequest('routeConfig', null as never)
  app.addHook('onRequest', (request: FastifyRequest, _reply, done) => {
    request.routeConfig = request.routeOptions.config ?? ofNone
    done()
  })
}, { name: 'route-config' })

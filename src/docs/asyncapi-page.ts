import type { FastifyPluginAsync } from 'fastify'
import { renderPage } from './asyncapi-html.ts'
import { stylesheet } from './asyncapi-style.ts'
import type { AsyncapiDocument } from './asyncapi-types.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The AsyncAPI document of the sockets. */
    asyncapi: () => AsyncapiDocument
  }
}

/** The page needs its stylesheet and nothing else: no program runs in it, and nobody else is asked for anything. */
const policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The AsyncAPI document at /asyncapi.json, and at /asyncapi as a page that is whole as it is sent. */
export const asyncapiPage: FastifyPluginAsync<{ read: () => AsyncapiDocument }> = async (app, { read }) => {
  let page: string | undefined
  app.get('/asyncapi.json', { schema: { hide: true } }, async (_request, reply) => reply.type('application/json; charset=utf-8').send(JSON.stringify(read())))
  app.get('/asyncapi', { schema: { hide: true } }, async (_request, reply) => {
    page ??= renderPage(read())
    return await reply.header('Content-Security-Policy', policy).type('text/html; charset=utf-8').send(page)
  })
  app.get('/asyncapi/style.css', { schema: { hide: true } }, async (_request, reply) => reply.header('Cache-Control', 'public, max-age=86400').type('text/css; charset=utf-8').send(stylesheet))
}

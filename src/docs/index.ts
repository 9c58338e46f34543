import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { stringify } from 'yaml'
import { asyncapiDocument } from './asyncapi.ts'
import { asyncapiPage } from './asyncapi-page.ts'
import type { AsyncapiDocument, SocketContract } from './asyncapi-types.ts'
import { completeDocument } from './complete.ts'
import { consolePage } from './console.ts'
import { documentHead } from './openapi.ts'
import { redoc } from './redoc.ts'
import { theme } from './theme.ts'

/** What `operation` says of a route, or no more than that it is hidden. */
interface Schema { problems?: (method: string) => object, response?: object }
interface Options {
  version: string
  publicUrl: string | undefined
  socket: SocketContract
}

/** The documents of the API: Swagger UI at /docs, ReDoc at /redoc, the console at /console, the OpenAPI document as JSON and YAML; the AsyncAPI document and its page. Register it before the routes. */
export const docs = fp<Options>(async (app, { version, publicUrl, socket }) => {
  await app.register(swagger, {
    openapi: documentHead(version, publicUrl),
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => typeof json['$id'] === 'string' ? json['$id'] : `def-${i}` },
    transform: ({ schema, url, route }) => {
      const { problems, response, ...rest } = schema as Schema
      return { schema: { ...rest, response: { ...problems?.([route.method].flat()[0]!), ...response } }, url }
    },
    transformObject: document => 'openapiObject' in document ? completeDocument(document.openapiObject as Parameters<typeof completeDocument>[0]) : document.swaggerObject
  })
  let socketDocument: AsyncapiDocument | undefined
  app.decorate('asyncapi', () => {
    socketDocument ??= asyncapiDocument({ version, publicUrl, contract: socket })
    return socketDocument
  })
  // These pages need no token: an explicit mark on each of their routes, which the guard asks for.
  await app.register(async open => {
    open.addHook('onRoute', route => { route.config = { ...route.config, public: true } })
    await open.register(swaggerUi, {
      routePrefix: '/docs',
      uiConfig: { layout: 'BaseLayout', persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true, docExpansion: 'list', deepLinking: true, defaultModelsExpandDepth: 0 },
      initOAuth: { clientId: 'parley-docs', appName: 'Parley' },
      theme,
      staticCSP: false
    })
    await open.register(redoc)
    await open.register(asyncapiPage, { read: app.asyncapi })
    await open.register(consolePage)
    open.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
    open.get('/openapi.yaml', { schema: { hide: true } }, async (_request, reply) => reply.type('application/yaml; charset=utf-8').send(stringify(app.swagger())))
  })
}, { name: 'docs' })

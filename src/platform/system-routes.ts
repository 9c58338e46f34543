import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { Problem } from './errors.ts'
import { operation } from './operation.ts'
import { Closed, OneOf, Ref } from './typebox.ts'

const version = Type.String({ maxLength: 50, examples: ['0.1.0'] })
const links = { docs: '/docs', redoc: '/redoc', openapi: '/openapi.json', asyncapi: '/asyncapi', console: '/console', api: '/api/v1', socket: '/api/v1/ws/{chat_id}' }

export const Links = Type.Record(Type.String({ pattern: '^[a-z]{1,40}$' }), Type.String({ maxLength: 500 }), { maxProperties: 20, $id: 'Links', description: 'Addresses on this server, by what is there.', examples: [links] })

const limitsExample = { message_characters: 10_000, chat_people: 100, body_bytes: 262_144, frame_bytes: 65_536 }
export const Limits = Type.Record(Type.String({ pattern: '^[a-z_]{1,40}$' }), Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }), { maxProperties: 20, $id: 'Limits', description: 'The bounds a client should know.', examples: [limitsExample] })

export const Info = Closed({
  name: Type.String({ maxLength: 50 }),
  version,
  description: Type.String({ maxLength: 500 }),
  links: Ref(Links),
  limits: Ref(Limits)
}, {
  $id: 'Info',
  description: 'What this server is.',
  examples: [{ name: 'Parley', version: '0.1.0', description: 'A chat backend.', links, limits: limitsExample }]
})

const redisState = Type.Optional(OneOf(['up', 'down'], { description: 'Whether the processes hear of each other at once; absent where there is no Redis.' }))

export const Health = Closed({
  status: OneOf(['ok', 'unavailable']),
  database: OneOf(['up', 'down']),
  redis: redisState,
  version,
  uptime_seconds: Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
}, { $id: 'Health', description: 'How the server and its database are.', examples: [{ status: 'ok', database: 'up', version: '0.1.0', uptime_seconds: 12.3 }, { status: 'unavailable', database: 'down', version: '0.1.0', uptime_seconds: 3600.5 }] })

export const Alive = Closed({ status: OneOf(['ok']) }, { $id: 'Alive', description: 'The process answers.', examples: [{ status: 'ok' }] })

export const Ready = Closed({ status: OneOf(['ok']), redis: redisState }, { $id: 'Ready', description: 'The server takes work.', examples: [{ status: 'ok' }, { status: 'ok', redis: 'up' }] })

interface Options {
  version: string
  limits: Record<string, number>
  database: () => Promise<'up' | 'down'>
  /** The state of the Redis that the processes share, where there is one. */
  redis?: () => 'up' | 'down'
  /** Throws while the server starts or stops. */
  readiness: { check: () => void }
  /** Throws when an index is missing. */
  indexes: { check: () => Promise<void> }
}

const tag = 'system'

/** The routes that tell of the server itself. */
export const systemRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { version, limits, database, redis, readiness, indexes }) => {
  const info = { name: 'Parley', version, description: 'One chat backend for people, AI replies and branching conversations, over REST and WebSocket.', links, limits }
  const shared = () => redis && { redis: redis() }
  const uptime = () => Math.round(process.uptime() * 10) / 10

  for (const [url, id, summary] of [['/', 'getRoot', 'Where things are'], ['/api/v1/info', 'getInfo', 'What this server is']] as const) {
    app.route({
      method: 'GET',
      url,
      ...operation({ id, tag, summary, description: 'The name and version of the server, its addresses and its limits.', public: true, withoutDatabase: true, output: { 200: Ref(Info) } }),
      handler: async () => info
    })
  }

  app.route({
    method: 'GET',
    url: '/health',
    ...operation({ id: 'getHealth', tag, summary: 'Check server and database', description: 'Answers 200 with the state of the database, or 503 with the same shape when the database does not answer within a second.', public: true, withoutDatabase: true, output: { 200: Ref(Health), 503: Ref(Health) } }),
    handler: async (_request, reply) => {
      const state = await database()
      if (state === 'down') reply.header('Retry-After', '1')
      return await reply.code(state === 'up' ? 200 : 503).send({ status: state === 'up' ? 'ok' as const : 'unavailable' as const, database: state, ...shared(), version, uptime_seconds: uptime() } as never)
    }
  })

  app.route({
    method: 'GET',
    url: '/livez',
    ...operation({ id: 'getLiveness', tag, summary: 'Is the process alive?', description: 'For a supervisor: 200 as long as the process can answer at all, whatever the database does.', public: true, withoutDatabase: true, output: { 200: Ref(Alive) } }),
    handler: async () => ({ status: 'ok' as const })
  })

  app.route({
    method: 'GET',
    url: '/readyz',
    ...operation({ id: 'getReadiness', tag, summary: 'Does it take work?', description: 'For a balancer: 503 while the server starts or stops, while the database does not answer, and when an index is missing, which `detail` names. Without its Redis it still takes work: what other processes write then arrives some seconds later.', public: true, withoutDatabase: true, output: { 200: Ref(Ready) }, problems: ['unavailable', 'database_unavailable'] }),
    handler: async () => {
      readiness.check()
      if (await database() === 'down') throw new Problem('database_unavailable')
      await indexes.check()
      return { status: 'ok' as const, ...shared() }
    }
  })
}

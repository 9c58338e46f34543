import jwt from '@fastify/jwt'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { LogController } from 'fastify'
import type { Connection } from 'mongoose'
import adminRoutes from './admin/index.ts'
import aiRoutes from './ai/index.ts'
import authRoutes from './auth/index.ts'
import { jwtOptions } from './auth/tokens.ts'
import branchRoutes from './branches/index.ts'
import { commands, events, schemas, socketContract } from './catalogue.ts'
import { chatDeleted, participantRemoved } from './chats/events.ts'
import chatRoutes from './chats/index.ts'
import { peopleLimit } from './chats/participants.ts'
import { docs } from './docs/index.ts'
import { judgeAgain } from './judge-again.ts'
import { measuresOf } from './measures.ts'
import messageRoutes from './messages/index.ts'
import { contentLimit } from './messages/schemas.ts'
import { requireToken } from './platform/bearer.ts'
import { type Config, settingList } from './platform/config.ts'
import { guard } from './platform/guard.ts'
import { bareHeaders, securityHeaders } from './platform/content-policy.ts'
import { crossOrigin } from './platform/cross-origin.ts'
import { answerBadHttp, httpErrors, sendProblem } from './platform/http-errors.ts'
import { createIndexes, watchIndexes } from './platform/indexes.ts'
import { jsonBody } from './platform/json.ts'
import { lastAnswers } from './platform/last-answers.ts'
import { createLogger, requestId, requestLog, requestLogger } from './platform/logging.ts'
import { metrics } from './platform/metrics.ts'
import { databaseState } from './platform/mongo.ts'
import { usingDatabase } from './platform/patient-start.ts'
import { rateLimit } from './platform/rate-limit.ts'
import { createReadiness, startGate } from './platform/readiness.ts'
import { relayRestored } from './platform/relay.ts'
import { routeConfig } from './platform/route-config.ts'
import { systemRoutes } from './platform/system-routes.ts'
import { toProblem } from './platform/to-problem.ts'
import { unusedConnections } from './platform/unused-connections.ts'
import { createValidators } from './platform/validation.ts'
import { version } from './platform/version.ts'
import { createServices } from './services.ts'
import { sessionRevoked } from './auth/events.ts'
import { userChanged } from './users/events.ts'
import userRoutes from './users/index.ts'
import { fanOut } from './ws/fanout.ts'
import { userLeft } from './ws/frames.ts'
import socketRoutes from './ws/index.ts'

/** The largest body, in bytes: the longest message in the longest encoding, with room. */
const bodyBound = 256 * 1024

/** The whole server on a connection, with every plugin in order; it neither listens nor owns the process. */
export async function buildApp ({ config, connection }: { config: Config, connection: Connection }) {
  const app = Fastify({
    loggerInstance: createLogger(config.LOG_LEVEL),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    childLoggerFactory: requestLogger,
    trustProxy: config.TRUST_PROXY ? settingList(config.TRUST_PROXY) : false,
    bodyLimit: bodyBound,
    connectionTimeout: 60_000,
    requestTimeout: config.HTTP_REQUEST_MS,
    // Node looks after connections only so often, every 30 s by default: until then one that never says all of its request stays.
    http: { headersTimeout: config.HTTP_REQUEST_MS, connectionsCheckingInterval: Math.min(5000, config.HTTP_REQUEST_MS / 2) },
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    // The first chat APIs end their collections with a slash.
    routerOptions: { ignoreTrailingSlash: true },
    clientErrorHandler: answerBadHttp,
    // Before any hook, helmet's among them: what browsers obey is said here, too.
    frameworkErrors: (error, request, reply) => { sendProblem(request as never, reply.headers(bareHeaders) as never, toProblem(error)) }
  }).withTypeProvider<TypeBoxTypeProvider>()
  const validators = createValidators(schemas)
  const origins = settingList(config.CORS_ORIGINS)
  const readiness = createReadiness()

  validators.install(app)
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, jsonBody)

  await app.register(jwt, jwtOptions(config))
  const services = await createServices({ config, connection, jwt: app.jwt, log: app.log })
  const { bus, clock, redis, carrier, limits, auth, users, chats, messages, branches, ai, audit, admin, hub, everywhere, presence, sockets, log } = services

  const models = [...log.models, ...users.models, ...auth.models, ...chats.models, ...ai.models, ...audit.models]
  const indexes = watchIndexes(models, app.log)

  await app.register(routeConfig)
  await app.register(unusedConnections)
  await app.register(requestLog)
  await app.register(metrics, { token: config.METRICS_TOKEN, isOpen: config.NODE_ENV !== 'production', ...measuresOf(services) })
  await app.register(lastAnswers)
  await app.register(httpErrors)
  await app.register(securityHeaders)
  await app.register(crossOrigin, {
    origin: origins.includes('*') ? true : origins,
    exposedHeaders: 'ETag, Location, X-Request-Id, Retry-After, Idempotency-Replayed, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset',
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    // An OPTIONS that is no preflight is answered like one: the plugin's own refusal of it is no problem document.
    strictPreflight: false,
    maxAge: 600
  })
  await app.register(startGate, { readiness })
  await app.register(rateLimit, { limits })
  await app.register(guard, { authenticate: (request, signed) => auth.authenticate(requireToken(request.raw), signed), foresee: chats.access.foresee })

  await app.register(docs, { version, publicUrl: config.PUBLIC_URL, socket: socketContract(services) })
  await app.register(systemRoutes, {
    version,
    limits: { message_characters: contentLimit, chat_people: peopleLimit, body_bytes: bodyBound, frame_bytes: config.WS_FRAME_BYTES },
    database: async () => await databaseState(connection),
    ...(redis && { redis: redis.state }),
    readiness,
    indexes
  })
  await app.register(authRoutes, { prefix: '/api/v1', auth })
  await app.register(userRoutes, { prefix: '/api/v1', users })
  await app.register(chatRoutes, {
    prefix: '/api/v1',
    chats,
    include: {
      messages: async (actor, chatId) => await messages.list(actor, chatId, { limit: 100, order: 'asc' }),
      branches: async (actor, chatId) => await branches.list(actor, chatId, { limit: 100 })
    }
  })
  await app.register(messageRoutes, { prefix: '/api/v1', messages, chats })
  await app.register(branchRoutes, { prefix: '/api/v1', branches })
  await app.register(aiRoutes, { prefix: '/api/v1', ai })
  await app.register(adminRoutes, { prefix: '/api/v1/admin', admin })
  await app.register(socketRoutes, {
    prefix: '/api/v1',
    hub,
    clock,
    presence,
    count: async () => await everywhere?.count(hub.count()) ?? hub.count(),
    settings: sockets,
    commands: commands(services),
    validators,
    limits,
    auth: { authenticate: auth.authenticate, redeem: auth.redeemTicket, renew: auth.renew },
    reader: {
      mayHear: async (actor, chatId) => await chats.access.find(actor, chatId) !== undefined,
      get: chats.get,
      changes: messages.changes,
      highest: log.newestSeq
    },
    origins
  })

  fanOut(bus, hub, events)
  carrier?.carry(events)
  bus.on(participantRemoved, ({ chat_id, user_id }) => hub.expel(chat_id, 'removed', user_id))
  bus.on(chatDeleted, ({ chat_id }) => hub.expel(chat_id, 'chat_deleted'))
  bus.on(sessionRevoked, ({ session_id }) => hub.endSession(session_id))
  bus.on(userChanged, ({ user_id }) => hub.revise(user_id))
  bus.on(userLeft, ({ chat_id, user_id }) => chats.typing.stop(chat_id, user_id))
  const renewPresence = async () => await everywhere?.renew(hub, presence.gone)
  bus.on(relayRestored, async () => {
    await Promise.all([hub.compare(), renewPresence()])
    await judgeAgain({ hub, auth, users })
  })

  return Object.assign(app, {
    services,
    models,

    /** Tells whoever asks what the start waits for. */
    waitsFor: readiness.waitsFor,

    /** Makes the indexes, mends what an earlier process left undone, and only then calls the server ready. Throws StartupError; it can be tried again. */
    async prepare () {
      await createIndexes(models)
      await usingDatabase(async () => {
        await chats.restorations.notice(line => app.log.warn(line))
        await clock.ask()
        await chats.summaries.repair()
      })
      await redis?.start()
      await renewPresence()
      Promise.all([chats.resumePurges(), users.resumeDepartures()]).catch((error: unknown) => app.log.error({ err: error }, 'what an earlier process began could not be finished'))
      ai.watch()
      readiness.ready()
    },

    /** Takes nothing new, ends what was begun, and closes the sockets: what comes before closing the database. */
    async drain () {
      readiness.stop()
      await ai.drain()
      await log.drain()
      await chats.summaries.flush()
      await app.close()
      await everywhere?.stop()
      carrier?.stop()
      await redis?.stop()
    }
  })
}

export type App = Awaited<ReturnType<typeof buildApp>>

import type { JWT } from '@fastify/jwt'
import type { FastifyBaseLogger } from 'fastify'
import type { Connection } from 'mongoose'
import { createAudit } from './admin/audit.ts'
import { createAdmin } from './admin/service.ts'
import { createAi } from './ai/service.ts'
import { createAuth } from './auth/service.ts'
import { createBranches } from './branches/service.ts'
import { createChats } from './chats/service.ts'
import { createLog } from './log/index.ts'
import { createMessages } from './messages/service.ts'
import { createBus } from './platform/bus.ts'
import { createClock } from './platform/clock.ts'
import type { Actor } from './platform/guard.ts'
import type { Config } from './platform/config.ts'
import { createCursors } from './platform/cursor.ts'
import { createSharedPresence } from './platform/presence-redis.ts'
import { createRateLimits } from './platform/rate-limit.ts'
import { createRedisRelay } from './platform/relay-redis.ts'
import { noRelay } from './platform/relay.ts'
import { createUsers } from './users/service.ts'
import { createHub } from './ws/hub.ts'
import { createRedisPresence } from './ws/presence-redis.ts'
import { createMemoryPresence, createPresence } from './ws/presence.ts'
import { socketSettings } from './ws/settings.ts'

export interface Needs { config: Config, connection: Connection, jwt: JWT, log: FastifyBaseLogger }

/** Every service of a process, each built once, in the order in which they need each other. */
export async function createServices ({ config, connection, jwt, log: logger }: Needs) {
  const report = (error: unknown, what: string) => logger.error({ err: error, what }, 'background work failed')
  const bus = createBus(report, { isShared: Boolean(config.REDIS_URL) })
  const cursors = createCursors(config.SECRET_KEY)
  // Two installations can share a Redis; each has its own names in it.
  const prefix = `parley:${config.MONGODB_DATABASE}:`
  // One process alone need not load what speaks to it.
  const redis = config.REDIS_URL ? (await import('./platform/redis.ts')).createRedis({ url: config.REDIS_URL, log: logger }) : undefined
  const carrier = redis && createRedisRelay({ redis, bus, prefix })
  const relay = carrier ?? noRelay
  const limits = createRateLimits(config.RATE_LIMIT === 'on', redis && { client: redis.commands, prefix }, config.API_KEY_REQUESTS_PER_MINUTE)
  const clock = createClock(connection)
  const log = createLog({ connection, bus, clock, report: error => report(error, 'log') })
  const audit = createAudit({ connection, cursors })
  const users = createUsers({ connection, bus, cursors, recordRemoval: audit.recordRemoval })
  const auth = createAuth({ connection, bus, users, config, jwt, clock, cursors, recordKey: audit.recordKey, report })
  const chats = createChats({ connection, bus, log, clock, users, cursors, report: error => report(error, 'chats') })
  const messages = createMessages({ bus, log, chats, users, cursors, secret: config.SECRET_KEY })
  const branches = createBranches({ bus, log, chats, messages, cursors, report: error => report(error, 'branches') })
  // A reply may take longer than its asker's token lives; what ends the hearing is the end of the session. Who has none is a program of our own.
  const sameNow = async (actor: Actor) => actor.session_id === '' ? actor : await auth.renew({ id: actor.id, session_id: actor.session_id })
  const ai = createAi({ connection, config, bus, log, users, chats, messages, branches, cursors, logger, renew: sameNow, report })
  const admin = createAdmin({ users, auth, chats, messages, audit, usage: ai.usage, cursors })
  const sockets = socketSettings(config)
  const everywhere = redis && createRedisPresence({ shared: createSharedPresence({ redis, prefix, clock }), graceMs: config.PRESENCE_GRACE_MS, names: users.names })
  const presence = createPresence({ bus, store: everywhere?.store ?? createMemoryPresence(), graceMs: config.PRESENCE_GRACE_MS, report: error => report(error, 'presence') })
  const hub = createHub({
    relay,
    presence,
    settings: sockets,
    claimSockets: everywhere?.claimSockets ?? (async () => true),
    highest: log.highest,
    readChanges: (chatId, since) => messages.changesForAll(chatId, { since, limit: 200 }),
    lastClosed: userId => users.touch(userId).catch((error: unknown) => report(error, 'last_seen')),
    report: error => report(error, 'sockets')
  })
  return { bus, clock, redis, carrier, relay, limits, log, users, auth, chats, messages, branches, ai, audit, admin, sockets, everywhere, presence, hub }
}

export type Services = Awaited<ReturnType<typeof createServices>>

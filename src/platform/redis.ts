import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import { Redis, type RedisOptions } from 'ioredis'

/** How long one command may take, in milliseconds: whatever is asked of Redis has an answer without it. */
const commandMs = 1000
/** How often a connection is asked whether it still lives, in milliseconds: one that only listens would never notice. */
const heartbeatMs = 5000
/** How long a start waits for Redis, in milliseconds. */
const startPatienceMs = 1000

const options = {
  lazyConnect: true,
  // What cannot be sent now fails now. What is in flight when the connection breaks fails too: sent again later it would come out of order.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // The relay subscribes itself, and tells when it is done.
  autoResubscribe: false,
  commandTimeout: commandMs,
  connectTimeout: 2000,
  // A server that owes answers and sends none for this long is given up, and with it the connection.
  socketTimeout: 2 * commandMs,
  keepAlive: 10_000,
  retryStrategy: (attempts: number) => Math.min(2000, 50 * 2 ** attempts) + Math.random() * 100,
  // After a fail-over the old primary still answers, but takes nothing.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY')
} satisfies RedisOptions

export interface SharedRedis {
  /** Answers within a second or fails; never queues. */
  commands: Redis
  /** Listens only. */
  subscriber: Redis
  /** Whether both connections can be used now. */
  state: () => 'up' | 'down'
  /** Begins to connect and keeps trying for ever. Resolves when it is done or failed first, after a second at the latest; never rejects. */
  start: () => Promise<void>
  stop: () => Promise<void>
}

/**
 * Two connections to the Redis that processes share. A change of its state is one line in the log, however often it is tried again.
 * No failure reaches anybody but the one who gave a command.
 */
export function createRedis ({ url, log }: { url: string, log: FastifyBaseLogger }): SharedRedis {
  const commands = new Redis(url, { ...options, connectionName: 'parley' })
  const subscriber = new Redis(url, { ...options, connectionName: 'parley-subscriber' })
  const both = [commands, subscriber]
  let told: 'up' | 'down' | undefined
  let reason = 'the connection was closed'
  let stopping = false
  const state = () => both.every(({ status }) => status === 'ready') ? 'up' : 'down'

  function tell () {
    const now = state()
    if (stopping || now === told) return
    told = now
    if (now === 'up') log.info('Redis is connected')
    else log.warn({ reason }, 'Redis is away: this process goes on alone, and joins the others when it is back')
    reason = 'the connection was closed'
  }

  for (const connection of both) {
    connection.on('ready', () => { if (state() === 'up') tell() })
    connection.on('close', tell)
    // Its close follows. Of an error with several causes only the code says anything.
    connection.on('error', (error: Error & { code?: unknown }) => { reason = (error.message || String(error.code)).slice(0, 200) })
  }
  // One that fails is closed by its own time limit.
  const heartbeat = () => { for (const connection of both) if (connection.status === 'ready') connection.ping().catch(() => {}) }
  let timer: NodeJS.Timeout | undefined

  return {
    commands,
    subscriber,
    state,

    async start () {
      timer = setInterval(heartbeat, heartbeatMs).unref()
      const connecting = Promise.all(both.map(async connection => await connection.connect().catch(() => {})))
      await Promise.race([connecting, delay(startPatienceMs, undefined, { ref: false })])
    },

    async stop () {
      stopping = true
      clearInterval(timer)
      // What was published last is still on its way.
      if (commands.status === 'ready') await commands.quit().catch(() => {})
      for (const connection of both) connection.disconnect()
    }
  }
}

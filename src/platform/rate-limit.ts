import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { Problem } from './errors.ts'
import type { Actor } from './guard.ts'

/** How many in how many seconds, for whom. A send counts against both of its windows: 20 at once, 100 a minute. */
export const rateWindows = {
  address: [{ points: 3000, duration: 60 }],
  login: [{ points: 60, duration: 60 }],
  user: [{ points: 1200, duration: 60 }],
  send: [{ points: 20, duration: 2 }, { points: 100, duration: 60 }],
  frame: [{ points: 300, duration: 10 }]
} as const

/** Requests of an API key in a minute, unless the settings say otherwise. */
const usualOfKey = 600

export type LimitName = keyof typeof rateWindows | 'key'

/** Who pays for what somebody does: an API key for itself, so that a busy one does not keep its owner waiting. */
export const payerOf = ({ id, session_id, scopes }: Actor) => scopes ? session_id : id

declare module 'fastify' {
  interface FastifyRequest {
    /** What is left to its sender in the window that was asked last. */
    rateLeft?: Left | undefined
  }
}

interface Left { points: number, remaining: number, seconds: number }

export interface RateLimits {
  /** Takes one from what `who` may do; answers what is left in the tightest window. Throws `rate_limited` with `Retry-After` in seconds. */
  take: (name: LimitName, who: string) => Promise<Left | undefined>
}

/**
 * The limits of this process, or with a `shared` Redis those of all processes together (`prefix` begins its keys); while that is away
 * each process counts alone. An API key may make `ofKey` requests a minute. `on: false` lets everything pass.
 */
export function createRateLimits (on: boolean, shared?: { client: Redis, prefix: string }, ofKey: number = usualOfKey): RateLimits {
  const limiterOf = (name: string, { points, duration }: { points: number, duration: number }, index: number) => {
    const alone = new RateLimiterMemory({ keyPrefix: `${name}${index}`, points, duration })
    // Who is over the limit is remembered here until the window ends: a flood does not reach Redis.
    return shared ? new RateLimiterRedis({ storeClient: shared.client, keyPrefix: `${shared.prefix}limit:${name}${index}`, points, duration, insuranceLimiter: alone, rejectIfRedisNotReady: true, inMemoryBlockOnConsumed: points + 1 }) : alone
  }
  const limiters = Object.fromEntries(Object.entries({ ...rateWindows, key: [{ points: ofKey, duration: 60 }] }).map(([name, list]) => [name, list.map((window, index) => limiterOf(name, window, index))]))
  return {
    async take (name, who) {
      let tightest: Left | undefined
      if (!on) return tightest
      for (const limiter of limiters[name]!) {
        let left: RateLimiterRes
        try {
          left = await limiter.consume(who)
        } catch (refused) {
          throw refused instanceof RateLimiterRes ? tooMany(limiter, refused) : refused
        }
        if (!tightest || left.remainingPoints < tightest.remaining) tightest = { points: limiter.points, remaining: left.remainingPoints, seconds: Math.ceil(left.msBeforeNext / 1000) }
      }
      return tightest
    }
  }
}

function tooMany ({ points }: { points: number }, { msBeforeNext }: RateLimiterRes) {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return new Problem('rate_limited', `Too many requests: try again in ${seconds} s.`, {
    headers: { 'Retry-After': String(seconds), 'RateLimit-Limit': String(points), 'RateLimit-Remaining': '0', 'RateLimit-Reset': String(seconds) }
  })
}

/** Counts every request by address before it is authenticated, and by person after. Register it before the guard. */
export const rateLimit = fp<{ limits: RateLimits }>((app, { limits }) => {
  app.decorateRequest('rateLeft')
  app.addHook('onRequest', async (request: FastifyRequest) => {
    request.rateLeft = await limits.take('address', request.ip)
    if (request.routeConfig.limit === 'login') request.rateLeft = await limits.take('login', request.ip)
  })
  // preParsing is the first step after every onRequest hook, the guard's among them: a refused person's body is not even read.
  app.addHook('preParsing', async (request: FastifyRequest) => {
    if (!request.actor) return
    const payer = payerOf(request.actor)
    request.rateLeft = await limits.take(request.actor.scopes ? 'key' : 'user', payer)
    if (request.routeConfig.limit === 'send') request.rateLeft = await limits.take('send', payer)
  })
  app.addHook('onSend', ({ rateLeft: left }, reply, _payload, done) => {
    // A refusal has told already which window is full.
    if (left && !reply.hasHeader('RateLimit-Limit')) reply.headers({ 'RateLimit-Limit': left.points, 'RateLimit-Remaining': left.remaining, 'RateLimit-Reset': left.seconds })
    done()
  })
}, { name: 'rate-limit' })

import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { Problem } from './errors.ts'
import type { Actor } from './guard.ts'
import { type Maybe, whenFound } from './maybe.ts'
import { Windows } from './windows.ts'

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

interface Bound { points: number, duration: number }
type WindowsOf = Record<LimitName, readonly Bound[]>

/** What all processes count in. */
interface SharedCounting { client: Redis, prefix: string }

/** Makes something for each window; it is told a name for it. */
const mapWindows = <Made>(windowsOf: WindowsOf, make: (bound: Bound, name: string) => Made) =>
  Object.fromEntries(Object.entries(windowsOf).map(([name, bounds]) => [name, bounds.map((bound, index) => make(bound, `${name}${index}`))])) as Record<LimitName, Made[]>

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
  /**
   * Takes one from each of some limits of `who`, in their order; answers what is left in the tightest window of the last, at once where only this process counts.
   * Throws, or rejects with, `rate_limited` with `Retry-After` in seconds.
   */
  take: (names: readonly LimitName[], who: string) => Maybe<Left | undefined>
}

const leftIn = (points: number, count: number, msLeft: number): Left => ({ points, remaining: Math.max(0, points - count), seconds: Math.ceil(msLeft / 1000) })

/** Counts in this process alone. */
function createOwnLimits (windowsOf: WindowsOf, now: () => number): RateLimits {
  const counters = mapWindows(windowsOf, ({ points, duration }) => ({ points, windows: new Windows(duration, now) }))
  return {
    take (names, who) {
      let tightest: Left | undefined
      for (const name of names) {
        tightest = undefined
        for (const { points, windows } of counters[name]) {
          const { count, msLeft } = windows.count(who)
          if (count > points) throw tooMany(points, msLeft)
          if (!tightest || points - count < tightest.remaining) tightest = leftIn(points, count, msLeft)
        }
      }
      return tightest
    }
  }
}

/** Counts in Redis for all processes (`prefix` begins its keys); while that is away each counts alone. */
function createSharedLimits (windowsOf: WindowsOf, { client, prefix }: SharedCounting): RateLimits {
  const limiters = mapWindows(windowsOf, ({ points, duration }, keyPrefix) => new RateLimiterRedis({
    storeClient: client,
    keyPrefix: `${prefix}limit:${keyPrefix}`,
    points,
    duration,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix, points, duration }),
    rejectIfRedisNotReady: true,
    // Who is over the limit is remembered here until the window ends: a flood does not reach Redis.
    inMemoryBlockOnConsumed: points + 1
  }))
  return {
    async take (names, who) {
      let tightest: Left | undefined
      for (const name of names) {
        tightest = undefined
        for (const limiter of limiters[name]) {
          let answer: RateLimiterRes
          try {
            answer = await limiter.consume(who)
          } catch (refused) {
            throw refused instanceof RateLimiterRes ? tooMany(limiter.points, refused.msBeforeNext) : refused
          }
          const { consumedPoints, remainingPoints, msBeforeNext } = answer
          if (!tightest || remainingPoints < tightest.remaining) tightest = leftIn(limiter.points, consumedPoints, msBeforeNext)
        }
      }
      return tightest
    }
  }
}

/**
 * The limits of this process, or with a `shared` Redis those of all processes together. An API key may make `ofKey` requests a minute. `on: false` lets everything pass. `now` is the clock
 * of this process' own counting, in milliseconds.
 */
export function createRateLimits (on: boolean, shared?: SharedCounting, ofKey: number = usualOfKey, now = () => performance.now()): RateLimits {
  if (!on) return { take: () => undefined }
  const windowsOf = { ...rateWindows, key: [{ points: ofKey, duration: 60 }] }
  return shared ? createSharedLimits(windowsOf, shared) : createOwnLimits(windowsOf, now)
}

function tooMany (points: number, msLeft: number) {
  const seconds = Math.max(1, Math.ceil(msLeft / 1000))
  return new Problem('rate_limited', `Too many requests: try again in ${seconds} s.`, {
    headers: { 'Retry-After': String(seconds), 'RateLimit-Limit': String(points), 'RateLimit-Remaining': '0', 'RateLimit-Reset': String(seconds) }
  })
}

/** What a request takes from, by what its route says and who sends it. */
const ofAddress = { usual: ['address'], login: ['address', 'login'], send: ['address'] } as const
const ofPerson = { usual: ['user'], login: ['user'], send: ['user', 'send'] } as const
const ofApiKey = { usual: ['key'], login: ['key'], send: ['key', 'send'] } as const

/** Counts every request by address before it is authenticated, and by person after. Register it before the guard. */
export const rateLimit = fp<{ limits: RateLimits }>((app, { limits }) => {
  app.decorateRequest('rateLeft')

  const take = (request: FastifyRequest, names: readonly LimitName[], who: string, done: (error?: Error) => void) => {
    whenFound(() => limits.take(names, who), left => { request.rateLeft = left }, done)
  }

  app.addHook('onRequest', (request, _reply, done) => {
    take(request, ofAddress[request.routeConfig.limit ?? 'usual'], request.ip, done)
  })
  // preParsing is the first step after every onRequest hook, the guard's among them: a refused person's body is not even read.
  app.addHook('preParsing', (request, _reply, _payload, done: (error?: Error) => void) => {
    if (!request.actor) return done()
    take(request, (request.actor.scopes ? ofApiKey : ofPerson)[request.routeConfig.limit ?? 'usual'], payerOf(request.actor), done)
  })
  app.addHook('onSend', ({ rateLeft: left }, reply, _payload, done) => {
    // A refusal has told already which window is full.
    if (left && !reply.hasHeader('ratelimit-limit')) reply.headers({ 'ratelimit-limit': left.points, 'ratelimit-remaining': left.remaining, 'ratelimit-reset': left.seconds })
    done()
  })
}, { name: 'rate-limit' })

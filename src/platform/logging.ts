import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger, FastifyServerOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type Logger, pino } from 'pino'

/** A URL without what must not be kept: tokens and tickets that a browser's socket can only send there, and people's words, under whatever spelling of the name. */
export const redactUrl = (url: string) => !url.includes('?') ? url : url.replace(/([?&](?:[^=&]*(?:token|ticket|key|content|%)[^=&]*|q)=)[^&]*/gi, '$1[redacted]')

/** Names of members that are never written, wherever an object is logged. */
const secretMembers = ['password', 'new_password', 'current_password', 'access_token', 'refresh_token', 'token', 'key', 'authorization', 'cookie', 'content', 'SECRET_KEY', 'MONGODB_URL', 'REDIS_URL', 'METRICS_TOKEN', 'AI_API_KEY', 'GROQ_API_KEY', 'OPENAI_API_KEY']

interface LoggedError { name?: string, message?: string, stack?: string, code?: unknown }

/** One JSON line an event on standard output, without secrets or message texts. */
export function createLogger (level: string): FastifyBaseLogger {
  return pino({
    level,
    redact: { paths: secretMembers.flatMap(name => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    serializers: {
      // An error's own members may hold a document or a key (the driver's do); its name, code and stack are enough to find it.
      err: ({ name, message, stack, code }: LoggedError) => ({ type: name, message: message?.slice(0, 500), code, stack: stack?.slice(0, 4000) })
    }
  })
}

const methods = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent', 'child'] as const

/** A logger that is made when something is first logged by it: hardly any request logs anything of its own, and each would pay for a search for secrets in its id. */
class LateLogger {
  #made: FastifyBaseLogger | undefined
  readonly #make: () => FastifyBaseLogger
  constructor (make: () => FastifyBaseLogger) {
    this.#make = make
  }

  get made () {
    this.#made ??= this.#make()
    return this.#made
  }

  get level () {
    return this.made.level
  }

  static {
    for (const method of methods) Object.defineProperty(this.prototype, method, { value (this: LateLogger, ...parts: unknown[]) { return (this.made[method] as (...parts: unknown[]) => unknown)(...parts) } })
  }
}

/** Gives each request a logger that tells its id. */
export const requestLogger: NonNullable<FastifyServerOptions['childLoggerFactory']> = (logger, bindings, options) => new LateLogger(() => logger.child(bindings, options)) as unknown as FastifyBaseLogger

/** A request's id: the caller's `X-Request-Id` when it is a plain short word, else a new one. */
export function requestId (request: IncomingMessage): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}

/** Gives every answer its `X-Request-Id` and writes one line for it: who asked what, from where, and how it was answered. */
export const requestLog = fp(app => {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  // No member of this line can hold a secret: looking for one in each cost as much as writing it.
  const log = (app.log as Logger).child({}, { redact: [] })
  app.addHook('onResponse', (request, reply, done) => {
    log.info({ reqId: request.id, method: request.method, url: redactUrl(request.url), status: reply.statusCode, ms: Math.round(reply.elapsedTime * 10) / 10, code: request.problemCode, ip: request.ip, user_id: request.actor?.id, session_id: request.actor?.session_id }, 'answered')
    done()
  })
}, { name: 'request-log' })

import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type ErrorCode, Problem, problemBody } from './errors.ts'
import { createPatience } from './patience.ts'
import { toProblem } from './to-problem.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that it was answered with, for the log. */
    problemCode?: ErrorCode
    /** Lets its caller wait for as long as it takes. */
    waitOn?: () => void
  }
}

/** Answers a problem in its own content type. */
export function sendProblem (request: FastifyRequest, reply: FastifyReply, problem: Problem) {
  const path = request.url.split('?', 1)[0]!
  request.problemCode = problem.code
  // Also set here because Fastify answers an address it cannot decode before any hook.
  return reply.code(problem.status).headers({ 'X-Request-Id': request.id, ...problem.headers }).type('application/problem+json; charset=utf-8')
    .send(problemBody(problem, path, request.id))
}

/** A problem as RFC 6749, section 5.2 wants it: the form that OAuth clients parse. */
export const oauthError = (problem: Problem) => ({
  error: problem.code === 'invalid_credentials' || problem.code === 'invalid_refresh_token' || problem.code === 'account_deactivated' ? 'invalid_grant' : problem.code === 'unsupported_grant_type' ? problem.code : problem.status === 503 ? 'temporarily_unavailable' : problem.status >= 500 ? 'server_error' : 'invalid_request',
  error_description: problem.message
})

/** OAuth 2 answers a wrong or switched-off login with 400 (RFC 6749, section 5.2). */
export const oauthStatus = (status: number) => status === 401 || status === 403 ? 400 : status

/** Whether a route's pattern fits a path, or another pattern that is as narrow or narrower. */
function matches (pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') ? given[i] !== '' : part === given[i])
}

const pathOf = (request: FastifyRequest) => request.url.split('?', 1)[0]!.replace(/(?<=.)\/$/, '')

/** Turns whatever is thrown, every unknown route or method, and whatever takes too long, into a problem. */
export const httpErrors = fp(app => {
  const routes: { method: string | string[], url: string }[] = []
  app.addHook('onRoute', ({ method, url }) => { routes.push({ method, url }) })
  app.decorateRequest('waitOn')
  const { wait } = createPatience()
  // Fastify's own `handlerTimeout` ends as soon as a body is read, so that it never comes true for a write.
  app.addHook('onRequest', (request, reply, done) => {
    const { patience } = request.routeConfig
    if (patience) request.waitOn = wait(reply, patience)
    done()
  })
  app.addHook('onSend', (request, _reply, _payload, done) => {
    request.waitOn?.()
    done()
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error)
    request.problemCode = problem.code
    if (problem.status >= 500) request.log.error({ err: problem.cause ?? error, code: problem.code }, 'failed')
    if (request.routeConfig.errorShape) return reply.code(oauthStatus(problem.status)).headers(problem.headers).send(oauthError(problem))
    return sendProblem(request, reply, problem)
  })
  /** Patterns of routes that are narrower than one of them: `/users/search` is, for `/users/:user_id`. */
  const narrower = new Map<string, string[]>()
  function narrowerThan (pattern: string): string[] {
    if (!narrower.has(pattern)) narrower.set(pattern, [...new Set(routes.map(({ url }) => url).filter(url => url !== pattern && matches(pattern, url)))])
    return narrower.get(pattern)!
  }
  function unknown (request: FastifyRequest): Problem {
    const path = pathOf(request)
    const patterns = [...new Set(routes.map(({ url }) => url).filter(url => matches(url, path)))]
    const [closest] = patterns.filter(pattern => !narrowerThan(pattern).some(other => patterns.includes(other)))
    if (closest === undefined) return new Problem('route_not_found', 'There is no such route. The documents are at /docs.')
    const allow = [...new Set(routes.filter(({ url }) => url === closest).flatMap(({ method }) => method))].sort().join(', ')
    return new Problem('method_not_allowed', `This route knows ${allow}.`, { headers: { Allow: allow } })
  }
  app.addHook('onRequest', (request, _reply, done) => {
    const { url: pattern } = request.routeConfig
    // A method that the narrowest route does not know is not asked of a wider one, which would take the last word of the path for an id.
    if (pattern?.includes(':') && narrowerThan(pattern).some(other => matches(other, pathOf(request)))) throw unknown(request)
    done()
  })
  // Before its body is read: whatever is wrong with that does not matter where nothing is.
  app.addHook('preParsing', (request, _reply, _payload, done) => {
    if (request.is404) throw unknown(request)
    done()
  })
  app.setNotFoundHandler((request, reply) => sendProblem(request, reply, unknown(request)))
}, { name: 'http-errors' })

const badHttp: Record<string, string> = { HPE_HEADER_OVERFLOW: 'The headers are too large.', ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.' }

/** Answers what is not even HTTP (Fastify's `clientErrorHandler`), then closes the connection. */
export function answerBadHttp (error: NodeJS.ErrnoException, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
  const id = randomUUID()
  const problem = new Problem('bad_request', badHttp[error.code ?? ''] ?? 'This is not valid HTTP.')
  const body = JSON.stringify(problemBody(problem, '', id))
  socket.end(`HTTP/1.1 400 Bad Request\r\nX-Request-Id: ${id}\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`)
}

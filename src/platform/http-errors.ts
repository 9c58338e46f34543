import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { Problem, problemBody } from './errors.ts'
import { toProblem } from './to-problem.ts'

/** Answers a problem in its own content type. */
export function sendProblem (request: FastifyRequest, reply: FastifyReply, problem: Problem) {
  const path = request.url.split('?', 1)[0]!
  return reply.code(problem.status).headers(problem.headers).type('application/problem+json; charset=utf-8')
    .send(problemBody(problem, path, request.id))
}

/** A problem as RFC 6749, section 5.2 wants it: the form that OAuth clients parse. */
export const oauthError = (problem: Problem) => ({
  error: problem.code === 'invalid_credentials' || problem.code === 'invalid_refresh_token' || problem.code === 'account_deactivated' ? 'invalid_grant' : problem.status === 503 ? 'temporarily_unavailable' : problem.status >= 500 ? 'server_error' : 'invalid_request',
  error_description: problem.message
})

function matches (pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') ? given[i] !== '' : part === given[i])
}

/** Turns whatever is thrown, and every unknown route or method, into a problem. */
export const httpErrors = fp(app => {
  const routes: { method: string | string[], url: string }[] = []
  app.addHook('onRoute', ({ method, url }) => { routes.push({ method, url }) })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error)
    if (problem.status >= 500) request.log.error({ err: problem.cause ?? error, code: problem.code }, 'failed')
    if (request.routeOptions.config.errorShape) return reply.code(problem.status === 401 ? 400 : problem.status).headers({ ...problem.headers, 'Cache-Control': 'no-store' }).send(oauthError(problem))
    return sendProblem(request, reply, problem)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!
    const methods = [...new Set(routes.filter(({ url }) => matches(url, path)).flatMap(({ method }) => method))]
    if (methods.length === 0) return sendProblem(request, reply, new Problem('route_not_found', 'There is no such route. The documents are at /docs.'))
    const allow = methods.sort().join(', ')
    return sendProblem(request, reply, new Problem('method_not_allowed', `This route knows ${allow}.`, { headers: { Allow: allow } }))
  })
}, { name: 'http-errors' })

/** Answers what is not even HTTP (Fastify's `clientErrorHandler`), then closes the connection. */
export function answerBadHttp (error: NodeJS.ErrnoException, socket: Socket) {
  if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy()
  const problem = new Problem('bad_request', error.code === 'HPE_HEADER_OVERFLOW' ? 'The headers are too large.' : 'This is not valid HTTP.')
  const body = JSON.stringify(problemBody(problem, '', 'none'))
  socket.end(`HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
}

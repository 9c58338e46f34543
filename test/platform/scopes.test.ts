import Fastify, { type RouteOptions } from 'fastify'
import t from 'tap'
import { guard } from '../../src/platform/guard.ts'
import { httpErrors } from '../../src/platform/http-errors.ts'
import { routeConfig } from '../../src/platform/route-config.ts'
import { requireScope, type Requirement, type Scope } from '../../src/platform/scopes.ts'

const schema = { security: [{ bearer: [] }] }
const handler = async () => 'done'

/** A server with these routes, where everybody comes with an API key of these scopes. */
async function server (routes: (Pick<RouteOptions, 'method' | 'url'> & { scope?: Requirement })[], scopes: Scope[] = []) {
  const app = Fastify()
  t.teardown(async () => { await app.close() })
  await app.register(routeConfig)
  await app.register(httpErrors)
  await app.register(guard, { authenticate: async () => ({ id: '1', username: 'ann', role: 'user', session_id: '2', scopes }) })
  for (const { method, url, scope } of routes) app.route({ method, url, schema, handler, config: { ...(scope && { scope }) } })
  return app
}

t.test('a route that forgets its scope where a default could be wrong stops the start', async t => {
  const wrong: [Parameters<typeof server>[0][number], RegExp][] = [
    [{ method: 'GET', url: '/api/v1/auth/secrets' }, /GET \/api\/v1\/auth\/secrets must declare its scope/],
    [{ method: 'POST', url: '/api/v1/auth/secrets' }, /must declare its scope/],
    [{ method: 'GET', url: '/api/v1/admin/secrets', scope: 'read' }, /must have the scope admin if, and only if, it lies under \/admin/],
    [{ method: 'DELETE', url: '/api/v1/admin', scope: 'write' }, /must have the scope admin/],
    [{ method: 'GET', url: '/api/v1/users', scope: 'admin' }, /must have the scope admin/],
    [{ method: 'GET', url: '/api/v1/users', scope: 'all' as Scope }, /names no scope: all/]
  ]
  for (const [route, message] of wrong) {
    const app = await server([route])
    await t.rejects(async () => { await app.ready() }, message, `${String(route.method)} ${route.url}`)
  }
})

t.test('a route has the scope that it declares, or that of its address and method', async t => {
  const routes: [string, string, Requirement | undefined, Requirement][] = [
    ['GET', '/a', undefined, 'read'], ['POST', '/a', undefined, 'write'], ['PUT', '/a', undefined, 'write'], ['PATCH', '/a', undefined, 'write'], ['DELETE', '/a', undefined, 'write'],
    ['GET', '/admin/a', undefined, 'admin'], ['POST', '/admin/a', undefined, 'admin'], ['GET', '/administer', undefined, 'read'],
    ['POST', '/b', 'read', 'read'], ['GET', '/auth/b', 'session', 'session']
  ]
  const all = routes.map(([method, url, scope]) => ({ method, url, ...(scope && { scope }) }))
  for (const [scopes, allowed] of [[['read'], ['read']], [['write'], ['read', 'write']], [['admin'], ['admin']], [['read', 'write', 'admin'], ['read', 'write', 'admin']], [[], []]] as [Scope[], Requirement[]][]) {
    const app = await server(all, scopes)
    for (const [method, url, , needed] of routes) t.equal((await app.inject({ method: method as 'GET', url })).statusCode, allowed.includes(needed) ? 200 : 403, `${scopes.join()}: ${method} ${url}`)
    t.equal((await app.inject({ method: 'HEAD', url: '/auth/b' })).statusCode, 403, 'HEAD is as GET')
  }
})

t.test('who logged in has no scopes and needs none', async t => {
  for (const needed of ['read', 'write', 'admin', 'session'] as const) t.doesNotThrow(() => requireScope({}, needed))
  t.throws(() => requireScope({ scopes: ['read', 'write', 'admin'] }, 'session'), { code: 'insufficient_scope', status: 403 })
})

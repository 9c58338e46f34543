import { once } from 'node:events'
import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { guard, type Actor } from '../../src/platform/guard.ts'
import { httpErrors } from '../../src/platform/http-errors.ts'
import { routeConfig } from '../../src/platform/route-config.ts'
import { Problem } from '../../src/platform/errors.ts'
import { lastAnswers } from '../../src/platform/last-answers.ts'
import { client, startApp } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'

/** What a server answers to bytes. */
async function raw (t: Test, url: string, bytes: string): Promise<{ head: string, body: any }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(bytes)
  let text = ''
  for await (const part of socket) text += part
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { head, body: body && JSON.parse(body) }
}

t.test('what is not HTTP gets a problem, too, and the connection ends', async t => {
  const app = await startApp(t)
  for (const [bytes, detail] of [
    ['nonsense\r\n\r\n', 'This is not valid HTTP.'],
    ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'This is not valid HTTP.'],
    ['GET / HTTP/1.1\r\nHost: x\r\nBad Header: x\r\n\r\n', 'This is not valid HTTP.'],
    ['POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n', 'This is not valid HTTP.'],
    ['POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n', 'This is not valid HTTP.'],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 'The headers are too large.']
  ] as const) {
    const { head, body } = await raw(t, app.url, bytes)
    t.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/)
    t.match(head, /content-type: application\/problem\+json/i)
    t.match(head, /x-content-type-options: nosniff/i)
    t.match(head, new RegExp(`x-request-id: ${body.request_id}`, 'i'))
    t.match(body, { status: 400, code: 'bad_request', success: false, detail, error: detail, request_id: /^[0-9a-f-]{36}$/ })
  }
  const gone = connect(Number(new URL(app.url).port), '127.0.0.1')
  gone.write('GET / HTT')
  await once(gone, 'connect')
  gone.resetAndDestroy()
  t.equal((await app.root('GET', '/livez')).status, 200, 'the server lives')
})

t.test('every answer carries the id of its request', async t => {
  const app = await startApp(t)
  const { token } = await register(app)
  const idOf = async (given?: string, path = '/livez') => (await app.root('GET', path, { headers: given === undefined ? {} : { 'x-request-id': given } })).headers.get('x-request-id')
  t.equal(await idOf('my.request-1_A'), 'my.request-1_A')
  const fresh = /^[0-9a-f]{8}-[0-9a-f-]{27}$/
  for (const given of [undefined, '', 'a b', 'x'.repeat(65), '<script>', '"quoted"', 'a,b', '{x}', 'ü']) t.match(await idOf(given), fresh, String(given))
  t.not(await idOf(), await idOf())
  for (const path of ['/nowhere', '/api/v1/users/%E0%A4%A', '/api/v1/chats', '/docs', '/openapi.json']) t.equal(await idOf('mine', path), 'mine', path)
  t.match(await app.request('GET', '/chats/nonsense', { token, headers: { 'x-request-id': 'mine' } }), { body: { request_id: 'mine' } })
})

async function small (t: Test, build: (app: FastifyInstance) => void) {
  const app = Fastify()
  t.teardown(async () => { await app.close() })
  await app.register(routeConfig)
  await app.register(httpErrors)
  await app.register(guard, {
    async authenticate ({ headers }): Promise<Actor> {
      if (headers.authorization !== 'Bearer right') throw new Problem('unauthenticated')
      return { id: 'a', username: 'ann', role: 'user', session_id: 's' }
    }
  })
  build(app)
  return app
}

t.test('a route that is neither public nor needs a token stops the start', async t => {
  const security = [{ bearer: [] }]
  const handler = async () => 'x'
  for (const [name, options] of Object.entries({
    'no mark': {},
    'an empty security': { schema: { security: [] } },
    'both marks': { schema: { security }, config: { public: true as const } },
    'a mark that is not true': { config: { public: 'no' as never } }
  })) {
    const app = await small(t, app => app.route({ method: 'POST', url: '/forgotten', ...options, handler }))
    await t.rejects(async () => { await app.ready() }, /POST \/forgotten must be marked public or document that it needs a token/, name)
  }
  const nested = await small(t, app => { app.register(async inner => { inner.get('/forgotten', handler) }, { prefix: '/deep' }) })
  await t.rejects(async () => { await nested.ready() }, /\/deep\/forgotten must be marked/)

  const app = await small(t, app => {
    app.get('/open', { config: { public: true } }, handler)
    app.get('/closed', { schema: { security } as never }, async request => request.actor.username)
  })
  const ask = async (url: string, authorization?: string) => {
    const { statusCode, body } = await app.inject({ url, headers: authorization ? { authorization } : {} })
    return [statusCode, statusCode === 200 ? body : JSON.parse(body).code]
  }
  t.same(await ask('/open'), [200, 'x'])
  t.same(await ask('/closed'), [401, 'unauthenticated'])
  t.same(await ask('/closed', 'Bearer wrong'), [401, 'unauthenticated'])
  t.same(await ask('/closed', 'Bearer right'), [200, 'ann'])
  t.same(await ask('/nowhere'), [404, 'route_not_found'])
})

t.test('a method that the narrowest route does not know is not asked of a wider one', async t => {
  const app = await startApp(t)
  for (const [method, path, allow] of [
    ['DELETE', '/users/search', 'GET, HEAD'],
    ['DELETE', '/users/search/', 'GET, HEAD'],
    ['DELETE', '/users/search?q=an', 'GET, HEAD'],
    ['POST', '/users/me', 'DELETE, GET, HEAD, PATCH, PUT'],
    ['POST', '/users/66f0c0ffee0000000000a001', 'DELETE, GET, HEAD']
  ] as const) {
    const { status, headers, body } = await app.request(method, path)
    t.match({ status, code: body.code, allow: headers.get('allow') }, { status: 405, code: 'method_not_allowed', allow }, `${method} ${path}`)
  }
  t.equal((await app.request('DELETE', '/users/anybody')).status, 401, 'which still hears of what is its own')
})

t.test('whatever takes too long is answered, once', async t => {
  let finish: () => void = () => {}
  const app = await small(t, app => {
    const patience = { ms: 20, code: 'retry_same_client_id' as const }
    app.post('/slow', { config: { public: true, patience } }, async () => {
      await new Promise<void>(resolve => { finish = resolve })
      return 'late'
    })
    app.get('/quick', { config: { public: true, patience } }, async () => 'quick')
  })
  const request = client(await app.listen({ host: '127.0.0.1', port: 0 }))
  const { status, headers, body } = await request('POST', '/slow', { body: { x: 1 } })
  t.match({ status, after: headers.get('retry-after'), body }, { status: 503, after: '1', body: { code: 'retry_same_client_id', success: false } })
  finish()
  t.equal((await request('GET', '/quick')).text, 'quick')
})

t.test('a server that closes answers what was begun, then ends the connection that would be kept alive', async t => {
  let begin = () => {}
  let finish = () => {}
  const begun = new Promise<void>(resolve => { begin = resolve })
  const finished = new Promise<void>(resolve => { finish = resolve })
  const app = Fastify({ forceCloseConnections: 'idle', keepAliveTimeout: 60_000 })
  await app.register(lastAnswers)
  app.get('/slow', async () => {
    begin()
    await finished
    return 'done'
  })
  const stream = new PassThrough()
  app.get('/stream', async () => stream)
  app.addHook('preClose', async () => { finish() })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const ask = (path: string) => {
    const socket = connect(Number(port), '127.0.0.1')
    t.teardown(() => { socket.destroy() })
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n`)
    return socket
  }
  const ended = text(ask('/slow'))
  const streaming = ask('/stream')
  stream.write('begun')
  await Promise.all([begun, once(streaming, 'data')])
  const closed = app.close()
  t.match(await ended, /^HTTP\/1.1 200 OK\r\n[^]*connection: close[^]*done$/i)
  const rest = text(streaming)
  stream.end(' and ended')
  t.match(await rest, / and ended\r\n0\r\n\r\n$/)
  await closed
})

import { createRequire } from 'node:module'
import mongoose from 'mongoose'
import t, { type Test } from 'tap'
import { schemas } from '../../src/catalogue.ts'
import { catalogue, type ErrorCode, Problem, problemBody, ProblemDetails } from '../../src/platform/errors.ts'
import { isDatabaseAway, toProblem } from '../../src/platform/to-problem.ts'
import { createValidators } from '../../src/platform/validation.ts'
import { type Answer, startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'

const isProblemBody = createValidators(schemas.filter(schema => schema !== ProblemDetails)).json({ ...ProblemDetails, $id: 'ProblemHere' })
const { mongo } = mongoose

/** Looks at everything that a problem owes to its reader. */
function isProblem (t: Test, { status, headers, body }: Answer, code: ErrorCode, path: string, detail: RegExp = /\w/) {
  t.ok(isProblemBody(body), `${code}: ${JSON.stringify(isProblemBody.errors)}`)
  t.match({ status, type: headers.get('content-type'), body }, {
    status: catalogue[code][0],
    type: /^application\/problem\+json/,
    body: { type: `about:blank#${code}`, title: catalogue[code][1], status: catalogue[code][0], code, detail, instance: path, success: false, error: body.detail, request_id: headers.get('x-request-id') }
  }, code)
}

t.test('every layer answers a problem', async t => {
  const app = await startApp(t, { CORS_ORIGINS: 'https://friend.example' })
  const { token } = await register(app)
  const chat = await makeChat(app, await register(app))
  const at = (path: string) => `/api/v1${path}`
  const cases: [Parameters<typeof app.request>[0], string, Parameters<typeof app.request>[2], ErrorCode, RegExp?][] = [
    ['POST', '/auth/register', { body: { email: 'x', role: 'admin' } }, 'validation_failed', /password/],
    ['POST', '/chats', { token, body: { title: 7 } }, 'validation_failed', /body\/title must be string/],
    ['POST', '/chats', { token, body: { owner_id: chat.owner_id } }, 'validation_failed', /must not have the member "owner_id"/],
    ['GET', '/chats/nonsense', { token }, 'validation_failed', /params\/chat_id/],
    ['GET', '/chats?limit=101', { token }, 'validation_failed', /querystring\/limit must be <= 100/],
    ['GET', '/chats?limit=x', { token }, 'validation_failed', /limit must be integer/],
    ['GET', '/chats?cursor=nonsense', { token }, 'invalid_cursor'],
    ['GET', '/chats', {}, 'unauthenticated'],
    ['GET', '/chats', { token: 'nonsense' }, 'unauthenticated'],
    ['POST', '/chats', { body: '{' }, 'unauthenticated'],
    ['POST', '/auth/login', { body: { username: 'nobody', password: 'wrong' } }, 'invalid_credentials'],
    ['GET', `/chats/${chat.id}`, { token }, 'chat_not_found'],
    ['GET', '/nowhere', {}, 'route_not_found', /\/docs/],
    ['GET', '/chats/x/y', {}, 'route_not_found'],
    ['POST', '/nowhere', { body: '<x/>', headers: { 'content-type': 'text/xml' } }, 'route_not_found'],
    ['POST', '/nowhere', { body: '{' }, 'route_not_found'],
    ['GET', '/nowhere?token=secret', { token }, 'route_not_found'],
    ['DELETE', '/auth/login', {}, 'method_not_allowed'],
    ['PUT', `/chats/${chat.id}/messages`, { token, body: {} }, 'method_not_allowed'],
    ['POST', '/chats', { token, body: '{"title":' }, 'malformed_json'],
    ['POST', '/chats', { token, body: '' }, 'malformed_json'],
    ['POST', '/chats', { token, body: '{"__proto__":{}}' }, 'malformed_json'],
    ['POST', '/chats', { token, body: Buffer.from([0x22, 0xff, 0x22]) }, 'malformed_json', /UTF-8/],
    ['POST', '/chats', { token, body: 'null' }, 'validation_failed', /must be object/],
    ['POST', '/chats', { token, body: '[]' }, 'validation_failed', /must be object/],
    ['POST', '/chats', { token, body: 'title=x', headers: { 'content-type': 'text/plain' } }, 'unsupported_media_type', /application\/json/],
    ['POST', '/chats', { token, body: '{}', headers: { 'content-type': 'nonsense' } }, 'unsupported_media_type'],
    ['POST', '/chats', { token, body: JSON.stringify({ title: 'x'.repeat(256 * 1024) }) }, 'body_too_large'],
    ['GET', `/ws/${chat.id}?token=${token}`, {}, 'upgrade_required']
  ]
  for (const [method, path, ask, code, detail] of cases) {
    await t.test(`${method} ${path.slice(0, 40)}: ${code}`, async t => isProblem(t, await app.request(method, path, ask), code, at(path).split('?', 1)[0]!, detail))
  }

  await t.test('with the members that were at fault', async t => {
    const { body } = await app.request('POST', '/auth/register', { body: { email: 'x', role: 'admin' } })
    t.same(body.errors.map(({ path }: { path: string }) => path).sort(), ['', '', '/email', '/email'])
    t.match(body.errors.map(({ message }: { message: string }) => message).join(), /password.*"role"|"role".*password/)
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, number) => [`x${number}`, 1]))
    const answer = await app.request('POST', '/chats', { token, body: many })
    t.match({ status: answer.status, errors: answer.body.errors.length }, { status: 400, errors: 100 }, 'a hundred at the most')
  })

  await t.test('401 names the scheme, 405 the methods', async t => {
    t.equal((await app.request('GET', '/chats')).headers.get('www-authenticate'), 'Bearer')
    t.equal((await app.request('DELETE', '/auth/login')).headers.get('allow'), 'POST')
    t.equal((await app.request('PUT', `/chats/${chat.id}/messages`)).headers.get('allow'), 'DELETE, GET, HEAD, POST')
    t.equal((await app.root('POST', '/health')).headers.get('allow'), 'GET, HEAD')
    t.equal((await app.request('OPTIONS', '/chats')).status, 204, 'an OPTIONS without an Origin is no error')
    t.ok((await app.request('DELETE', '/auth/login', { headers: { origin: 'https://friend.example' } })).headers.has('access-control-allow-origin'))
  })

  await t.test('an address that cannot be decoded', async t => {
    for (const path of ['/users/%E0%A4%A', '/%', '/chats/%ff/messages']) isProblem(t, await app.request('GET', path, { token }), 'route_not_found', at(path))
    isProblem(t, await app.request('GET', `/users/${'x'.repeat(500)}`, { token }), 'route_not_found', at(`/users/${'x'.repeat(500)}`))
  })
})

t.test('each code of the catalogue makes a problem that fits its schema', async t => {
  for (const code of Object.keys(catalogue) as ErrorCode[]) {
    const problem = new Problem(code)
    t.ok(isProblemBody(problemBody(problem, '/x'.repeat(2000), 'id')), code)
    t.match(problem.headers, problem.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : problem.retryable ? { 'Retry-After': /^\d+$/ } : {})
  }
})

t.test('what the driver throws is told apart', async t => {
  const named = (name: string, members: object = {}) => Object.defineProperty(Object.assign(new Error('x'), members), 'name', { value: name })
  const network = new mongo.MongoNetworkError('connection 1 to 127.0.0.1:27017 closed')
  const away: [string, unknown][] = [
    ['no server', named('MongoServerSelectionError')],
    ['mongoose says so', named('MongooseServerSelectionError')],
    ['a lost connection', network],
    ['a silent server', new mongo.MongoNetworkTimeoutError('timed out')],
    ['a full pool', named('MongoWaitQueueTimeoutError')],
    ['a pool that was cleared while it waited', named('MongoPoolClearedError')],
    ['a command that was cut off because its server fell silent', named('PoolClearedOnNetworkError')],
    ['no primary', named('MongoServerError', { code: 10107 })],
    ['out of time', named('MongoServerError', { code: 50 })],
    ['no majority in time', named('MongoWriteConcernError', { code: 64 })],
    ['a bulk write that lost its connection', new mongo.MongoBulkWriteError(named('MongoWaitQueueTimeoutError') as never, {} as never)],
    ['a bulk write that lost its server', new mongo.MongoBulkWriteError(network as never, {} as never)]
  ]
  for (const [name, error] of away) {
    t.equal(isDatabaseAway(error), true, name)
    t.match(toProblem(error), { code: 'database_unavailable', status: 503, cause: error })
  }
  const others: [string, unknown][] = [
    ['a duplicate', named('MongoServerError', { code: 11000 })],
    ['a bulk write with a duplicate', new mongo.MongoBulkWriteError({ message: 'E11000', code: 11000, writeErrors: [] }, {} as never)],
    ['a mistake of ours', new TypeError('secret')],
    ['no error at all', undefined],
    ['a text', 'secret'],
    ['a foreign error with such a code', named('Error', { code: 91 })]
  ]
  for (const [name, error] of others) {
    t.equal(isDatabaseAway(error), false, name)
    const problem = toProblem(error)
    t.equal(problem.code, 'internal_error')
    t.notMatch(problem.message, /secret/)
  }
  const own = new Problem('chat_not_found')
  t.equal(toProblem(own), own)
  t.match(toProblem(Object.assign(new Error('no'), { statusCode: 418 })), { code: 'bad_request' })
  t.match(toProblem(Object.assign(new Error('no'), { statusCode: 502 })), { code: 'internal_error' })
  t.ok(createRequire(import.meta.url)('mongoose').mongo.MongoBulkWriteError === mongo.MongoBulkWriteError, 'the driver that is asked is the one in use')
})

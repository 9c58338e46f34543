import t from 'tap'
import { freshDatabase, runScript } from '../helpers/run.ts'
import { scene } from './scene.ts'

const app = await scene(t)
const { request, root } = app
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const neha = await app.person('neha', 'neha@example.com')
const { token } = neha

t.test('create / list / get / delete user; unique email', async t => {
  const { status, body, headers } = await request('POST', '/auth/register', { body: { username: 'arjun', email: 'arjun@example.com', password: 'secret-enough' } })
  t.match({ status, location: headers.get('location'), user: body.user }, { status: 201, location: `/api/v1/users/${body.user.id}`, user: { id: /^[0-9a-f]{24}$/, username: 'arjun', email: 'arjun@example.com', created_at: iso } })
  const list = await request('GET', '/users', { token })
  t.same(list.body.items.map(({ username }: { username: string }) => username), ['neha', 'arjun'])
  t.match((await request('GET', `/users/${body.user.id}`, { token })).body, { id: body.user.id, username: 'arjun', created_at: iso })
  t.match((await request('POST', '/auth/register', { body: { email: 'ARJUN@example.com', password: 'secret-enough' } })), { status: 409, body: { success: false, code: 'email_taken' } })
  t.equal((await request('DELETE', `/users/${body.user.id}`, { token: body.access_token })).status, 204)
  t.match(await request('GET', `/users/${body.user.id}`, { token }), { status: 404, body: { success: false, error: 'There is no such user.' } })
  t.equal((await request('POST', '/auth/register', { body: { email: 'arjun@example.com', password: 'secret-enough' } })).status, 201, 'the email is free again')
})

t.test('create / list (?user_id=) / get / rename / delete session', async t => {
  const { status, body: session } = await request('POST', '/chats', { token, body: { type: 'assistant', title: 'My Chat' } })
  t.match({ status, session }, { status: 201, session: { id: /^[0-9a-f]{24}$/, type: 'assistant', title: 'My Chat', owner_id: neha.id, created_at: iso, updated_at: iso } })
  const other = (await request('POST', '/chats', { token, body: { title: 'Another' } })).body
  t.same((await request('GET', '/chats', { token })).body.items.map(({ id }: { id: string }) => id), [other.id, session.id], 'one\'s own, newest first')
  t.same((await request('GET', `/chats/${session.id}`, { token })).body, session)
  const renamed = await request('PUT', `/chats/${session.id}`, { token, body: { title: 'New title' } })
  t.match(renamed, { status: 200, body: { id: session.id, title: 'New title', created_at: session.created_at } })
  t.ok(renamed.body.updated_at >= session.updated_at)
  t.equal((await request('DELETE', `/chats/${session.id}`, { token })).status, 204)
  t.equal((await request('GET', `/chats/${session.id}`, { token })).status, 404)
  t.same((await request('GET', '/chats', { token })).body.items.map(({ id }: { id: string }) => id), [other.id])
})

t.test('add / list with count / clear / get / delete message; roles; created_at, updated_at', async t => {
  const session = (await request('POST', '/chats', { token, body: { type: 'assistant', title: 'My Chat' } })).body
  const path = `/chats/${session.id}/messages`
  for (const [role, content] of [['system', 'Be kind.'], ['user', 'Hello, how are you?'], ['assistant', 'I\'m doing great! How can I help you?']] as const) {
    t.match(await request('POST', path, { token, body: { role, content } }), { status: 201, body: { chat_id: session.id, role, content, timestamp: iso, created_at: iso } }, role)
  }
  t.match(await request('POST', path, { token, body: { role: 'robot', content: 'x' } }), { status: 400, body: { success: false } })
  const { body } = await request('GET', `${path}?order=asc`, { token })
  t.match(body, { count: 3, items: [{ role: 'system' }, { role: 'user', content: 'Hello, how are you?' }, { role: 'assistant' }] })
  t.ok(body.items[1].timestamp <= body.items[2].timestamp)
  t.ok((await request('GET', `/chats/${session.id}`, { token })).body.updated_at >= body.items[2].timestamp, 'updated_at follows')
  t.same((await request('GET', `/messages/${body.items[1].id}`, { token })).body, body.items[1])
  t.equal((await request('DELETE', `/messages/${body.items[1].id}`, { token })).status, 204)
  t.match((await request('GET', path, { token })).body, { count: 2, items: { length: 2 } })
  t.equal((await request('DELETE', path, { token })).status, 204)
  t.same((await request('GET', path, { token })).body, { items: [], count: 0, next_cursor: null })
  t.equal((await request('GET', `/chats/${session.id}`, { token })).status, 200, 'the session stays')
})

t.test('GET /health with the database\'s state; success:false, error on every error', async t => {
  t.match(await root('GET', '/health'), { status: 200, body: { status: 'ok', database: 'up', version: /^\d/, uptime_seconds: Number } })
  const faults = [
    await request('GET', '/users'),
    await request('GET', '/nowhere'),
    await request('DELETE', '/auth/login'),
    await request('GET', '/chats/nonsense', { token }),
    await request('GET', '/chats/66f0c0ffee0000000000c001', { token }),
    await request('POST', '/chats', { token, body: '{' }),
    await request('POST', '/chats', { token, body: { title: 7 } })
  ]
  t.same(faults.map(({ status }) => status), [401, 404, 405, 400, 404, 400, 400])
  for (const { body } of faults) {
    t.equal(body.success, false)
    t.ok(body.error.length > 0)
    t.equal(body.error, body.detail)
  }
})

t.test('X.509 certificate for Atlas; database set-up script; /docs, /redoc', async t => {
  // The certificate has a test of its own against a MongoDB that demands one: test/long/mongo-tls.test.ts.
  const { settings, db } = await freshDatabase(t)
  // That it may run again is tested in test/long/db-init.test.ts.
  const { code, stdout } = await runScript('db-init', { settings })
  t.match({ code, stdout }, { code: 0, stdout: /\w/ })
  t.ok((await db.collection('users').indexes()).some(({ unique, key }) => unique && Object.keys(key).includes('email_key')), 'the unique index on emails')
  for (const [path, words] of [['/docs', /swagger/i], ['/redoc', /redoc/i]] as const) {
    const { status, headers, text } = await root('GET', path)
    t.match({ status, type: headers.get('content-type'), text }, { status: 200, type: /^text\/html/, text: words }, path)
  }
  const { body } = await root('GET', '/openapi.json')
  t.match(body, { openapi: /^3\.1/, paths: { '/api/v1/chats/{chat_id}/messages': { post: {}, get: {}, delete: {} } } })
})

import t from 'tap'
import { userChanged, userDeleted } from '../../src/users/events.ts'
import { isProblem, scene } from '../auth/scene.ts'

const password = 'correct horse battery'

t.test('one sees one\'s own account whole', async t => {
  const { call, person } = await scene()
  const { id, token } = await person({ email: 'ada@example.com', username: 'ada', full_name: 'Ada Lovelace' })
  const { status, body } = await call('GET', '/users/me', { token })
  t.equal(status, 200)
  t.match(body, { id, email: 'ada@example.com', username: 'ada', full_name: 'Ada Lovelace', role: 'user', is_active: true, last_seen: null })
  t.same(Object.keys(body).sort(), ['created_at', 'email', 'full_name', 'id', 'is_active', 'last_seen', 'role', 'updated_at', 'username'])
})

t.test('PATCH and PUT change what is sent and keep the rest', async t => {
  const { call, person, bus } = await scene()
  const { id, token } = await person({ email: 'ada@example.com', username: 'ada', full_name: 'Ada' })
  const changed: unknown[] = []
  bus.on(userChanged, event => { changed.push(event) })
  const before = (await call('GET', '/users/me', { token })).body
  const patched = await call('PATCH', '/users/me', { token, body: { full_name: ' Ada King ' } })
  t.equal(patched.status, 200)
  t.same(patched.body, { ...before, full_name: 'Ada King', updated_at: patched.body.updated_at })
  const put = await call('PUT', '/users/me', { token, body: { username: 'ADA', email: 'king@example.com' } })
  t.same(put.body, { ...patched.body, username: 'ADA', email: 'king@example.com', updated_at: put.body.updated_at })
  t.equal((await call('PATCH', '/users/me', { token, body: { full_name: null } })).body.full_name, null)
  t.same(changed, Array(3).fill({ user_id: id }))
  t.equal((await call('POST', '/auth/login', { body: { email: 'king@example.com', password } })).status, 200)
  isProblem(t, await call('POST', '/auth/login', { body: { email: 'ada@example.com', password } }), 401, 'invalid_credentials')
})

t.test('what the server owns cannot be set, and nothing else changes with it', async t => {
  const { call, person } = await scene()
  const { token } = await person({ username: 'ada' })
  const before = (await call('GET', '/users/me', { token })).text
  for (const name of ['role', 'is_active', 'id', '_id', 'password', 'password_hash', 'email_key', 'created_at', 'last_seen']) {
    const answer = await call('PATCH', '/users/me', { token, body: { full_name: 'Changed', [name]: 'admin' } })
    isProblem(t, answer, 400, 'validation_failed')
    t.match(answer.body.detail, `"${name}"`)
  }
  for (const body of [{}, { username: null }, { username: 'a b' }, { email: null }, { email: 'x' }, { full_name: '' }, { full_name: ['x'] }, { username: { $set: 'x' } }]) {
    isProblem(t, await call('PATCH', '/users/me', { token, body }), 400, 'validation_failed')
  }
  t.equal((await call('GET', '/users/me', { token })).text, before)
})

t.test('a new email or username must be free, whatever its case', async t => {
  const { call, person } = await scene()
  await person({ email: 'bob@example.com', username: 'bob' })
  const { token } = await person({ email: 'ada@example.com', username: 'ada' })
  isProblem(t, await call('PATCH', '/users/me', { token, body: { email: 'BOB@example.com' } }), 409, 'email_taken')
  isProblem(t, await call('PATCH', '/users/me', { token, body: { username: 'Bob', full_name: 'Not kept' } }), 409, 'username_taken')
  t.match((await call('GET', '/users/me', { token })).body, { email: 'ada@example.com', username: 'ada', full_name: null })
})

t.test('of many who take one username at once one gets it', async t => {
  const { call, person } = await scene()
  const people = await Promise.all(Array.from({ length: 20 }, async () => await person()))
  const answers = await Promise.all(people.map(async ({ token }, i) => await call('PATCH', '/users/me', { token, body: { username: i % 2 ? 'wanted' : 'WANTED' } })))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal(answers.filter(({ body }) => body.code === 'username_taken').length, 19)
})

t.test('a deleted account is gone at once, and its email and username are free', async t => {
  const { call, person, bus, sessions } = await scene()
  const { id, token, refreshToken } = await person({ email: 'ada@example.com', username: 'ada' })
  const second = (await call('POST', '/auth/login', { body: { username: 'ada', password } })).body.access_token
  const other = await person()
  for (const known of [token, second]) t.equal((await call('GET', '/users/me', { token: known })).status, 200)
  const deleted: unknown[] = []
  bus.on(userDeleted, event => { deleted.push(event) })

  t.equal((await call('DELETE', '/users/me', { token })).status, 204)
  t.same(deleted, [{ user_id: id }])
  for (const known of [token, second]) isProblem(t, await call('GET', '/users/me', { token: known }), 401, 'unauthenticated')
  isProblem(t, await call('POST', '/auth/refresh', { body: { refresh_token: refreshToken } }), 401, 'invalid_refresh_token')
  isProblem(t, await call('POST', '/auth/login', { body: { username: 'ada', password } }), 401, 'invalid_credentials')
  isProblem(t, await call('GET', `/users/${id}`, { token: other.token }), 404, 'user_not_found')

  const next = await person({ email: 'ADA@example.com', username: 'Ada' })
  t.not(next.id, id)
  isProblem(t, await call('GET', '/users/me', { token }), 401, 'unauthenticated')
  t.equal(await sessions.countDocuments(), 2, 'no session of the deleted account is left')
})

t.test('a token counts no more from the moment of the deletion', async t => {
  const { person, users, services: { auth } } = await scene()
  const { id, token } = await person()
  await users.remove(await auth.authenticate(token), id)
  await t.rejects(async () => await auth.authenticate(token), { code: 'unauthenticated' }, 'not even until its sessions are removed')
})

t.test('only the person and an administrator can delete an account', async t => {
  const { call, person, connection } = await scene()
  const ada = await person({ username: 'ada' })
  const bob = await person()
  isProblem(t, await call('DELETE', `/users/${ada.id}`, { token: bob.token }), 403, 'forbidden')
  isProblem(t, await call('DELETE', '/users/66f0c0ffee0000000000a001', { token: bob.token }), 404, 'user_not_found')
  isProblem(t, await call('DELETE', '/users/nonsense', { token: bob.token }), 400, 'validation_failed')
  t.equal((await call('GET', '/users/me', { token: ada.token })).status, 200)

  await connection.collection('users').updateOne({ username: 'ada' }, { $set: { role: 'admin' } })
  const admin = (await call('POST', '/auth/login', { body: { username: 'ada', password } })).body.access_token
  t.equal((await call('DELETE', `/users/${bob.id}`, { token: admin })).status, 204)
  isProblem(t, await call('DELETE', `/users/${bob.id}`, { token: admin }), 404, 'user_not_found')
  isProblem(t, await call('GET', '/users/me', { token: bob.token }), 401, 'unauthenticated')
  isProblem(t, await call('DELETE', `/users/${ada.id}`, { token: admin }), 409, 'last_site_admin')
})

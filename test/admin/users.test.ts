import { Types } from 'mongoose'
import t from 'tap'
import { isProblem } from '../auth/scene.ts'
import { type Answer, startApp } from '../helpers/app.ts'
import { makeAdmin, makeChat, type Person, register, registerAll } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const { request, connection } = app
const password = 'correct horse battery'
const nobody = '66f0c0ffee0000000000a001'
const [root, ann] = await registerAll(app, 'root', 'ann') as [Person, Person]
await makeAdmin(app, root)

const call = (method: string, path: string, body?: object, { token } = root) => request(method, `/admin${path}`, { token, ...(body && { body }) })
const auditOf = async (userId: string) => await connection.collection('audit').find({ 'target.user_id': new Types.ObjectId(userId) }).sort({ _id: 1 }).toArray()
const actionsOf = async (userId: string) => (await auditOf(userId)).map(({ action }) => action)
const namesOf = ({ body }: Answer): string[] => body.items.map(({ username }: { username: string }) => username)

/** While `work` runs, the database refuses every new entry of the audit log. */
async function withoutAudit (work: () => Promise<void>) {
  await connection.db!.command({ collMod: 'audit', validator: { never: { $exists: true } } })
  try {
    await work()
  } finally {
    await connection.db!.command({ collMod: 'audit', validator: {} })
  }
}

t.test('everything of the administrators is for them alone, by the role that is in the database now', async t => {
  const routes: [string, string, object?][] = [
    ['GET', '/users'],
    ['POST', '/users', { email: 'x@example.com', password }],
    ['PATCH', `/users/${root.id}`, { is_active: false }],
    ['PATCH', `/users/${nobody}`, { full_name: 'X' }],
    ['PATCH', `/users/${ann.id}/role`, { role: 'admin' }],
    ['GET', `/users/${root.id}/chats`],
    ['GET', `/chats/${nobody}/messages`],
    ['GET', '/audit'],
    ['GET', '/usage']
  ]
  const eve = await makeAdmin(app, await register(app, 'eve'))
  t.equal((await call('GET', '/users', undefined, eve)).status, 200)
  // Behind the server's back: it still remembers eve as an administrator.
  await connection.collection('users').updateOne({ username: 'eve' }, { $set: { role: 'user' } })
  for (const [method, path, body] of routes) {
    for (const person of [ann, eve]) isProblem(t, await call(method, path, body, person), 403, 'forbidden')
    isProblem(t, await request(method, `/admin${path}`, body && { body }), 401, 'unauthenticated')
  }
  t.equal(await connection.collection('audit').countDocuments(), 0, 'nothing was done')
})

t.test('accounts are listed with what only administrators see, by role, state and the beginning of a name', async t => {
  await registerAll(app, 'list-1', 'list-2', 'list-3')
  t.equal((await request('PATCH', '/users/me', { token: ann.token, body: { full_name: 'Älva List-Person' } })).status, 200)
  const { body } = await call('GET', '/users?q=ANN@EXAMPLE')
  t.same(Object.keys(body.items[0]).sort(), ['created_at', 'email', 'full_name', 'id', 'is_active', 'last_seen', 'role', 'updated_at', 'username'])
  t.match(body.items, [{ id: ann.id, email: ann.email, role: 'user', is_active: true }])
  t.same(namesOf(await call('GET', '/users?q=LIST-')), ['list-1', 'list-2', 'list-3'], 'who matches by email and username is there once')
  t.same(namesOf(await call('GET', `/users?q=${encodeURIComponent('älva list')}`)), ['ann'])
  t.same(namesOf(await call('GET', '/users?q=list-2@example.com')), ['list-2'])
  t.same(namesOf(await call('GET', '/users?q=.*')), [])
  t.same(namesOf(await call('GET', '/users?role=admin')), ['root'])
  t.same(namesOf(await call('GET', '/users?role=admin&q=list')), [])
  t.same(namesOf(await call('GET', '/users?is_active=false')), [])

  for (const query of ['', 'q=list-&', 'role=user&is_active=true&']) {
    const walked: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Answer = await call('GET', `/users?${query}limit=2${cursor && `&cursor=${cursor}`}`)
      walked.push(...namesOf(page))
      cursor = page.body.next_cursor
    }
    t.same(walked, namesOf(await call('GET', `/users?${query}`)), `page by page: ${query}`)
    t.ok(walked.length >= 3)
  }
  const { next_cursor: cursor } = (await call('GET', '/users?limit=1')).body
  isProblem(t, await call('GET', `/users?role=user&cursor=${cursor}`), 400, 'invalid_cursor')
  isProblem(t, await call('GET', `/users?q=list&cursor=${cursor}`), 400, 'invalid_cursor')
  isProblem(t, await call('GET', '/users?role=root'), 400, 'validation_failed')
  isProblem(t, await call('GET', '/users?email=ann'), 400, 'validation_failed')
})

t.test('an account is made with the entry that tells of it, or neither is', async t => {
  const made = await call('POST', '/users', { email: 'Made@example.com', username: 'made', password, full_name: 'Made', role: 'admin' })
  t.match(made, { status: 201, body: { email: 'Made@example.com', username: 'made', role: 'admin', is_active: true, last_seen: null } })
  t.equal(made.headers.get('location'), `/api/v1/users/${made.body.id}`)
  t.match(await auditOf(made.body.id), [{ action: 'user_created', actor_username: 'root', details: { role: 'admin' }, request_id: made.headers.get('x-request-id') }])
  const { body: tokens } = await request('POST', '/auth/login', { body: { username: 'made', password } })
  t.equal((await request('GET', '/admin/users', { token: tokens.access_token })).status, 200)
  t.match((await call('POST', '/users', { email: 'plain@example.com', password })).body, { role: 'user', username: /^user-/ })

  const before = await connection.collection('audit').countDocuments()
  isProblem(t, await call('POST', '/users', { email: 'MADE@example.com', password }), 409, 'email_taken')
  isProblem(t, await call('POST', '/users', { email: 'other@example.com', username: 'MADE', password }), 409, 'username_taken')
  isProblem(t, await call('POST', '/users', { email: 'other@example.com', password, is_active: true }), 400, 'validation_failed')
  await withoutAudit(async () => { isProblem(t, await call('POST', '/users', { email: 'other@example.com', password }), 500, 'internal_error') })
  t.equal(await connection.collection('users').countDocuments({ email: 'other@example.com' }), 0)
  t.equal(await connection.collection('audit').countDocuments(), before)
})

t.test('a role counts from the next request on, both ways', async t => {
  const bob = await register(app, 'bob')
  isProblem(t, await call('GET', '/users', undefined, bob), 403, 'forbidden')
  t.match(await call('PATCH', `/users/${bob.id}/role`, { role: 'admin' }), { status: 200, body: { id: bob.id, role: 'admin' } })
  t.equal((await call('GET', '/users', undefined, bob)).status, 200)
  t.match(await call('PATCH', `/users/${bob.id}/role`, { role: 'user' }), { status: 200, body: { role: 'user' } })
  t.equal((await call('PATCH', `/users/${bob.id}/role`, { role: 'user' })).status, 200, 'again: nothing to do')
  isProblem(t, await call('GET', '/users', undefined, bob), 403, 'forbidden')
  isProblem(t, await request('DELETE', `/users/${ann.id}`, { token: bob.token }), 403, 'forbidden')
  t.match(await auditOf(bob.id), [
    { action: 'role_changed', details: { former_role: 'user', role: 'admin' } },
    { action: 'role_changed', details: { former_role: 'admin', role: 'user' } }
  ])
  t.equal((await auditOf(bob.id)).length, 2, 'what changed nothing is not told')
  isProblem(t, await call('PATCH', `/users/${nobody}/role`, { role: 'user' }), 404, 'user_not_found')
  isProblem(t, await call('PATCH', `/users/${bob.id}/role`, { role: 'root' }), 400, 'validation_failed')
  await withoutAudit(async () => { isProblem(t, await call('PATCH', `/users/${bob.id}/role`, { role: 'admin' }), 500, 'internal_error') })
  t.match((await call('GET', '/users?q=bob')).body.items, [{ role: 'user' }], 'what cannot be written down is not done')
})

t.test('an account that is switched off is out at once, everywhere, and stays out', async t => {
  const off = await register(app, 'off')
  const { body: second } = await request('POST', '/auth/login', { body: { username: 'off', password } })
  const socket = await openSocket(t, `${app.api}/ws/${(await makeChat(app, off)).id}?token=${off.token}`)
  for (const token of [off.token, second.access_token]) t.equal((await request('GET', '/users/me', { token })).status, 200)

  t.match(await call('PATCH', `/users/${off.id}`, { is_active: false, full_name: 'Switched Off' }), { status: 200, body: { is_active: false, full_name: 'Switched Off' } })
  for (const token of [off.token, second.access_token]) isProblem(t, await request('GET', '/users/me', { token }), 401, 'unauthenticated')
  for (const refreshToken of [off.refreshToken, second.refresh_token]) isProblem(t, await request('POST', '/auth/refresh', { body: { refresh_token: refreshToken } }), 401, 'invalid_refresh_token')
  isProblem(t, await request('POST', '/auth/login', { body: { username: 'off', password } }), 403, 'account_deactivated')
  isProblem(t, await request('POST', '/auth/login', { body: { username: 'off', password: 'something else' } }), 401, 'invalid_credentials')
  t.match(await socket.closed, { code: 4401 })
  t.same(namesOf(await call('GET', '/users?is_active=false')), ['off'])

  // What a login leaves that had found the account active a moment before.
  await app.connection.collection('sessions').insertOne({ user_id: new Types.ObjectId(off.id), refresh_hash: 'x', previous_hash: null, rotated_at: null, created_at: new Date(), last_used_at: new Date(), expires_at: new Date(Date.now() + 60_000), user_agent: null, ip: null })
  t.match(await call('PATCH', `/users/${off.id}`, { is_active: true }), { status: 200, body: { is_active: true } })
  for (const token of [off.token, second.access_token]) isProblem(t, await request('GET', '/users/me', { token }), 401, 'unauthenticated')
  t.equal(await app.connection.collection('sessions').countDocuments({ user_id: new Types.ObjectId(off.id) }), 0)
  t.equal((await request('POST', '/auth/login', { body: { username: 'off', password } })).status, 200)
  t.same(await actionsOf(off.id), ['user_updated', 'user_deactivated', 'user_activated'])
  t.notMatch(JSON.stringify(await auditOf(off.id)), /Switched/, 'the log does not keep the names')
})

t.test('a login that is under way while the account is switched off leaves no session', async t => {
  const late = await register(app, 'late')
  for (let round = 0; round < 4; round++) {
    const [login, off] = await Promise.all([request('POST', '/auth/login', { body: { username: 'late', password } }), call('PATCH', `/users/${late.id}`, { is_active: false })])
    t.equal(off.status, 200)
    t.equal(await connection.collection('sessions').countDocuments({ user_id: new Types.ObjectId(late.id) }), 0, `the login answered ${login.status}`)
    t.equal((await call('PATCH', `/users/${late.id}`, { is_active: true })).status, 200)
  }
})

t.test('only the name and the state can be changed, of somebody who is there', async t => {
  for (const body of [{}, { email: 'x@example.com' }, { username: 'x-x' }, { role: 'admin' }, { password }, { is_active: null }, { is_active: 'false' }, { full_name: '' }]) {
    isProblem(t, await call('PATCH', `/users/${ann.id}`, body), 400, 'validation_failed')
  }
  isProblem(t, await call('PATCH', `/users/${nobody}`, { is_active: false }), 404, 'user_not_found')
  t.match((await call('PATCH', `/users/${ann.id}`, { full_name: null })).body, { full_name: null, is_active: true })
  t.same(namesOf(await call('GET', `/users?q=${encodeURIComponent('älva')}`)), [], 'a removed name is not found')
  t.match(await auditOf(ann.id), [{ action: 'user_updated', details: { changed: ['full_name'] } }])
})

t.test('who deletes somebody else\'s account is written down', async t => {
  const gone = await register(app, 'gone')
  await withoutAudit(async () => { isProblem(t, await request('DELETE', `/users/${gone.id}`, { token: root.token }), 500, 'internal_error') })
  t.equal((await request('GET', '/users/me', { token: gone.token })).status, 200)
  t.equal((await request('DELETE', `/users/${gone.id}`, { token: root.token })).status, 204)
  t.match(await auditOf(gone.id), [{ action: 'user_deleted', actor_username: 'root' }])
  const self = await register(app, 'self')
  t.equal((await request('DELETE', '/users/me', { token: self.token })).status, 204)
  t.same(await auditOf(self.id), [])
})

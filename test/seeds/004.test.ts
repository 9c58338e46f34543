import t, { type Test } from 'tap'
import { ConfigSchema } from '../../src/platform/config.ts'
import { openSocket } from '../helpers/socket.ts'
import { scene } from './scene.ts'

const app = await scene(t)
const { request, root } = app
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const john = await app.person('john_doe')
const jane = await app.person('jane_doe')
const kim = await app.person('kim')

async function open (t: Test, { token }: { token: string }, chatId: string) {
  const socket = await openSocket(t, `${app.api}/ws/${chatId}?token=${token}`)
  await socket.next('subscribed')
  socket.send({ type: 'ping' })
  await socket.next('pong')
  return socket
}

t.test('collections may be asked for with a slash at the end, as the document does', async t => {
  t.match(await request('GET', '/chats/', { token: john.token }), { status: 200, body: { items: [] } })
})

t.test('register, login, me, update me, search, get user', async t => {
  t.match(await request('POST', '/auth/login', { body: { email: john.email, password: john.password } }), { status: 200, body: { access_token: String } })
  t.match(await request('POST', '/auth/login', { body: { email: john.email, password: 'wrong' } }), { status: 401, body: { code: 'invalid_credentials' } })
  t.match((await request('GET', '/users/me', { token: john.token })).body, { id: john.id, username: 'john_doe', email: john.email, full_name: null, is_active: true, created_at: iso, last_seen: null })
  t.match(await request('PUT', '/users/me', { token: john.token, body: { full_name: 'John Doe' } }), { status: 200, body: { full_name: 'John Doe', username: 'john_doe' } })
  t.match((await request('GET', '/users/search?q=john', { token: jane.token })).body.items, [{ id: john.id, username: 'john_doe', full_name: 'John Doe' }])
  const { status, body } = await request('GET', `/users/${john.id}`, { token: jane.token })
  t.match({ status, body }, { status: 200, body: { username: 'john_doe' } })
  t.notOk('email' in body || 'hashed_password' in body || 'password_hash' in body)
})

t.test('direct and group chats, 100 people, participants with is_admin, update group, leave', async t => {
  const direct = await request('POST', '/chats', { token: john.token, body: { type: 'direct', participant_ids: [jane.id] } })
  t.match(direct, { status: 201, body: { type: 'direct' } })
  t.match(await request('POST', '/chats', { token: jane.token, body: { type: 'direct', participant_ids: [john.id] } }), { status: 200, body: { id: direct.body.id } }, 'one chat a pair')
  const { body: group } = await request('POST', '/chats', { token: john.token, body: { type: 'group', title: 'Team', participant_ids: [jane.id] } })
  const path = `/chats/${group.id}`
  t.equal((await request('PUT', path, { token: jane.token, body: { title: 'Mine' } })).status, 403, 'only an admin')
  t.match(await request('PUT', path, { token: john.token, body: { title: 'The team' } }), { status: 200, body: { title: 'The team' } })
  t.equal((await request('PUT', `/chats/${direct.body.id}`, { token: john.token, body: { title: 'Ours' } })).status, 403, 'a direct chat has no title')
  t.equal((await request('POST', `${path}/participants`, { token: john.token, body: { user_ids: [kim.id] } })).status, 201)
  const people = (await request('GET', `${path}/participants`, { token: kim.token })).body.items
  t.match(people, [{ user_id: john.id, is_admin: true, joined_at: iso }, { user_id: jane.id, is_admin: false }, { user_id: kim.id, is_admin: false }])
  t.equal((await request('DELETE', `${path}/participants/${kim.id}`, { token: john.token })).status, 204)
  t.equal((await request('GET', path, { token: kim.token })).status, 404)

  // The other 98 stand in the database only: hashing that many passwords would take longer than all else here.
  const { models: [users] } = app.services.users
  const { _id, ...one } = (await users!.collection.findOne({ username: 'kim' }))!
  const crowd = Array.from({ length: 98 }, (_, number) => ({ ...one, username: `crowd-${number}`, username_key: `crowd-${number}`, email: `crowd-${number}@example.com`, email_key: `crowd-${number}@example.com` }))
  const { insertedIds } = await users!.collection.insertMany(crowd as never)
  const ids = Object.values(insertedIds).map(String)
  t.equal((await request('POST', `${path}/participants`, { token: john.token, body: { user_ids: ids } })).body.items?.length, 100)
  t.match(await request('POST', `${path}/participants`, { token: john.token, body: { user_ids: [kim.id] } }), { status: 409, body: { code: 'chat_full' } })

  t.equal((await request('POST', `${path}/leave`, { token: john.token })).status, 204)
  t.equal((await request('GET', path, { token: john.token })).status, 404)
  t.match((await request('GET', `${path}/participants`, { token: jane.token })).body.items[0], { user_id: jane.id, is_admin: true }, 'somebody decides from now on')
})

t.test('send / page / edit / delete message; 10,000 characters; is_edited, is_deleted', async t => {
  const { id } = (await request('POST', '/chats', { token: john.token, body: { type: 'direct', participant_ids: [kim.id] } })).body
  const path = `/chats/${id}/messages`
  const send = (content: string) => request('POST', path, { token: john.token, body: { content } })
  t.equal((await send('x'.repeat(10_000))).status, 201)
  t.match(await send('x'.repeat(10_001)), { status: 400, body: { code: 'validation_failed' } })
  for (const content of ['one', 'two', 'three', 'four']) await send(content)
  const pages = []
  for (let cursor = ''; ;) {
    const { body } = await request('GET', `${path}?limit=2${cursor}`, { token: kim.token })
    t.equal(body.count, 5)
    pages.push(body.items.map(({ content }: { content: string }) => content.slice(0, 5)))
    if (!body.next_cursor) break
    cursor = `&cursor=${body.next_cursor}`
  }
  t.same(pages, [['four', 'three'], ['two', 'one'], ['xxxxx']])
  const [newest] = (await request('GET', path, { token: john.token })).body.items
  t.match(newest, { is_edited: false, is_deleted: false })
  t.match(await request('PUT', `/messages/${newest.id}`, { token: john.token, body: { content: 'FOUR' } }), { status: 200, body: { content: 'FOUR', is_edited: true, edited_at: iso } })
  t.equal((await request('PUT', `/messages/${newest.id}`, { token: kim.token, body: { content: 'mine' } })).status, 403)
  t.equal((await request('DELETE', `/messages/${newest.id}`, { token: john.token })).status, 204)
  t.match((await request('GET', `/messages/${newest.id}`, { token: kim.token })).body, { content: '', is_deleted: true })
  t.match((await request('GET', path, { token: kim.token })).body, { count: 4, items: { length: 4 } })
})

t.test('socket per chat with ?token=; message, typing, ping; the eight server frames', async t => {
  const { id } = (await request('POST', '/chats', { token: john.token, body: { type: 'group', title: 'Live', participant_ids: [jane.id] } })).body
  const listener = await open(t, jane, id)
  const socket = await open(t, john, id)
  const heard: string[] = []
  const hear = async (from: typeof socket, type: string, members: object) => {
    const frame = await from.next(type)
    t.match(frame, members, type)
    heard.push(type)
  }
  await hear(listener, 'user_joined', { user_id: john.id, chat_id: id, timestamp: iso })
  socket.send({ type: 'message', chat_id: id, content: 'Hello, world!' })
  await hear(listener, 'new_message', { chat_id: id, message: { id: /^[0-9a-f]{24}$/, sender_id: john.id, sender_username: 'john_doe', content: 'Hello, world!', timestamp: iso } })
  socket.send({ type: 'typing', chat_id: id, content: 'start' })
  await hear(listener, 'typing_started', { user_id: john.id, chat_id: id, timestamp: iso })
  socket.send({ type: 'typing', chat_id: id, content: 'stop' })
  await hear(listener, 'typing_stopped', { user_id: john.id, chat_id: id, timestamp: iso })
  socket.send({ type: 'ping', chat_id: id })
  await hear(socket, 'pong', { chat_id: id, timestamp: iso })
  socket.send({ type: 'message', chat_id: id, content: '' })
  await hear(socket, 'error', { code: 'validation_failed', message: /content/ })
  socket.socket.close()
  await hear(listener, 'user_left', { user_id: john.id, chat_id: id, timestamp: iso })
  const { body } = await request('GET', `/chats/${id}/messages`, { token: jane.token })
  await request('DELETE', `/messages/${body.items[0].id}`, { token: john.token })
  await hear(listener, 'message_deleted', { message_id: body.items[0].id })
  t.equal(heard.length, 8)
})

t.test('stats, online list, last_seen, /, /health, /api/v1/info', async t => {
  const { id } = (await request('POST', '/chats', { token: kim.token, body: { type: 'direct', participant_ids: [jane.id] } })).body
  const noSocket = async () => { while (app.services.hub.count().connections > 0) await new Promise(resolve => { setImmediate(resolve) }) }
  await noSocket()
  const socket = await open(t, kim, id)
  t.match((await request('GET', '/ws/stats', { token: jane.token })).body, { connections: 1, users: 1, chats: 1 })
  t.same((await request('GET', `/chats/${id}/online`, { token: jane.token })).body, { items: [{ user_id: kim.id, username: 'kim' }], next_cursor: null })
  t.equal((await request('GET', `/users/${kim.id}`, { token: jane.token })).body.last_seen, null)
  socket.socket.close()
  await socket.closed
  await noSocket()
  await app.services.hub.settled()
  t.match((await request('GET', `/users/${kim.id}`, { token: jane.token })).body.last_seen, iso)
  for (const path of ['/', '/api/v1/info']) t.match(await root('GET', path), { status: 200, body: { name: 'Parley', version: /^\d/, links: { docs: '/docs' }, limits: { message_characters: 10_000, chat_people: 100 } } }, path)
  t.match(await root('GET', '/health'), { status: 200, body: { status: 'ok', database: 'up' } })
})

t.test('secret, algorithm, expiry, CORS, rate limit, HTTPS, logging, monitoring', async t => {
  for (const name of ['HOST', 'PORT', 'MONGODB_URL', 'MONGODB_DATABASE', 'SECRET_KEY', 'ALGORITHM', 'ACCESS_TOKEN_EXPIRE_MINUTES', 'CORS_ORIGINS', 'RATE_LIMIT', 'LOG_LEVEL', 'TRUST_PROXY']) {
    t.ok(name in ConfigSchema.properties, name)
  }
  const [head, claims] = john.token.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url').toString()))
  t.match(head, { alg: 'HS256' })
  t.equal(claims.exp - claims.iat, 30 * 60)
  t.match((await root('GET', '/')).headers.get('strict-transport-security'), /max-age/)
  for (const path of ['/livez', '/readyz']) t.equal((await root('GET', path)).status, 200, path)
})

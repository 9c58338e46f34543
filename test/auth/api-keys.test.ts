import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Types } from 'mongoose'
import t from 'tap'
import { startApp, testSettings } from '../helpers/app.ts'
import { openEvents, textOf } from '../helpers/events.ts'
import { makeAdmin, makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'
import { openSocket } from '../helpers/socket.ts'
import { isProblem } from './scene.ts'

const app = await startApp(t)
const { request, connection } = app
const [root, ann, bob] = await registerAll(app, 'root', 'ann', 'bob') as [Person, Person, Person]
await makeAdmin(app, root)
const stored = connection.collection<{ _id: Types.ObjectId, last_used_at: Date | null, expires_at: Date | null }>('api_keys')

const make = async ({ token }: Person, scopes: string[], more: object = {}) => {
  const { status, body, text } = await request('POST', '/auth/api-keys', { token, body: { name: scopes.join(' and '), scopes, ...more } })
  if (status !== 201) throw new Error(`making a key answered ${status}: ${text}`)
  return body as { id: string, key: string, name: string }
}
const listed = async ({ token }: Person) => (await request('GET', '/auth/api-keys?limit=100', { token })).body.items
const keys = { read: await make(root, ['read']), write: await make(root, ['write']), admin: await make(root, ['admin']) }

/** What a route needs of a key, written down once more: by its method and address, and the exceptions one by one. */
const exceptions: Record<string, string> = {
  'POST /api/v1/auth/ws-ticket': 'read',
  ...Object.fromEntries(['POST /api/v1/auth/logout', 'GET /api/v1/auth/sessions', 'DELETE /api/v1/auth/sessions/{session_id}', 'POST /api/v1/auth/password', 'POST /api/v1/auth/api-keys', 'GET /api/v1/auth/api-keys', 'DELETE /api/v1/auth/api-keys/{api_key_id}', 'DELETE /api/v1/users/me', 'DELETE /api/v1/users/{user_id}'].map(name => [name, 'session']))
}
const needed = (name: string) => exceptions[name] ?? (name.includes(' /api/v1/admin/') ? 'admin' : name.startsWith('GET ') ? 'read' : 'write')
const may: Record<string, string[]> = { read: ['read'], write: ['read', 'write'], admin: ['admin'] }

t.test('a key is shown once and only its hash is stored', async t => {
  const made = await request('POST', '/auth/api-keys', { token: ann.token, body: { name: ' Deploy bot ', scopes: ['read', 'write'], expires_at: '2099-01-01T00:00:00.000Z' } })
  const { id, key } = made.body
  t.equal(made.status, 201)
  t.match({ location: made.headers.get('location'), cache: made.headers.get('cache-control') }, { location: `/api/v1/auth/api-keys/${id}`, cache: 'no-store' })
  t.match(key, new RegExp(`^parley_${id}_[0-9A-Za-z]{49}$`))
  const digits = [...key.slice(-6)].map(letter => '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(letter))
  t.equal(digits.reduce((sum, digit) => sum * 62 + digit, 0), crc32(key.slice(0, -6)), 'it ends with the checksum of the rest')
  const shown = { id, name: 'Deploy bot', scopes: ['read', 'write'], prefix: `parley_${id}`, last_four: key.slice(-4), last_used_at: null, expires_at: '2099-01-01T00:00:00.000Z' }
  t.match(made.body, shown)
  const list = await request('GET', '/auth/api-keys', { token: ann.token })
  t.match(list.body, { items: [shown], next_cursor: null })
  t.notOk('key' in list.body.items[0])
  const record = await stored.findOne({ _id: new Types.ObjectId(id) })
  t.equal((record as unknown as { hash: string }).hash, createHash('sha256').update(key).digest('base64url'))
  for (const collection of await connection.db!.collections()) {
    t.notOk(JSON.stringify(await collection.find().toArray()).includes(key.slice(32, 75)), collection.collectionName)
  }
  const other = await make(ann, ['read'])
  t.not(other.key.slice(32), key.slice(32))
  t.same((await request('GET', '/auth/api-keys?limit=1', { token: ann.token })).body.items.map(({ id }: { id: string }) => id), [other.id], 'newest first')
  const { body: first } = await request('GET', '/auth/api-keys?limit=1', { token: ann.token })
  t.match((await request('GET', `/auth/api-keys?limit=1&cursor=${first.next_cursor}`, { token: ann.token })).body, { items: [{ id }], next_cursor: null })
  t.same(await listed(bob), [], 'to their person only')
})

t.test('what is no key to make is refused', async t => {
  const bodies = [{}, { name: 'x' }, { name: '', scopes: ['read'] }, { name: ' ', scopes: ['read'] }, { name: 'x'.repeat(101), scopes: ['read'] }, { name: 'x', scopes: [] }, { name: 'x', scopes: ['all'] }, { name: 'x', scopes: ['session'] }, { name: 'x', scopes: ['read', 'read'] }, { name: 'x', scopes: 'read' }, { name: 'x', scopes: ['read'], expires_at: 'tomorrow' }, { name: 'x', scopes: ['read'], expires_at: '2020-01-01T00:00:00.000Z' }, { name: 'x', scopes: ['read'], user_id: bob.id }, { name: 'x', scopes: ['read'], hash: 'x' }]
  for (const body of bodies) isProblem(t, await request('POST', '/auth/api-keys', { token: bob.token, body }), 400, 'validation_failed')
  isProblem(t, await request('POST', '/auth/api-keys', { token: bob.token, body: { name: 'x', scopes: ['admin'] } }), 403, 'forbidden')
  isProblem(t, await request('POST', '/auth/api-keys', { body: { name: 'x', scopes: ['read'] } }), 401, 'unauthenticated')
  t.same(await listed(bob), [])
})

t.test('every operation needs its scope, and the document says which', async t => {
  const operations = Object.entries<Record<string, any>>((await app.root('GET', '/openapi.json')).body.paths)
    .flatMap(([path, item]) => Object.entries(item).map(([method, { security, responses, description, 'x-api-key-scope': told }]) => ({ name: `${method.toUpperCase()} ${path}`, security, responses, description, told })))
    .filter(({ security }) => security.length > 0)
  t.ok(operations.length > 60)
  for (const { name, told, description, responses } of operations) {
    const scope = needed(name)
    t.equal(told, scope, name)
    t.match(description, scope === 'session' ? /No API key can do this\.$/ : new RegExp(`An API key needs the scope \`${scope}\`\\.$`), name)
    t.ok(responses[403], name)
    const [method, path] = name.replaceAll(/\{\w+\}/g, root.id).split(' ') as [string, string]
    for (const [held, { key }] of Object.entries(keys)) {
      if (may[held]!.includes(scope)) continue
      const answer = await app.root(method, path, { token: key })
      t.match({ name, held, status: answer.status, code: answer.body?.code, www: answer.headers.get('www-authenticate') }, { name, held, status: 403, code: 'insufficient_scope', www: scope === 'session' ? 'Bearer error="insufficient_scope"' : `Bearer error="insufficient_scope", scope="${scope}"` })
    }
  }
  for (const name of Object.keys(exceptions)) t.ok(operations.some(operation => operation.name === name), name)
  t.equal((await request('HEAD', '/auth/api-keys', { token: keys.write.key })).status, 403, 'HEAD is as GET')
  t.equal((await request('HEAD', '/chats', { token: keys.read.key })).status, 200)
})

t.test('a key does what its scopes allow, and no more', async t => {
  const chat = (await request('POST', '/chats', { token: keys.write.key, body: { title: 'By a program' } })).body
  t.equal(chat.owner_id, root.id)
  const path = `/chats/${chat.id}/messages`
  t.equal((await request('POST', path, { token: keys.write.key, body: { content: 'hello' } })).status, 201)
  for (const { key } of [keys.read, keys.write]) t.equal((await request('GET', path, { token: key })).body.count, 1)
  isProblem(t, await request('POST', path, { token: keys.read.key, body: { content: 'no' } }), 403, 'insufficient_scope')
  t.equal((await request('PATCH', '/users/me', { token: keys.write.key, body: { full_name: 'Root' } })).body.full_name, 'Root')
  for (const method of ['PATCH', 'PUT']) {
    for (const body of [{ email: 'stolen@example.com' }, { username: 'stolen', full_name: 'X' }]) isProblem(t, await request(method, '/users/me', { token: keys.write.key, body }), 403, 'insufficient_scope')
  }
  const { authenticate } = app.services.auth
  t.match([await authenticate(keys.write.key), await authenticate(keys.admin.key)], [{ role: 'user' }, { role: 'admin' }], 'nor is its person more than it is')
  t.match((await request('GET', '/users/me', { token: root.token })).body, { email: root.email, username: 'root', full_name: 'Root' })
})

t.test('what administrators do with a key is written down with the key, and ends with their role', async t => {
  const eve = await makeAdmin(app, await register(app, 'eve'))
  const { id, key } = await make(eve, ['admin'])
  const plain = await make(eve, ['write'])
  const use = () => request('PATCH', `/admin/users/${bob.id}`, { token: key, body: { full_name: 'Bob' } })
  t.equal((await use()).status, 200)
  const audit = async () => (await request('GET', `/admin/audit?actor_id=${eve.id}`, { token: root.token })).body.items
  t.match(await audit(), [{ action: 'user_updated', api_key_id: id }, { action: 'api_key_created', target: { user_id: eve.id }, details: { api_key_id: id, scopes: ['admin'] } }])
  t.equal((await audit()).length, 2, 'a key for what is one\'s own is nobody else\'s business')
  await request('PATCH', `/admin/users/${eve.id}/role`, { token: root.token, body: { role: 'user' } })
  isProblem(t, await use(), 403, 'forbidden')
  t.equal((await request('GET', '/users/me', { token: plain.key })).status, 200)
  t.equal((await request('DELETE', `/auth/api-keys/${id}`, { token: eve.token })).status, 204)
  t.match(await audit(), [{ action: 'api_key_revoked', details: { api_key_id: id } }, {}, {}])
})

t.test('a key opens sockets in every way, which listen to read and write to write', async t => {
  const chat = await makeChat(app, root, 'group', [ann])
  const ticket = async (token: string) => (await request('POST', '/auth/ws-ticket', { token })).body.ticket
  const address = `${app.api}/ws`
  const ways = [
    await openSocket(t, `${address}?token=${keys.read.key}`),
    await openSocket(t, address, { headers: { authorization: `Bearer ${keys.read.key}` } }),
    await openSocket(t, `${address}?ticket=${await ticket(keys.read.key)}`),
    await openSocket(t, address)
  ]
  ways[3]!.send({ type: 'authenticate', token: keys.read.key, id: 'a' })
  t.same(await ways[3]!.next('ack'), { type: 'ack', id: 'a', expires_at: null })
  for (const socket of ways) {
    socket.send({ type: 'subscribe', chat_id: chat.id, id: 's' })
    await socket.next(({ type, id }) => type === 'ack' && id === 's')
  }
  const frames: [string, object][] = [['message', { chat_id: chat.id, content: 'no' }], ['typing', { chat_id: chat.id, content: 'start' }], ['read', { chat_id: chat.id, seq: 1 }], ['edit', { message_id: chat.id, content: 'no' }], ['delete', { message_id: chat.id }], ['react', { message_id: chat.id, emoji: '👍' }], ['branch', { chat_id: chat.id, name: 'x', message_index: 0 }], ['activate_branch', { chat_id: chat.id, branch_id: chat.active_branch_id }], ['complete', { chat_id: chat.id, content: 'no' }], ['cancel', { run_id: chat.id }]]
  for (const [type, members] of frames) {
    ways[0]!.send({ type, id: type, ...members })
    t.match(await ways[0]!.next(({ id }) => id === type), { type: 'error', code: 'insufficient_scope' }, type)
  }
  const writer = await openSocket(t, `${address}/${chat.id}?token=${keys.write.key}`)
  await writer.next('subscribed')
  writer.send({ type: 'message', chat_id: chat.id, content: 'yes', id: 'm' })
  t.match(await writer.next('ack'), { message: { content: 'yes', sender_id: root.id } })
  for (const socket of ways) t.match(await socket.next('new_message'), { message: { content: 'yes' } })
  const deaf = await openSocket(t, `${address}?token=${keys.admin.key}`)
  t.match(await deaf.next('error'), { code: 'insufficient_scope' })
  t.match(await deaf.closed, { code: 4403 }, 'who may not read may not listen')
  ways[3]!.send({ type: 'authenticate', token: keys.admin.key, id: 'b' })
  t.match(await ways[3]!.next('error'), { id: 'b', code: 'insufficient_scope' })
  ways[3]!.send({ type: 'authenticate', token: keys.write.key, id: 'c' })
  t.match(await ways[3]!.next('ack'), { id: 'c' })
  ways[3]!.send({ type: 'message', chat_id: chat.id, content: 'now', id: 'd' })
  t.match(await ways[3]!.next(({ id }) => id === 'd'), { type: 'ack' }, 'another key, another scope')

  const told = await openEvents(t, `${app.api}/chats/${(await makeChat(app, root)).id}/completions`, { token: keys.write.key, body: { content: 'hello', stream: true } })
  const events = await told.rest()
  t.match(textOf(events), /hello/)
  const followed = await openEvents(t, `${app.api}/runs/${events[0]!.data.run.id}/events`, { token: keys.read.key })
  t.equal(textOf(await followed.rest()), textOf(events), 'and events')
})

t.test('a key that is revoked ends at once, with its sockets and tickets, and no other', async t => {
  const chat = await makeChat(app, ann)
  const [lost, kept] = [await make(ann, ['write']), await make(ann, ['write'])]
  const [lostSocket, keptSocket] = await Promise.all([lost, kept].map(({ key }) => openSocket(t, `${app.api}/ws/${chat.id}?token=${key}`))) as [any, any]
  await Promise.all([lostSocket.next('subscribed'), keptSocket.next('subscribed')])
  const { ticket } = (await request('POST', '/auth/ws-ticket', { token: lost.key })).body
  const revoke = (person: Person) => request('DELETE', `/auth/api-keys/${lost.id}`, { token: person.token })
  isProblem(t, await revoke(bob), 404, 'api_key_not_found')
  t.equal((await request('GET', '/users/me', { token: lost.key })).status, 200, 'it is remembered')
  t.equal((await revoke(ann)).status, 204)
  isProblem(t, await request('GET', '/users/me', { token: lost.key }), 401, 'unauthenticated')
  t.match(await lostSocket.closed, { code: 4401 })
  t.match(await (await openSocket(t, `${app.api}/ws?ticket=${ticket}`)).closed, { code: 4401 })
  await say(app, ann, chat.id, 'afterwards')
  t.match(await keptSocket.next('new_message'), { message: { content: 'afterwards' } })
  t.notOk(lostSocket.frames.some(({ type }: { type: string }) => type === 'new_message'))
  isProblem(t, await revoke(ann), 404, 'api_key_not_found')
  t.equal((await request('GET', '/users/me', { token: ann.token })).status, 200)
})

t.test('a key ends in time, with its socket', async t => {
  const { id, key } = await make(ann, ['read'], { expires_at: new Date(Date.now() + 2000).toISOString() })
  const socket = await openSocket(t, `${app.api}/ws?token=${key}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  t.match(await socket.next('error'), { code: 'token_expired' })
  t.match(await socket.closed, { code: 4401 })
  const late = await request('GET', '/users/me', { token: key })
  // MongoDB may have removed it meanwhile.
  t.match(late, { status: 401, body: { code: /^(token_expired|unauthenticated)$/ } })
  t.notOk((await listed(ann)).some((one: { id: string }) => one.id === id))
})

t.test('the account decides at each use, and takes its keys with it', async t => {
  const person = await register(app)
  const { id, key } = await make(person, ['write'])
  const socket = await openSocket(t, `${app.api}/ws?token=${key}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  const use = () => request('GET', '/users/me', { token: key })
  t.equal((await use()).status, 200)
  await request('PATCH', `/admin/users/${person.id}`, { token: root.token, body: { is_active: false } })
  isProblem(t, await use(), 401, 'unauthenticated')
  t.match(await socket.closed, { code: 4401 })
  await request('PATCH', `/admin/users/${person.id}`, { token: root.token, body: { is_active: true } })
  t.equal((await use()).status, 200)
  // The key outlives the sessions, not the account.
  await request('DELETE', `/users/${person.id}`, { token: root.token })
  isProblem(t, await use(), 401, 'unauthenticated')
  for (const deadline = Date.now() + 10_000; await stored.countDocuments({ _id: new Types.ObjectId(id) }) > 0 && Date.now() < deadline;) await new Promise(resolve => setImmediate(resolve))
  t.equal(await stored.countDocuments({ user_id: new Types.ObjectId(person.id) }), 0)
})

t.test('keys made beside the deletion of the account leave nothing behind', async t => {
  const person = await register(app)
  const { created } = { created: Promise.all(Array.from({ length: 8 }, () => request('POST', '/auth/api-keys', { token: person.token, body: { name: 'x', scopes: ['read'] } }))) }
  const gone = request('DELETE', '/users/me', { token: person.token })
  const answers = await created
  t.equal((await gone).status, 204)
  for (const { status, body } of answers) t.ok(status === 201 || body.code === 'unauthenticated', `${status}`)
  for (const deadline = Date.now() + 10_000; await stored.countDocuments({ user_id: new Types.ObjectId(person.id) }) > 0 && Date.now() < deadline;) await new Promise(resolve => setImmediate(resolve))
  t.equal(await stored.countDocuments({ user_id: new Types.ObjectId(person.id) }), 0)
})

t.test('nobody has more than fifty, however many are made at once', async t => {
  const person = await register(app)
  const create = () => request('POST', '/auth/api-keys', { token: person.token, body: { name: 'x', scopes: ['read'] } })
  for (let made = 0; made < 40; made++) await create()
  const answers = await Promise.all(Array.from({ length: 25 }, create))
  t.same(answers.map(({ status }) => status).sort(), [...Array.from({ length: 10 }, () => 201), ...Array.from({ length: 15 }, () => 409)])
  for (const answer of answers) if (answer.status === 409) isProblem(t, answer, 409, 'too_many_api_keys')
  const all = await listed(person)
  t.equal(new Set(all.map(({ id }: { id: string }) => id)).size, 50)
  await request('DELETE', `/auth/api-keys/${all[0].id}`, { token: person.token })
  await stored.updateOne({ _id: new Types.ObjectId(all[1].id as string) }, { $set: { expires_at: new Date(Date.now() - 1000) } })
  t.same((await Promise.all([create(), create(), create()])).map(({ status }) => status).sort(), [201, 201, 409], 'what was revoked or has expired makes room')
})

t.test('two processes', { skip: noRedis }, async t => {
  const redis = await startRedis(t)
  const { MONGODB_DATABASE, SECRET_KEY } = testSettings() as { MONGODB_DATABASE: string, SECRET_KEY: string }
  const settings = { MONGODB_DATABASE, SECRET_KEY, REDIS_URL: redis.url, RATE_LIMIT: 'on', API_KEY_REQUESTS_PER_MINUTE: '5' }
  const [a, b] = [await startApp(t, settings), await startApp(t, settings)]
  const zoe = await register(a, 'zoe')
  const create = async () => (await a.request('POST', '/auth/api-keys', { token: zoe.token, body: { name: 'x', scopes: ['read'] } })).body
  const [first, second, third] = [await create(), await create(), await create()]
  const revoke = (id: string) => a.request('DELETE', `/auth/api-keys/${id}`, { token: zoe.token })
  const onB = (key: string) => b.request('GET', '/users/me', { token: key })
  const open = async (key: string) => {
    const socket = await openSocket(t, `${b.api}/ws?token=${key}`)
    socket.send({ type: 'ping' })
    await socket.next('pong')
    return socket
  }
  const firstOnB = await open(first.key)
  t.equal((await onB(first.key)).status, 200, 'remembered')
  await revoke(first.id)
  t.match(await firstOnB.closed, { code: 4401 })
  isProblem(t, await onB(first.key), 401, 'unauthenticated')

  const used = async () => (await a.request('GET', '/auth/api-keys', { token: zoe.token })).body.items[0].last_used_at
  t.equal(await used(), null)
  const answers = [await onB(third.key)]
  const noted = await used()
  t.match(noted, /^\d{4}-/)
  answers.push(await a.request('GET', '/users/me', { token: third.key }), await onB(third.key), await onB(third.key), await onB(third.key))
  t.equal(await used(), noted, 'written down once a minute, whichever process')
  t.same(answers.map(({ status }) => status), [200, 200, 200, 200, 200], 'another key of the same person has not used any of it up')
  t.equal(answers[0]!.headers.get('ratelimit-limit'), '5')
  isProblem(t, await onB(third.key), 429, 'rate_limited')
  t.equal((await a.request('GET', '/users/me', { token: zoe.token })).headers.get('ratelimit-limit'), '1200', 'its owner goes on')

  const [secondOnB, thirdOnB] = [await open(second.key), await open(third.key)]
  await redis.kill()
  await revoke(second.id)
  await redis.restart()
  t.match(await secondOnB.closed, { code: 4401 }, 'revoked while nobody could be told')
  thirdOnB.send({ type: 'ping', id: 'still' })
  t.match(await thirdOnB.next('pong'), { id: 'still' }, 'a key that was not revoked is no ended session')

  const past = new Date(Date.now() - 61_000)
  await a.connection.collection('api_keys').updateMany({}, { $set: { last_used_at: past } })
  const c = await startApp(t, settings)
  await c.request('GET', '/users/me', { token: third.key })
  t.not(await used(), past.toISOString(), 'a minute later it is written down again')
})

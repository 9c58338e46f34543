import t, { type Test } from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'
import { openSocket, type TestSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const [ann, bob, cy] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Opens a socket and waits until the server counts it in. */
async function open (t: Test, person: Person, chatId: string): Promise<TestSocket> {
  const socket = await openSocket(t, `${app.api}/ws/${chatId}?token=${person.token}`)
  await socket.next('subscribed')
  socket.send({ type: 'ping', id: 'there?' })
  await socket.next(({ type, id }) => type === 'pong' && id === 'there?')
  return socket
}

/** What a socket has heard until now, and nothing is on its way. */
async function heard (socket: TestSocket) {
  socket.send({ type: 'ping', id: 'end' })
  await socket.next(({ type, id }) => type === 'pong' && id === 'end')
  return socket.frames.splice(0)
}

async function close (socket: TestSocket) {
  socket.socket.close()
  await socket.closed
}

t.test('the frames of the socket', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const [a, b] = [await open(t, ann, chat.id), await open(t, bob, chat.id)]

  await t.test('user_joined', async t => {
    const { timestamp, ...frame } = await a.next('user_joined')
    t.same(frame, { type: 'user_joined', chat_id: chat.id, user_id: bob.id })
    t.match(timestamp, iso)
    t.same(await heard(b), [], 'not to oneself')
  })

  await t.test('message and new_message', async t => {
    a.send({ type: 'message', chat_id: chat.id, content: 'Hello, world!', id: '7' })
    const [ownFrame, frame, ack] = [await a.next('new_message'), await b.next('new_message'), await a.next('ack')]
    t.match(frame, { chat_id: chat.id, seq: 1, message: { id: /^[0-9a-f]{24}$/, chat_id: chat.id, sender_id: ann.id, sender_username: 'ann', content: 'Hello, world!', timestamp: iso, seq: 1, rev: 1, message_index: 0, role: 'user', is_edited: false, is_deleted: false } })
    t.same(ownFrame, frame, 'the sender hears the same')
    t.match(ack, { id: '7', message: frame['message'], replayed: false })
    t.same((await app.request('GET', `/messages/${frame['message'].id}`, { token: bob.token })).body, { ...frame['message'], alternatives: { index: 0, count: 1 } }, 'and REST tells the same')
    a.send({ type: 'message', chat_id: chat.id, content: 'no answer asked for' })
    await b.next('new_message')
    t.same((await heard(a)).map(({ type }) => type), ['new_message'], 'without an id there is no ack')
  })

  await t.test('what REST does is heard by sockets', async t => {
    const sent = await say(app, bob, chat.id, 'over REST')
    t.same((await a.next('new_message'))['message'], sent)
    await app.request('PATCH', `/messages/${sent.id}`, { token: bob.token, body: { content: 'edited' } })
    t.match(await a.next('message_updated'), { chat_id: chat.id, seq: sent.seq + 1, message: { id: sent.id, content: 'edited', is_edited: true, rev: sent.seq + 1 } })
    await app.request('DELETE', `/messages/${sent.id}`, { token: bob.token })
    t.match(await a.next('message_deleted'), { chat_id: chat.id, seq: sent.seq + 2, message_id: sent.id })
    await app.request('PATCH', `/chats/${chat.id}`, { token: ann.token, body: { title: 'New' } })
    t.match(await a.next('chat_updated'), { chat_id: chat.id, change: 'chat_updated', chat: { title: 'New' } })
    t.same((await heard(b)).map(({ type }) => type), ['new_message', 'message_updated', 'message_deleted', 'chat_updated'])
  })

  await t.test('typing_started and typing_stopped', async t => {
    for (const [content, type] of [['start', 'typing_started'], ['stop', 'typing_stopped']] as const) {
      a.send({ type: 'typing', chat_id: chat.id, content, id: content })
      const { timestamp, ...frame } = await b.next(type)
      t.same(frame, { type, chat_id: chat.id, user_id: ann.id })
      t.match(timestamp, iso)
      t.same(await a.next('ack'), { type: 'ack', id: content })
    }
    t.same(await heard(a), [], 'not to the one who types')
  })

  await t.test('ping and pong', async t => {
    a.send({ type: 'ping', chat_id: chat.id })
    const { timestamp, ...frame } = await a.next('pong')
    t.same(frame, { type: 'pong', chat_id: chat.id, heads: [{ chat_id: chat.id, seq: 6 }] })
    t.match(timestamp, iso)
    a.send({ type: 'ping', id: 'x' })
    t.match(await a.next('pong'), { id: 'x' })
  })

  await t.test('error carries the id of its frame, whatever the fault', async t => {
    const faults: [object, string][] = [
      [{ type: 'message', chat_id: chat.id, content: '' }, 'validation_failed'],
      [{ type: 'message', chat_id: '66f0c0ffee0000000000c001', content: 'x' }, 'chat_not_found'],
      [{ type: 'message', chat_id: chat.id, content: 'x', role: 'assistant' }, 'role_not_allowed'],
      [{ type: 'typing', chat_id: '66f0c0ffee0000000000c001', content: 'start' }, 'chat_not_found'],
      [{ type: 'nonsense' }, 'unknown_frame']
    ]
    for (const [index, [frame, code]] of faults.entries()) {
      a.send({ ...frame, id: `f${index}` })
      t.match(await a.next('error'), { id: `f${index}`, code, retryable: false, message: /./ }, code)
    }
    t.same(await heard(b), [], 'nobody else hears of it')
  })

  await t.test('user_left, last_seen', async t => {
    t.equal((await app.request('GET', `/users/${bob.id}`, { token: ann.token })).body.last_seen, null)
    const before = new Date().toISOString()
    await close(b)
    t.match(await a.next('user_left'), { chat_id: chat.id, user_id: bob.id, timestamp: iso })
    await app.services.hub.settled()
    const { last_seen: lastSeen } = (await app.request('GET', `/users/${bob.id}`, { token: ann.token })).body
    t.ok(lastSeen >= before && lastSeen <= new Date().toISOString(), lastSeen)
  })
})

t.test('several sockets of one person are one person', async t => {
  const [chat, other] = [await makeChat(app, ann, 'group', [bob]), await makeChat(app, ann, 'group', [bob])]
  const dee = await register(app)
  const watcher = await open(t, ann, chat.id)
  const stats = async () => (await app.request('GET', '/ws/stats', { token: dee.token })).body
  const online = async () => (await app.request('GET', `/chats/${chat.id}/online`, { token: bob.token })).body
  t.match(await stats(), { connections: 1, users: 1, chats: 1, uptime_seconds: Number })
  t.same(await online(), { items: [{ user_id: ann.id, username: 'ann' }], next_cursor: null })

  const first = await open(t, bob, chat.id)
  const second = await open(t, bob, chat.id)
  const elsewhere = await open(t, bob, other.id)
  t.same((await heard(watcher)).map(({ type, user_id }) => [type, user_id]), [['user_joined', bob.id]])
  t.match(await stats(), { connections: 4, users: 2, chats: 2 })
  t.same((await online()).items.map(({ username }: { username: string }) => username).sort(), ['ann', 'bob'])

  await say(app, ann, chat.id, 'for both')
  t.ok(await first.next('new_message'))
  t.ok(await second.next('new_message'))
  t.same(await heard(elsewhere), [], 'a socket hears its chat only')

  const { last_seen: before } = (await app.request('GET', `/users/${bob.id}`, { token: ann.token })).body
  await close(first)
  t.same((await heard(watcher)).map(({ type }) => type), ['new_message'], 'still there by the second')
  await close(second)
  t.match(await watcher.next('user_left'), { user_id: bob.id })
  t.same(await online(), { items: [{ user_id: ann.id, username: 'ann' }], next_cursor: null })
  t.match(await stats(), { connections: 2, users: 2, chats: 2 })
  await app.services.hub.settled()
  t.equal((await app.request('GET', `/users/${bob.id}`, { token: ann.token })).body.last_seen, before, 'not gone as long as one socket is open anywhere')
  await close(elsewhere)
  await close(watcher)
  await app.services.hub.settled()
  t.ok((await app.request('GET', `/users/${bob.id}`, { token: ann.token })).body.last_seen > before)
  t.match(await stats(), { connections: 0, users: 0, chats: 0 })

  for (const [person, status] of [[cy, 404], [undefined, 401]] as const) {
    t.equal((await app.request('GET', `/chats/${chat.id}/online`, { ...(person && { token: person.token }) })).status, status)
  }
  t.equal((await app.request('GET', '/ws/stats')).status, 401)
})

t.test('who comes back within the grace never left', async t => {
  const calm = await startApp(t, { PRESENCE_GRACE_MS: '60000' })
  const [eva, fay] = await registerAll(calm, 'eva', 'fay') as [Person, Person]
  const chat = await makeChat(calm, eva, 'direct', [fay])
  const watcher = await openSocket(t, `${calm.api}/ws/${chat.id}?token=${eva.token}`)
  await watcher.next('subscribed')
  watcher.send({ type: 'ping' })
  await watcher.next('pong')
  for (let times = 0; times < 2; times++) {
    const socket = await openSocket(t, `${calm.api}/ws/${chat.id}?token=${fay.token}`)
    socket.send({ type: 'ping' })
    await socket.next('pong')
    await close(socket)
  }
  t.same((await heard(watcher)).map(({ type }) => type), ['user_joined'])
  t.same(await calm.services.presence.online(chat.id), [{ user_id: eva.id, username: 'eva' }], 'but is not online meanwhile')
})

t.test('the frames of one socket are done in their order', async t => {
  const chat = await makeChat(app, ann)
  const socket = await open(t, ann, chat.id)
  // More than may wait: the socket is paused and read again.
  const numbers = Array.from({ length: 100 }, (_, number) => number)
  for (const number of numbers) socket.send({ type: 'message', chat_id: chat.id, content: `m${number}`, id: String(number) })
  const acks = []
  for (const _ of numbers) acks.push(await socket.next('ack'))
  t.same(acks.map(({ id }) => Number(id)), numbers)
  t.same(acks.map(({ message }) => message.seq), numbers.map(number => number + 1))
  const { body } = await app.request('GET', `/chats/${chat.id}/messages?order=asc&limit=100`, { token: ann.token })
  t.same(body.items.map(({ content }: { content: string }) => content), numbers.map(number => `m${number}`))
})

t.test('a client_id makes one message, over socket and REST', async t => {
  const chat = await makeChat(app, ann, 'direct', [bob])
  const [a, b] = [await open(t, ann, chat.id), await open(t, bob, chat.id)]
  const frame = { type: 'message', chat_id: chat.id, content: 'once', client_id: 'c-1' }
  a.send({ ...frame, id: '1' })
  const first = await a.next('ack')
  a.send({ ...frame, id: '2' })
  t.match(await a.next('ack'), { id: '2', replayed: true, message: { id: first['message'].id } })
  const again = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'once', client_id: 'c-1' } })
  t.match({ status: again.status, replayed: again.headers.get('idempotency-replayed'), id: again.body.id }, { status: 200, replayed: 'true', id: first['message'].id })
  const byRest = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'twice' }, headers: { 'idempotency-key': 'c-2' } })
  a.send({ type: 'message', chat_id: chat.id, content: 'twice', client_id: 'c-2', id: '3' })
  t.match(await a.next('ack'), { id: '3', replayed: true, message: { id: byRest.body.id } })
  a.send({ ...frame, content: 'other', id: '4' })
  t.match(await a.next('error'), { id: '4', code: 'idempotency_conflict' })
  t.same((await heard(b)).map(({ message }) => message.content), ['once', 'twice'], 'heard once each')
  t.equal((await app.request('GET', `/chats/${chat.id}/messages`, { token: ann.token })).body.count, 2)
})

t.test('a socket speaks under the name its person has now', async t => {
  const person = await register(app, 'maiden')
  const chat = await makeChat(app, person)
  const socket = await open(t, person, chat.id)
  await app.request('PATCH', '/users/me', { token: person.token, body: { username: 'married' } })
  socket.send({ type: 'message', chat_id: chat.id, content: 'x', id: '1' })
  t.match(await socket.next('ack'), { message: { sender_username: 'married' } })
})

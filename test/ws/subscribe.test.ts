import t, { type Test } from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t, { WS_SUBSCRIPTIONS: '3', WS_SOCKETS_PER_USER: '4', WS_AUTH_MS: '500' })
const [ann, bob, eve] = await registerAll(app, 'ann', 'bob', 'eve') as [Person, Person, Person]
const nowhere = '66f0c0ffee0000000000c001'

const open = (t: Test, { token }: { token: string }) => openSocket(t, `${app.api}/ws`, { headers: { authorization: `Bearer ${token}` } })

async function subscribe (socket: Awaited<ReturnType<typeof open>>, chatId: string, place: object = {}) {
  socket.send({ type: 'subscribe', chat_id: chatId, id: 's', ...place })
  return await socket.next(({ type, id }) => (type === 'ack' || type === 'error') && id === 's')
}

/** What a socket has heard until now. */
async function heard (socket: Awaited<ReturnType<typeof open>>) {
  socket.send({ type: 'ping', id: 'end' })
  await socket.next(({ type, id }) => type === 'pong' && id === 'end')
  return socket.frames.splice(0)
}

t.test('one socket hears many chats', async t => {
  const [one, two, three] = [await makeChat(app, ann, 'group', [bob]), await makeChat(app, ann, 'direct', [bob]), await makeChat(app, ann)]
  const socket = await open(t, ann)
  t.match(socket.hello, { type: 'hello', connection_id: /^[0-9a-f-]{36}$/, heartbeat_ms: 30_000, limits: { frame_bytes: 65_536, subscriptions: 3, authenticate_ms: 500 } })
  await say(app, bob, one.id, 'before')
  t.same(await subscribe(socket, one.id), { type: 'ack', id: 's', chat_id: one.id, seq: 1 })
  t.match(await heard(socket), [{ type: 'subscribed', chat_id: one.id, seq: 1, epoch: one.epoch, chat: { id: one.id, title: 'A chat', epoch: one.epoch } }])
  await subscribe(socket, two.id)
  await say(app, bob, one.id, 'in one')
  await say(app, bob, two.id, 'in two')
  await say(app, ann, three.id, 'in three')
  t.match((await heard(socket)).map(({ type, chat_id, seq, message }) => [type, chat_id, seq, message?.content]), [['subscribed', two.id, 0, undefined], ['new_message', one.id, 2, 'in one'], ['new_message', two.id, 1, 'in two']])

  socket.send({ type: 'ping', id: 'all' })
  t.same((await socket.next('pong'))['heads'], [{ chat_id: one.id, seq: 2 }, { chat_id: two.id, seq: 1 }])
  socket.send({ type: 'ping', chat_id: two.id, id: 'one' })
  t.same((await socket.next('pong'))['heads'], [{ chat_id: two.id, seq: 1 }])

  socket.send({ type: 'unsubscribe', chat_id: one.id, id: 'u' })
  t.same(await socket.next('unsubscribed'), { type: 'unsubscribed', chat_id: one.id, reason: 'requested' })
  t.match(await socket.next('ack'), { id: 'u' })
  await say(app, bob, one.id, 'unheard')
  t.same(await heard(socket), [])
  t.match(await subscribe(socket, one.id, { since: 2, epoch: one.epoch }), { seq: 3 })
  t.match(await heard(socket), [{ type: 'subscribed', seq: 3 }, { type: 'sync', from: 2, to: 3, has_more: false, changes: [{ seq: 3, type: 'message', message: { content: 'unheard' } }] }])
})

t.test('who may not hear a chat, and what does not exist, are refused alike; the socket goes on', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const socket = await open(t, eve)
  const [outsider, missing] = [await subscribe(socket, chat.id), await subscribe(socket, nowhere)]
  t.match(outsider, { type: 'error', code: 'chat_not_found' })
  t.same(outsider, missing)
  t.match(await subscribe(socket, 'nonsense'), { code: 'validation_failed' })
  t.match(await subscribe(socket, chat.id, { since: -1 }), { code: 'validation_failed' })
  t.match(await subscribe(socket, chat.id, { since: 1.5 }), { code: 'validation_failed' })
  t.equal(app.services.hub.count().chats, 0, 'nothing of it is kept')
  const own = await makeChat(app, eve)
  t.match(await subscribe(socket, own.id), { type: 'ack' })
})

t.test('a socket hears at most so many chats', async t => {
  const chats = await Promise.all(Array.from({ length: 4 }, () => makeChat(app, ann)))
  const socket = await open(t, ann)
  for (const { id } of chats.slice(0, 3)) t.match(await subscribe(socket, id), { type: 'ack' })
  t.match(await subscribe(socket, chats[3]!.id), { code: 'too_many_subscriptions' })
  t.match(await subscribe(socket, chats[0]!.id), { type: 'ack' }, 'one of them again is no more')
  socket.send({ type: 'unsubscribe', chat_id: chats[0]!.id })
  t.match(await subscribe(socket, chats[3]!.id), { type: 'ack' })
})

t.test('a person has at most so many sockets', async t => {
  const [gus] = await registerAll(app, 'gus') as [Person]
  const sockets = []
  for (let number = 0; number < 4; number++) {
    const socket = await open(t, gus)
    await heard(socket)
    sockets.push(socket)
  }
  const fifth = await open(t, gus)
  t.match(await fifth.next('error'), { code: 'too_many_sockets' })
  t.match(await fifth.closed, { code: 4409 })
  sockets[0]!.socket.close()
  await sockets[0]!.closed
  while (app.services.hub.count().connections > 3) await new Promise(resolve => { setImmediate(resolve) })
  t.ok(await heard(await open(t, gus)))
  for (const { socket } of sockets) socket.terminate()
})

t.test('a place that means nothing any more', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  for (const content of ['a', 'b', 'c']) await say(app, ann, chat.id, content)
  const socket = await open(t, bob)
  await subscribe(socket, chat.id, { since: 99, epoch: chat.epoch })
  t.match(await heard(socket), [{ type: 'subscribed', seq: 3 }, { type: 'resync_required', chat_id: chat.id, epoch: chat.epoch, seq: 3, reason: 'history_lost' }], 'a number that was never given')

  await app.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })
  const [cleared] = await heard(socket)
  t.match(cleared, { type: 'chat_cleared', seq: 4, epoch: /^[0-9a-f]{16}$/ })
  t.not(cleared!['epoch'], chat.epoch)
  await subscribe(socket, chat.id, { since: 3, epoch: chat.epoch })
  t.match(await heard(socket), [{ type: 'subscribed', seq: 4, epoch: cleared!['epoch'] }, { type: 'resync_required', epoch: cleared!['epoch'], seq: 4, reason: 'cleared' }])
  await subscribe(socket, chat.id, { since: 2 })
  t.match(await heard(socket), [{ type: 'subscribed' }, { type: 'resync_required', seq: 4, reason: 'history_lost' }], 'from before the clear, without an epoch')
  await subscribe(socket, chat.id, { since: 4, epoch: cleared!['epoch'] })
  await say(app, ann, chat.id, 'new')
  t.match((await heard(socket)).map(({ type, seq, from, to }) => [type, seq, from, to]), [['subscribed', 4, undefined, undefined], ['sync', undefined, 4, 4], ['new_message', 5, undefined, undefined]], 'and goes on from there')
})

t.test('a long absence comes in several frames', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const { log, messages } = app.services
  const actor = { id: ann.id, username: 'ann', role: 'user' as const, session_id: '' }
  await Promise.all(Array.from({ length: 450 }, (_, number) => messages.send(actor, chat.id, { content: `m${number}` })))
  t.equal((await log.highest([chat.id])).get(chat.id), 450)
  const socket = await open(t, bob)
  t.match(await subscribe(socket, chat.id, { since: 10 }), { seq: 450 })
  const [, ...syncs] = await heard(socket)
  t.same(syncs.map(({ type, from, to, has_more: more, changes }) => [type, from, to, more, changes.length]), [['sync', 10, 210, true, 200], ['sync', 210, 410, true, 200], ['sync', 410, 450, false, 40]])
})

t.test('a frame that tells of several numbers says so', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const others = await registerAll(app, 'hal', 'ida', 'joe')
  const socket = await open(t, ann)
  await subscribe(socket, chat.id)
  await heard(socket)
  await app.request('POST', `/chats/${chat.id}/participants`, { token: ann.token, body: { user_ids: others.map(({ id }) => id) } })
  t.match(await socket.next('chat_updated'), { first_seq: 1, seq: 3, change: 'participant_added' })
  const watcher = await open(t, bob)
  await subscribe(watcher, chat.id)
  await app.request('POST', `/chats/${chat.id}/leave`, { token: ann.token })
  t.match(await watcher.next('chat_updated'), { first_seq: 4, seq: 5, change: 'participant_removed' }, 'the removal, and the new admin')
  t.same(await socket.next('unsubscribed'), { type: 'unsubscribed', chat_id: chat.id, reason: 'removed' })
  await say(app, bob, chat.id, 'without ann')
  t.same((await heard(socket)).filter(({ type }) => type !== 'user_joined'), [], 'who left hears nothing, on a socket that goes on')
  await watcher.next('new_message')
  const { body: branch } = await app.request('POST', `/chats/${chat.id}/branches`, { token: bob.token, body: { name: 'side', message_index: 0 } })
  await app.request('POST', `/chats/${chat.id}/branches`, { token: bob.token, body: { name: 'side of side', message_index: 0, branch_id: branch.id } })
  await app.request('DELETE', `/chats/${chat.id}/branches/${branch.id}?cascade=true`, { token: bob.token })
  const frames = (await heard(watcher)).filter(({ seq }) => seq > 6)
  let at = 6
  for (const { seq, first_seq: first = seq } of frames) {
    t.equal(first, at + 1)
    at = seq
  }
  t.equal(at, (await app.services.log.highest([chat.id])).get(chat.id), 'no number is left out')
  await app.request('DELETE', `/chats/${chat.id}`, { token: bob.token })
  t.same(await watcher.next('unsubscribed'), { type: 'unsubscribed', chat_id: chat.id, reason: 'chat_deleted' })
})

t.test('the address of one chat takes a place, too, and may hear others', async t => {
  const [chat, other] = [await makeChat(app, ann, 'group', [bob]), await makeChat(app, ann, 'group', [bob])]
  for (const content of ['a', 'b']) await say(app, ann, chat.id, content)
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}&since=1&epoch=${chat.epoch}`)
  t.match(await heard(socket), [{ type: 'subscribed', seq: 2 }, { type: 'sync', from: 1, to: 2 }])
  t.match(await subscribe(socket, other.id), { type: 'ack' })
  await app.request('DELETE', `/chats/${other.id}`, { token: ann.token })
  t.match(await socket.next('unsubscribed'), { chat_id: other.id })
  await say(app, ann, chat.id, 'c')
  t.match(await socket.next('new_message'), { chat_id: chat.id })
})

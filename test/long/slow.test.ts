import t from 'tap'
import { typingStarted } from '../../src/chats/events.ts'
import { messageDeleted, newMessage } from '../../src/messages/events.ts'
import { startApp } from '../helpers/app.ts'
import { freshMessages, liveClient } from '../helpers/live-client.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t, { WS_SOCKETS_PER_USER: '100', WS_QUEUE_BYTES: '262144' })
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const { messages, hub, bus } = app.services
const actor = { id: ann.id, username: 'ann', role: 'user' as const, session_id: '' }

t.test('five of fifty stop reading: they are closed, the others go on, and the five come back without a gap', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const clients = Array.from({ length: 50 }, (_, index) => liveClient({ servers: [app.api], token: index % 2 ? ann.token : bob.token, chatId: chat.id }))
  t.teardown(() => { for (const client of clients) client.stop() })
  for (const client of clients) client.connect()
  await Promise.all(clients.map(client => client.reaches(0)))
  const [slow, fast] = [clients.slice(0, 5), clients.slice(5)]
  const paused = slow.map(({ socket }) => socket)
  for (const socket of paused) socket.pause()
  const content = 'x'.repeat(10_000)
  let sent = 0
  while (hub.count().connections > 45 && sent < 3000) {
    await Promise.all(Array.from({ length: 10 }, () => messages.send(actor, chat.id, { content })))
    sent += 10
    await Promise.all(fast.map(client => client.reaches(sent)))
  }
  t.equal(hub.count().connections, 45, `the five are out after ${sent} messages`)
  for (const socket of paused) socket.resume()
  await Promise.all(slow.map(client => client.until(() => client.closes.length > 0)))
  t.same(slow.map(({ closes }) => closes[0]), [4008, 4008, 4008, 4008, 4008])
  await messages.send(actor, chat.id, { content: 'the end' })
  await Promise.all(clients.map(client => client.reaches(sent + 1)))
  t.same(clients.flatMap(({ faults }) => faults), [])
  t.ok(fast.every(({ closes }) => closes.length === 0), 'nobody else was closed')
  const fresh = JSON.stringify(await freshMessages(app.api, bob.token, chat.id))
  t.ok(clients.every(client => JSON.stringify(client.list()) === fresh), 'and all have the same')
})

t.test('past half of the queue only what may be left out is left out', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}`)
  await socket.next('subscribed')
  // In one turn of the event loop nothing leaves: what is sent in it fills the queue.
  const { message } = await messages.send(actor, chat.id, { content: 'x' })
  await socket.next('new_message')
  const typing = () => { bus.emit(typingStarted, { chat_id: chat.id, user_id: ann.id, timestamp: new Date().toISOString() }) }
  const news = (seq: number) => { bus.emit(newMessage, { chat_id: chat.id, seq, message: { ...message, seq } }) }
  typing()
  for (let seq = 2; seq <= 270; seq++) news(seq)
  typing()
  news(271)
  for (let seq = 2; seq <= 271; seq++) t.equal((await socket.next('new_message'))['seq'], seq)
  t.equal(socket.frames.filter(({ type }) => type === 'typing_started').length, 1, 'the first sign of typing, not the one past half')
  t.equal(socket.socket.readyState, socket.socket.OPEN)
})

t.test('more frames than may wait close the socket, however small', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}`)
  await socket.next('subscribed')
  for (let seq = 1; seq <= 513; seq++) bus.emit(messageDeleted, { chat_id: chat.id, seq, message_id: ann.id })
  t.match(await socket.closed, { code: 4008 })
  t.equal(socket.frames.filter(({ type }) => type === 'message_deleted').length, 512, 'what fitted before it arrives')
})

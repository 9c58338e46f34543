import t, { type Test } from 'tap'
import { userChanged } from '../../src/users/events.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register } from '../helpers/people.ts'
import { openSocket, type TestSocket } from '../helpers/socket.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const app = await startApp(t)
const ann = await register(app, 'ann')
const { messages, log, bus } = app.services
const actor = { id: ann.id, username: 'ann', role: 'user' as const, session_id: '' }

interface Scene { person: Person, chatId: string, socket: TestSocket }

/** Somebody loses their rights while messages flow: what is sent after that was answered never reaches them, and they are told within a second. */
async function loses (t: Test, happen: (scene: Scene) => Promise<unknown>, told: (scene: Scene) => Promise<unknown>) {
  const person = await register(app)
  const chat = await makeChat(app, ann, 'group', [person])
  const socket = await openSocket(t, `${app.api}/ws`, { headers: { authorization: `Bearer ${person.token}` } })
  socket.send({ type: 'subscribe', chat_id: chat.id, id: '1' })
  await socket.next('ack')
  const scene = { person, chatId: chat.id, socket }
  const writers = { areDone: false }
  const writing = Promise.all(Array.from({ length: 4 }, async () => {
    while (!writers.areDone) await messages.send(actor, chat.id, { content: 'flowing' })
  }))
  await socket.next('new_message')
  await happen(scene)
  const watch = stopwatch()
  const head = (await log.highest([chat.id])).get(chat.id)!
  await told(scene)
  t.ok(watch.stop() < 1000, 'told within a second')
  await messages.send(actor, chat.id, { content: 'afterwards' })
  writers.areDone = true
  await writing
  const heard = socket.frames.flatMap(({ seq }) => seq ?? [])
  t.ok(heard.length > 0 && Math.max(...heard) <= head, `heard up to ${Math.max(...heard)}, the log was at ${head}`)
}

const must = async (answer: Promise<{ status: number, text: string }>) => {
  const { status, text } = await answer
  if (status >= 300) throw new Error(`answered ${status}: ${text}`)
}

t.test('removed from the chat', t => loses(t,
  ({ person, chatId }) => must(app.request('DELETE', `/chats/${chatId}/participants/${person.id}`, { token: ann.token })),
  async ({ socket, chatId }) => {
    t.same(await socket.next('unsubscribed'), { type: 'unsubscribed', chat_id: chatId, reason: 'removed' })
    socket.send({ type: 'subscribe', chat_id: chatId, id: '2' })
    t.match(await socket.next('error'), { id: '2', code: 'chat_not_found' })
  }))

t.test('logged out', t => loses(t,
  ({ person }) => must(app.request('POST', '/auth/logout', { token: person.token })),
  async ({ socket }) => t.match(await socket.closed, { code: 4401 })))

t.test('the password changed elsewhere', t => loses(t,
  async ({ person }) => {
    const { body } = await app.request('POST', '/auth/login', { body: { username: person.username, password: person.password } })
    await must(app.request('POST', '/auth/password', { token: body.access_token, body: { current_password: person.password, new_password: 'another staple entirely' } }))
  },
  async ({ socket }) => t.match(await socket.closed, { code: 4401 })))

t.test('deactivated', t => loses(t,
  async ({ person }) => {
    await app.connection.collection('users').updateOne({ username: person.username }, { $set: { is_active: false } })
    bus.emit(userChanged, { user_id: person.id })
  },
  async ({ socket }) => t.match(await socket.closed, { code: 4401 })))

t.test('another role or name is asked for again, and the socket goes on without a gap', async t => {
  const person = await register(app)
  const chat = await makeChat(app, ann, 'group', [person])
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${person.token}`)
  await socket.next('subscribed')
  await app.connection.collection('users').updateOne({ username: person.username }, { $set: { role: 'admin' } })
  for (let times = 0; times < 10; times++) {
    bus.emit(userChanged, { user_id: person.id })
    await messages.send(actor, chat.id, { content: 'x' })
  }
  for (let seq = 1; seq <= 10; seq++) t.equal((await socket.next('new_message'))['seq'], seq)
})

import t, { type Test } from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'
import { openSocket, type TestSocket } from '../helpers/socket.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]

async function open (t: Test, { token }: { token: string }, chatId: string, { api } = app): Promise<TestSocket> {
  const socket = await openSocket(t, `${api}/ws/${chatId}?token=${token}`)
  await socket.next('subscribed')
  socket.send({ type: 'ping' })
  await socket.next('pong')
  return socket
}

const done = async (answer: Promise<{ status: number, text: string }>) => {
  const { status, text } = await answer
  if (status >= 300) throw new Error(`answered ${status}: ${text}`)
}

async function logIn ({ username, password }: Person) {
  const { body } = await app.request('POST', '/auth/login', { body: { username, password } })
  return { token: body.access_token as string, refreshToken: body.refresh_token as string }
}

t.test('a removed participant hears nothing from the removal on, and can say nothing', async t => {
  const cyd = await register(app)
  const chat = await makeChat(app, ann, 'group', [bob, cyd])
  const [a, first, second] = [await open(t, ann, chat.id), await open(t, cyd, chat.id), await open(t, cyd, chat.id)]
  // As many sends and frames as possible on both sides of the removal.
  await say(app, ann, chat.id, 'before')
  const removal = app.request('DELETE', `/chats/${chat.id}/participants/${cyd.id}`, { token: ann.token })
  const around = Array.from({ length: 20 }, (_, number) => say(app, bob, chat.id, `around ${number}`))
  first.send({ type: 'message', chat_id: chat.id, content: 'last words' })
  await done(removal)
  await Promise.all(around)
  await say(app, ann, chat.id, 'after')
  for (const socket of [first, second]) t.same(await socket.closed, { code: 4403, reason: 'removed from the chat' })
  const removed = await a.next(({ change }) => change === 'participant_removed')
  for (const { frames } of [first, second]) {
    t.ok(frames.every(({ seq = 0 }) => seq < removed['seq']), 'nothing with a later number')
    t.ok(frames.some(({ message }) => message?.content === 'before'))
  }
  t.match(await a.next('user_left'), { user_id: cyd.id })
  t.match(await a.next(({ message }) => message?.content === 'after'), { type: 'new_message' }, 'the others go on')

  const again = await openSocket(t, `${app.api}/ws/${chat.id}?token=${cyd.token}`)
  t.match(await again.closed, { code: 4404 })
  await done(app.request('POST', `/chats/${chat.id}/participants`, { token: ann.token, body: { user_ids: [cyd.id] } }))
  t.ok(await open(t, cyd, chat.id), 'who is added again hears again')
})

t.test('who leaves is cut off, in that chat only', async t => {
  const [chat, other] = [await makeChat(app, ann, 'group', [bob]), await makeChat(app, ann, 'group', [bob])]
  const [here, there] = [await open(t, bob, chat.id), await open(t, bob, other.id)]
  await done(app.request('POST', `/chats/${chat.id}/leave`, { token: bob.token }))
  t.match(await here.closed, { code: 4403 })
  there.send({ type: 'message', chat_id: chat.id, content: 'through the window', id: '1' })
  t.match(await there.next('error'), { id: '1', code: 'chat_not_found' })
  there.send({ type: 'message', chat_id: other.id, content: 'here I may', id: '2' })
  t.match(await there.next('ack'), { id: '2' })
})

t.test('a deleted chat closes its sockets with 4404', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const sockets = [await open(t, ann, chat.id), await open(t, bob, chat.id)]
  await done(app.request('DELETE', `/chats/${chat.id}`, { token: ann.token }))
  for (const socket of sockets) {
    t.match(await socket.closed, { code: 4404, reason: 'the chat is gone' })
    t.equal(socket.frames.at(-1)?.type, 'chat_deleted')
  }
})

t.test('the end of a session closes its sockets with 4401, and no others', async t => {
  const person = await register(app)
  const chat = await makeChat(app, person)
  const [lost, kept] = [await logIn(person), await logIn(person)]
  const stays = await open(t, person, chat.id)

  await t.test('logout', async t => {
    const session = await logIn(person)
    const socket = await open(t, session, chat.id)
    await done(app.request('POST', '/auth/logout', { token: session.token }))
    t.same(await socket.closed, { code: 4401, reason: 'session ended' })
  })
  await t.test('revocation', async t => {
    const socket = await open(t, lost, chat.id)
    const { body } = await app.request('GET', '/auth/sessions', { token: lost.token })
    const { id } = body.items.find(({ is_current: isCurrent }: { is_current: boolean }) => isCurrent)
    await done(app.request('DELETE', `/auth/sessions/${id}`, { token: person.token }))
    t.match(await socket.closed, { code: 4401 })
  })
  await t.test('change of the password', async t => {
    const socket = await open(t, kept, chat.id)
    await done(app.request('POST', '/auth/password', { token: person.token, body: { current_password: person.password, new_password: 'another staple entirely' } }))
    t.match(await socket.closed, { code: 4401 })
  })
  await say(app, person, chat.id, 'still here')
  t.match(await stays.next('new_message'), { message: { content: 'still here' } })

  await t.test('deletion of the account', async t => {
    const group = await makeChat(app, ann, 'group', [person])
    const [socket, watcher] = [await open(t, person, group.id), await open(t, ann, group.id)]
    await done(app.request('DELETE', '/users/me', { token: person.token }))
    t.ok([4401, 4403].includes((await socket.closed).code), 'as one without an account, or as one taken out of the group')
    t.ok([4401, 4404].includes((await stays.closed).code))
    await watcher.next(({ change }) => change === 'participant_removed')
  })
})

t.test('a session that ended in another process ends here as soon as this one hears of it', async t => {
  const person = await register(app)
  const chat = await makeChat(app, person)
  const socket = await open(t, person, chat.id)
  // What another process does shows in the database, and by the event that came from there.
  await app.connection.collection('sessions').deleteMany({ user_id: (await app.connection.collection('users').findOne({ username: person.username }))!._id })
  app.services.bus.emit({ name: 'user_changed' } as never, { user_id: person.id })
  socket.send({ type: 'message', chat_id: chat.id, content: 'ghost', id: '1' })
  t.match(await socket.closed, { code: 4401 })
  t.equal(await app.connection.collection('messages').countDocuments({ content: 'ghost' }), 0)
})

t.test('a stop closes every socket with 1001 and keeps what was sent', async t => {
  const other = await startApp(t)
  const [eva, fay] = await registerAll(other, 'eva', 'fay') as [Person, Person]
  const chat = await makeChat(other, eva, 'direct', [fay])
  const sockets = [await open(t, eva, chat.id, other), await open(t, fay, chat.id, other)]
  // One whose token is still being judged, and one whose client answers nothing any more.
  const { access } = other.services.chats
  const find = access.find
  let judge: () => void = () => {}
  const asked = new Promise<void>(resolve => {
    access.find = async (actor, chatId) => {
      resolve()
      await new Promise<void>(resolve => { judge = resolve })
      return await find(actor, chatId)
    }
  })
  const pending = await openSocket(t, `${other.api}/ws/${chat.id}?token=${eva.token}`)
  await asked
  access.find = find
  sockets[0]!.send({ type: 'message', chat_id: chat.id, content: 'last', id: '1' })
  await sockets[0]!.next('ack')
  // Writing when somebody was last seen takes its time.
  const { users } = other.services
  const touch = users.touch
  let noted = 0
  users.touch = async userId => {
    for (let turns = 0; turns < 200; turns++) await new Promise(resolve => { setImmediate(resolve) })
    await touch(userId)
    noted++
  }
  const watch = stopwatch()
  const closing = other.app.drain()
  for (const socket of [...sockets, pending]) {
    t.match(await socket.next('shutdown'), { retry_after_ms: Number })
    t.same(await socket.closed, { code: 1001, reason: 'shutdown' })
  }
  judge()
  await closing
  t.ok(watch.stop() < 4500, 'without waiting for anything')
  t.equal(await other.connection.collection('messages').countDocuments({ content: 'last' }), 1)
  t.equal(noted, 2, 'last_seen is stored before the end')
  t.equal(await other.connection.collection('users').countDocuments({ last_seen: { $type: 'date' } }), 2)
  await t.rejects(openSocket(t, `${other.api}/ws/${chat.id}?token=${eva.token}`), /ECONNREFUSED/)
})

import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { freshMessages, liveClient } from '../helpers/live-client.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

// Two servers on one database that hear nothing of each other, as when all news between processes is lost: what the one does, the
// sockets of the other learn from the database alone.
const one = await startApp(t, { WS_COMPARE_MS: '100', WS_SOCKETS_PER_USER: '100' })
const shared = { MONGODB_DATABASE: one.config.MONGODB_DATABASE, SECRET_KEY: one.config.SECRET_KEY, WS_COMPARE_MS: '100', WS_SOCKETS_PER_USER: '100' }
const two = await startApp(t, shared)
/** One that does not compare: it learns when something of its own comes after. */
const slow = await startApp(t, { ...shared, WS_COMPARE_MS: '600000' })
const [ann, bob, cyd] = await registerAll(one, 'ann', 'bob', 'cyd') as [Person, Person, Person]

async function listen (chatId: string, { token }: { token: string }, { api } = one) {
  const socket = await openSocket(t, `${api}/ws/${chatId}?token=${token}`)
  await socket.next('subscribed')
  return socket
}

t.test('messages of another process come as the frames they would have come as', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  const socket = await listen(chat.id, bob)
  const first = await say(two, ann, chat.id, 'first')
  t.match(await socket.next('new_message'), { seq: 1, message: first })
  await two.request('PATCH', `/messages/${first.id}`, { token: ann.token, body: { content: 'edited' } })
  t.match(await socket.next('message_updated'), { seq: 2, message: { id: first.id, content: 'edited' } })
  await two.request('DELETE', `/messages/${first.id}`, { token: ann.token })
  t.match(await socket.next('message_deleted'), { seq: 3, message_id: first.id })
  await two.request('PATCH', `/chats/${chat.id}`, { token: ann.token, body: { title: 'New' } })
  t.match(await socket.next('sync'), { from: 3, to: 4, has_more: false, changes: [{ seq: 4, type: 'chat_updated', actor_id: ann.id }] })
})

t.test('a frame of this process brings what was missed before it, first', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  const socket = await listen(chat.id, bob, slow)
  for (const content of ['a', 'b']) await say(two, ann, chat.id, content)
  const edited = await say(two, ann, chat.id, 'c')
  await two.request('PATCH', `/messages/${edited.id}`, { token: ann.token, body: { content: 'C' } })
  await say(slow, bob, chat.id, 'd')
  const heard = []
  while (heard.length < 4) heard.push(await socket.next(() => true))
  t.same(heard.map(({ type, seq, first_seq: first, message }) => [type, first ?? seq, seq, message.content]), [['new_message', 1, 1, 'a'], ['new_message', 2, 2, 'b'], ['new_message', 3, 4, 'C'], ['new_message', 5, 5, 'd']])
})

t.test('who was removed in another process hears nothing later, although the next message is of this one', async t => {
  const chat = await makeChat(one, ann, 'group', [bob, cyd])
  const [removed, stays] = [await listen(chat.id, cyd, slow), await listen(chat.id, bob, slow)]
  await say(two, ann, chat.id, 'before')
  await two.request('DELETE', `/chats/${chat.id}/participants/${cyd.id}`, { token: ann.token })
  await say(slow, bob, chat.id, 'not for cyd')
  t.match(await removed.closed, { code: 4403 })
  t.same(removed.frames.filter(({ type }) => type !== 'user_joined').map(({ message }) => message?.content), ['before'])
  t.match(await stays.next('sync'), { changes: [{ type: 'participant_removed', user_id: cyd.id }] })
  t.match(await stays.next(({ message }) => message?.content === 'not for cyd'), { seq: 3 })
})

t.test('a clear and a deletion in another process', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  const socket = await listen(chat.id, bob)
  await say(one, ann, chat.id, 'text')
  await socket.next('new_message')
  await two.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })
  const { epoch } = (await two.request('GET', `/chats/${chat.id}`, { token: ann.token })).body
  t.same(await socket.next('resync_required'), { type: 'resync_required', chat_id: chat.id, epoch, seq: 2, reason: 'history_lost' })
  await say(two, ann, chat.id, 'new')
  t.match(await socket.next('new_message'), { seq: 3, message: { content: 'new' } })
  await two.request('DELETE', `/chats/${chat.id}`, { token: ann.token })
  t.match(await socket.closed, { code: 4404 })
})

t.test('while both processes write and clients come back to either, every copy is whole', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  const clients = Array.from({ length: 8 }, (_, index) => liveClient({ servers: index % 2 ? [one.api, two.api] : [two.api, one.api], token: index % 3 ? ann.token : bob.token, chatId: chat.id }))
  t.teardown(() => { for (const client of clients) client.stop() })
  const writers = { areDone: false }
  const writing = Promise.all([one, two].map(async ({ services: { messages } }) => {
    const actor = { id: ann.id, username: 'ann', role: 'user' as const, session_id: '' }
    for (let number = 0; !writers.areDone; number++) {
      const { message } = await messages.send(actor, chat.id, { content: `m${number}` })
      if (number % 4 === 0) await messages.edit(actor, message.id, `M${number}`)
      if (number % 9 === 0) await messages.remove(actor, message.id)
      await new Promise(resolve => { setTimeout(resolve, 10) })
    }
  }))
  await Promise.all(clients.map(async client => {
    client.connect()
    for (let cuts = 0; cuts < 3; cuts++) {
      const wanted = client.counts.frames + 15
      await client.until(() => client.counts.frames >= wanted)
      const { connections } = client.counts
      client.cut()
      await client.until(() => client.counts.connections > connections)
    }
  }))
  writers.areDone = true
  await writing
  const head = (await one.services.log.highest([chat.id])).get(chat.id)!
  await Promise.all(clients.map(client => client.reaches(head)))
  t.same(clients.flatMap(({ faults }) => faults), [])
  const fresh = await freshMessages(one.api, bob.token, chat.id)
  t.ok(fresh.length > 10)
  for (const client of clients) t.same(client.list(), fresh)
})

import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, registerAll, type Person } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(app, ann)

/** Hears of each read of a collection before it is made. */
function watch (hear: (collection: string) => Promise<void> | void) {
  const db = app.connection.db!
  const { command } = db
  db.command = async function (given, ...rest) {
    await hear(given['find'])
    return await command.call(this, given, ...rest)
  }
  t.teardown(() => { db.command = command })
  return () => { db.command = command }
}

/** Forgets who acts and what they may, as it is after some seconds. */
async function forget () {
  const { _id } = (await app.connection.collection('chats').findOne({}))!
  const { bus } = app.services
  const { chatStructureChanged } = await import('../../src/log/events.ts')
  const { userChanged } = await import('../../src/users/events.ts')
  bus.emit(chatStructureChanged, { chat_id: String(_id) })
  for (const { id } of [ann, bob]) bus.emit(userChanged, { user_id: id })
}

t.test('what one may in a chat is read while it is found out who asks', async t => {
  await forget()
  let begun = () => {}
  const chatIsRead = new Promise<void>(resolve => { begun = resolve })
  const stop = watch(async collection => {
    if (collection === 'chats') begun()
    // Who asks is not known before the chat's read has begun: one after the other, it never would.
    if (collection === 'sessions') await chatIsRead
  })
  t.match(await app.request('GET', `/chats/${chat.id}/messages`, { token: ann.token }), { status: 200, body: { count: 0 } })
  stop()
})

t.test('it is no way in, and nothing is read for who is not known or asks for what is no chat', async t => {
  await forget()
  const read: string[] = []
  const stop = watch(collection => { read.push(collection) })
  t.match(await app.request('GET', `/chats/${chat.id}/messages`, { token: `${ann.token.slice(0, -4)}AAAA` }), { status: 401 })
  t.match(await app.request('GET', `/chats/${chat.id}/messages`), { status: 401 })
  t.same(read, [], 'a token that this server has not signed')
  t.match(await app.request('GET', '/chats/no-chat/messages', { token: ann.token }), { status: 400 })
  t.notOk(read.includes('chats'), 'no id')
  t.match(await app.request('GET', `/chats/${chat.id}/messages`, { token: bob.token }), { status: 404, body: { code: 'chat_not_found' } }, 'an outsider')
  stop()
})

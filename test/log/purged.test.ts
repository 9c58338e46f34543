import { Types } from 'mongoose'
import t from 'tap'
import { makeChat, registerAll, say } from '../helpers/people.ts'
import { startPair } from '../helpers/process.ts'

// What a process remembers of a chat's log may be older than a clear or the end of the chat that another process made.
const { one, two, db } = await startPair(t)
const [ann, bob] = await registerAll(one, 'ann', 'bob') as [any, any]
const entries = db.collection('messages')

t.test('a send of a process that did not see a clear', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  await say(two, ann, chat.id, 'two remembers number 1')
  for (let i = 2; i <= 9; i++) await say(one, ann, chat.id, 'said elsewhere')
  t.equal((await one.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })).status, 204)
  const message = await say(two, bob, chat.id, 'after the clear')
  t.equal(message.seq, 11, 'takes the number after the clear')
  t.equal(message.message_index, 0)
  for (const server of [one, two]) {
    const { body } = await server.request('GET', `/chats/${chat.id}/messages`, { token: bob.token })
    t.match(body, { count: 1, items: [{ id: message.id }] })
    t.equal((await server.request('GET', `/messages/${message.id}`, { token: ann.token })).status, 200)
  }
  t.same(await entries.distinct('content', { chat_id: new Types.ObjectId(chat.id), content: /said|remembers/ }), [], 'no text of before is kept')
})

t.test('a send of a process that did not see the end of the chat', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  await say(two, bob, chat.id, 'two remembers number 1')
  for (let i = 2; i <= 9; i++) await say(one, ann, chat.id, 'said elsewhere')
  t.equal((await one.request('DELETE', `/chats/${chat.id}`, { token: ann.token })).status, 204)
  const { status, body } = await two.request('POST', `/chats/${chat.id}/messages`, { token: bob.token, body: { content: 'into the void' } })
  t.match({ status, body }, { status: 404, body: { code: 'chat_not_found' } })
  t.equal(await entries.countDocuments({ chat_id: new Types.ObjectId(chat.id), content: 'into the void' }), 0)
})

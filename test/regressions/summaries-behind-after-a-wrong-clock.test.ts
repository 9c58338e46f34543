// Found by test/faults: after a process whose clock was an hour ahead had written, a start made good nothing of what a process that died owed.
import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, register, say } from '../helpers/people.ts'

const app = await startApp(t)
const { services: { log, chats }, connection } = app
const ann = await register(app)

t.test('what a dead process owed is made good although an entry seems to come from the future', async t => {
  const [chat, other] = [await makeChat(app, ann), await makeChat(app, ann)]
  const { id } = await say(app, ann, chat.id, 'one')
  await say(app, ann, chat.id, 'two')
  await chats.summaries.flush()
  // As if it had died before it wrote them.
  const chatId = new Types.ObjectId(chat.id as string)
  await connection.collection('chats').updateOne({ _id: chatId }, { $set: { last_seq: 1, last_message_seq: 1, last_message_id: new Types.ObjectId(id as string) } })
  await connection.collection('reads').updateOne({ chat_id: chatId }, { $set: { seq: 1 } })
  const ahead = new Types.ObjectId(Types.ObjectId.generate(Math.floor(Date.now() / 1000) + 3600))
  await log.entries.insertOne({ _id: ahead, kind: 'change', chat_id: new Types.ObjectId(other.id as string), seq: 1, type: 'chat_updated', actor_id: new Types.ObjectId(ann.id), created_at: new Date() })

  await chats.summaries.repair()
  t.match(await connection.collection('chats').findOne({ _id: chatId }), { last_seq: 2, last_message_seq: 2 })
  t.match(await connection.collection('reads').findOne({ chat_id: chatId }), { seq: 2 })
})

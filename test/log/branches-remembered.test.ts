import { Types } from 'mongoose'
import t from 'tap'
import { createBranchReads } from '../../src/log/branch.ts'
import { structureWritten } from '../../src/log/events.ts'
import { createFindFew } from '../../src/platform/find-few.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, register, say } from '../helpers/people.ts'

const app = await startApp(t)
const ann = await register(app, 'ann')
const { services: { bus }, request } = app
const branches = app.connection.collection('branches')
const page = async (chatId: string, query = '') => (await request('GET', `/chats/${chatId}/messages${query}`, { token: ann.token })).body

t.test('a page reads the branches of a chat once, and what another process did to them as soon as it hears of it', async t => {
  const chat = await makeChat(app, ann)
  const chatId = new Types.ObjectId(chat.id)
  for (const content of ['one', 'two', 'three']) await say(app, ann, chat.id, content)
  t.equal((await page(chat.id)).count, 3)

  // What a deletion by another process leaves there, of which it has not told yet.
  await branches.updateOne({ _id: new Types.ObjectId(chat.active_branch_id) }, { $inc: { deleted_count: 1 } })
  t.equal((await page(chat.id)).count, 3, 'the branches are not read again')
  bus.emit(structureWritten, { chat_id: chat.id, entry_id: String(new Types.ObjectId()), seq: 4, kind: 'change', type: 'message_deleted' }, 'elsewhere')
  t.equal((await page(chat.id)).count, 2, 'after the news of a deletion')

  await branches.updateOne({ _id: new Types.ObjectId(chat.active_branch_id) }, { $inc: { deleted_count: 1 } })
  bus.emit(structureWritten, { chat_id: chat.id, entry_id: String(new Types.ObjectId()), seq: 5, kind: 'change', type: 'branch_created' }, 'elsewhere')
  t.equal((await page(chat.id)).count, 1, 'after the news of a branch')

  const [main] = await branches.find({ chat_id: chatId }).toArray()
  const made = { ...main!, _id: new Types.ObjectId(), name: 'made elsewhere', kind: 'named', seq: 6 }
  await branches.insertOne(made)
  t.equal((await page(chat.id, `?branch_id=${String(made._id)}`)).items.length, 0, 'a branch that was made without a word is found all the same')
})

t.test('so does a page of a chat with many branches', async t => {
  const chat = await makeChat(app, ann)
  const messages = []
  for (const content of ['one', 'two', 'three', 'four']) messages.push(await say(app, ann, chat.id, content))
  for (let n = 0; n < 9; n++) await request('POST', `/chats/${chat.id}/branches`, { token: ann.token, body: { name: `branch ${n}`, message_id: messages[1]!.id } })
  const main = { _id: new Types.ObjectId(chat.active_branch_id) }
  const query = `?branch_id=${chat.active_branch_id}`
  for (let n = 0; n < 2; n++) t.equal((await page(chat.id, query)).count, 4)
  await branches.updateOne(main, { $inc: { deleted_count: 1 } })
  t.equal((await page(chat.id, query)).count, 4, 'what parts there is not read again')
  t.equal((await page(chat.id, `${query}&limit=2`)).count, 3, 'for another page it is')
  bus.emit(structureWritten, { chat_id: chat.id, entry_id: String(new Types.ObjectId()), seq: 99, kind: 'change', type: 'message_deleted' }, 'elsewhere')
  t.equal((await page(chat.id, query)).count, 3, 'after the news of a deletion')
  await branches.deleteOne(main)
  bus.emit(structureWritten, { chat_id: chat.id, entry_id: String(new Types.ObjectId()), seq: 100, kind: 'change', type: 'branch_deleted' }, 'elsewhere')
  t.equal((await request('GET', `/chats/${chat.id}/messages${query}`, { token: ann.token })).status, 404, 'after that of its end')
})

t.test('a deletion in this process shows in the next page, and other processes are told of it', async t => {
  const chat = await makeChat(app, ann)
  const messages = []
  for (const content of ['one', 'two']) messages.push(await say(app, ann, chat.id, content))
  t.equal((await page(chat.id)).count, 2)
  const told: (string | undefined)[] = []
  t.teardown(bus.on(structureWritten, ({ chat_id, type }) => { if (chat_id === chat.id) told.push(type) }))
  await request('DELETE', `/messages/${messages[0]!.id}`, { token: ann.token })
  t.equal((await page(chat.id)).count, 1)
  t.same(told, ['message_deleted'])
})

t.test('a failed read of branches is not remembered', async t => {
  const chat = await makeChat(app, ann)
  const findFew = createFindFew(app.connection)
  let isAway = true
  const reads = createBranchReads({
    bus,
    findFew: Object.assign(async <Row>(...asked: Parameters<typeof findFew>) => {
      if (isAway) throw new Error('away')
      return await findFew<Row>(...asked)
    }, { raw: findFew.raw })
  })
  await t.rejects(reads.one(chat.id, chat.active_branch_id), /away/)
  isAway = false
  t.equal(String((await reads.one(chat.id, chat.active_branch_id)).branch?._id), chat.active_branch_id)
})

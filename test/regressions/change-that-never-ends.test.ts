// Found by test/faults: a process that stopped within a change held up all sends of the others, although the change was one of a single chat.
import { setImmediate as turn } from 'node:timers/promises'
import { type mongo, Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'

const app = await startApp(t)
const ann = await register(app)
const { log } = app.services

/** Begins a change of a chat as another process would, and leaves it open. */
async function beginChange (change: (session: mongo.ClientSession) => Promise<unknown>) {
  const session = app.connection.getClient().startSession()
  session.startTransaction({ writeConcern: { w: 'majority' } })
  await change(session)
  // That aborts what is open, and does nothing the second time.
  return async () => { await session.endSession() }
}

const post = async ({ id }: { id: string }) => (await app.request('POST', `/chats/${id}/messages`, { token: ann.token, body: { content: 'x' } })).status

t.test('a change that another process began and never ends holds up the sends of no other chat', async t => {
  const [plug, other, held, ...free] = await Promise.all(Array.from({ length: 8 }, () => makeChat(app, ann)))
  const id = new Types.ObjectId()
  const end = await beginChange(session => log.entries.insertOne({ _id: id, kind: 'change', chat_id: new Types.ObjectId(held!.id), seq: 1, type: 'chat_updated', actor_id: id, created_at: new Date() }, { session }))
  t.teardown(end)

  // Both inserts that may be on their way wait, so that what comes meanwhile shares the next one.
  const shared: string[][] = []
  let release = () => {}
  const released = new Promise<void>(resolve => { release = resolve })
  const { insertMany } = log.inserts
  t.teardown(() => { log.inserts.insertMany = insertMany })
  log.inserts.insertMany = async (...args) => {
    shared.push(args[0].map(({ chat_id: chatId }) => String(chatId)))
    await released
    return await insertMany(...args)
  }
  const plugs = [post(plug!)]
  while (shared.length < 1) await turn()
  plugs.push(post(other!))
  while (shared.length < 2) await turn()
  const waits = post(held!)
  const sends = free.map(post)
  while (log.waiting() < 1 + free.length) await turn()
  release()
  t.same(await Promise.all(plugs), [201, 201])

  t.same(await Promise.all(sends), free.map(() => 201), 'the others are stored')
  t.equal(shared[2]!.length, 1 + free.length, 'they went with the one that waits')
  t.ok(shared.slice(3).every(chatIds => new Set(chatIds).size === 1), 'and after that by themselves')
  t.equal(await Promise.race([waits, turn('waits')]), 'waits')
  await end()
  t.equal(await waits, 201, 'it is stored when the change has ended')
})

t.test('nor the lists of chats, nor a start', async t => {
  const { summaries } = app.services.chats
  const chats = await Promise.all(Array.from({ length: 6 }, () => makeChat(app, ann)))
  const [held, ...free] = chats
  const told = async () => {
    const { status, body } = await app.request('GET', '/chats?limit=100', { token: ann.token })
    return status === 200 ? new Map<string, boolean>(body.items.map(({ id, last_message: last }: { id: string, last_message: unknown }) => [id, last !== null])) : status
  }
  await told()
  const end = await beginChange(session => app.connection.collection('chats').updateOne({ _id: new Types.ObjectId(held!.id) }, { $set: { title: 'held' } }, { session }))
  t.teardown(end)
  t.same(await Promise.all(chats.map(post)), chats.map(() => 201))
  const during = await told()
  t.same(free.map(({ id }) => during instanceof Map ? during.get(id) : during), free.map(() => true), 'the others are up to date')
  await t.resolves(summaries.repair(), 'and a start goes on')
  await end()
  await summaries.flush()
  const after = await told()
  t.ok(after instanceof Map && after.get(held!.id), 'and so is this one when the change has ended')
})

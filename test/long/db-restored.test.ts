import { Types } from 'mongoose'
import t from 'tap'
import { chatStructureChanged } from '../../src/log/events.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { runScript } from '../helpers/run.ts'

const app = await startApp(t)
const [ann] = await registerAll(app, 'ann') as [Person]
const chats = await Promise.all(Array.from({ length: 5 }, async () => await makeChat(app, ann)))
const [{ id }] = chats
for (let i = 0; i < 5; i++) await say(app, ann, id, `text ${i}`)
const ask = async (path: string) => await app.request('GET', path, { token: ann.token })
const stored = async () => await app.connection.collection('chats').find().sort({ _id: 1 }).toArray()
const epochs = async () => (await stored()).map(({ epoch }) => epoch as string)
const settings = { MONGODB_DATABASE: app.config.MONGODB_DATABASE }
const { restorations } = app.services.chats

/** The places that a client keeps, each as what it asks from there. */
async function places () {
  const { body: { epoch } } = await ask(`/chats/${id}`)
  const cursorOf = async (path: string) => (await ask(path)).body.next_cursor as string
  return [
    `/chats/${id}/changes?since=2&epoch=${epoch}`,
    `/chats/${id}/messages?limit=2&cursor=${await cursorOf(`/chats/${id}/messages?limit=2`)}`,
    `/sync?since=${await cursorOf('/sync')}`
  ]
}

t.test('"npm run db:restored" gives every chat a new epoch, and nothing else; each place of before is answered with resync_required', async t => {
  const kept = await places()
  for (const path of kept) t.equal((await ask(path)).status, 200, path)
  const before = await stored()
  const outcome = await runScript('db-restored', { settings })
  t.same(outcome.lines, [`Database "${settings.MONGODB_DATABASE}": 5 chats have a new epoch. Clients will read again what they have of them.`], outcome.stderr)
  t.equal(outcome.code, 0)
  const after = await stored()
  for (const [i, { epoch }] of after.entries()) {
    t.match(epoch, /^[0-9a-f]{16}$/)
    t.not(epoch, before[i]!['epoch'])
  }
  t.same(after.map(({ epoch, ...chat }) => chat), before.map(({ epoch, ...chat }) => chat), 'the order of the list, too, is as it was')
  // What rights are remembered with is at most five seconds old: a server is stopped for a restoration.
  app.services.bus.emit(chatStructureChanged, { chat_id: id })
  for (const path of kept) t.match(await ask(path), { status: 410, body: { code: 'resync_required' } }, path)

  const socket = await openSocket(t, `${app.api}/ws?token=${ann.token}`)
  socket.send({ type: 'subscribe', chat_id: id, since: 2, epoch: before.find(({ _id }) => String(_id) === id)!['epoch'] })
  t.match(await socket.next('resync_required'), { chat_id: id, epoch: after[0]!['epoch'], seq: 5 })
  for (const path of await places()) t.equal((await ask(path)).status, 200, 'what is asked for anew is good')

  t.equal((await runScript('db-restored', { settings })).code, 0)
  t.not((await epochs())[0], after[0]!['epoch'], 'it may be done again')
})

t.test('a dump that was restored is noticed by the next start', async t => {
  const before = await epochs()
  const lines: string[] = []
  const notice = async () => { await restorations.notice(line => { lines.push(line) }) }
  await notice()
  t.same([await epochs(), lines], [before, []], 'a start like any other')
  // A dump holds what the database said of itself before; what is restored from it is another collection.
  await app.connection.collection('origins').updateOne({}, { $set: { messages_uuid: 'that of before' } })
  const kept = await places()
  await Promise.all([notice(), notice()])
  t.same(lines, Array(2).fill('The database was restored from a dump: 5 chats have a new epoch'), 'by several processes at once')
  const after = await epochs()
  t.notMatch(after, before)
  t.equal(new Set(after).size, 1, 'who give the same')
  app.services.bus.emit(chatStructureChanged, { chat_id: id })
  for (const path of kept) t.match(await ask(path), { status: 410, body: { code: 'resync_required' } }, path)
  await notice()
  t.same([await epochs(), lines.length], [after, 2], 'once')
})

t.test('one that is interrupted is not believed', async t => {
  await app.connection.collection('origins').updateOne({}, { $set: { messages_uuid: 'that of before' } })
  const known = await app.connection.collection('origins').findOne()
  const collection = app.connection.collection('chats')
  const { updateMany } = collection
  collection.updateMany = async () => { throw new Error('ended') }
  await t.rejects(restorations.notice(() => {}))
  collection.updateMany = updateMany
  t.same(await app.connection.collection('origins').findOne(), known)
})

t.test('many chats are done in portions, and each gets it', async t => {
  const [sample] = await stored()
  const { _id, direct_key: _, ...rest } = sample!
  const count = 10_000
  const ids = Array.from({ length: count }, (_, i) => new Types.ObjectId(i === 0 ? '0'.repeat(24) : i === 1 ? 'f'.repeat(24) : Buffer.from(Array.from({ length: 12 }, () => Math.floor(Math.random() * 256)))))
  await app.connection.collection('chats').insertMany(ids.map(id => ({ ...rest, _id: id })))
  t.equal(await restorations.renew(() => {}), count + 5)
  t.equal(new Set(await epochs()).size, 1)
})

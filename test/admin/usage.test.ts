import type { mongo } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { registerAll } from '../helpers/people.ts'

const app = await startApp(t)
const { ai: { usage } } = app.services
const client = app.connection.getClient()
const [ann, bob] = await registerAll(app, 'ann', 'bob')

const at = new Date('2026-11-21T23:59:59.999Z')
const run = (userId: string, more: object = {}) => ({ userId, model: 'gpt-small', promptTokens: 10, completionTokens: 5, at, ...more })

async function inTransaction (work: (session: mongo.ClientSession) => Promise<void>) {
  await client.withSession(async session => { await session.withTransaction(work) })
}

t.test('runs that end at the same moment are all counted, the first of a day too', async t => {
  for (let day = 1; day <= 5; day++) {
    const when = new Date(Date.UTC(2026, 0, day))
    await Promise.all(Array.from({ length: 8 }, async () => await inTransaction(async session => await usage.record(session, run(ann!.id, { at: when })))))
    t.equal(await usage.spentOn(ann!.id, `2026-01-0${day}`), 8 * 15)
  }
})

t.test('whoever loses the first record of a day to a rival is told to try again as a whole', async t => {
  const session = client.startSession()
  t.teardown(async () => await session.endSession())
  session.startTransaction()
  await app.connection.collection('usage').findOne({}, { session })
  await inTransaction(async rival => await usage.record(rival, run(bob!.id)))
  await t.rejects(usage.record(session, run(bob!.id)).catch((error: mongo.MongoError) => {
    t.ok(error.hasErrorLabel('TransientTransactionError'), error.message)
    throw error
  }))
  await session.abortTransaction()
  await inTransaction(async session => await usage.record(session, run(bob!.id)))
  t.equal(await usage.spentOn(bob!.id, '2026-11-21'), 30)
})

t.test('what an aborted transaction counted does not count, and a day is one of UTC', async t => {
  await t.rejects(client.withSession(async session => await session.withTransaction(async () => {
    await usage.record(session, run(bob!.id, { at: new Date('2026-11-22T00:00:00.000Z') }))
    throw new Error('no')
  })))
  t.equal(await usage.spentOn(bob!.id, '2026-11-22'), 0)
  t.equal(await usage.spentOn(bob!.id, '2026-11-21'), 30)
})

import type { mongo } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeAdmin, register, registerAll } from '../helpers/people.ts'

const app = await startApp(t)
const { usage } = app.services
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

t.test('administrators read the sums by person and model, page by page, of the days they name', async t => {
  const root = await makeAdmin(app, await register(app, 'root'))
  await app.connection.collection('usage').deleteMany({})
  const day = (text: string) => new Date(`${text}T12:00:00.000Z`)
  const runs = [
    run(ann!.id, { at: day('2026-03-01') }), run(ann!.id, { at: day('2026-03-02'), promptTokens: 100 }), run(ann!.id, { at: day('2026-03-02'), model: 'gpt-large' }),
    run(bob!.id, { at: day('2026-03-03') }), run('66f0c0ffee0000000000a001', { at: day('2026-03-04') })
  ]
  for (const one of runs) await inTransaction(async session => await usage.record(session, one))
  const read = async (query = '') => await app.request('GET', `/admin/usage?${query}`, { token: root.token })
  const line = ({ username, model, runs, total_tokens: tokens }: any) => `${username} ${model} ${runs} ${tokens}`
  const lines = async (query = '') => (await read(query)).body.items.map(line)
  const all = ['null gpt-small 1 15', ...[[ann!.id, 'ann gpt-large 1 15'], [ann!.id, 'ann gpt-small 2 120'], [bob!.id, 'bob gpt-small 1 15']].sort().map(([, text]) => text)]
  t.same((await lines()).sort(), [...all].sort())
  t.match((await read()).body, { totals: { runs: 5, prompt_tokens: 140, completion_tokens: 25, total_tokens: 165 }, next_cursor: null })
  t.same((await read(`user_id=${ann!.id}`)).body.items[1], { user_id: ann!.id, username: 'ann', model: 'gpt-small', runs: 2, prompt_tokens: 110, completion_tokens: 10, total_tokens: 120 })
  t.same(await lines(`user_id=${ann!.id}&from=2026-03-02`), ['ann gpt-large 1 15', 'ann gpt-small 1 105'])
  t.same(await lines('model=gpt-large'), ['ann gpt-large 1 15'])
  t.same(await lines('from=2026-03-03&to=2026-03-03'), ['bob gpt-small 1 15'])
  t.match((await read('from=2027-01-01')).body, { items: [], totals: { runs: 0, prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, next_cursor: null })

  const walked = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body } = await read(`limit=1${cursor && `&cursor=${cursor}`}`)
    walked.push(...body.items.map(line))
    t.equal(body.totals.runs, 5, 'the sums are of all pages')
    cursor = body.next_cursor
  }
  t.same(walked, await lines())
  t.equal((await read(`model=gpt-large&cursor=${(await read('limit=1')).body.next_cursor}`)).body.code, 'invalid_cursor')
  for (const query of ['from=2026-13-01', 'to=yesterday', 'from=2026-03-01T00:00:00Z', 'model=']) t.equal((await read(query)).body.code, 'validation_failed')
})

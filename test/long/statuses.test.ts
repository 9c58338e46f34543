import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { startProvider } from '../helpers/provider.ts'
import { driveCommon } from '../docs/statuses-common.ts'
import { accountRows, aiRows, branchRows, chatRows, makePeople, messageRows, systemRows } from '../docs/statuses-rows.ts'
import { createWitness } from '../docs/witness.ts'

// Every answer that the document speaks of is seen once and is as it says; whatever else is answered is a fault of the document.
const provider = await startProvider(t)
const app = await startApp(t, { ...provider.settings, AI_FIRST_TOKEN_MS: '1000' })
const witness = createWitness((await app.root('GET', '/openapi.json')).body)

t.test('what any operation can answer', async t => {
  const mongo = await startFaultyMongo(t)
  await driveCommon(t, witness, await startApp(t, { MONGODB_URL: mongo.url, RATE_LIMIT: 'on', TRUST_PROXY: '127.0.0.1' }), mongo)
})

t.test('what operations answer in particular', async t => {
  const world = { app, provider, connection: app.connection, ...await makePeople(app) }
  const ask = witness.client(app.url)
  for (const rows of [systemRows, accountRows, chatRows, messageRows, branchRows, aiRows]) {
    await t.test(rows.name, async t => {
      for (const [id, status, asked, after] of rows(world)) {
        const answer = await ask(id, typeof asked === 'function' ? await asked() : asked)
        t.equal(answer.status, status, `${id} ${status}`, { answer: answer.text.slice(0, 500) })
        await after?.(answer)
      }
    })
  }
})

t.test('each was as the document says, and none that it speaks of was never seen', async t => {
  t.same(witness.faults, [])
  t.same(witness.unseen(), [])
})

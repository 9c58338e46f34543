import t, { type Test } from 'tap'
import { createBadTokens, createKeys, createReport } from './matrix-cases.ts'
import { createHttpRunner, operationsOf } from './matrix-http.ts'
import { unusedRequests } from './matrix-requests.ts'
import { createSocketRunner, framesOf } from './matrix-sockets.ts'
import { frameRows, operationRows, type Row } from './matrix.ts'
import { startScene } from './scene.ts'

// A row or two are enough to see whether one guard stands: MATRIX_ROWS is a pattern for the names of the rows.
const only = new RegExp(process.env['MATRIX_ROWS'] ?? '')
const wanted = <R extends Row>(rows: R[]) => rows.filter(({ name }) => only.test(name))
const began = performance.now()
const cpuBefore = process.cpuUsage()

const scene = await startScene(t)
const report = createReport()
const openapi = await scene.app.root('GET', '/openapi.json')
const asyncapi = await scene.app.root('GET', '/asyncapi.json')
const operations = new Map(operationsOf(openapi.body).map(operation => [operation.id, operation]))
const sent = framesOf(asyncapi.body)
const badTokens = await createBadTokens(scene, [...operationRows, ...frameRows])
const keys = await createKeys(scene, [...operationRows, ...frameRows])
const http = createHttpRunner(scene, report, badTokens, keys, operations)
const sockets = createSocketRunner(t, scene, report, badTokens, keys, operations)
await sockets.warmUp()
const ready = performance.now()

/** Tells how a row went: each case that failed, or that none did. */
function tell (t: Test, name: string) {
  const failures = report.take()
  for (const failure of failures) t.fail(failure, { diagnostic: false })
  if (failures.length === 0) t.pass(name)
}

const without = (names: string[], others: string[]) => [...new Set(names)].filter(name => !others.includes(name))

t.test('the table is whole', async t => {
  const inTable = operationRows.map(({ operation }) => operation)
  t.same(without([...operations.keys()], inTable), [], 'every operation that is served has a row')
  t.same(without(inTable, [...operations.keys()]), [], 'every row is of an operation that is served')
  const isFrame = ({ name }: Row) => name.startsWith('frame ')
  t.same(without(sent, frameRows.filter(isFrame).map(({ operation }) => operation)), [], 'every frame has a row')
  t.same(without(frameRows.filter(isFrame).map(({ operation }) => operation), sent), [], 'every row is of a frame that can be sent')
  t.same(unusedRequests([...operationRows, ...frameRows]), [], 'every request is of a row')
})

/** Does what must leave no trace, and notes the collections that it left one in. */
async function tracelessly (row: Row, work: () => Promise<void>): Promise<void> {
  await scene.prepare(row)
  const before = await scene.digests()
  await work()
  const after = await scene.digests()
  // The server removed what was deleted long before: then it is done once more.
  if (before.removing !== after.removing) return await tracelessly(row, work)
  for (const name of Object.keys(after.of)) if (after.of[name] !== before.of[name]) report.note(`${row.name}: what was refused or only read wrote to ${name}`)
}

t.test('operations: who may not, and who reads', async t => {
  for (const row of wanted(operationRows)) {
    await tracelessly(row, async () => await http.quiet(row))
    tell(t, row.name)
  }
})

t.test('frames: who may not, and who hears', async t => {
  for (const row of wanted(frameRows)) {
    await tracelessly(row, async () => await sockets.quiet(row))
    tell(t, row.name)
  }
})

t.test('operations: who may', async t => {
  for (const row of wanted(operationRows)) {
    await scene.prepare(row)
    await http.served(row)
    tell(t, row.name)
  }
})

t.test('frames: who may', async t => {
  for (const row of wanted(frameRows)) {
    await scene.prepare(row)
    await sockets.served(row)
    tell(t, row.name)
  }
  t.same(sockets.leaks(), [], 'no socket heard of what its person may not know')
})

t.test('measure', async t => {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  const { user, system } = process.cpuUsage(cpuBefore)
  t.comment(`${report.cases} cases in ${seconds(performance.now() - ready)} after ${seconds(ready - began)} to set the scene; ${seconds((user + system) / 1000)} of computing`)
  // How long it takes is also a matter of what else the machine does.
  t.ok(user + system < 60e6, 'it takes less than a minute of computing')
  t.ok(report.cases >= (process.env['MATRIX_ROWS'] ? 1 : 1500), 'the matrix is as large as it was')
})

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { initialize } from '../../src/platform/indexes.ts'
import { buildTestApp, startApp } from '../helpers/app.ts'
import { folder, processesNaming, runScript } from '../helpers/run.ts'

t.test('makes every index that the server wants, and the second time finds them all', async t => {
  const { connection: empty } = await buildTestApp(t)
  await empty.collection('users').insertMany([{ email_key: 'twice', username_key: 'a' }, { email_key: 'twice', username_key: 'b' }])
  await t.rejects(initialize(empty), { name: 'StartupError', message: /^The indexes of "users" cannot be made: [^\n]*email_key[^\n]*$/ }, 'what hinders it is said in one line')
  await empty.dropDatabase()

  const lines = await initialize(empty)
  t.ok(lines.includes('made   users.email_key (email_key: 1; unique)'))
  const count = lines.length - 1
  t.ok(count > 15 && lines.slice(0, -1).every(line => line.startsWith('made ')))
  t.equal(new Set(lines).size, lines.length, 'each is named once')
  t.equal(lines.at(-1), `Database "${empty.name}": ${count} indexes made, 0 found.`)

  const { connection } = await startApp(t)
  const indexesOf = async ({ db }: typeof connection) => (await Promise.all((await db!.collections()).map(async collection => (await collection.indexes()).map(({ name }) => `${collection.collectionName}.${name}`)))).flat().sort()
  t.same(await indexesOf(empty), await indexesOf(connection), 'a server that starts would make the same')

  await empty.collection('users').dropIndex('username_key')
  t.same((await initialize(empty)).filter(line => line.startsWith('made ')), ['made   users.username_key (username_key: 1; unique)'], 'what is missing is made')
  const third = await initialize(empty)
  t.same(third.slice(0, -1).sort(), lines.slice(0, -1).map(line => line.replace('made ', 'found')).sort())
  t.equal(third.at(-1), `Database "${empty.name}": 0 indexes made, ${count} found.`)
})

t.test('says in one line that there is no database', async t => {
  const away = await runScript('db-init', { settings: { MONGODB_URL: 'mongodb://ann:secret-word@127.0.0.1:1/' } })
  t.match(away, { code: 1, stdout: '', stderr: /^cannot use the MongoDB at 127\.0\.0\.1:1: .*\n$/ })
  t.notMatch(away.stderr, /secret-word/)
})

t.test('interrupted, it leaves no MongoDB running', async t => {
  const dataDir = await folder(t)
  const outcome = await runScript('db-init', { settings: { MONGODB_URL: '', PARLEY_DATA_DIR: dataDir }, signal: 'SIGINT' })
  t.equal(outcome.code, 130)
  t.same(processesNaming(dataDir), [])
})

t.test('works on the embedded MongoDB and leaves nothing running', async t => {
  const dataDir = await folder(t)
  const alone = await runScript('db-init', { settings: { MONGODB_URL: '', MONGODB_DATABASE: 'parley', PARLEY_DATA_DIR: dataDir, SECRET_KEY: '' } })
  t.equal(alone.code, 0, alone.stderr)
  t.match(alone.lines, [/^made {3}\S+ \(.*\)$/])
  t.match(alone.lines.at(-1), /[1-9]\d* indexes made, 0 found/)
  t.same(processesNaming(dataDir), [])
  await t.rejects(access(join(dataDir, 'secret-key')), 'a tool makes no secret')
})

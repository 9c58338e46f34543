import { access } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { startServer } from '../helpers/process.ts'
import { folder, freshDatabase, processesNaming, runScript } from './run.ts'

t.test('makes every index that the server wants, and the second time finds them all', async t => {
  const { settings, db } = await freshDatabase(t)
  const first = await runScript('db-init', { settings })
  t.equal(first.code, 0, first.stderr)
  t.match(first.stdout, /^made {3}users\.email_key \(email_key: 1; unique\)$/m)
  const count = first.lines.length - 1
  t.ok(count > 15 && first.lines.slice(0, -1).every(line => line.startsWith('made ')))
  t.equal(new Set(first.lines).size, first.lines.length, 'each is named once')
  t.equal(first.lines.at(-1), `Database "${settings['MONGODB_DATABASE']}": ${count} indexes made, 0 found.`)

  const { connection } = await startApp(t)
  const indexesOf = async (database: typeof db) => (await Promise.all((await database.collections()).map(async collection => (await collection.indexes()).map(({ name }) => `${collection.collectionName}.${name}`)))).flat().sort()
  t.same(await indexesOf(db), await indexesOf(connection.db as never), 'a server that starts would make the same')

  await db.collection('users').dropIndex('username_key')
  const second = await runScript('db-init', { settings })
  t.equal(second.code, 0)
  t.same(second.lines.filter(line => line.startsWith('made ')), ['made   users.username_key (username_key: 1; unique)'], 'what is missing is made')
  const third = await runScript('db-init', { settings })
  t.same(third.lines.slice(0, -1).sort(), first.lines.slice(0, -1).map(line => line.replace('made ', 'found')).sort())
  t.equal(third.lines.at(-1), `Database "${settings['MONGODB_DATABASE']}": 0 indexes made, ${count} found.`)
})

t.test('says in one line what hinders it', async t => {
  const { settings, db } = await freshDatabase(t)
  await db.collection('users').insertMany([{ email_key: 'twice', username_key: 'a' }, { email_key: 'twice', username_key: 'b' }])
  const [doubled, away, malformed] = await Promise.all([
    runScript('db-init', { settings }),
    runScript('db-init', { settings: { MONGODB_URL: 'mongodb://ann:secret-word@127.0.0.1:1/' } }),
    runScript('db-init', { settings: { MONGODB_DATABASE: 'not a name' } })
  ])
  t.match(doubled, { code: 1, stdout: '', stderr: /^The indexes of "users" cannot be made: .*email_key.*\n$/ })
  t.match(away, { code: 1, stdout: '', stderr: /^cannot use the MongoDB at 127\.0\.0\.1:1: .*\n$/ })
  t.notMatch(away.stderr, /secret-word/)
  t.match(malformed, { code: 1, stdout: '', stderr: /MONGODB_DATABASE must match/ })
})

t.test('interrupted, it leaves no MongoDB running', async t => {
  const dataDir = await folder(t)
  const outcome = await runScript('db-init', { settings: { MONGODB_URL: '', PARLEY_DATA_DIR: dataDir }, signal: 'SIGINT' })
  t.equal(outcome.code, 130)
  t.same(processesNaming(dataDir), [])
})

t.test('works on the embedded MongoDB, alone and beside a running server, and leaves nothing running', async t => {
  const dataDir = await folder(t)
  const settings = { MONGODB_URL: '', MONGODB_DATABASE: 'parley', PARLEY_DATA_DIR: dataDir }
  const alone = await runScript('db-init', { settings })
  t.equal(alone.code, 0, alone.stderr)
  t.match(alone.lines.at(-1), /[1-9]\d* indexes made, 0 found/)
  t.same(processesNaming(dataDir), [])
  await t.rejects(access(join(dataDir, 'secret-key')), 'a tool makes no secret')

  const server = await startServer(t, settings)
  const beside = await runScript('db-init', { settings })
  t.match(beside, { code: 0, stderr: 'MongoDB: the embedded one of the running server\n' })
  t.match(beside.lines.at(-1), /: 0 indexes made/)
  t.match(await server.root('GET', '/health'), { status: 200, body: { database: 'up' } }, 'the server goes on')
  server.kill()
  t.match(await server.stopped, { code: 0 })
  t.same(processesNaming(dataDir), [])
})

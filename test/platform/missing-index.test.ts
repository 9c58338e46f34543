import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { runScript } from '../helpers/run.ts'

const app = await startApp(t)
const ready = async () => await app.root('GET', '/readyz')
const settings = { MONGODB_DATABASE: app.config.MONGODB_DATABASE }

// Those that are there are believed for ten seconds: so the first look is at a database that lacks some.
t.test('a server whose index is missing is not ready, names it, and is ready once "npm run db:init" has made it', async t => {
  const messages = app.connection.collection('messages')
  const users = app.connection.collection('users')
  const number = (await messages.indexes()).find(({ name }) => name === 'chat_seq')!
  t.match(number, { unique: true }, 'the lock of the log')
  await messages.dropIndex('chat_seq')
  await users.dropIndex('email_key')
  const refused = await ready()
  t.match(refused, { status: 503, body: { code: 'unavailable', detail: 'Indexes are missing in the database: messages.chat_seq, users.email_key. Run "npm run db:init".' } })
  t.ok(refused.headers.get('retry-after'))
  t.equal((await app.root('GET', '/livez')).status, 200)

  await messages.createIndex(number.key, { name: 'chat_seq' })
  t.match((await ready()).body, { detail: /: messages\.chat_seq, users\.email_key\./ }, 'one that allows doubles is none')
  t.match(await runScript('db-init', { settings }), { code: 1, stderr: /^The indexes of "messages" cannot be made: [^\n]*chat_seq[^\n]*\n$/ }, 'and is not replaced in silence')
  await messages.dropIndex('chat_seq')

  const mended = await runScript('db-init', { settings })
  t.equal(mended.code, 0, mended.stderr)
  // The other was made by the run that failed at this one.
  t.same(mended.lines.filter(line => line.startsWith('made ')), ['made   messages.chat_seq (chat_id: 1, seq: 1; unique)'])
  t.match(await ready(), { status: 200, body: { status: 'ok' } }, 'without another start')
})

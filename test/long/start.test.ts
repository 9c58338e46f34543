import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import t from 'tap'
import { asRead, makeChat, register, say } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { folder, processesNaming, runScript } from '../helpers/run.ts'

const embedded = (dataDir: string) => ({ MONGODB_URL: '', MONGODB_DATABASE: 'parley', SECRET_KEY: '', NODE_ENV: 'development', PARLEY_DATA_DIR: dataDir })

t.test('with no configuration it says where /docs is, keeps its data, and ends with 0 leaving nothing', async t => {
  const dataDir = await folder(t)
  const first = await startServer(t, embedded(dataDir))
  t.match(first.lines.at(-1), /^Parley is ready\. Try it at http:\/\/127\.0\.0\.1:\d+\/docs$/)
  t.match(first.lines.join('\n'), /MongoDB: embedded, its data in .*MONGODB_URL/)
  t.match((await first.root('GET', '/docs')).text, /<title>Parley/)
  const ann = await register(first, 'ann')
  const chat = await makeChat(first, ann)
  const sent = await say(first, ann, chat.id, 'Still here tomorrow')
  t.not(processesNaming(dataDir).length, 0, 'its MongoDB runs')
  first.kill('SIGTERM')
  t.same(await first.stopped, { code: 0, signal: null })
  t.equal(first.lines.at(-1), 'Parley has stopped.')
  t.same(processesNaming(dataDir), [])

  const second = await startServer(t, embedded(dataDir))
  const page = await second.request('GET', `/chats/${chat.id}/messages`, { token: ann.token })
  t.same(page.body.items, [asRead(sent)], 'the message is there, and the token of before is still good')
  const login = await second.request('POST', '/auth/login', { body: { username: 'ann', password: ann.password } })
  t.equal(login.status, 200)

  const third = await runScript('server', { settings: embedded(dataDir) })
  t.match(third, { code: 1, stderr: /^the data folder .* is in use by another Parley \(process \d+\); stop it or set PARLEY_DATA_DIR\n$/ })
  const tool = await runScript('db-init', { settings: embedded(dataDir) })
  t.match(tool, { code: 0, stderr: 'MongoDB: the embedded one of the running server\n' }, 'a tool works beside it')
  t.match(tool.lines.at(-1), /: 0 indexes made/)
  t.match(await second.root('GET', '/health'), { status: 200, body: { database: 'up' } }, 'the server goes on')
  second.kill('SIGINT')
  t.same(await second.stopped, { code: 0, signal: null })
  t.same(processesNaming(dataDir), [])
})

t.test('a signal during the start ends it with 0, and its MongoDB too', async t => {
  const dataDir = await folder(t)
  const outcome = await runScript('server', { settings: embedded(dataDir), signal: 'SIGINT' })
  t.match(outcome, { code: 0, stderr: '' })
  t.equal(outcome.lines.at(-1), 'Parley has stopped.')
  t.same(processesNaming(dataDir), [])
})

t.test('what cannot be started with is said in a line, and ends with 1', async t => {
  const dataDir = await folder(t)
  const other = createServer().listen(0, '127.0.0.1')
  t.teardown(() => { other.close() })
  await once(other, 'listening')
  const { port } = other.address() as { port: number }
  const [taken, faults, noSecret, url] = await Promise.all([
    { ...embedded(dataDir), PORT: String(port) },
    { PORT: 'eighty', LOG_LEVEL: 'loud', MONGODB_URL: 'http://x' },
    { NODE_ENV: 'production', SECRET_KEY: '' },
    { MONGODB_URL: 'mongodb://ann:planted@password@127.0.0.1:1/?replicaSet=x' }
  ].map(settings => runScript('server', { settings })))
  t.match(taken, { code: 1, stdout: '', stderr: new RegExp(`^Port ${port} is taken by another program: stop it, or choose another port with PORT=${port + 1} npm start\n$`) })
  t.notOk((await readdir(dataDir)).includes('mongodb'), 'before any database is started')
  t.match(faults, { code: 1, stdout: '', stderr: /^The configuration is not valid:\n {2}- PORT must be integer\n {2}- MONGODB_URL must [^\n]*\n {2}- LOG_LEVEL must be[^\n]*\n$/ })
  t.match(noSecret, { code: 1, stdout: '', stderr: /^The configuration is not valid:\n {2}- SECRET_KEY must be set in production[^\n]*\n$/ })
  t.match(url, { code: 1, stdout: '', stderr: /^MONGODB_URL is not a valid connection string [^\n]*\n$/ })
  t.notMatch(url!.stderr, /planted/)
})

t.test('what may pass is waited for, until a signal', async t => {
  const away = await runScript('server', { settings: { MONGODB_URL: 'mongodb://ann:planted-password@127.0.0.1:1/?replicaSet=x' }, signal: 'SIGTERM' })
  t.match(away, { code: 0, stderr: '' })
  t.match(away.lines, [/^Waiting for MongoDB, .*: cannot use the MongoDB at 127\.0\.0\.1:1: nothing listens there/, /^SIGTERM/, 'Parley has stopped.'])
  t.notMatch(away.stdout, /planted/)
})

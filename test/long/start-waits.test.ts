import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import t from 'tap'
import { WebSocket } from 'ws'
import { type Answer, client } from '../helpers/app.ts'
import { freePort } from '../../src/platform/port.ts'
import { initiate, startMongod } from '../helpers/mongod.ts'
import { makeChat, register, say } from '../helpers/people.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'
import { run } from '../platform/server.ts'

const database = 'waited_for'
const folder = await mkdtemp(join(tmpdir(), 'parley-waits-'))
t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })

async function timed (asking: Promise<Answer>): Promise<Answer & { ms: number }> {
  const before = performance.now()
  const answer = await asking
  return { ...answer, ms: performance.now() - before }
}

const isUnavailable = (code: string, detail: RegExp) => ({ status: 503, body: { code, detail, success: false } })

t.test('a start without its MongoDB waits, says for what, and becomes ready by itself', async t => {
  const [port, databasePort] = [await freePort(), await freePort()]
  const place = { port: databasePort, dbPath: folder }
  // A replica set with a user that may only read.
  const open = await startMongod(t, place)
  await initiate(databasePort)
  const founder = new mongoose.mongo.MongoClient(open.url)
  await founder.db('admin').command({ createUser: 'root', pwd: 'root-word', roles: ['root'] })
  await founder.db('admin').command({ createUser: 'ann', pwd: 'planted-word', roles: [{ role: 'read', db: database }] })
  await founder.close()
  await open.stop()

  const { child, output, ended } = await run(t, { PORT: String(port), MONGODB_URL: open.url.replace('//', '//ann:planted-word@'), MONGODB_DATABASE: database })
  const says = async (what: RegExp) => { while (!what.test(output().out)) await once(child.stdout!, 'data') }
  const root = client(`http://127.0.0.1:${port}`)
  const request = client(`http://127.0.0.1:${port}/api/v1`)
  const lines = () => output().out.trimEnd().split('\n')

  await says(/\n/)
  t.match(lines(), [new RegExp(`^Waiting for MongoDB, and trying again until it can be used: cannot use the MongoDB at 127\\.0\\.0\\.1:${databasePort}: nothing listens there \\(connection refused\\); start it or correct MONGODB_URL$`)])
  t.match(await root('GET', '/livez'), { status: 200, body: { status: 'ok' } })
  const ready = await root('GET', '/readyz')
  t.match(ready, isUnavailable('database_unavailable', /^The server waits for its database: its log says which one, and why\.$/))
  t.match(ready.headers.get('content-type'), /^application\/problem\+json/)
  t.match(ready.headers.get('retry-after'), /^[1-9]\d*$/)
  t.match(await root('GET', '/health'), { status: 503, body: { database: 'down' } })
  t.equal((await request('GET', '/info')).status, 200)
  t.equal((await root('GET', '/docs')).status, 200)
  for (const [method, path, body] of [
    ['POST', '/auth/login', { username: 'ann', password: 'correct horse battery' }],
    ['POST', '/auth/register', { email: 'ann@example.com', password: 'correct horse battery' }],
    ['GET', '/users/me', undefined],
    ['GET', '/chats/66f0c0ffee0000000000c001/messages', undefined],
    ['POST', '/chats/66f0c0ffee0000000000c001/messages', { content: 'hello' }]
  ] as const) {
    const answer = await timed(request(method, path, { token: 'a.b.c', body }))
    t.match(answer, isUnavailable('database_unavailable', /waits for its database/), path)
    t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/, path)
    t.ok(answer.ms < 1000, `${path} after ${Math.round(answer.ms)} ms`)
  }
  const [code] = await once(new WebSocket(`ws://127.0.0.1:${port}/api/v1/ws?ticket=${'a'.repeat(43)}`), 'close')
  t.equal(code, 1013, 'a socket is asked to come back later')

  const keyFile = join(folder, 'key')
  await writeFile(keyFile, randomBytes(300).toString('base64'), { mode: 0o400 })
  await startMongod(t, { ...place, args: ['--auth', '--keyFile', keyFile] })
  await says(/Waiting .*readWrite/)
  t.match(lines().at(-1), new RegExp(`^Waiting for MongoDB, .*: The user of MONGODB_URL cannot make the indexes of "${database}" and may not write there: grant it readWrite on that database$`))
  t.match(await root('GET', '/readyz'), isUnavailable('database_unavailable', /^The user of the database may not write there: grant it readWrite\.$/))
  t.equal((await root('GET', '/livez')).status, 200)

  const admin = new mongoose.mongo.MongoClient(open.url.replace('//', '//root:root-word@'))
  await admin.db('admin').command({ grantRolesToUser: 'ann', roles: [{ role: 'readWrite', db: database }] })
  await says(/^Parley is ready/m)
  t.equal((await root('GET', '/readyz')).status, 200)
  const ann = await register({ request })
  const chat = await makeChat({ request }, ann)
  await say({ request }, ann, chat.id, 'before')

  await t.test('a right that is taken away later is no fault of the server', async t => {
    await admin.db('admin').command({ revokeRolesFromUser: 'ann', roles: [{ role: 'readWrite', db: database }] })
    const refused = await request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'during', client_id: 'one' } })
    t.match(refused, isUnavailable('retry_same_client_id', /./))
    t.match(await request('PATCH', `/chats/${chat.id}`, { token: ann.token, body: { title: 'New' } }), isUnavailable('database_unavailable', /^The database takes no writes at the moment\.$/))
    t.equal((await request('GET', `/chats/${chat.id}/messages`, { token: ann.token })).body.items.length, 1, 'reads go on')
    await admin.db('admin').command({ grantRolesToUser: 'ann', roles: [{ role: 'readWrite', db: database }] })
    t.match(await say({ request }, ann, chat.id, 'during', { client_id: 'one' }), { seq: 2 })
  })
  await admin.close()

  child.kill('SIGTERM')
  t.equal(await ended, 0)
  t.equal(lines().filter(line => line.startsWith('Waiting')).length, new Set(lines().filter(line => line.startsWith('Waiting'))).size, 'each line is said once')
  t.ok(lines().length < 10, output().out)
  t.notMatch(output().out + output().err, /planted/, 'no password')
})

t.test('workers wait for their MongoDB as one process does, and say so once', { skip: noRedis }, async t => {
  const redis = await startRedis(t)
  const place = { port: await freePort(), dbPath: await mkdtemp(join(tmpdir(), 'parley-waits-')) }
  t.teardown(async () => { await rm(place.dbPath, { recursive: true, force: true }) })
  const [port, workers] = [await freePort(), 2]
  const { child, output, ended } = await run(t, { PORT: String(port), MONGODB_URL: `mongodb://127.0.0.1:${place.port}/?replicaSet=own`, MONGODB_DATABASE: database, REDIS_URL: redis.url }, ['--workers', String(workers)])
  const says = async (what: RegExp) => { while (!what.test(output().out)) await once(child.stdout!, 'data') }
  await says(/\n/)
  t.match(output().out, new RegExp(`^Waiting for MongoDB, and trying again until it can be used: cannot use the MongoDB at 127\\.0\\.0\\.1:${place.port}: nothing listens there`))
  const root = client(`http://127.0.0.1:${port}`)
  t.equal((await root('GET', '/livez')).status, 200)
  // The worker that answers may be one that has not found out yet.
  t.match(await root('GET', '/readyz'), { status: 503, body: { code: /unavailable$/ } })
  await startMongod(t, place)
  await initiate(place.port)
  await says(/^Parley is ready, with 2 workers/m)
  for (let asked = 0; asked < 4 * workers; asked++) t.equal((await root('GET', '/readyz')).status, 200, 'each of them is ready')
  t.match(await register({ request: client(`http://127.0.0.1:${port}/api/v1`) }), { token: /./ })
  child.kill('SIGTERM')
  t.equal(await ended, 0)
  const waits = output().out.split('\n').filter(line => line.startsWith('Waiting'))
  t.equal(waits.length, new Set(waits).size, 'each line is said once')
})

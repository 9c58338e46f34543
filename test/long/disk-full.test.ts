import { execFile } from 'node:child_process'
import { mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import mongoose from 'mongoose'
import t from 'tap'
import { testSettings } from '../helpers/app.ts'
import { freePort } from '../../src/platform/port.ts'
import { initiate, startMongod } from '../helpers/mongod.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'

const run = promisify(execFile)
/** The whole disk of the database, in MiB. */
const diskMib = 400
/** What a caller may be kept waiting, in milliseconds, and how late a busy machine may be. */
const patienceMs = 5000 + 2000

const folder = await mkdtemp(join(tmpdir(), 'parley-disk-'))
const isMounted = process.platform === 'linux' && await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMib}m`, 'tmpfs', folder]).then(() => true, () => false)
t.teardown(async () => {
  if (isMounted) await run('umount', ['--lazy', folder])
  await rm(folder, { recursive: true, force: true })
})

t.test('a disk that is really full', { skip: !isMounted && 'a small disk cannot be mounted here; test/long/writes-refused.test.ts imitates one' }, async t => {
  const port = await freePort()
  const dbPath = folder
  const full = await startMongod(t, { port, dbPath })
  await initiate(port)
  const settings = testSettings()
  const server = await startServer(t, { ...settings, MONGODB_URL: full.url })
  const [ann] = await registerAll(server, 'ann') as [Person]
  const chat = await makeChat(server, ann)
  const acknowledged: { seq: number, content: string }[] = []
  // Nine thousand characters that do not compress.
  const noise = () => Array.from({ length: 9000 }, () => String.fromCharCode(33 + Math.random() * 90)).join('')
  const send = async (clientId: string, content = noise()) => {
    const before = performance.now()
    const answer = await server.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content, client_id: clientId } })
    if (answer.status < 300) acknowledged.push(answer.body)
    return { ...answer, ms: performance.now() - before }
  }
  for (let i = 0; i < 20; i++) t.equal((await send(`before-${i}`)).status, 201)

  const { bavail, bsize } = await statfs(folder)
  const ballast = join(folder, 'ballast')
  await writeFile(ballast, Buffer.alloc(bavail * bsize - 2 * 2 ** 20, 1))
  let refused
  for (let i = 0; i < 2000 && !refused; i++) {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, lane) => send(`during-${i}-${lane}`)))
    refused = answers.find(({ status }) => status !== 201)
  }
  t.match(refused, { status: 503, body: { code: /^(database_unavailable|retry_same_client_id|request_timeout)$/ } })
  const again = await send('refused')
  t.match(again, { status: 503, body: { code: /^(database_unavailable|retry_same_client_id|request_timeout)$/ } })
  t.match(again.headers.get('retry-after'), /^[1-9]\d*$/)
  t.ok(again.ms < patienceMs, `after ${again.ms} ms`)
  t.equal((await server.root('GET', '/livez')).status, 200)

  // A mongod may end when its disk is full (6.0 does); one that does not is ended here, as by whoever makes room.
  await rm(ballast)
  await full.stop()
  await startMongod(t, { port, dbPath })
  for (const end = performance.now() + 30_000; (await server.root('GET', '/readyz')).status !== 200; await delay(100)) {
    if (performance.now() > end) throw new Error('not ready again')
  }
  // A client says it again while it is asked to; a busy machine may let the first try wait too long.
  const text = noise()
  let after = await send('after', text)
  for (const end = performance.now() + 30_000; after.status === 503 && performance.now() < end; after = await send('after', text)) await delay(Number(after.headers.get('retry-after')) * 1000)
  t.ok(after.status < 300, JSON.stringify(after.body))
  const client = new mongoose.mongo.MongoClient(full.url)
  const log = await client.db(settings['MONGODB_DATABASE']!).collection('messages').find().sort({ seq: 1 }).toArray()
  await client.close()
  t.same(log.map(({ seq }) => seq), log.map((_, i) => i + 1))
  for (const { seq, content } of acknowledged) if (log[seq - 1]?.['content'] !== content) t.fail(`${seq} was acknowledged and is lost`)
})

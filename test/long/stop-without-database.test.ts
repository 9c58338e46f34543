import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { testSettings } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer, type TestServer } from '../helpers/process.ts'

const sends = 20

/** Stops a server whose database falls silent while an edit is written and sends wait for it: how it ended, and after how many milliseconds. */
async function stopInSilence (t: Test, server: TestServer, silence: () => void) {
  const [ann, bob] = await registerAll(server, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(server, ann, 'group', [bob])
  const send = async (name: string) => await server.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: name, client_id: name } })
  const { body: { id } } = await send('before')
  silence()
  const waiting = Promise.all([
    server.request('PATCH', `/messages/${id}`, { token: ann.token, body: { content: 'edited' } }),
    ...Array.from({ length: sends }, (_, i) => send(`during-${i}`))
  ])
  // At least one is being written, and the others wait.
  const countWaiting = async () => Number(/^parley_writes_waiting (\d+)$/m.exec((await server.root('GET', '/metrics')).text)?.[1])
  while (await countWaiting() < sends / 2) await delay(20)
  const began = performance.now()
  server.kill('SIGTERM')
  for (const { status, body, headers } of await waiting) {
    t.match({ status, code: body.code }, { status: 503, code: /^(retry_same_client_id|database_unavailable)$/ })
    t.match(headers.get('retry-after'), /^[1-9]\d*$/)
  }
  const how = await server.stopped
  return { how, ms: performance.now() - began }
}

t.test('a stop beside a database that fell silent answers who waits, and ends by itself', async t => {
  const mongo = await startFaultyMongo(t)
  const server = await startServer(t, { ...testSettings(), MONGODB_URL: mongo.url })
  const { how, ms } = await stopInSilence(t, server, mongo.pause)
  t.same(how, { code: 0, signal: null })
  t.ok(ms < 20_000, `${Math.round(ms)} ms`)
})

t.test('one that would take longer, as it waits for a silent MongoDB of its own as well, is ended by force within 20 s', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-silent-'))
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  const server = await startServer(t, { ...testSettings(), MONGODB_URL: '', PARLEY_DATA_DIR: folder })
  const mongod = Number(await readFile(join(folder, 'mongodb', 'mongod.lock'), 'utf8'))
  t.teardown(() => { process.kill(mongod, 'SIGKILL') })
  const { how, ms } = await stopInSilence(t, server, () => { process.kill(mongod, 'SIGSTOP') })
  t.same(how, { code: 1, signal: null })
  t.ok(ms < 20_000, `${Math.round(ms)} ms`)
})

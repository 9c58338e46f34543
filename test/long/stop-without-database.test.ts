import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { testSettings } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'

t.test('a stop beside a database that fell silent answers who waits, and ends by itself', async t => {
  const mongo = await startFaultyMongo(t)
  const server = await startServer(t, { ...testSettings(), MONGODB_URL: mongo.url })
  const [ann, bob] = await registerAll(server, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(server, ann, 'group', [bob])
  const send = async (name: string) => await server.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: name, client_id: name } })
  const { body: { id } } = await send('before')

  mongo.pause()
  const waiting = Promise.all([
    server.request('PATCH', `/messages/${id}`, { token: ann.token, body: { content: 'edited' } }),
    ...Array.from({ length: 20 }, (_, i) => send(`during-${i}`))
  ])
  await delay(500)
  const began = performance.now()
  server.kill('SIGTERM')
  for (const { status, body, headers } of await waiting) {
    t.match({ status, code: body.code }, { status: 503, code: /^(retry_same_client_id|database_unavailable)$/ })
    t.match(headers.get('retry-after'), /^[1-9]\d*$/)
  }
  t.same(await server.stopped, { code: 0, signal: null })
  const ms = performance.now() - began
  t.ok(ms < 20_000, `${Math.round(ms)} ms`)
  t.comment(`stopped after ${Math.round(ms)} ms`)
})

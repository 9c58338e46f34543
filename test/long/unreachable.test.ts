import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startEmbeddedMongo } from '../../src/platform/embedded-mongo.ts'
import { type Answer, startApp } from '../helpers/app.ts'
import { makeChat, register, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const folder = await mkdtemp(join(tmpdir(), 'parley-away-'))
const mongo = await startEmbeddedMongo({ dataDir: folder, say () {} })
t.teardown(async () => {
  await mongo.stop()
  await rm(folder, { recursive: true, force: true })
})

async function timed (work: Promise<Answer>) {
  const watch = stopwatch()
  const answer = await work
  return { ...answer, ms: watch.stop() }
}

t.test('a database that falls silent', async t => {
  const app = await startApp(t, { MONGODB_URL: mongo.uri })
  const person = await register(app)
  const chat = await makeChat(app, person)
  await say(app, person, chat.id, 'before')
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${person.token}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  t.same([(await app.root('GET', '/readyz')).status, (await app.root('GET', '/health')).body.database], [200, 'up'])

  process.kill(mongo.pid, 'SIGSTOP')
  try {
    const [live, ready, health, read, write, login, unknown] = await Promise.all([
      timed(app.root('GET', '/livez')),
      timed(app.root('GET', '/readyz')),
      timed(app.root('GET', '/health')),
      timed(app.request('GET', `/chats/${chat.id}/messages`, { token: person.token })),
      timed(app.request('POST', `/chats/${chat.id}/messages`, { token: person.token, body: { content: 'during', client_id: 'c-1' } })),
      timed(app.request('GET', '/users/me', { token: person.token })),
      timed(app.request('GET', '/nowhere'))
    ])
    t.match(live, { status: 200, body: { status: 'ok' } })
    t.ok(live.ms < 500, `livez after ${live.ms} ms`)
    t.match(ready, { status: 503, body: { code: 'database_unavailable', success: false } })
    t.match(health, { status: 503, body: { status: 'unavailable', database: 'down' } })
    t.ok(health.ms < 2000 && ready.ms < 2000, `health after ${health.ms} ms`)
    for (const [name, { status, headers, body, ms }] of Object.entries({ read, write, login })) {
      t.match({ status, after: headers.get('retry-after'), type: headers.get('content-type'), code: body.code }, { status: 503, after: /^\d+$/, type: /problem\+json/, code: name === 'write' ? 'retry_same_client_id' : /^(request_timeout|database_unavailable)$/ }, name)
      t.ok(ms < 5000, `${name} after ${ms} ms`)
    }
    t.equal(unknown.status, 404)
  } finally {
    process.kill(mongo.pid, 'SIGCONT')
  }

  // The driver may need some seconds to trust it again: readyz tells when.
  const back = Date.now()
  while ((await app.root('GET', '/readyz')).status !== 200) t.ok(Date.now() - back < 30_000)
  t.comment(`ready ${Date.now() - back} ms after it came back`)
  const again = await app.request('POST', `/chats/${chat.id}/messages`, { token: person.token, body: { content: 'during', client_id: 'c-1' } })
  t.match(again, { body: { content: 'during' } }, 'the repeat that the client was asked for')
  const { body } = await app.request('GET', `/chats/${chat.id}/messages?order=asc`, { token: person.token })
  t.same(body.items.map(({ content }: { content: string }) => content), ['before', 'during'], 'once')
  socket.send({ type: 'ping', id: 'still' })
  t.ok(await socket.next(({ id }) => id === 'still'), 'the socket was open all the time')
})

import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { WebSocket } from 'ws'
import { type Frame, liveClient, type LiveClient } from '../helpers/live-client.ts'
import { checkCopies, checkLog, keepWriting, seeded, within } from '../helpers/load.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startPair, startServer } from '../helpers/process.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'

t.test('processes that are killed and stopped under load lose nothing that was acknowledged', { skip: noRedis }, async t => {
  const random = seeded(t)
  const redis = await startRedis(t)
  const { one, two, db, settings } = await startPair(t, { REDIS_URL: redis.url, WS_SOCKETS_PER_USER: '100', WS_COMPARE_MS: '1000' })
  const running = [one, two]
  const servers = [one.api, two.api]
  const [ann, bob] = await registerAll(one, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(one, ann, 'group', [bob])
  const clients = Array.from({ length: 20 }, (_, home) => {
    const told: Frame[] = []
    const client = liveClient({ servers, home, token: home % 3 ? ann.token : bob.token, chatId: chat.id, hear: frame => { if (frame.type === 'shutdown') told.push(frame) } })
    return Object.assign(client, { told })
  })
  t.teardown(() => { for (const client of clients) client.stop() })
  for (const client of clients) client.connect()
  const writing = { servers, chatId: chat.id, random, pauseMs: 40 }
  const writers = [
    keepWriting({ ...writing, home: 0, person: ann }),
    keepWriting({ ...writing, home: 1, person: bob }),
    keepWriting({ ...writing, home: 0, person: bob, by: 'socket' }),
    keepWriting({ ...writing, home: 1, person: ann, by: 'socket' })
  ]
  const heard = async (more: number) => {
    const from = Math.max(...clients.map(({ at }) => at))
    const began = Date.now()
    await within('everybody hears more', Promise.all(clients.map(client => client.until(() => client.at > from + more))), 90_000)
    return Date.now() - began
  }
  /** On the same port, as behind a load balancer. */
  const restart = async (index: number) => {
    const { port } = new URL(servers[index]!)
    running[index] = await startServer(t, { ...settings, PORT: port })
  }
  const isAt = (index: number) => ({ socket }: LiveClient) => socket.readyState === WebSocket.OPEN && socket.url.startsWith(servers[index]!.replace(/^http/, 'ws'))
  await heard(10)

  for (const index of [0, 1]) {
    await delay(random() * 100)
    running[index]!.kill('SIGKILL')
    await running[index]!.stopped
    t.comment(`killed: everybody heard ten more numbers after ${await heard(10)} ms`)
    await restart(index)
    await heard(5)
  }

  for (const index of [0, 1]) {
    await delay(random() * 100)
    const there = clients.filter(isAt(index)).map(client => ({ client, closes: client.closes.length, told: client.told.length }))
    const began = Date.now()
    running[index]!.kill('SIGTERM')
    t.same(await running[index]!.stopped, { code: 0, signal: null })
    const ms = Date.now() - began
    t.ok(ms < 20_000, `ended within ${ms} ms`)
    await within('the end of its sockets', Promise.all(there.map(({ client, closes }) => client.until(() => client.closes.length > closes))))
    const wrong = there.filter(({ client, closes, told }) => client.closes[closes] !== 1001 || client.told.length <= told)
    t.same(wrong.map(({ client }) => client.closes), [], `${there.length} sockets heard \`shutdown\` and closed with 1001`)
    t.comment(`stopped in ${ms} ms; everybody heard ten more numbers after ${await heard(10)} ms`)
    await restart(index)
    await heard(5)
  }

  for (const writer of writers) await writer.stop()
  t.ok(clients.reduce((sum, { told }) => sum + told.length, 0) >= 20, 'stops were told')
  t.ok(clients.flatMap(({ told }) => told).every(({ retry_after_ms: ms }) => ms >= 500 && ms <= 5000), 'and when to come back')
  const head = await checkLog(t, db, chat.id, writers)
  await checkCopies(t, clients, servers, ann.token, chat.id, head)
})

import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { liveClient } from '../helpers/live-client.ts'
import { checkCopies, checkLog, keepWriting, seeded, within } from '../helpers/load.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startPair } from '../helpers/process.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'

const awayMs = 5000

const settings = [
  { compareMs: 500, losses: ['kill', 'freeze'], title: 'Chats are compared often while Redis is away' },
  { compareMs: 600_000, losses: ['kill'], title: 'Nobody hears of the other process until Redis is back' }
] as const

for (const { compareMs, losses, title } of settings) {
  t.test(`${title}: nothing lost, nothing doubled`, { skip: noRedis }, async t => {
    const random = seeded(t)
    const redis = await startRedis(t)
    const { one, two, db } = await startPair(t, { REDIS_URL: redis.url, WS_SOCKETS_PER_USER: '100', WS_COMPARE_MS: String(compareMs) })
    const servers = [one.api, two.api]
    const [ann, bob] = await registerAll(one, 'ann', 'bob') as [Person, Person]
    const ways = { kill: [redis.kill, redis.restart], freeze: [() => process.kill(redis.pid, 'SIGSTOP'), () => process.kill(redis.pid, 'SIGCONT')] } as const

    for (const loss of losses) {
      const chat = await makeChat(one, ann, 'group', [bob])
      /** How late each message came to a client, and when it came. */
      const lags: { at: number, ms: number }[] = []
      const hear = ({ type, message }: { type: string, message?: { created_at: string } }) => {
        if (type === 'new_message') lags.push({ at: Date.now(), ms: Date.now() - Date.parse(message!.created_at) })
      }
      const clients = Array.from({ length: 12 }, (_, index) => liveClient({ servers: [servers[index % 2]!], token: index % 3 ? ann.token : bob.token, chatId: chat.id, hear }))
      t.teardown(() => { for (const client of clients) client.stop() })
      for (const client of clients) client.connect()
      // A process that writes itself finds by that what others wrote: where only Redis is to tell, the second writes nothing.
      const other = compareMs < awayMs ? 1 : 0
      const writing = { chatId: chat.id, random, pauseMs: 30 }
      const writers = [
        keepWriting({ ...writing, servers: [servers[0]!], person: ann }),
        keepWriting({ ...writing, servers: [servers[other]!], person: bob }),
        keepWriting({ ...writing, servers: [servers[other]!], person: ann, by: 'socket' })
      ]
      const heard = async (more: number) => {
        const from = Math.max(...clients.map(({ at }) => at))
        await within('everybody hears more', Promise.all(clients.map(client => client.until(() => client.at > from + more))))
      }
      await heard(20)
      const [lose, restore] = ways[loss]
      const lostAt = Date.now()
      const sentBefore = writers.map(({ sent }) => sent.size)
      await lose()
      await delay(awayMs)
      t.ok(writers.every(({ sent }, index) => sent.size > sentBefore[index]! + 3), `${loss}: everybody goes on writing meanwhile`)
      const placesAway = clients.map(({ at }) => at)
      await restore()
      const backAt = Date.now()
      await heard(20)
      for (const writer of writers) await writer.stop()
      const head = await checkLog(t, db, chat.id, writers)
      await checkCopies(t, clients, servers, ann.token, chat.id, head)
      t.equal(writers.reduce((sum, { counts }) => sum + counts.repeats, 0), 0, 'no write failed')
      t.ok(clients.every(({ counts }) => counts.connections === 1), 'no socket was closed')
      const worst = (from: number, to: number) => Math.max(0, ...lags.flatMap(({ at, ms }) => at >= from && at < to ? ms : []))
      t.comment(`${loss}: the latest message before: ${worst(0, lostAt)} ms, while Redis was away: ${worst(lostAt, backAt)} ms, after: ${worst(backAt, Infinity)} ms`)
      if (compareMs < awayMs) t.ok(worst(lostAt, backAt) < awayMs, 'comparing brings what Redis does not')
      else {
        t.ok(placesAway[1]! < placesAway[0]!, `the clients of the second process were at ${placesAway[1]} when those of the first were at ${placesAway[0]}`)
        t.comment(`what they missed came ${Math.max(...lags.filter(({ at, ms }) => at >= backAt && ms > at - backAt).map(({ at }) => at - backAt))} ms after Redis was back, at the latest`)
      }
      for (const client of clients) client.stop()
    }
  })
}

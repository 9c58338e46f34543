import t from 'tap'
import { liveClient } from '../helpers/live-client.ts'
import { checkCopies, checkLog, keepWriting, seeded, within } from '../helpers/load.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startPair } from '../helpers/process.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'

t.test('fifty sockets that are cut ten times each and come back to the other process end with what a fresh read gives', { skip: noRedis }, async t => {
  const random = seeded(t)
  const redis = await startRedis(t)
  const { one, two, db } = await startPair(t, { REDIS_URL: redis.url, WS_SOCKETS_PER_USER: '100' })
  const servers = [one.api, two.api]
  const [ann, bob] = await registerAll(one, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(one, ann, 'group', [bob])
  const clients = Array.from({ length: 50 }, (_, index) => liveClient({ servers, home: index % 4 < 2 ? 0 : 1, token: index % 2 ? ann.token : bob.token, chatId: chat.id }))
  t.teardown(() => { for (const client of clients) client.stop() })
  const writers = [
    keepWriting({ servers, person: ann, chatId: chat.id, random, pauseMs: 40 }),
    keepWriting({ servers, home: 1, person: bob, chatId: chat.id, random, pauseMs: 40 }),
    keepWriting({ servers, home: 1, person: ann, chatId: chat.id, random, pauseMs: 40, by: 'socket' })
  ]
  await within('all cuts', Promise.all(clients.map(async (client, index) => {
    client.connect()
    for (let cuts = 0; cuts < 10; cuts++) {
      // Anywhere: before the answer to `subscribe`, in the past, or live.
      const wanted = client.counts.frames + Math.floor(random() * 15)
      await client.until(() => client.counts.frames >= wanted)
      const { connections } = client.counts
      client.cut(index % 2 === 0)
      await client.until(() => client.counts.connections > connections)
    }
  })), 60_000)
  for (const writer of writers) await writer.stop()
  const head = await checkLog(t, db, chat.id, writers)
  await checkCopies(t, clients, servers, ann.token, chat.id, head)
  t.ok(clients.every(({ counts }) => counts.connections >= 11), 'each was cut ten times')
  t.ok(writers.every(({ sent, deleted }) => sent.size > 10 && deleted.size > 0), 'while all three wrote')
})

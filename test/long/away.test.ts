import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import mongoose from 'mongoose'
import t from 'tap'
import { type Answer, testSettings } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'

/** How long the database is away, in milliseconds. */
const awayMs = 30_000
const senderCount = 40
/** Sends that come at about one moment: many times what goes as one insert. */
const burst = 1600
/** What a caller may be kept waiting, in milliseconds. */
const patience = 5000
/** The process may be so much larger at the worst moment than before, in MiB: the burst's open connections, each request with its body and its place in a queue, some 50 kB each. */
const burstRoom = 128
/**
 * And so much larger at the end of the outage than when the burst was over, in MiB: V8 lets garbage lie for some seconds. Each request waits less than
 * five seconds and then lets go of all it held, so that nothing grows with the outage: 10 kB left behind by each of some 10,000 would be 100 MiB.
 */
const flatRoom = 64

const mib = 2 ** 20
const settings = testSettings()

t.test(`a database that is away for ${awayMs / 1000} s under load`, { skip: process.platform !== 'linux' && 'only Linux tells of the memory of another process' }, async t => {
  const mongo = await startFaultyMongo(t)
  const server = await startServer(t, { ...settings, MONGODB_URL: mongo.url })
  const rss = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) * 1024 / mib
  const people = await registerAll(server, 'ann', 'bob', 'cid', 'dan') as [Person, Person, Person, Person]
  const chats = await Promise.all(people.map(async person => (await makeChat(server, person, 'group', people.filter(other => other !== person))).id as string))

  const state = { isOver: false, isAway: false }
  const acknowledged = new Map<string, { id: string, seq: number, chat_id: string }>()
  const refusals: { status: number, code: string, ms: number, retryAfter: string | null }[] = []
  const lateness: number[] = []
  let firstAfter: number | undefined

  async function timed (asking: () => Promise<Answer>): Promise<Answer> {
    const before = performance.now()
    const answer = await asking()
    const ms = performance.now() - before
    if (answer.status >= 400) refusals.push({ status: answer.status, code: answer.body?.code, ms, retryAfter: answer.headers.get('retry-after') })
    return answer
  }

  /** Sends until it is acknowledged, with the same `client_id`, as a client is asked to. */
  async function insist (person: Person, chatId: string, clientId: string) {
    for (;;) {
      const { status, body, headers } = await timed(async () => await server.request('POST', `/chats/${chatId}/messages`, { token: person.token, body: { content: clientId, client_id: clientId } }))
      if (status < 300) {
        acknowledged.set(clientId, body)
        if (!state.isAway) firstAfter ??= performance.now()
        return
      }
      await delay(Number(headers.get('retry-after')) * 1000)
    }
  }

  const senders = Array.from({ length: senderCount }, async (_, lane) => {
    for (let i = 0; !state.isOver; i++) await insist(people[lane % 4]!, chats[lane % chats.length]!, `${lane}-${i}`)
  })
  const readers = people.map(async (person, i) => {
    while (!state.isOver) {
      await timed(async () => await server.request('GET', `/chats/${chats[i]}/messages`, { token: person.token }))
      await delay(50)
    }
  })
  const probe = (async () => {
    for (let before = performance.now(); !state.isOver; before = performance.now()) {
      t.equal((await server.root('GET', '/livez')).status, 200)
      lateness.push(performance.now() - before)
      await delay(200)
    }
  })()

  await delay(5000)
  const usual = rss()
  const before = acknowledged.size
  t.ok(before > senderCount, `${before} sends in 5 s`)
  t.same(refusals, [], 'nothing is refused while it is there')

  state.isAway = true
  mongo.pause()
  const began = performance.now()
  const sizes: { at: number, mib: number }[] = []
  const sampling = (async () => {
    while (state.isAway) {
      sizes.push({ at: performance.now() - began, mib: rss() })
      await delay(250)
    }
  })()
  // Within two seconds, while rights are still remembered, so that all of them reach the queue; not at once, as connections have one of their own.
  const burstDone = Promise.all(Array.from({ length: burst }, async (_, i) => {
    await delay(Math.floor(i / 100) * 100)
    await insist(people[0], chats[0]!, `burst-${i}`)
  }))
  await delay(awayMs / 2)
  t.match(await server.root('GET', '/readyz'), { status: 503, body: { code: 'database_unavailable' } })
  await delay(awayMs / 2)
  state.isAway = false
  firstAfter = undefined
  mongo.resume()
  const resumed = performance.now()
  await sampling
  await burstDone
  const recovered = firstAfter! - resumed
  await delay(3000)
  state.isOver = true
  await Promise.all([...senders, ...readers, probe])

  const late = Math.max(...lateness)
  // By their number, not by their time: a busy machine may leave this program out for seconds.
  const mean = (some: typeof sizes) => some.reduce((sum, { mib }) => sum + mib, 0) / some.length
  const [early, end, peak] = [mean(sizes.filter(({ at }) => at >= 12_000).slice(0, 16)), mean(sizes.slice(-16)), Math.max(...sizes.map(({ mib }) => mib))]
  const codes = [...new Set(refusals.map(({ code }) => code))]
  t.comment(`${acknowledged.size} acknowledged, ${refusals.length} refused (${codes.join(', ')}); slowest refusal ${Math.round(Math.max(...refusals.map(({ ms }) => ms)))} ms, slowest /livez ${Math.round(late)} ms; RSS before ${Math.round(usual)}, peak ${Math.round(peak)}, at 14 s ${Math.round(early)}, at the end ${Math.round(end)} MiB; first send ${Math.round(recovered)} ms after it was back`)

  t.ok(refusals.length > burst)
  for (const { status, code, ms, retryAfter } of refusals) {
    const fits = (status === 503 && /^(retry_same_client_id|database_unavailable|request_timeout)$/.test(code)) || (status === 429 && code === 'chat_busy')
    if (!fits || !/^[1-9]\d*$/.test(retryAfter ?? '') || ms > patience + late) t.fail(`${status} ${code} after ${Math.round(ms)} ms, Retry-After ${retryAfter}`)
  }
  t.ok(peak < usual + burstRoom, `${Math.round(peak)} MiB, ${Math.round(usual)} before`)
  t.ok(end < early + flatRoom, `${Math.round(end)} MiB at the end, ${Math.round(early)} when the burst was over`)
  t.ok(recovered < 10_000, `${Math.round(recovered)} ms until the first send`)
  t.equal((await server.root('GET', '/readyz')).status, 200)

  const client = new mongoose.mongo.MongoClient(mongo.url, { readConcernLevel: 'majority' })
  const log = await client.db(settings['MONGODB_DATABASE']!).collection('messages').find().sort({ chat_id: 1, seq: 1 }).toArray()
  await client.close()
  for (const chatId of chats) {
    const rows = log.filter(({ chat_id: id }) => String(id) === chatId)
    t.same(rows.map(({ seq }) => seq), rows.map((_, i) => i + 1), 'numbers without a hole')
  }
  t.equal(new Set(log.map(({ client_id: id }) => id)).size, log.length, 'nothing is there twice')
  const stored = new Map(log.map(row => [row['client_id'] as string, row]))
  t.equal(stored.size, acknowledged.size, 'nothing that was acknowledged is lost')
  for (const [clientId, { id, seq, chat_id: chatId }] of acknowledged) {
    const row = stored.get(clientId)
    if (String(row?.['_id']) !== id || row?.['seq'] !== seq || String(row['chat_id']) !== chatId) t.fail(`${clientId} was acknowledged as ${id}, ${seq}`)
  }
})

import { join } from 'node:path'
import mongoose from 'mongoose'
import { pathOf } from '../run.ts'
import { inRounds, median, pair } from '../rounds.ts'
import type { Part, PartOptions, Row, Stage, Subject } from '../types.ts'
import { closedLoop, type Contestant, inFlight, openLoop, speedRatio, warmUp } from './http.ts'
import { prepare } from './page.ts'
import { compareRights } from './rights.ts'

const subjects = ['parley', 'fastapi', 'socketio']
/** Chats that the sends go to in turn, and the people who send them. */
const size = { messages: 0, chats: 50, people: 10 }
const content = 'A message of a usual length, as people write them to each other all day.'

const sender = async (stage: Stage, subject: Subject) => {
  const { load, ...rest } = await prepare(stage, subject, size)
  return { ...rest, load: { ...load, urls: rest.chats.map(subject.api.send), content } satisfies Contestant['load'] }
}

/** What the database itself takes of such documents, with so many in one insert that a majority acknowledges. */
async function rawInserts (stage: Stage, together: number, { rounds, seconds, say }: PartOptions): Promise<Row> {
  const client = await new mongoose.mongo.MongoClient(stage.mongo.uri).connect()
  const messages = client.db('bare').collection('messages')
  await messages.createIndex({ chat_id: 1, seq: 1 }, { unique: true })
  const chat = new mongoose.mongo.ObjectId()
  let seq = 0
  try {
    const { perSecond } = await inRounds(['bare'], rounds, async () => {
      const begun = performance.now()
      const first = seq
      while (performance.now() - begun < seconds * 1000) {
        await messages.insertMany(Array.from({ length: together }, () => ({ chat_id: chat, seq: ++seq, rev: seq, role: 'user', sender_id: chat, content, status: 'complete', created_at: new Date() })), { writeConcern: { w: 'majority' } })
      }
      return { perSecond: (seq - first) / (performance.now() - begun) * 1000 }
    })
    say(`  raw insertMany of ${together}: ${median(perSecond!['bare']!).toFixed(0)} documents a second`)
    return { name: `raw insertMany of ${together}`, unit: 'a second', perSubject: perSecond! }
  } finally {
    await client.close()
  }
}

export const send: Part = {
  name: 'send',
  subjects,
  async run (stage, options) {
    const contestants = []
    for (const name of subjects) contestants.push(await sender(stage, await stage.subject(name)))
    const rights = `send: ${await compareRights(stage, contestants.map(({ subject }) => subject))}`
    const without = await stage.subject('parley', { name: 'without insert', node: ['--import', pathOf('bench/peers/without-insert.mjs')], env: { BENCH_MONGOOSE: join(pathOf('node_modules'), 'mongoose/index.js') } })
    // What it costs the peer to ask whether somebody has logged out, which Parley does as well.
    const trusting = await stage.subject('fastapi', { name: 'that trusts its tokens', env: { TRUST_TOKENS: 'on' } })
    const withReference = [...contestants, await sender(stage, without), await sender(stage, trusting)]
    await warmUp(stage, withReference)
    const rows: Row[] = []
    for (const connections of inFlight) rows.push(...await closedLoop(stage, 'send', connections === inFlight.at(-1) ? withReference : contestants, connections, options))
    const full = rows.filter(({ name }) => name.endsWith(`, ${inFlight.at(-1)} in flight`))
    const ratios = withReference.slice(1).map(({ subject: { name } }) => speedRatio(`send ÷ ${name}`, full, 'parley', name))
    const slowest = Math.min(...full.find(({ unit }) => unit === 'a second')!.perSubject['fastapi']!)
    const { rows: latency, distribution } = await openLoop(stage, 'send', contestants, Math.max(50, Math.round(slowest / 20) * 10), options)
    ratios.push(pair('send p99 ÷ fastapi', latency.find(({ unit }) => unit === 'p99 ms')!.perSubject, 'parley', 'fastapi'))
    const notes = [rights]
    for (const { subject, chats, answered } of contestants) {
      const stored = (await Promise.all(chats.map(subject.api.count))).reduce((sum, count) => sum + count, 0)
      if (stored !== answered) throw new Error(`${subject.name} acknowledged ${answered} messages and has ${stored}`)
      notes.push(`send: ${subject.name} has stored all of the ${stored} messages that it acknowledged`)
    }
    await Promise.all([without.stop(), trusting.stop()])
    return { rows: [...rows, await rawInserts(stage, 32, options), ...latency], ratios, distributions: [distribution], notes }
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import { dialectOf, type Load, startLoad, targetOf } from '../load/program.ts'
import { inRounds, pair, range, residentBytes } from '../rounds.ts'
import { each } from '../stage.ts'
import type { Curve, Part, Person, Row, Stage, Subject } from '../types.ts'

const idle = { sockets: 7000, people: 100, warmUp: 300 }
const churned = { sockets: 200_000, steps: 10, atOnce: 64 }
const subscribed = { sockets: 50, chats: 400 }
/** An hour of ten messages a second. */
const hour = { messages: 36_000, steps: 12, chats: 10, people: 10, inFlight: 8 }
const openedAtOnce = 32
/** How long a server is left alone before its memory is read, in milliseconds. */
const restMs = 2000
const kib = 1024

/** The memory of a server after a rest. */
async function rested (subject: Subject): Promise<number> {
  await delay(restMs)
  return residentBytes(subject.pid)
}

/** Sockets that nobody speaks on, opened in chats of 100 people on a server that has just started. */
async function perIdleSocket (stage: Stage, load: Load, name: string, seeded: Map<string, { people: Person[], chats: string[] }>): Promise<number> {
  // The same variant is the same database: only the process is new.
  const subject = await stage.subject(name, { name: 'memory' })
  const count = idle.sockets / idle.people
  let seed = seeded.get(name)
  if (!seed) {
    const people = await stage.people(subject, idle.people)
    seed = { people, chats: await each(count, 4, () => stage.chat(subject, people)) }
    seeded.set(name, seed)
    await subject.stop()
    return await perIdleSocket(stage, load, name, seeded)
  }
  const targets = seed.chats.flatMap(chatId => seed.people.map(person => targetOf(subject, chatId, person)))
  const dialect = dialectOf(subject)
  const warm = await load.tell('open', { dialect, targets: targets.slice(0, idle.warmUp), atOnce: openedAtOnce })
  await load.tell('close', { from: warm.first, to: warm.first + idle.warmUp })
  const before = await rested(subject)
  const { first } = await load.tell('open', { dialect, targets, atOnce: openedAtOnce })
  const after = await rested(subject)
  const { open } = await load.tell('state', { from: first, to: first + targets.length })
  if (open !== targets.length) throw new Error(`${name} kept ${open} of ${targets.length} sockets`)
  await load.tell('close', { from: first, to: first + targets.length })
  await subject.stop()
  return (after - before) / targets.length
}

/** What a level rises by for each unit of work, over the second half of its steps. */
function slope (levels: number[], work: number): number {
  const half = Math.floor(levels.length / 2)
  const [early, late] = [levels.slice(half - 1, half + 1), levels.slice(-2)].map(two => Math.min(...two)) as [number, number]
  return (late - early) / (work / 2)
}

const curveOf = (name: string, x: string, levels: number[], work: number): Curve => ({
  name, x, y: 'MiB', points: levels.map((level, step) => ({ x: Math.round(work / (levels.length - 1) * step), ...range([level / kib / kib]) }))
})

async function overChurn (stage: Stage, load: Load): Promise<number[]> {
  const subject = await stage.subject('parley', { name: 'churn' })
  const people = await stage.people(subject, 20)
  const chats = await each(20, 4, () => stage.chat(subject, people))
  const targets = chats.flatMap(chatId => people.map(person => targetOf(subject, chatId, person)))
  const levels: number[] = [await rested(subject)]
  for (let step = 0; step < churned.steps; step++) {
    await load.tell('churn', { dialect: 'parley', targets, count: churned.sockets / churned.steps, atOnce: churned.atOnce })
    levels.push(await rested(subject))
  }
  await subject.stop()
  return levels
}

async function perSubscription (stage: Stage, load: Load): Promise<number> {
  const subject = await stage.subject('parley', { name: 'subscriptions' })
  const people = await stage.people(subject, subscribed.sockets)
  const chats = await each(subscribed.chats + 1, 4, () => stage.chat(subject, people))
  const targets = people.map(person => targetOf(subject, chats[0]!, person))
  const { first } = await load.tell('open', { dialect: 'parley', targets, atOnce: openedAtOnce })
  const sockets = targets.map((_, index) => first + index)
  const before = await rested(subject)
  await load.tell('ask', { sockets, frames: chats.slice(1).map(chatId => JSON.stringify({ type: 'subscribe', id: chatId, chat_id: chatId })), answer: '{"type":"ack"' })
  const after = await rested(subject)
  await load.tell('close', { from: first, to: first + sockets.length })
  await subject.stop()
  return (after - before) / (subscribed.sockets * subscribed.chats)
}

async function overAnHour (stage: Stage, load: Load): Promise<number[]> {
  const subject = await stage.subject('parley', { name: 'hour' })
  const people = await stage.people(subject, hour.people)
  const groups = await Promise.all(Array.from({ length: hour.chats }, async () => {
    const chatId = await stage.chat(subject, people)
    const { first } = await load.tell('open', { dialect: 'parley', targets: people.map(person => targetOf(subject, chatId, person)), atOnce: openedAtOnce })
    return { sockets: people.map((_, index) => first + index) }
  }))
  const levels: number[] = [await rested(subject)]
  for (let step = 0; step < hour.steps; step++) {
    await load.tell('fan', { dialect: 'parley', kind: 'message', groups, inFlight: hour.inFlight, ms: 60_000, hears: 'all', messages: hour.messages / hour.steps })
    levels.push(await rested(subject))
  }
  await subject.stop()
  return levels
}

/** What memory a socket costs, and that none is lost. */
export const memory: Part = {
  name: 'memory',
  subjects: ['parley', 'fastapi'],

  async run (stage, { rounds, say }) {
    const load = await startLoad(stage)
    const seeded = new Map<string, { people: Person[], chats: string[] }>()
    const values = await inRounds(this.subjects, rounds, async name => {
      const bytes = await perIdleSocket(stage, load, name, seeded)
      say(`an idle socket of ${name}: ${(bytes / kib).toFixed(1)} KiB`)
      return { KiB: bytes / kib }
    })
    const rows: Row[] = [{ name: `memory of an idle socket, ${idle.sockets} from zero`, unit: 'KiB', perSubject: values['KiB']! }]

    const subscription = await perSubscription(stage, load)
    rows.push({ name: `memory of a subscription, ${subscribed.sockets} sockets to ${subscribed.chats} chats each`, unit: 'bytes', perSubject: { parley: [subscription] } })
    say(`a subscription: ${subscription.toFixed(0)} bytes`)

    const messages = await overAnHour(stage, load)
    rows.push({ name: `growth over ${hour.messages} messages, second half`, unit: 'bytes a message', perSubject: { parley: [slope(messages, hour.messages)] } })
    say(`memory over ${hour.messages} messages, MiB: ${messages.map(bytes => (bytes / kib / kib).toFixed(0)).join(' ')}`)

    const sockets = await overChurn(stage, load)
    rows.push({ name: `growth over ${churned.sockets} connects and closes, second half`, unit: 'bytes a socket', perSubject: { parley: [slope(sockets, churned.sockets)] } })
    say(`memory over ${churned.sockets} connects and closes, MiB: ${sockets.map(bytes => (bytes / kib / kib).toFixed(0)).join(' ')}`)

    return {
      rows,
      ratios: this.subjects.slice(1).map(name => pair(`memory of an idle socket ÷ ${name}`, values['KiB']!, 'parley', name)),
      curves: [curveOf('memory over messages', 'messages', messages, hour.messages), curveOf('memory over connects and closes', 'sockets', sockets, churned.sockets)]
    }
  }
}

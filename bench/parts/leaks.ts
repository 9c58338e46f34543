import pMap from 'p-map'
import { type Load, startLoad, targetOf } from '../load/program.ts'
import { range } from '../rounds.ts'
import type { Curve, Part, Stage } from '../types.ts'
import { kib, openedAtOnce, rested, restMs } from './resident.ts'

/** Between the steps nothing is waited for that a busy server would not have, in milliseconds. */
const pauseMs = 2000
const churned = { sockets: 200_000, steps: 10, chats: 10, people: 10, atOnce: 64 }
/** An hour of ten messages a second. */
const hour = { messages: 36_000, steps: 12, chats: 10, people: 10, inFlight: 8 }

const subscribed = { sockets: 50, chats: 400 }

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
  const people = await stage.people(subject, churned.people)
  const chats = await pMap(Array(churned.chats), () => stage.chat(subject, people), { concurrency: 4 })
  const targets = chats.flatMap(chatId => people.map(person => targetOf(subject, chatId, person)))
  const levels: number[] = [await rested(subject, pauseMs)]
  for (let step = 0; step < churned.steps; step++) {
    await load.tell('churn', { dialect: 'parley', targets, count: churned.sockets / churned.steps, atOnce: churned.atOnce })
    levels.push(await rested(subject, pauseMs))
  }
  await subject.stop()
  return levels
}

async function overAnHour (stage: Stage, load: Load): Promise<number[]> {
  const subject = await stage.subject('parley', { name: 'hour' })
  const people = await stage.people(subject, hour.people)
  const groups = await Promise.all(Array.from({ length: hour.chats }, async () => {
    const chatId = await stage.chat(subject, people)
    const { first } = await load.tell('open', { dialect: 'parley', targets: people.map(person => targetOf(subject, chatId, person)), atOnce: openedAtOnce })
    return { sockets: people.map((_, index) => first + index) }
  }))
  const levels: number[] = [await rested(subject, pauseMs)]
  for (let step = 0; step < hour.steps; step++) {
    await load.tell('fan', { dialect: 'parley', kind: 'message', groups, inFlight: hour.inFlight, ms: 60_000, hears: 'all', messages: hour.messages / hour.steps })
    levels.push(await rested(subject, pauseMs))
  }
  await subject.stop()
  return levels
}

/** What a further subscription of an open socket keeps, in bytes. */
async function perSubscription (stage: Stage, load: Load): Promise<number> {
  const subject = await stage.subject('parley', { name: 'subscriptions' })
  const people = await stage.people(subject, subscribed.sockets)
  const chats = await pMap(Array(subscribed.chats + 1), () => stage.chat(subject, people), { concurrency: 4 })
  const targets = people.map(person => targetOf(subject, chats[0]!, person))
  const { first } = await load.tell('open', { dialect: 'parley', targets, atOnce: openedAtOnce })
  const sockets = targets.map((_, index) => first + index)
  const subscribe = async (some: string[]) => await load.tell('ask', { sockets, frames: some.map(chatId => JSON.stringify({ type: 'subscribe', id: chatId, chat_id: chatId })), answer: '{"type":"ack"' })
  // The first half brings the heap to its working size: what a subscription keeps is what the second adds.
  const half = subscribed.chats / 2
  await subscribe(chats.slice(1, 1 + half))
  const before = await rested(subject, restMs.after)
  await subscribe(chats.slice(1 + half))
  const after = await rested(subject, restMs.after)
  await load.tell('close', { from: first, to: first + sockets.length })
  await subject.stop()
  return (after - before) / (subscribed.sockets * half)
}

/** That no memory is lost, however many sockets come and go and messages pass, and what a chat costs that a socket hears. */
export const leaks: Part = {
  name: 'leaks',
  isApart: true,
  subjects: ['parley'],

  async run (stage, { say }) {
    const load = await startLoad(stage)
    const told = (levels: number[]) => levels.map(bytes => (bytes / kib / kib).toFixed(0)).join(' ')
    const subscription = await perSubscription(stage, load)
    say(`a subscription: ${subscription.toFixed(0)} bytes`)
    const messages = await overAnHour(stage, load)
    say(`memory over ${hour.messages} messages, MiB: ${told(messages)}`)
    const sockets = await overChurn(stage, load)
    say(`memory over ${churned.sockets} connects and closes, MiB: ${told(sockets)}`)
    return {
      rows: [
        { name: `memory of a subscription, ${subscribed.sockets} sockets to ${subscribed.chats} chats each, second half`, unit: 'bytes', perSubject: { parley: [subscription] } },
        { name: `growth over ${hour.messages} messages, second half`, unit: 'bytes a message', perSubject: { parley: [slope(messages, hour.messages)] } },
        { name: `growth over ${churned.sockets} connects and closes, second half`, unit: 'bytes a socket', perSubject: { parley: [slope(sockets, churned.sockets)] } }
      ],
      ratios: [],
      curves: [curveOf('memory over messages', 'messages', messages, hour.messages), curveOf('memory over connects and closes', 'sockets', sockets, churned.sockets)]
    }
  }
}

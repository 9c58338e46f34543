import { type Load, startLoad, targetOf } from '../load/program.ts'
import { range } from '../rounds.ts'
import { each } from '../stage.ts'
import type { Curve, Part, Stage } from '../types.ts'
import { kib, openedAtOnce, rested } from './resident.ts'

/** Between the steps nothing is waited for that a busy server would not have, in milliseconds. */
const pauseMs = 2000
const churned = { sockets: 200_000, steps: 10, chats: 10, people: 10, atOnce: 64 }
/** An hour of ten messages a second. */
const hour = { messages: 36_000, steps: 12, chats: 10, people: 10, inFlight: 8 }

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
  const chats = await each(churned.chats, 4, () => stage.chat(subject, people))
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

/** That no memory is lost, however many sockets come and go and messages pass. */
export const leaks: Part = {
  name: 'leaks',
  isApart: true,
  subjects: ['parley'],

  async run (stage, { say }) {
    const load = await startLoad(stage)
    const told = (levels: number[]) => levels.map(bytes => (bytes / kib / kib).toFixed(0)).join(' ')
    const messages = await overAnHour(stage, load)
    say(`memory over ${hour.messages} messages, MiB: ${told(messages)}`)
    const sockets = await overChurn(stage, load)
    say(`memory over ${churned.sockets} connects and closes, MiB: ${told(sockets)}`)
    return {
      rows: [
        { name: `growth over ${hour.messages} messages, second half`, unit: 'bytes a message', perSubject: { parley: [slope(messages, hour.messages)] } },
        { name: `growth over ${churned.sockets} connects and closes, second half`, unit: 'bytes a socket', perSubject: { parley: [slope(sockets, churned.sockets)] } }
      ],
      ratios: [],
      curves: [curveOf('memory over messages', 'messages', messages, hour.messages), curveOf('memory over connects and closes', 'sockets', sockets, churned.sockets)]
    }
  }
}

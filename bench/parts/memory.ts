import pMap from 'p-map'
import { dialectOf, type Load, startLoad, targetOf } from '../load/program.ts'
import { pair } from '../rounds.ts'
import type { Part, Person, Stage } from '../types.ts'
import { kib, openedAtOnce, rested, restMs } from './resident.ts'

/** In chats of ten people with ten sockets each. */
const idle = { sockets: 7000, people: 10, socketsOfEach: 10, warmUp: 300 }
/** Rounds, of two minutes each; one when there is haste, as fewer are asked for then. */
const roundsOf = (rounds: number) => rounds > 3 ? 2 : 1

interface Seed { people: Person[], chats: string[] }

/** The people and chats of a server. The same variant is the same database: a process that is started anew finds them. */
async function seed (stage: Stage, name: string): Promise<Seed> {
  const subject = await stage.subject(name, { name: 'memory' })
  const people = await stage.people(subject, idle.people)
  const chats = await pMap(Array(idle.sockets / idle.people / idle.socketsOfEach), () => stage.chat(subject, people), { concurrency: 4 })
  await subject.stop()
  return { people, chats }
}

/** A server that has just started and has had some sockets, and how to open those that are measured. */
async function begin (stage: Stage, load: Load, name: string, { people, chats }: Seed) {
  const subject = await stage.subject(name, { name: 'memory' })
  const targets = chats.flatMap(chatId => people.flatMap(person => Array<ReturnType<typeof targetOf>>(idle.socketsOfEach).fill(targetOf(subject, chatId, person))))
  const dialect = dialectOf(subject)
  const warm = await load.tell('open', { dialect, targets: targets.slice(0, idle.warmUp), atOnce: openedAtOnce })
  await load.tell('close', { from: warm.first, to: warm.first + idle.warmUp })
  return {
    name,
    subject,
    open: async () => (await load.tell('open', { dialect, targets, atOnce: openedAtOnce })).first,
    async close (first: number) {
      const { open } = await load.tell('state', { from: first, to: first + targets.length })
      if (open !== targets.length) throw new Error(`${name} kept ${open} of ${targets.length} sockets`)
      await load.tell('close', { from: first, to: first + targets.length })
      await subject.stop()
    }
  }
}

/** What memory a socket costs that is only there. The servers rest side by side, as most of the time nothing is done but to wait until they have given back what they do not need. */
export const memory: Part = {
  name: 'memory',
  subjects: ['parley', 'fastapi'],

  async run (stage, { rounds, say }) {
    const load = await startLoad(stage)
    const seeds = new Map<string, Seed>()
    for (const name of this.subjects) seeds.set(name, await seed(stage, name))
    const values: Record<string, number[]> = Object.fromEntries(this.subjects.map(name => [name, []]))
    for (let round = 0; round < roundsOf(rounds); round++) {
      const servers = []
      for (const name of this.subjects) servers.push(await begin(stage, load, name, seeds.get(name)!))
      const before = await Promise.all(servers.map(({ subject }) => rested(subject, restMs.before)))
      const opened = []
      for (const { open } of servers) opened.push(await open())
      const after = await Promise.all(servers.map(({ subject }) => rested(subject, restMs.after)))
      for (const [index, { name, close }] of servers.entries()) {
        const bytes = (after[index]! - before[index]!) / idle.sockets
        say(`an idle socket of ${name}: ${(bytes / kib).toFixed(1)} KiB`)
        values[name]!.push(bytes / kib)
        await close(opened[index]!)
      }
    }
    return {
      rows: [{ name: `memory of an idle socket, ${idle.sockets} from zero`, unit: 'KiB', perSubject: values }],
      ratios: this.subjects.slice(1).map(name => pair(`memory of an idle socket ÷ ${name}`, values, 'parley', name))
    }
  }
}

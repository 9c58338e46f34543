import { setTimeout as delay } from 'node:timers/promises'
import type { Cast } from './cast.ts'
import type { Cut } from './links.ts'
import { between, oneOf, type Random } from './random.ts'

/** What a fault takes hold of; see `createDirector` for how many of each may be in its hold at once. */
type Hold = 'mongod' | `parley ${number}` | 'redis'

/** A fault that has begun: in words, how long it lasts, and what ends it; `heal` resolves when what it held is well again. */
interface Begun { words: string, ms: number, heal: () => Promise<void> }

interface Fault { hold: 'mongod' | 'parley' | 'redis', begin: (cast: Cast, random: Random, index: number) => Promise<Begun> }

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const nothing = async () => {}

async function primaryOf ({ mongo }: Cast) {
  const deadline = Date.now() + 30_000
  for (;;) {
    const primary = await mongo.primary()
    if (primary) return primary
    if (Date.now() > deadline) throw new Error('there is no primary for 30 s')
    await delay(100)
  }
}

/** Everything that goes wrong, by its name in the report. */
export const faults = {
  'SIGKILL of the primary': {
    hold: 'mongod',
    async begin (cast, random) {
      const primary = await primaryOf(cast)
      const ms = between(random, 500, 5000)
      await primary.kill()
      return { words: `member ${primary.index}, back after ${seconds(ms)}`, ms, heal: async () => { primary.start() } }
    }
  },
  'SIGSTOP of the primary': {
    hold: 'mongod',
    async begin (cast) {
      const primary = await primaryOf(cast)
      primary.signal('SIGSTOP')
      return { words: `member ${primary.index} for 15 s`, ms: 15_000, heal: async () => { primary.signal('SIGCONT') } }
    }
  },
  'step-down of the primary': {
    hold: 'mongod',
    async begin (cast) {
      const primary = await primaryOf(cast)
      // It may close the connection instead of an answer, and refuses when no other is up to date.
      const refusal = await primary.admin.command({ replSetStepDown: 10, secondaryCatchUpPeriodSecs: 2 }).then(() => undefined, (error: Error) => error.message)
      return { words: `member ${primary.index}${refusal ? `: ${refusal}` : ''}`, ms: 0, heal: nothing }
    }
  },
  'partition of the primary': {
    hold: 'mongod',
    async begin (cast, random) {
      const primary = await primaryOf(cast)
      const ms = between(random, 4000, 12_000)
      const how = oneOf<Cut>(random, ['reset', 'silent'])
      const isFromAll = random() < 0.5
      const { members, ownerOf } = cast.mongo
      await Promise.all(members.map(async ({ index, proxy }) => {
        await proxy.cut(how, index === primary.index ? async port => isFromAll || await ownerOf(port) !== undefined : async port => await ownerOf(port) === primary.index)
      }))
      return {
        words: `member ${primary.index} from ${isFromAll ? 'everybody' : 'the other members'} for ${seconds(ms)}, ${how}`,
        ms,
        heal: async () => { for (const { proxy } of cast.mongo.members) await proxy.heal() }
      }
    }
  },
  'half-open connections to the primary': {
    hold: 'mongod',
    async begin (cast) {
      const primary = await primaryOf(cast)
      await primary.proxy.halfOpen()
      return { words: `member ${primary.index}`, ms: 3000, heal: nothing }
    }
  },
  'slow disk of the primary': {
    hold: 'mongod',
    async begin (cast, random) {
      const { index, proxy } = await primaryOf(cast)
      const ms = between(random, 3000, 8000)
      const slowness = { delayMs: Math.round(between(random, 20, 120)), bytesPerSecond: Math.round(between(random, 400_000, 1_500_000)) }
      await proxy.slow(slowness)
      return { words: `member ${index} for ${seconds(ms)}: ${slowness.delayMs} ms, ${Math.round(slowness.bytesPerSecond / 1000)} kB/s`, ms, heal: async () => { await proxy.heal() } }
    }
  },
  'SIGKILL of a Parley': {
    hold: 'parley',
    async begin ({ parleys }, random, index) {
      const ms = between(random, 0, 2500)
      await parleys[index]!.end('SIGKILL')
      return { words: `process ${index}, started again after ${seconds(ms)}`, ms, heal: parleys[index]!.start }
    }
  },
  'SIGSTOP of a Parley': {
    hold: 'parley',
    async begin ({ parleys }, random, index) {
      const ms = between(random, 1500, 12_000)
      parleys[index]!.freeze()
      return { words: `process ${index} for ${seconds(ms)}`, ms, heal: async () => { parleys[index]!.thaw() } }
    }
  },
  'SIGTERM of a Parley': {
    hold: 'parley',
    async begin ({ parleys }, _random, index) {
      const began = Date.now()
      const how = await parleys[index]!.end('SIGTERM')
      return { words: `process ${index}, ended after ${seconds(Date.now() - began)} with ${how}`, ms: 0, heal: parleys[index]!.start }
    }
  },
  'clock of a Parley off by an hour': {
    hold: 'parley',
    async begin ({ parleys }, random, index) {
      const signal = oneOf(random, ['SIGURG', 'SIGWINCH'] as const)
      const ms = between(random, 3000, 8000)
      parleys[index]!.signal(signal)
      return { words: `process ${index}, ${signal === 'SIGURG' ? 'ahead' : 'behind'} for ${seconds(ms)}`, ms, heal: async () => { parleys[index]!.signal(signal) } }
    }
  },
  'half-open sockets of clients': {
    hold: 'parley',
    async begin ({ parleys }, _random, index) {
      await parleys[index]!.proxy.halfOpen()
      return { words: `those of process ${index}`, ms: 0, heal: nothing }
    }
  },
  'SIGKILL of Redis': {
    hold: 'redis',
    async begin ({ redis }) {
      await redis.kill()
      return { words: 'for 5 s', ms: 5000, heal: redis.restart }
    }
  }
} satisfies Record<string, Fault>

export type FaultName = keyof typeof faults

/** Each name in a random order. */
function shuffled<Item> (random: Random, items: Item[]): Item[] {
  return items.map(item => ({ item, rank: random() })).sort((one, other) => one.rank - other.rank).map(({ item }) => item)
}

interface Needs { cast: Cast, random: Random, everyMs: number, only: FaultName[], say: (line: string) => void }

/** What happened, for the report. */
export interface Event { name: FaultName, words: string, from: number, to: number }

/**
 * Begins a fault every `everyMs`: all kinds in turn, each round in another order. One mongod at most is in the hold of a fault, so that there can be a
 * majority, and two Parley, so that there can be an answer.
 */
export function createDirector ({ cast, random, everyMs, only, say }: Needs) {
  const began = Date.now()
  const events: Event[] = []
  const held = new Set<Hold>()
  const healing = new Set<Promise<void>>()
  const names = (Object.keys(faults) as FaultName[]).filter(name => only.length === 0 || only.includes(name))
  let bag: FaultName[] = []
  let trouble: unknown

  /** What a fault of this kind could take hold of now. */
  function holdFor (name: FaultName): Hold | undefined {
    const { hold } = faults[name]
    if (hold !== 'parley') return held.has(hold) ? undefined : hold
    const free = cast.parleys.filter(({ index }) => !held.has(`parley ${index}`))
    return free.length < 2 ? undefined : `parley ${oneOf(random, free).index}`
  }

  async function play (name: FaultName, hold: Hold) {
    held.add(hold)
    const from = Date.now()
    const { words, ms, heal } = await faults[name].begin(cast, random, Number(hold.split(' ')[1] ?? 0))
    say(`${((from - began) / 1000).toFixed(1).padStart(6)} s  ${name}: ${words}`)
    const event: Event = { name, words, from, to: Infinity }
    events.push(event)
    await delay(ms)
    await heal()
    if (hold === 'mongod') await cast.mongo.isWhole()
    event.to = Date.now()
    held.delete(hold)
  }

  function draw (): { name: FaultName, hold: Hold } | undefined {
    if (bag.length === 0) bag = shuffled(random, names)
    for (const [at, name] of bag.entries()) {
      const hold = holdFor(name)
      if (!hold) continue
      bag.splice(at, 1)
      return { name, hold }
    }
  }

  return {
    events,
    /** Goes on until `over` holds. Throws when something could not be healed. */
    async run (over: () => boolean) {
      while (!over() && !trouble) {
        const next = draw()
        if (!next) {
          // What is left of this round needs what others hold: the next round may begin beside it.
          if (bag.length < names.length * 3) bag.push(...shuffled(random, names))
          await delay(200)
          continue
        }
        const playing: Promise<void> = play(next.name, next.hold).catch((error: unknown) => { trouble ??= error }).finally(() => { healing.delete(playing) })
        healing.add(playing)
        await delay(everyMs)
      }
      await Promise.all(healing)
      if (trouble) throw trouble
    }
  }
}

export type Director = ReturnType<typeof createDirector>

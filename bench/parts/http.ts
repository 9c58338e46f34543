import { type Load, percentile, putLoad, type Seen } from '../load/index.ts'
import { inRounds, median, pair, withCpu } from '../rounds.ts'
import type { Distribution, PartOptions, Ratio, Row, Stage, Subject } from '../types.ts'

/** A server under a load that is made for it. */
export interface Contestant { subject: Subject, load: Omit<Load, 'connections' | 'seconds' | 'rate'>, /** Successful answers so far. */ answered?: number }

/** Requests that are in flight in the closed loops. */
export const inFlight = [1, 8, 32]

/**
 * What comes before the first measurement, until compilers and caches have settled: seconds at least, and answers or seconds at the most. Node compiles the code of a
 * send for the last time when it has been run some 25,000 times; until then one takes a tenth to a quarter longer.
 */
const warm = { seconds: 2, answers: 20_000, most: 8 }

async function putOn (stage: Stage, contestant: Contestant, load: Pick<Load, 'connections' | 'seconds' | 'rate'>): Promise<Seen> {
  const seen = await putLoad(stage, { ...contestant.load, ...load })
  contestant.answered = (contestant.answered ?? 0) + seen.answers
  return seen
}

/** Lets every server get warm. */
export async function warmUp (stage: Stage, contestants: Contestant[], { answers, connections } = { answers: warm.answers, connections: inFlight.at(-1)! }) {
  for (const contestant of contestants) {
    const before = contestant.answered ?? 0
    for (let second = 0; second < warm.most && (second < warm.seconds || contestant.answered! - before < answers); second++) await putOn(stage, contestant, { connections, seconds: 1 })
  }
}

/** Rounds of what no goal is about. */
const roundsBeside = 3

/** How many requests a second each server answers with so many in flight, and what one costs server and database. */
export async function closedLoop (stage: Stage, what: string, contestants: Contestant[], connections: number, { rounds: wanted, seconds, say }: PartOptions): Promise<Row[]> {
  const rounds = connections === inFlight.at(-1) ? wanted : Math.min(wanted, roundsBeside)
  const byName = new Map(contestants.map(each => [each.subject.name, each]))
  const values = await inRounds([...byName.keys()], rounds, async name => {
    const contestant = byName.get(name)!
    const { result, micros } = await withCpu({ server: contestant.subject.pid, mongod: stage.mongo.pid }, () => putOn(stage, contestant, { connections, seconds }))
    return {
      'a second': result.answers / result.seconds,
      'server µs': micros['server']! / result.answers,
      'mongod µs': micros['mongod']! / result.answers,
      'load program µs': result.cpu_ms * 1000 / result.answers
    }
  })
  const title = `${what}, ${connections} in flight`
  const perSecond = values['a second']!
  say(`  ${title}: ${Object.entries(perSecond).map(([name, list]) => `${name} ${median(list).toFixed(0)}`).join(', ')} a second`)
  return Object.entries(values).map(([metric, perSubject]) => ({ name: title, unit: metric, perSubject }))
}

/** The ratio of what two servers do a second, by the rows of `closedLoop`. */
export function speedRatio (name: string, rows: Row[], of: string, to: string): Ratio {
  return pair(name, rows.find(({ unit }) => unit === 'a second')!.perSubject, of, to)
}

/** How long answers take at a fixed rate, whatever the server does: median and 99th percentile by round, and the distribution of all rounds. */
export async function openLoop (stage: Stage, what: string, contestants: Contestant[], rate: number, { rounds, seconds, say }: PartOptions): Promise<{ rows: Row[], distribution: Distribution }> {
  const byName = new Map(contestants.map(each => [each.subject.name, each]))
  const all: Record<string, number[]> = {}
  const values = await inRounds([...byName.keys()], rounds, async name => {
    const { latencies } = await putOn(stage, byName.get(name)!, { connections: 128, seconds, rate })
    ;(all[name] ??= []).push(...latencies)
    return { 'p50 ms': percentile(latencies, 50), 'p99 ms': percentile(latencies, 99) }
  })
  const title = `${what}, ${rate} a second`
  say(`  ${title}: ${Object.entries(values['p99 ms']!).map(([name, list]) => `${name} p99 ${median(list).toFixed(1)} ms`).join(', ')}`)
  for (const list of Object.values(all)) list.sort((a, b) => a - b)
  return {
    rows: Object.entries(values).map(([unit, perSubject]) => ({ name: title, unit, perSubject })),
    distribution: {
      name: title,
      unit: 'ms',
      perSubject: Object.fromEntries(Object.entries(all).map(([name, list]) => [name, [1, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100].map(percent => ({ percentile: percent, value: percentile(list, percent) }))]))
    }
  }
}

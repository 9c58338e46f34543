import { type Load, percentile, putLoad } from '../load/index.ts'
import { inRounds, median, pair, withCpu } from '../rounds.ts'
import type { Distribution, PartOptions, Ratio, Row, Stage, Subject } from '../types.ts'

/** A server under a load that is made for it. */
export interface Contestant { subject: Subject, load: Omit<Load, 'connections' | 'seconds' | 'rate'> }

/** Seconds before the first measurement, in which compilers and caches settle. */
const warmUpSeconds = 2

/** Requests that are in flight in the closed loops. */
export const inFlight = [1, 8, 32]

/** Lets every server get warm. */
export async function warmUp (stage: Stage, contestants: Contestant[], seconds = warmUpSeconds) {
  for (const { load } of contestants) await putLoad(stage, { ...load, connections: 8, seconds })
}

/** How many requests a second each server answers with so many in flight, and what one costs server and database. */
export async function closedLoop (stage: Stage, what: string, contestants: Contestant[], connections: number, { rounds, seconds, say }: PartOptions): Promise<Row[]> {
  const byName = new Map(contestants.map(each => [each.subject.name, each]))
  const values = await inRounds([...byName.keys()], rounds, async name => {
    const { subject, load } = byName.get(name)!
    const { result, micros } = await withCpu({ server: subject.pid, mongod: stage.mongo.pid }, () => putLoad(stage, { ...load, connections, seconds }))
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
    const { latencies } = await putLoad(stage, { ...byName.get(name)!.load, connections: 128, seconds, rate })
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

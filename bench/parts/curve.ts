import { putLoad } from '../load/index.ts'
import { inRounds, median, range } from '../rounds.ts'
import type { Curve, PartOptions, Row, Stage } from '../types.ts'

/** Something that is asked for again and again, one at a time. */
export interface Point { label: string, x: number, url: string, token: string }

/** What comes before the first round, three times for each: Node has compiled what a page does only after some thousand, whatever way it is read. */
const warm = { times: 3, connections: 32, seconds: 1 }

/** Turns that each has in a round: a shared machine changes its speed within seconds, and what is compared here is one server with itself, in its stride all the time. */
const turnsOfRound = 4

const sum = (values: number[]) => values.reduce((sum, value) => sum + value, 0)

/** Milliseconds each of some requests takes, one in flight, in rounds of rotated turns. */
export async function timeEach (stage: Stage, points: Point[], { rounds, seconds }: PartOptions): Promise<Record<string, number[]>> {
  const byLabel = new Map(points.map(point => [point.label, point]))
  const ask = async (label: string, time: number, connections = 1) => {
    const { url, token } = byLabel.get(label)!
    const { answers, seconds: took } = await putLoad(stage, { urls: [url], tokens: [token], connections, seconds: time })
    return { ms: took * 1000, answers }
  }
  for (let i = 0; i < warm.times; i++) for (const { label } of points) await ask(label, warm.seconds, warm.connections)
  const times = Object.fromEntries(points.map(({ label }) => [label, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    const { ms, answers } = await inRounds([...byLabel.keys()], turnsOfRound, async label => await ask(label, seconds / 2 / turnsOfRound))
    for (const { label } of points) times[label]!.push(sum(ms![label]!) / sum(answers![label]!))
  }
  return times
}

/** The row and the curve of such times. */
export function curveOf (name: string, x: string, points: Point[], times: Record<string, number[]>, say: PartOptions['say']): { row: Row, curve: Curve } {
  say(`  ${name}: ${points.map(point => `${point.label} ${median(times[point.label]!).toFixed(2)} ms`).join(', ')}`)
  return {
    row: { name, unit: 'ms', perSubject: Object.fromEntries(points.map(({ label }) => [label, times[label]!])) },
    curve: { name, x, y: 'ms', points: points.map(point => ({ x: point.x, ...range(times[point.label]!) })) }
  }
}

import { putLoad } from '../load/index.ts'
import { inRounds, median, range } from '../rounds.ts'
import type { Curve, PartOptions, Row, Stage } from '../types.ts'

/** Something that is asked for again and again, one at a time. */
export interface Point { label: string, x: number, url: string, token: string }

/** Milliseconds each of some requests takes, one in flight, in rotated rounds. */
export async function timeEach (stage: Stage, points: Point[], { rounds, seconds }: PartOptions): Promise<Record<string, number[]>> {
  const byLabel = new Map(points.map(point => [point.label, point]))
  const ask = async (label: string, time: number) => {
    const { url, token } = byLabel.get(label)!
    const { answers, seconds: took } = await putLoad(stage, { urls: [url], tokens: [token], connections: 1, seconds: time })
    return { ms: took * 1000 / answers }
  }
  for (const { label } of points) await ask(label, seconds / 2)
  return (await inRounds([...byLabel.keys()], rounds, async label => await ask(label, seconds / 2)))['ms']!
}

/** The row and the curve of such times. */
export function curveOf (name: string, x: string, points: Point[], times: Record<string, number[]>, say: PartOptions['say']): { row: Row, curve: Curve } {
  say(`  ${name}: ${points.map(point => `${point.label} ${median(times[point.label]!).toFixed(2)} ms`).join(', ')}`)
  return {
    row: { name, unit: 'ms', perSubject: Object.fromEntries(points.map(({ label }) => [label, times[label]!])) },
    curve: { name, x, y: 'ms', points: points.map(point => ({ x: point.x, ...range(times[point.label]!) })) }
  }
}

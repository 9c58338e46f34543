// Compares the last whole result, or the one that is named, with the goals: npm run bench:check [-- NAME.json]. Exit code 1 where a goal is missed.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { goals, judge, ratiosOf } from './goals.ts'
import { pathOf } from './run.ts'
import type { Result } from './types.ts'

const folder = pathOf('bench/results')
const isWhole = (name: string) => /^[\dT-]+\.json$/.test(name)
const wanted = process.argv[2] ?? (existsSync(folder) ? readdirSync(folder).filter(isWhole).sort().at(-1) : undefined)
if (wanted === undefined) {
  process.stderr.write('There is no result of a whole run yet: npm run bench\n')
  process.exit(1)
}
const result = JSON.parse(readFileSync(`${folder}/${wanted}`, 'utf8')) as Result
const ratios = ratiosOf(result)
let missed = 0
process.stdout.write(`${wanted}, ${result.machine.cpu}, load ${result.machine.load_before} before\n`)
for (const goal of goals) {
  const ratio = ratios.get(goal.ratio)
  const verdict = ratio ? judge(goal, ratio) : 'not measured'
  if (verdict === 'missed') missed++
  const figures = ratio ? `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})` : ''
  process.stdout.write(`${verdict.padEnd(15)} ${goal.what}: ${figures}, goal ${goal.better === 'more' ? '≥' : '≤'} ${goal.ahead}, near the limit ${goal.near}\n`)
}
process.exitCode = missed > 0 ? 1 : 0

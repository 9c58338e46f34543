// The program that tries to prove that something acknowledged gets lost: npm run test:faults [-- --long] [--seed N] [--sabotage NAME or all].
// docs/reliability.md tells what it does and what it found.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { hangUp } from './http.ts'
import { createLife } from './life.ts'
import { type Options, readOptions } from './options.ts'
import { writeReport } from './report.ts'
import { playRound, type Round, rules } from './round.ts'
import { buildSabotaged, sabotages } from './sabotage.ts'

const say = (line: string) => { process.stdout.write(`${line}\n`) }
const built = fileURLToPath(new URL('../../dist/server.js', import.meta.url))
const sabotageSeconds = 30
let life = createLife()
const state = { isEnding: false }
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  process.once(signal, () => {
    state.isEnding = true
    void life.end().finally(() => process.exit(code))
  })
}

/** A round on a stage of its own, which is gone afterwards whatever happens. */
async function play (options: Options, prepare: (own: typeof life) => string): Promise<Round> {
  life = createLife()
  try {
    return await playRound(life, { ...options, server: prepare(life), say })
  } finally {
    await life.end()
    hangUp()
  }
}

/** How long things took, in words. */
function percentiles (times: number[]): string {
  const sorted = [...times].sort((one, other) => one - other)
  return [0.5, 0.9, 0.99, 1].map(share => `${(sorted[Math.ceil(share * sorted.length) - 1] ?? 0).toFixed(0)}`).join(' / ') + ' ms (half, nine of ten, 99 of 100, all)'
}

/** What was found in a round, rule by rule; answers how many were broken. */
function tell ({ ledger: { wrong, counts, statuses }, acknowledged, events, recovered, readers, used, took, seconds }: Round): number {
  for (const rule of rules) {
    const lines = wrong.get(rule)
    say(`${lines ? '✗' : '✓'} ${rule}${lines ? `\n    ${lines.join('\n    ')}` : ''}`)
  }
  say(`${acknowledged} sends acknowledged, tries: ${counts.unknown} unknown, ${counts.refused} refused; ${counts.edits} edits, ${counts.deletions} deletions, ${counts.reactions} reactions, ${counts.removals} removals, ${counts.branches} branches, ${counts.asked} questions`)
  say(`${events.length} faults; answers: ${[...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')}`)
  say(`readers: ${readers.reduce((sum, reader) => sum + reader.connections, 0)} connections, ${readers.reduce((sum, reader) => sum + reader.frames, 0)} frames, ${readers.reduce((sum, reader) => sum + reader.resyncs, 0)} resyncs`)
  say(`processors: ${used.map(({ who, share }) => `${who} ${share.toFixed(2)}`).join(', ')}; sends took ${percentiles(took.sends)}, changes ${percentiles(took.changes)}`)
  say(`first send after a new primary: ${recovered.map(({ ms, afterMs }) => `${ms} (${afterMs})`).join(', ')} ms (after it could keep a write); ${seconds.toFixed(0)} s in all\n`)
  return rules.filter(rule => wrong.has(rule)).length
}

async function prove (options: Options): Promise<{ passed: number, failed: number }> {
  const rounds: Round[] = []
  let failed = 0
  for (let n = 0; n < options.size.rounds && !state.isEnding; n++) {
    if (options.size.rounds > 1) say(`round ${n + 1} of ${options.size.rounds}`)
    const round = await play({ ...options, seed: (options.seed + n) >>> 0 }, () => built)
    failed += tell(round)
    rounds.push(round)
  }
  if (options.isLong) writeReport(rounds, options.size)
  return { passed: rounds.length * rules.length - failed, failed }
}

/** Each guard is taken out in turn, and the checker has to see it. */
async function sabotage (options: Options, names: string[]): Promise<{ passed: number, failed: number }> {
  const unseen: string[] = []
  for (const name of names) {
    if (state.isEnding) break
    const { seenBy, faults } = sabotages[name]!
    const size = { ...options.size, ...options.size.faults > 0 && { seconds: sabotageSeconds, atMost: sabotageSeconds }, faults: 0, acknowledged: 0 }
    say(`taken out: ${name}`)
    const { ledger: { wrong } } = await play({ ...options, size, only: faults }, own => buildSabotaged(own, name))
    const red = rules.filter(rule => wrong.has(rule))
    const isSeen = seenBy.some(rule => wrong.has(rule))
    if (!isSeen) unseen.push(name)
    for (const rule of red) say(`    ${seenBy.includes(rule) ? '→' : ' '} ${rule}: ${wrong.get(rule)![0]}`)
    say(`${isSeen ? 'seen' : 'NOT SEEN'}: ${name}\n`)
  }
  return { passed: names.length - unseen.length, failed: unseen.length }
}

let result = { passed: 0, failed: 1 }
try {
  if (!existsSync(built)) throw new Error('There is no dist/server.js: run npm run build.')
  const options = readOptions(process.argv.slice(2))
  const { sabotage: word } = options
  const names = word === undefined ? [] : Object.keys(sabotages).filter(name => word === 'all' || name.includes(word))
  if (word !== undefined && names.length === 0) throw new Error(`--sabotage: none is called "${word}": ${Object.keys(sabotages).join(', ')}`)
  result = await (word === undefined ? prove(options) : sabotage(options, names))
} catch (error) {
  say(`FAIL ${(error as Error).stack}`)
} finally {
  await life.end()
}
say(`${result.passed} passed, ${result.failed} failed`)
process.exit(result.failed === 0 ? 0 : 1)

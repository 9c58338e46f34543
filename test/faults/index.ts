// The program that tries to prove that something acknowledged gets lost: npm run test:faults [-- --long] [--seed N] [--sabotage NAME]. docs/reliability.md tells
// what it does and what it found.
import { fileURLToPath } from 'node:url'
import { createLife } from './life.ts'
import { readOptions } from './options.ts'
import { playRound } from './round.ts'

const say = (line: string) => { process.stdout.write(`${line}\n`) }
const options = readOptions(process.argv.slice(2))
const life = createLife()
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  process.once(signal, () => { void life.end().finally(() => process.exit(code)) })
}

try {
  const server = fileURLToPath(new URL('../../dist/server.js', import.meta.url))
  const { ledger, recovered } = await playRound(life, { ...options, server, say })
  say(JSON.stringify({ acks: ledger.acknowledged.length, ...ledger.counts, statuses: Object.fromEntries(ledger.statuses), slowest503: Math.max(0, ...ledger.late503.map(({ from, to }) => to - from)), recovered: recovered.map(({ ms, afterMs }) => `${ms}/${afterMs}`) }))
  for (const [rule, lines] of ledger.wrong) say(`✗ ${rule}\n    ${lines.join('\n    ')}`)
} finally {
  await life.end()
}
process.exit()

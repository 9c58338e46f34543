import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Round } from './round.ts'
import type { Size } from './options.ts'

const document = new URL('../../docs/reliability.md', import.meta.url)
const plot = new URL('../../docs/images/recovery.svg', import.meta.url)
const marks = ['<!-- measured: begin -->', '<!-- measured: end -->'] as const

const thousands = (number: number) => Math.round(number).toLocaleString('en-US')
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)

/** A line for a document: without stacks and without places on this machine. */
const inShort = (line: string) => line.replace(/"stack":.*/, '…').slice(0, 400)

/** A share of sorted numbers lies below the answer. */
const quantile = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0

/** A dot for each new primary: how long until the first send was acknowledged, the latest last. */
function draw (recovered: Round['recovered']): string {
  const [width, height, left, bottom, top] = [720, 260, 48, 30, 16]
  const most = Math.max(3000, ...recovered.map(({ ms }) => ms))
  const x = (index: number) => left + (index + 0.5) * (width - left - 12) / recovered.length
  const y = (ms: number) => height - bottom - ms / most * (height - bottom - top)
  const lines = Array.from({ length: Math.floor(most / 1000) + 1 }, (_, s) => `<line x1="${left}" x2="${width - 12}" y1="${y(s * 1000).toFixed(1)}" y2="${y(s * 1000).toFixed(1)}" stroke="#8886"/><text x="${left - 8}" y="${(y(s * 1000) + 4).toFixed(1)}" text-anchor="end">${s} s</text>`)
  const dots = recovered.map(({ ms, afterMs }, index) => `<circle cx="${x(index).toFixed(1)}" cy="${y(ms).toFixed(1)}" r="3" fill="#3b6fd4"/><circle cx="${x(index).toFixed(1)}" cy="${y(afterMs).toFixed(1)}" r="2" fill="#d4773b"/>`)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#777" role="img" aria-label="Time from each new primary to the first acknowledged send">
${lines.join('\n')}
${dots.join('\n')}
<text x="${left}" y="${height - 8}">each new primary: <tspan fill="#3b6fd4">since it was chosen</tspan>, <tspan fill="#d4773b">since a majority could keep a write</tspan></text>
</svg>
`
}

/** What a run found, as a section in Markdown. */
function section (rounds: Round[], size: Size): string {
  const events = rounds.flatMap(round => round.events)
  const kinds = [...new Set(events.map(({ name }) => name))].sort()
  const recovered = rounds.flatMap(round => round.recovered)
  const [times, after] = [recovered.map(({ ms }) => ms), recovered.map(({ afterMs }) => afterMs)].map(list => list.sort((a, b) => a - b)) as [number[], number[]]
  const counts = rounds.map(({ ledger }) => ledger.counts)
  const acknowledged = sum(rounds.map(({ acknowledged }) => acknowledged))
  const broken = rounds.flatMap(round => [...round.ledger.wrong].flatMap(([rule, lines]) => lines.map(line => `- seed ${round.seed}, ${rule}: ${inShort(line)}`)))
  return [
    `A run of ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'}, each of ${size.seconds} s of faults on a fresh database; ${thousands(sum(rounds.map(({ seconds }) => seconds)))} s in all. Seeds: ${rounds.map(({ seed }) => seed).join(', ')}.`,
    '',
    '| sends | |',
    '|---|---:|',
    `| acknowledged | ${thousands(acknowledged)} |`,
    `| tries whose outcome nobody knew (repeated with the same \`client_id\`) | ${thousands(sum(counts.map(({ unknown }) => unknown)))} |`,
    `| tries that were refused (repeated) | ${thousands(sum(counts.map(({ refused }) => refused)))} |`,
    '',
    `Beside them ${thousands(sum(counts.map(({ edits }) => edits)))} edits, ${thousands(sum(counts.map(({ deletions }) => deletions)))} deletions, ${thousands(sum(counts.map(({ reactions }) => reactions)))} reactions, ${thousands(sum(counts.map(({ removals }) => removals)))} removals, ${thousands(sum(counts.map(({ branches }) => branches)))} branches and ${thousands(sum(counts.map(({ asked }) => asked)))} questions to the model.`,
    '',
    `| ${events.length} faults | |`,
    '|---|---:|',
    ...kinds.map(kind => `| ${kind} | ${events.filter(({ name }) => name === kind).length} |`),
    '',
    `There were ${recovered.length} new primaries. The first send after each was acknowledged after ${quantile(times, 0.5)} ms (median), ${quantile(times, 0.9)} ms (nine of ten), ${times.at(-1) ?? 0} ms at the latest; from when a majority could keep a write, ${quantile(after, 0.5)}, ${quantile(after, 0.9)} and ${after.at(-1) ?? 0} ms.`,
    '',
    '![Time from each new primary to the first acknowledged send](images/recovery.svg)',
    '',
    broken.length === 0 ? 'No rule was broken.' : `Broken rules:\n\n${broken.join('\n')}`
  ].join('\n')
}

/** Puts what was measured into docs/reliability.md, between its marks, and draws the plot. Throws when the marks are not there. */
export function writeReport (rounds: Round[], size: Size) {
  if (!existsSync(document)) throw new Error('docs/reliability.md is not there')
  const text = readFileSync(document, 'utf8')
  const [before, , after] = text.split(new RegExp(`(?<=${marks[0]})|(?=${marks[1]})`))
  if (before === undefined || after === undefined) throw new Error(`docs/reliability.md must hold ${marks.join(' and ')}`)
  writeFileSync(document, `${before}\n\n${section(rounds, size)}\n\n${after}`)
  writeFileSync(plot, draw(rounds.flatMap(round => round.recovered)))
}

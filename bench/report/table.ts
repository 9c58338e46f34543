import { goals, judge, ratiosOf } from '../goals.ts'
import { range } from '../rounds.ts'
import type { Ratio, Result } from '../types.ts'

/** A figure with as many places as say something. */
export const figure = (value: number) => value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** The median, and the range in brackets. */
export const spread = ({ median, min, max }: Pick<Ratio, 'median' | 'min' | 'max'>) => `${figure(median)} (${figure(min)}–${figure(max)})`

/** Machine and date in one sentence. */
export const circumstances = ({ date, machine, rounds, seconds }: Result) =>
  `${date.slice(0, 10)}, ${machine.cores} × ${machine.cpu}, ${machine.memory_gb} GB, ${machine.os}, Node ${machine.node}, MongoDB ${machine.mongodb}; load ${machine.load_before} before the run; ${rounds} rounds of ${seconds} s.`

/** The ratios that have a goal, as a table of Markdown. */
export function goalTable (result: Result): string {
  const ratios = ratiosOf(result)
  const rows = goals.flatMap(goal => {
    const ratio = ratios.get(goal.ratio)
    const sign = goal.better === 'more' ? '≥' : '≤'
    return ratio ? [`| ${goal.what} | **${figure(ratio.median)}** | ${figure(ratio.min)}–${figure(ratio.max)} | ${sign} ${goal.ahead} | ${sign} ${goal.near} | ${judge(goal, ratio)} |`] : []
  })
  return rows.length > 0 ? ['| ratio | median | range | ahead | near the limit | |', '|---|---|---|---|---|---|', ...rows, ''].join('\n') : ''
}

/** All that was measured, as Markdown. */
export function table (result: Result): string {
  const others = [...ratiosOf(result).values()].filter(({ name }) => !goals.some(({ ratio }) => ratio === name))
  const measured = Object.entries(result.parts).flatMap(([part, { rows }]) => rows.map(({ name, unit, perSubject }) =>
    `| ${part} | ${name} | ${unit} | ${Object.entries(perSubject).map(([subject, values]) => `${subject} ${spread(range(values))}`).join('<br>')} |`))
  const notes = Object.values(result.parts).flatMap(({ notes = [] }) => notes).map(note => `- ${note}`)
  return [
    circumstances(result), '',
    goalTable(result),
    ...(others.length > 0 ? ['| further ratio | median (range) |', '|---|---|', ...others.map(ratio => `| ${ratio.name} | ${spread(ratio)} |`), ''] : []),
    '| part | what | unit | median (range) |', '|---|---|---|---|', ...measured, '',
    ...notes, ''
  ].join('\n')
}

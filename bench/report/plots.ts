import { type Goal, goals, ratiosOf } from '../goals.ts'
import type { Curve, Distribution, Ratio, Result } from '../types.ts'
import { colours, line, logScale, svg, text, ticks } from './svg.ts'
import { circumstances, figure } from './table.ts'

const shown = (value: number) => value >= 1000 ? `${value / 1000}k` : String(Number(value.toPrecision(3)))

/** Bars of the ratios that have a goal, with their ranges; so drawn that longer is better. */
export function ratioBars (result: Result): string {
  const ratios = ratiosOf(result)
  const rows = goals.flatMap(goal => ratios.has(goal.ratio) ? [{ goal, ratio: ratios.get(goal.ratio)! }] : [])
  // Of what should be small the inverse is drawn, so that all bars read alike: how many times better than the goal `ahead`.
  const reached = ({ better, ahead }: Goal, value: number) => better === 'more' ? value / ahead : ahead / value
  const all = rows.flatMap(({ goal, ratio }) => [reached(goal, ratio.min), reached(goal, ratio.max), reached(goal, goal.near), 1])
  const [from, to] = [Math.min(0.5, ...all) / 1.1, Math.max(2, ...all) * 1.1]
  const [left, right, top, step] = [400, 780, 50, 30]
  const x = logScale(from, to, left, right)
  const bottom = top + rows.length * step
  const bar = (goal: Goal, { median, min, max }: Ratio, y: number) => {
    const at = (value: number) => x(reached(goal, value))
    const colour = reached(goal, median) >= 1 ? colours[0]! : colours[2]!
    return [
      text(left - 8, y + 4, goal.what, 'text-anchor="end" font-size="11"'),
      `<rect x="${left}" y="${y - 8}" width="${Math.max(1, at(median) - left).toFixed(1)}" height="16" fill="${colour}" opacity="0.8"/>`,
      line(at(min), y, at(max), y, '#000000', 'stroke-width="1.5"'),
      line(at(goal.near), y - 11, at(goal.near), y + 11, colours[1], 'stroke-width="2"'),
      text(right + 8, y + 4, `${figure(median)}`)
    ]
  }
  return svg(860, bottom + 50, [
    text(20, 22, 'Parley against its peers: how far each ratio is from its goal', 'font-size="15" font-weight="600"'),
    text(20, 38, circumstances(result), 'font-size="9"'),
    ...ticks(from, to).flatMap(value => [line(x(value), top, x(value), bottom), text(x(value), bottom + 14, `×${shown(value)}`, 'text-anchor="middle" font-size="10"')]),
    ...rows.flatMap(({ goal, ratio }, index) => bar(goal, ratio, top + index * step + step / 2)),
    line(x(1), top, x(1), bottom, '#000000', 'stroke-width="2"'),
    text(left, bottom + 34, 'times the goal “ahead of every peer” (black line); blue: near the limit; thin line: lowest to highest round', 'font-size="10" text-anchor="middle"')
  ])
}

/** Lines over two logarithmic axes. */
function lines (title: string, labels: { x: string, y: string }, series: { name: string, points: { x: number, y: number, min?: number, max?: number }[] }[], tickText: (x: number) => string = shown, marks?: number[]): string {
  const points = series.flatMap(({ points }) => points)
  const [left, right, top, bottom] = [70, 600, 40, 320]
  const xs = points.map(({ x }) => x)
  const ys = points.flatMap(({ y, min = y, max = y }) => [min, max])
  const x = logScale(Math.min(...xs), Math.max(...xs), left, right)
  const [low, high] = [Math.min(...ys) / 1.5, Math.max(...ys) * 1.5]
  const y = logScale(low, high, bottom, top)
  return svg(720, 380, [
    text(20, 22, title, 'font-size="15" font-weight="600"'),
    ...ticks(low, high).flatMap(value => [line(left, y(value), right, y(value)), text(left - 6, y(value) + 4, shown(value), 'text-anchor="end" font-size="10"')]),
    ...(marks ?? [...new Set(xs)]).flatMap(value => [line(x(value), top, x(value), bottom), text(x(value), bottom + 16, tickText(value), 'text-anchor="middle" font-size="10"')]),
    text((left + right) / 2, bottom + 36, labels.x, 'text-anchor="middle"'),
    text(16, top - 6, labels.y, 'font-size="10"'),
    ...series.flatMap(({ name, points }, index) => {
      const colour = colours[index % colours.length]!
      return [
        `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map(point => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(' ')}"/>`,
        ...points.flatMap(point => point.min === undefined ? [] : [line(x(point.x), y(point.min), x(point.x), y(point.max!), colour, 'stroke-width="1"')]),
        text(right + 8, y(points.at(-1)!.y) + 4, name, `fill-opacity="1" font-size="11" style="fill:${colour}"`)
      ]
    })
  ])
}

/** How long requests took: the value at each percentile, the last ones spread out. */
function distributionPlot ({ name, unit, perSubject }: Distribution): string {
  // 50, 90, 99 and 99.9 per cent have the same distance: 1 ÷ (1 - p).
  const rare = (percentile: number) => 100 / (100 - Math.min(percentile, 99.9))
  const marks = [50, 75, 90, 95, 99, 99.9]
  return lines(name, { x: 'percentile', y: unit }, Object.entries(perSubject).map(([subject, values]) => ({
    name: subject, points: values.filter(({ percentile }) => percentile >= 50 && percentile <= 99.9).map(({ percentile, value }) => ({ x: rare(percentile), y: value }))
  })), at => `${Number((100 - 100 / at).toFixed(2))} %`, marks.map(rare))
}

const curvePlot = ({ name, x, y, points }: Curve) => lines(name, { x, y }, [{ name: 'parley', points: points.map(({ x, median, min, max }) => ({ x, y: median, min, max })) }])

const fileName = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '')

/** Every picture of a result, by the end of its file's name. */
export function plots (result: Result): Record<string, string> {
  const parts = Object.values(result.parts)
  return {
    ...(ratiosOf(result).size > 0 && { ratios: ratioBars(result) }),
    ...Object.fromEntries(parts.flatMap(({ distributions = [] }) => distributions).map(each => [`latency-${fileName(each.name)}`, distributionPlot(each)])),
    ...Object.fromEntries(parts.flatMap(({ curves = [] }) => curves).map(each => [`curve-${fileName(each.name)}`, curvePlot(each)]))
  }
}

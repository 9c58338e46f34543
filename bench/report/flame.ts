import { escape, svg, text } from './svg.ts'

/** What `node --cpu-prof` writes, in the format of the Chrome DevTools protocol (Profiler.Profile). */
export interface CpuProfile {
  nodes: { id: number, callFrame: { functionName: string, url: string, lineNumber: number }, children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

interface Frame { name: string, place: string, micros: number, own: number, children: Map<string, Frame> }

const [width, rowHeight, top] = [1400, 17, 40]
/** Narrower frames are left out, in pixels. */
const narrowest = 0.6
const idle = new Set(['(idle)', '(program)'])

const newFrame = (name: string, place: string): Frame => ({ name, place, micros: 0, own: 0, children: new Map() })

/** Where a function is from, without what stands before the package or `dist/`. */
const placeOf = (url: string, line: number) => url ? `${url.replace(/^.*\/node_modules\//, '').replace(/^.*\/dist\//, 'dist/')}:${line + 1}` : ''

/** The last so many microseconds of a profile as a tree; the time in which nothing was done is left out. */
function treeOf ({ nodes, samples, timeDeltas }: CpuProfile, last: number): Frame {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)))
  const end = timeDeltas.reduce((sum, delta) => sum + delta, 0)
  const root = newFrame('all', '')
  let at = 0
  for (const [index, sample] of samples.entries()) {
    const micros = timeDeltas[index]!
    at += micros
    const leaf = byId.get(sample)!
    if (at < end - last || idle.has(leaf.callFrame.functionName)) continue
    const path = []
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id)) path.unshift(byId.get(id)!.callFrame)
    root.micros += micros
    let frame = root
    for (const { functionName, url, lineNumber } of path.slice(1)) {
      const place = placeOf(url, lineNumber)
      const key = `${functionName} ${place}`
      const child = frame.children.get(key) ?? newFrame(functionName || '(anonymous)', place)
      frame.children.set(key, child)
      child.micros += micros
      frame = child
    }
    frame.own += micros
  }
  return root
}

/** Ours green, the driver blue, Fastify and the like brown, Node itself grey. */
const colourOf = (place: string) => place.startsWith('dist/') ? '#8fc9a3' : /^(mongodb|bson|mongoose)/.test(place) ? '#9dbfe3' : /^node:|^$/.test(place) ? '#d0d0d0' : '#e6c79c'

/** A flame graph of the last so many microseconds of a profile: wide is what takes long, on top is what is called; a tooltip tells the figures. */
export function flameGraph (profile: CpuProfile, title: string, last: number): string {
  const root = treeOf(profile, last)
  const content: string[] = []
  let deepest = 0
  const draw = (frame: Frame, x: number, depth: number) => {
    const size = frame.micros / root.micros * width
    if (size < narrowest) return
    deepest = Math.max(deepest, depth)
    const y = top + depth * rowHeight
    const share = (micros: number) => `${(micros / root.micros * 100).toFixed(1)} %`
    content.push(`<g><title>${escape(`${frame.name} ${frame.place}\n${share(frame.micros)}, itself ${share(frame.own)}`)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, size - 0.5).toFixed(1)}" height="${rowHeight - 1}" fill="${colourOf(frame.place)}"/>${
      size > 40 ? text(x + 3, y + 12, frame.name.slice(0, Math.floor(size / 7)), 'font-size="11"') : ''}</g>`)
    let next = x
    for (const child of [...frame.children.values()].sort((a, b) => b.micros - a.micros)) {
      draw(child, next, depth + 1)
      next += child.micros / root.micros * width
    }
  }
  draw(root, 0, 0)
  return svg(width, top + (deepest + 2) * rowHeight, [text(10, 24, `${title}: ${(root.micros / 1000).toFixed(0)} ms of the processor; green Parley, blue database driver, brown other packages, grey Node`, 'font-size="14"'), ...content])
}

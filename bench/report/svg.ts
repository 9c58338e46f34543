/** Text that is safe in XML. */
export const escape = (text: string) => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`)

export const colours = ['#2f6f4f', '#3b6ea8', '#b5651d', '#8a4f9e', '#777777']

/** A picture of its own, readable on white and on black. */
export const svg = (width: number, height: number, content: string[]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#ffffff"/>
${content.join('\n')}
</svg>
`

export const text = (x: number, y: number, content: string, more = '') => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="#222222" ${more}>${escape(content)}</text>`

export const line = (x1: number, y1: number, x2: number, y2: number, colour = '#cccccc', more = '') =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}" ${more}/>`

/** A logarithmic scale from one range to another. */
export function logScale (from: number, to: number, start: number, end: number) {
  const span = Math.log(to / from) || 1
  return (value: number) => start + Math.log(value / from) / span * (end - start)
}

/** Round numbers on a logarithmic scale. */
export const ticks = (from: number, to: number): number[] => {
  const all: number[] = []
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) for (const digit of [1, 2, 5]) all.push(digit * 10 ** power)
  return all.filter(value => value >= from * 0.999 && value <= to * 1.001)
}

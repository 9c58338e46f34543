// Makes pictures of pages small: a page has few colours that matter, and its antialiased letters bear being rounded to them.
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10])

function * chunksOf (png) {
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at)
    yield { type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) }
    at += length + 12
  }
}

function chunk (type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

const paeth = (a, b, c) => {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c
}

/** The pixels of a PNG of 8 bits a channel, without interlacing (PNG, third edition, section 9). */
function decode (png) {
  const chunks = [...chunksOf(png)]
  const head = chunks[0].data
  const [width, height, colours] = [head.readUInt32BE(0), head.readUInt32BE(4), { 2: 3, 6: 4 }[head[9]]]
  if (head[8] !== 8 || colours === undefined || head[12] !== 0) throw new Error('This kind of PNG is not read here.')
  const raw = inflateSync(Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map(({ data }) => data)))
  const stride = width * colours
  const pixels = Buffer.alloc(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)]
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x >= colours ? pixels[at - colours] : 0
      const up = y > 0 ? pixels[at - stride] : 0
      const corner = x >= colours && y > 0 ? pixels[at - stride - colours] : 0
      pixels[at] = raw[y * (stride + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]
    }
  }
  return { width, height, colours, pixels }
}

/** The same picture in its 256 most frequent colours; any other becomes the nearest of them. */
export function inFewColours (png) {
  const { width, height, colours, pixels } = decode(png)
  const counts = new Map()
  const colourAt = at => pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]
  for (let at = 0; at < pixels.length; at += colours) counts.set(colourAt(at), (counts.get(colourAt(at)) ?? 0) + 1)
  const palette = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([colour]) => colour)
  const distance = (a, b) => ((a >> 16) - (b >> 16)) ** 2 + ((a >> 8 & 255) - (b >> 8 & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2
  const indexes = new Map(palette.map((colour, index) => [colour, index]))
  const indexOf = colour => {
    if (!indexes.has(colour)) indexes.set(colour, palette.reduce((best, other, index) => distance(other, colour) < distance(palette[best], colour) ? index : best, 0))
    return indexes.get(colour)
  }
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indexOf(colourAt((y * width + x) * colours))
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 3, 0, 0, 0], 8)
  const table = Buffer.from(palette.flatMap(colour => [colour >> 16, colour >> 8 & 255, colour & 255]))
  return Buffer.concat([signature, chunk('IHDR', head), chunk('PLTE', table), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))])
}

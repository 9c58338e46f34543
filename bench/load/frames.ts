import { randomBytes } from 'node:crypto'

/** Opcodes of RFC 6455, section 5.2. */
export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** One key for all frames: a client masks to confuse proxies, of which there are none here; a server unmasks whatever the key is. */
const mask = randomBytes(4)

/** A whole frame as a client sends it: masked (RFC 6455, section 5.3). */
export function clientFrame (payload: Buffer, opcode: number = opcodes.text): Buffer {
  const { length } = payload
  if (length > 65_535) throw new RangeError('a frame of the load program is short')
  const header = length < 126 ? 2 : 4
  const frame = Buffer.allocUnsafe(header + 4 + length)
  frame[0] = 0x80 | opcode
  frame[1] = 0x80 | (length < 126 ? length : 126)
  if (length >= 126) frame.writeUInt16BE(length, 2)
  mask.copy(frame, header)
  for (let i = 0; i < length; i++) frame[header + 4 + i] = payload[i]! ^ mask[i & 3]!
  return frame
}

/** A whole frame as a server sends it. */
export function serverFrame (payload: Buffer): Buffer {
  const { length } = payload
  if (length > 65_535) throw new RangeError('a frame of the load program is short')
  const header = length < 126 ? Buffer.from([0x81, length]) : Buffer.from([0x81, 126, length >> 8, length & 255])
  return Buffer.concat([header, payload])
}

/** Told of each whole frame: where its payload lies in `buffer`, which is valid during the call only. */
export type OnFrame = (opcode: number, buffer: Buffer, start: number, end: number) => void

/** Walks from header to header over what a server sends; a frame that is not whole yet waits for the rest. */
export function createWalker (onFrame: OnFrame) {
  let rest: Buffer | undefined
  return function take (chunk: Buffer, size: number) {
    let buffer = chunk
    let length = size
    if (rest) {
      buffer = Buffer.concat([rest, chunk.subarray(0, size)])
      length = buffer.length
      rest = undefined
    }
    let at = 0
    while (length - at >= 2) {
      let start = at + 2
      let payload = buffer[at + 1]! & 127
      if (payload === 126) {
        if (length - at < 4) break
        payload = buffer.readUInt16BE(at + 2)
        start = at + 4
      } else if (payload === 127) {
        if (length - at < 10) break
        payload = Number(buffer.readBigUInt64BE(at + 2))
        start = at + 10
      }
      const end = start + payload
      if (end > length) break
      onFrame(buffer[at]! & 15, buffer, start, end)
      at = end
    }
    // The chunk is overwritten by the next read.
    if (at < length) rest = Buffer.from(buffer.subarray(at, length))
  }
}

import type { RawData, WebSocket } from 'ws'
import { Problem } from '../platform/errors.ts'
import { parseJson } from '../platform/json.ts'

/** A frame of a client as an object. Throws `malformed_json`. */
export function parseFrame (data: RawData, isBinary: boolean): Record<string, unknown> {
  if (isBinary) throw new Problem('malformed_json', 'Frames are text.')
  const frame = parseJson(data as Buffer) as Record<string, unknown> | null
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) throw new Problem('malformed_json', 'A frame is a JSON object.')
  return frame
}

interface Needs {
  socket: WebSocket
  /** Frames that may wait for their turn before the socket is no longer read. */
  bound: number
  /** Does one frame. Never rejects. */
  perform: (data: RawData, isBinary: boolean, order: Order) => Promise<void>
}

/** The place of a frame among those of its socket. */
export interface Order {
  /** When it came, by `performance.now`. */
  came: number
  /** Resolves when all that came before it is done. */
  before: Promise<unknown>
  /** Lets the next one begin before this one is done. */
  placed: () => void
}

/** Begins the frames of a socket one after the other, in the order they came: each when the one before it has its place or is done. */
export function takeFrames ({ socket, bound, perform }: Needs) {
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()
  let done: Promise<unknown> = turn

  async function take (data: RawData, isBinary: boolean, order: Order) {
    if (socket.readyState === socket.OPEN) await perform(data, isBinary, order)
    await order.before
    order.placed()
    if (--waiting < bound && socket.isPaused) socket.resume()
  }

  socket.on('message', (data, isBinary) => {
    const came = performance.now()
    if (++waiting >= bound) socket.pause()
    const [begun, before] = [turn, done]
    let placed: () => void
    turn = new Promise<void>(resolve => { placed = resolve })
    done = begun.then(() => take(data, isBinary, { came, before, placed }))
  })

  return {
    /** Does something before the frames that wait. */
    first (work: () => Promise<void>) { turn = done = turn.then(work) }
  }
}

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
  /** Does one frame, which came at this moment (`performance.now`). Never rejects. */
  perform: (data: RawData, isBinary: boolean, came: number) => Promise<void>
}

/** Does the frames of a socket one after the other, in the order they came. */
export function takeFrames ({ socket, bound, perform }: Needs) {
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()
  socket.on('message', (data, isBinary) => {
    const came = performance.now()
    if (++waiting >= bound) socket.pause()
    turn = turn.then(async () => {
      if (socket.readyState === socket.OPEN) await perform(data, isBinary, came)
      if (--waiting < bound && socket.isPaused) socket.resume()
    })
  })

  return {
    /** Does something before the frames that wait. */
    first (work: () => Promise<void>) { turn = turn.then(work) }
  }
}

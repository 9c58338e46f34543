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

/** The place of a frame among those of its socket. */
export interface Order {
  /** When it came, by `performance.now`. */
  came: number
  /** Resolves when all that came before it is done. */
  before: Promise<unknown>
  /** Lets the next one begin before this one is done. */
  placed: () => void
}

/** Who does the frames of a socket. */
interface Performer {
  readonly socket: WebSocket
  readonly shared: {
    settings: {
      /** Frames that may wait for their turn before the socket is no longer read. */
      waitingFrames: number
    }
  }
  /** Does one frame. Never rejects. */
  perform: (data: RawData, isBinary: boolean, order: Order) => Promise<void>
}

/** Begins the frames of a socket one after the other, in the order they came: each when the one before it has its place or is done. */
export class Incoming {
  readonly #performer: Performer
  #waiting = 0
  #turn: Promise<unknown> = Promise.resolve()
  #done: Promise<unknown> = this.#turn

  constructor (performer: Performer) {
    this.#performer = performer
    performer.socket.on('message', (data, isBinary) => { this.#queue(data, isBinary) })
  }

  /** Does something before the frames that wait. */
  first (work: () => Promise<void>) { this.#turn = this.#done = this.#turn.then(work) }

  #queue (data: RawData, isBinary: boolean) {
    const { socket, shared: { settings } } = this.#performer
    const came = performance.now()
    if (++this.#waiting >= settings.waitingFrames) socket.pause()
    const [begun, before] = [this.#turn, this.#done]
    let placed: () => void
    this.#turn = new Promise<void>(resolve => { placed = resolve })
    this.#done = begun.then(() => this.#take(data, isBinary, { came, before, placed }))
  }

  async #take (data: RawData, isBinary: boolean, order: Order) {
    const { socket, shared: { settings } } = this.#performer
    if (socket.readyState === socket.OPEN) await this.#performer.perform(data, isBinary, order)
    await order.before
    order.placed()
    if (--this.#waiting < settings.waitingFrames && socket.isPaused) socket.resume()
  }
}

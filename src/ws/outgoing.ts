import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Frame } from './frame.ts'
import type { SocketSettings } from './settings.ts'
import type { Join, Turn, Writer } from './turn.ts'

/** So much leaves at once instead of gathering for the end of the turn: a fast reader's system takes it from us. */
const gatheredBytes = 64 * 1024

/** What a queue needs of its socket. */
export interface Outlet {
  readonly socket: WebSocket
  /** What the socket writes to. Frames go there as they are: made once for all sockets, they need nothing of the one they go by. */
  readonly stream: Duplex
  readonly shared: { hub: { turn: Turn }, settings: Pick<SocketSettings, 'queueBytes' | 'queueFrames'> }
  /** Told when more waits than may. */
  overflow: () => void
}

/** What waits for one reader: bounded, so that a slow one costs nobody else anything. A class, as every socket has one: methods as closures would take several times its memory. */
export class Outgoing implements Writer {
  readonly #outlet: Outlet
  /** Said in this turn, not written yet. */
  #gathered: Frame[] = []
  #bytesGathered = 0
  /** How many frames each write has that is on its way. */
  readonly #writing: number[] = []
  #unsent = 0
  #hearers: (() => void)[] = []
  readonly #written = () => { this.#left(this.#writing.shift()!) }

  constructor (outlet: Outlet) { this.#outlet = outlet }

  /** Sends a frame, unless the socket is closing; one that may be left out is when half of the queue is taken. */
  send (frame: Frame) {
    const { socket, stream, shared: { hub, settings: { queueBytes, queueFrames } } } = this.#outlet
    if (socket.readyState !== socket.OPEN) return
    const { length } = frame.bytes
    if (this.#bytesGathered > gatheredBytes) this.flush()
    const waiting = stream.writableLength + this.#bytesGathered
    if (frame.droppable && (waiting > queueBytes / 2 || this.#unsent > queueFrames / 2)) return
    if (waiting + length > queueBytes || this.#unsent >= queueFrames) return this.#outlet.overflow()
    this.#unsent++
    this.#bytesGathered += length
    // What is said in one turn of the event loop leaves in one write.
    if (this.#gathered.push(frame) === 1) hub.turn.atEnd(this)
  }

  /** Writes what was said so far, for example as the socket is about to be closed. */
  flush () { this.write(this.#outlet.shared.hub.turn.joinAlone) }

  /** Resolves when nothing waits any more, be it because the socket is closed. */
  emptied (): Promise<void> {
    return this.#unsent === 0 ? Promise.resolve() : new Promise<void>(resolve => { this.#hearers.push(resolve) })
  }

  /** Writes what was said in this turn. */
  write (join: Join) {
    const { socket, stream } = this.#outlet
    const frames = this.#gathered
    if (frames.length === 0) return
    this.#gathered = []
    this.#bytesGathered = 0
    // After a close frame there must be no other.
    if (socket.readyState !== socket.OPEN) return this.#left(frames.length)
    this.#writing.push(frames.length)
    stream.write(join(frames), this.#written)
  }

  #left (frames: number) {
    this.#unsent -= frames
    if (this.#unsent > 0 || this.#hearers.length === 0) return
    const told = this.#hearers
    this.#hearers = []
    for (const tell of told) tell()
  }
}

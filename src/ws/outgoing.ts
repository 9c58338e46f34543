import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Frame } from './frame.ts'
import type { SocketSettings } from './settings.ts'
import type { Join, Turn } from './turn.ts'

/** So much leaves at once instead of gathering for the end of the turn: a fast reader's system takes it from us. */
const gatheredBytes = 64 * 1024

interface Needs {
  socket: WebSocket
  /** What the socket writes to. Frames go there as they are: made once for all sockets, they need nothing of the one they go by. */
  stream: Duplex
  turn: Turn
  settings: Pick<SocketSettings, 'queueBytes' | 'queueFrames'>
  /** Told when more waits than may. */
  overflow: () => void
}

/** What waits for one reader: bounded, so that a slow one costs nobody else anything. A class, as every socket has one: methods as closures would take several times its memory. */
export class Outgoing {
  readonly #needs: Needs
  /** Said in this turn, not written yet. */
  #gathered: Frame[] = []
  #bytesGathered = 0
  /** How many frames each write has that is on its way. */
  readonly #writing: number[] = []
  #unsent = 0
  #hearers: (() => void)[] = []
  readonly #write = (join: Join) => { this.#writeGathered(join) }
  readonly #written = () => { this.#left(this.#writing.shift()!) }

  constructor (needs: Needs) { this.#needs = needs }

  /** Sends a frame, unless the socket is closing; one that may be left out is when half of the queue is taken. */
  send (frame: Frame) {
    const { socket, stream, turn, settings: { queueBytes, queueFrames }, overflow } = this.#needs
    if (socket.readyState !== socket.OPEN) return
    const { length } = frame.bytes
    if (this.#bytesGathered > gatheredBytes) this.flush()
    const waiting = stream.writableLength + this.#bytesGathered
    if (frame.droppable && (waiting > queueBytes / 2 || this.#unsent > queueFrames / 2)) return
    if (waiting + length > queueBytes || this.#unsent >= queueFrames) return overflow()
    this.#unsent++
    this.#bytesGathered += length
    // What is said in one turn of the event loop leaves in one write.
    if (this.#gathered.push(frame) === 1) turn.atEnd(this.#write)
  }

  /** Writes what was said so far, for example as the socket is about to be closed. */
  flush () { this.#writeGathered(this.#needs.turn.joinAlone) }

  /** Resolves when nothing waits any more, be it because the socket is closed. */
  emptied (): Promise<void> {
    return this.#unsent === 0 ? Promise.resolve() : new Promise<void>(resolve => { this.#hearers.push(resolve) })
  }

  #writeGathered (join: Join) {
    const { socket, stream } = this.#needs
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

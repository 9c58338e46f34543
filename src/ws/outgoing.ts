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

/** What waits for one reader: bounded, so that a slow one costs nobody else anything. */
export function createOutgoing ({ socket, stream, turn, settings: { queueBytes, queueFrames }, overflow }: Needs) {
  /** Said in this turn, not written yet. */
  let gathered: Frame[] = []
  let bytesGathered = 0
  /** How many frames each write has that is on its way. */
  const writing: number[] = []
  let unsent = 0
  let hearers: (() => void)[] = []

  function left (frames: number) {
    unsent -= frames
    if (unsent > 0 || hearers.length === 0) return
    const told = hearers
    hearers = []
    for (const tell of told) tell()
  }

  const written = () => { left(writing.shift()!) }

  function write (join: Join) {
    if (gathered.length === 0) return
    const frames = gathered
    gathered = []
    bytesGathered = 0
    // After a close frame there must be no other.
    if (socket.readyState !== socket.OPEN) return left(frames.length)
    writing.push(frames.length)
    stream.write(join(frames), written)
  }

  return {
    /** Sends a frame, unless the socket is closing; one that may be left out is when half of the queue is taken. */
    send (frame: Frame) {
      if (socket.readyState !== socket.OPEN) return
      const { length } = frame.bytes
      if (bytesGathered > gatheredBytes) write(turn.joinAlone)
      const waiting = stream.writableLength + bytesGathered
      if (frame.droppable && (waiting > queueBytes / 2 || unsent > queueFrames / 2)) return
      if (waiting + length > queueBytes || unsent >= queueFrames) return overflow()
      unsent++
      bytesGathered += length
      // What is said in one turn of the event loop leaves in one write.
      if (gathered.push(frame) === 1) turn.atEnd(write)
    },

    /** Writes what was said so far, as the socket is about to be closed. */
    flush: () => write(turn.joinAlone),

    /** Resolves when nothing waits any more, be it because the socket is closed. */
    emptied: () => unsent === 0 ? Promise.resolve() : new Promise<void>(resolve => { hearers.push(resolve) })
  }
}

export type Outgoing = ReturnType<typeof createOutgoing>

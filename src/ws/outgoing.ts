import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Frame } from './frame.ts'
import type { SocketSettings } from './settings.ts'

/** What one frame is sent with: text, as it is. */
const asText = { binary: false, compress: false }

/** So much leaves at once instead of gathering for the end of the turn: a fast reader's system takes it from us. */
const gatheredBytes = 64 * 1024

interface Needs {
  socket: WebSocket
  /** What the socket writes to. */
  stream: Duplex
  settings: Pick<SocketSettings, 'queueBytes' | 'queueFrames'>
  /** Told when more waits than may. */
  overflow: () => void
}

/** What waits for one reader: bounded, so that a slow one costs nobody else anything. */
export function createOutgoing ({ socket, stream, settings: { queueBytes, queueFrames }, overflow }: Needs) {
  let unsent = 0
  let corked = false
  let scheduled = false
  let hearers: (() => void)[] = []

  function flushed () {
    if (--unsent > 0 || hearers.length === 0) return
    const told = hearers
    hearers = []
    for (const tell of told) tell()
  }

  function uncork () {
    if (corked) stream.uncork()
    corked = false
  }

  function endTurn () {
    scheduled = false
    uncork()
  }

  return {
    /** Sends a frame, unless the socket is closing; one that may be left out is when half of the queue is taken. */
    send ({ bytes, droppable }: Frame) {
      if (socket.readyState !== socket.OPEN) return
      if (corked && socket.bufferedAmount > gatheredBytes) uncork()
      const waiting = socket.bufferedAmount
      if (droppable && (waiting > queueBytes / 2 || unsent > queueFrames / 2)) return
      if (waiting + bytes.length > queueBytes || unsent >= queueFrames) return overflow()
      // What is said in one turn of the event loop leaves in one write.
      if (!scheduled) {
        scheduled = corked = true
        stream.cork()
        process.nextTick(endTurn)
      }
      unsent++
      socket.send(bytes, asText, flushed)
    },

    /** Resolves when nothing waits any more, be it because the socket is closed. */
    emptied: () => unsent === 0 ? Promise.resolve() : new Promise<void>(resolve => { hearers.push(resolve) })
  }
}

export type Outgoing = ReturnType<typeof createOutgoing>

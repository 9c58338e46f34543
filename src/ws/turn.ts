import type { Frame } from './frame.ts'

/** Who writes at the end of a turn. */
export interface Writer { write: (join: Join) => void }

/** Gives the bytes of some frames in a row. */
export type Join = (frames: Frame[]) => Buffer

const joinAlone: Join = frames => frames.length === 1 ? frames[0]!.bytes : Buffer.concat(frames.map(({ bytes }) => bytes))

const isSame = (some: Frame[], others: Frame[]) => some.length === others.length && some.every((frame, index) => frame === others[index])

/** Joins frames; for those who hear the same one after the other, once. */
function createSharedJoin (): Join {
  let known: Frame[] = []
  let bytes: Buffer
  return frames => {
    if (!isSame(frames, known)) {
      known = frames
      bytes = joinAlone(frames)
    }
    return bytes
  }
}

/**
 * Gathers what is said to sockets until the end of a turn of the event loop, when each hears all of it in one write. The sockets of a
 * busy chat hear the same: they share its bytes.
 */
export function createTurn () {
  let waiting: Writer[] = []

  function end () {
    const writers = waiting
    waiting = []
    const join = createSharedJoin()
    for (const writer of writers) writer.write(join)
  }

  return {
    /** Has somebody write at the end of the turn. */
    atEnd (writer: Writer) {
      if (waiting.push(writer) === 1) process.nextTick(end)
    },

    /** Writes all that waits now, as its sockets are about to be closed. */
    end,

    /** For what cannot wait until then. */
    joinAlone
  }
}

export type Turn = ReturnType<typeof createTurn>

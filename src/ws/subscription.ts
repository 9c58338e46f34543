import type { Frame } from './frame.ts'

/** Frames held back for a subscription that is still catching up; more are read from the database once again. */
const heldBound = 512

/** How much of it is passed on at a time. */
const portion = { frames: 64, bytes: 128 * 1024 }

/** Who listens. */
export interface Listener {
  userId: string
  send: (frame: Frame) => void
}

/**
 * One socket's place in a chat. Until `live` it holds back what comes, so that the past can be read and sent first; numbers it is
 * past already are left out at any time.
 */
export function createSubscription (chatId: string, listener: Listener) {
  let held: Frame[] | undefined = []
  let at = 0
  /** The highest number that must have been read before it can go live. */
  let floor = 0
  let overflowed = false

  function pass (frame: Frame) {
    if (frame.seq !== undefined) {
      if (frame.seq <= at) return
      at = frame.seq
    }
    listener.send(frame)
  }

  return {
    chatId,
    listener,
    /** Whether it is still wanted; set by the hub. */
    isActive: true,
    /** Whether the others know of it; set by the hub. */
    isPresent: false,
    /** Whether it hears what happens as it happens. */
    get isLive () { return held === undefined },
    /** The number it is at. */
    get at () { return at },

    /** Takes a frame of the chat, in the order of the chat. */
    hear (frame: Frame) {
      if (frame.except !== undefined && frame.except === listener.userId) return
      if (!held) return pass(frame)
      if (held.length < heldBound) {
        held.push(frame)
        return
      }
      // The database has all that has a number; the rest is of no use when so much else has happened.
      for (const { seq = 0 } of [...held, frame]) floor = Math.max(floor, seq)
      held = []
      overflowed = true
    },

    /** Starts over to hold back: what the reader missed is about to be read. `from` was heard in the chat before. */
    hold (from: number) {
      held = []
      overflowed = false
      floor = Math.max(floor, from)
    },

    /** Whether more has to be read after `upTo`, as less would leave a hole. */
    needsMore (upTo: number): boolean {
      const more = overflowed || upTo < floor
      overflowed = false
      return more
    },

    /** Notes that all up to a number was sent. */
    reach (upTo: number) { at = upTo },

    /**
     * Passes on what was held back, a part at a time, waiting for the reader in between; answers whether all of it could be and it is
     * live now. False when too much came meanwhile: then it has to be read.
     */
    async release (emptied: () => Promise<void>): Promise<boolean> {
      for (;;) {
        if (overflowed || !held) return !overflowed
        if (held.length === 0) break
        let bytes = 0
        const count = held.findIndex((frame, index) => (bytes += frame.bytes.length) > portion.bytes || index >= portion.frames)
        for (const frame of held.splice(0, Math.max(1, count < 0 ? held.length : count))) pass(frame)
        await emptied()
      }
      held = undefined
      return true
    }
  }
}

export type Subscription = ReturnType<typeof createSubscription>

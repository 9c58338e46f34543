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
 * past already are left out at any time. A class, as there is one for each chat of each socket: methods as closures would take
 * several times its memory.
 */
export class Subscription {
  readonly chatId: string
  readonly listener: Listener
  /** Whether it is still wanted; set by the hub. */
  isActive = true
  /** Whether the others know of it; set by the hub. */
  isPresent = false
  #held: Frame[] | undefined = []
  #at = 0
  /** The highest number that must have been read before it can go live. */
  #floor = 0
  #overflowed = false

  constructor (chatId: string, listener: Listener) {
    this.chatId = chatId
    this.listener = listener
  }

  /** Whether it hears what happens as it happens. */
  get isLive () { return this.#held === undefined }

  /** The number it is at. */
  get at () { return this.#at }

  #pass (frame: Frame) {
    if (frame.seq !== undefined) {
      if (frame.seq <= this.#at) return
      this.#at = frame.seq
    }
    this.listener.send(frame)
  }

  /** Takes a frame of the chat, in the order of the chat. */
  hear (frame: Frame) {
    if (frame.except !== undefined && frame.except === this.listener.userId) return
    if (!this.#held) return this.#pass(frame)
    if (this.#held.length < heldBound) {
      this.#held.push(frame)
      return
    }
    // The database has all that has a number; the rest is of no use when so much else has happened.
    for (const { seq = 0 } of [...this.#held, frame]) this.#floor = Math.max(this.#floor, seq)
    this.#held = []
    this.#overflowed = true
  }

  /** Starts over to hold back: what the reader missed is about to be read. `from` was heard in the chat before. */
  hold (from: number) {
    this.#held = []
    this.#overflowed = false
    this.#floor = Math.max(this.#floor, from)
  }

  /** Whether more has to be read after `upTo`, as less would leave a hole. */
  needsMore (upTo: number): boolean {
    const more = this.#overflowed || upTo < this.#floor
    this.#overflowed = false
    return more
  }

  /** Notes that all up to a number was sent. */
  reach (upTo: number) { this.#at = upTo }

  /**
   * Passes on what was held back, a part at a time, waiting for the reader in between; answers whether all of it could be and it is
   * live now. False when too much came meanwhile: then it has to be read.
   */
  async release (emptied: () => Promise<void>): Promise<boolean> {
    for (;;) {
      const held = this.#held
      if (this.#overflowed || !held) return !this.#overflowed
      if (held.length === 0) break
      let bytes = 0
      const count = held.findIndex((frame, index) => (bytes += frame.bytes.length) > portion.bytes || index >= portion.frames)
      for (const frame of held.splice(0, Math.max(1, count < 0 ? held.length : count))) this.#pass(frame)
      await emptied()
    }
    this.#held = undefined
    return true
  }
}

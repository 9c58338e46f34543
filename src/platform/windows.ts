/** How many came within a window, and how many milliseconds are left of it. */
export interface Count { count: number, msLeft: number }

interface Window { count: number, ends: number }

/**
 * Counts by key in fixed windows, each of which begins with the first one of its key. It answers at once, where the library that counts in Redis answers by a promise: four of those
 * for a send took a twelfth of its processor time (docs/decisions/0024-limits-of-one-process-are-counted-without-promises.md).
 */
export class Windows {
  readonly #windows = new Map<string, Window>()
  readonly #ms: number
  readonly #now: () => number
  #sweepAt: number

  /** Windows of so many seconds, by a clock that tells milliseconds and is never set. */
  constructor (seconds: number, now: () => number) {
    this.#ms = seconds * 1000
    this.#now = now
    this.#sweepAt = now() + this.#ms
  }

  /** Counts one of a key. */
  count (key: string): Count {
    const now = this.#now()
    if (now >= this.#sweepAt) this.#sweep(now)
    const known = this.#windows.get(key)
    if (known && known.ends > now) return { count: ++known.count, msLeft: known.ends - now }
    this.#windows.set(key, { count: 1, ends: now + this.#ms })
    return { count: 1, msLeft: this.#ms }
  }

  /** How many keys are remembered. */
  get size (): number { return this.#windows.size }

  /** Forgets the windows that have ended: once for each length of one, so that no key costs more than to be looked at once or twice. */
  #sweep (now: number) {
    for (const [key, { ends }] of this.#windows) if (ends <= now) this.#windows.delete(key)
    this.#sweepAt = now + this.#ms
  }
}

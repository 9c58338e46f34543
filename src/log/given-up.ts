import type { Types } from 'mongoose'
import { isDatabaseAway } from '../platform/to-problem.ts'
import type { Entries, Entry } from './entry.ts'

/**
 * How often writes that were given up are looked for, and for how long, in milliseconds: what a connection held back, or a server that had stopped, arrives
 * when either goes on, which nothing bounds; what comes later than this is told with the next entry of its chat.
 */
const looking = { everyMs: 1000, forMs: 60_000 }
/** So many are looked for; what is beyond is told with the next entry of its chat. */
const bound = 4096

interface Sought { id: Types.ObjectId, untilMs: number, found: (entry: Entry) => void }

/**
 * Writes whose callers were told that nobody knows whether they were kept. One that turns out to have been is told like any other: the sender may never
 * repeat it, and those who listen should not have to wait until something else happens in the chat.
 */
export function createGivenUp (entries: Entries, report: (error: unknown) => void) {
  const sought = new Map<string, Sought>()
  let timer: NodeJS.Timeout | undefined
  let isStopped = false

  async function look () {
    for (const [key, { untilMs }] of sought) if (performance.now() > untilMs) sought.delete(key)
    if (sought.size === 0) return
    const stored = await entries.find({ _id: { $in: [...sought.values()].map(({ id }) => id) } }, { readConcern: { level: 'majority' } }).sort({ seq: 1 }).toArray()
    for (const entry of stored) {
      const key = entry._id.toHexString()
      const { found } = sought.get(key)!
      sought.delete(key)
      found(entry)
    }
  }

  function lookLater () {
    if (isStopped || sought.size === 0) return
    timer ??= setTimeout(() => {
      look().catch((error: unknown) => { if (!isDatabaseAway(error)) report(error) }).finally(() => {
        timer = undefined
        lookLater()
      })
    }, looking.everyMs).unref()
  }

  return {
    /** Looks for an entry from now on; `found` is told of it once a majority has it. */
    seek (id: Types.ObjectId, found: (entry: Entry) => void) {
      if (sought.size < bound) sought.set(id.toHexString(), { id, untilMs: performance.now() + looking.forMs, found })
      lookLater()
    },

    /** Looks for nothing any more: what the process owes is made good by the start of another. */
    stop () {
      isStopped = true
      clearTimeout(timer)
    }
  }
}

export type GivenUp = ReturnType<typeof createGivenUp>

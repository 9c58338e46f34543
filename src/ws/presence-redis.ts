import { type Pair, presenceMs, type SharedPresence, type SocketCount, type SocketsOf } from '../platform/presence-redis.ts'
import { createMemoryPresence, type PresenceStore } from './presence.ts'

/** Longer than the grace: whoever left must stay known until it is settled here, even if that takes its time. */
const marginMs = 5000
/** When it is said again after Redis was away, in milliseconds. */
const retryMs = 500

/** The sockets of this process. */
interface Here { count: () => SocketCount, sockets: () => SocketsOf[] }

interface Needs {
  shared: SharedPresence
  graceMs: number
  /** The usernames of those ids that have an account. */
  names: (ids: string[]) => Promise<Map<string, string>>
}

/** Counts over all processes that share a Redis; in this process alone while that is away. */
export function createRedisPresence ({ shared, graceMs, names }: Needs) {
  const local = createMemoryPresence()
  let timer: NodeJS.Timeout | undefined
  let turns = 0

  const store: PresenceStore = {
    async enter (chatId, person) {
      const isNew = await local.enter(chatId, person)
      return await shared.enter({ chatId, userId: person.user_id }).catch(() => true) && isNew
    },

    async leave (chatId, userId) {
      if (!await local.leave(chatId, userId)) return false
      // Whoever comes back within the grace, to whatever process, was never away.
      await shared.hold([{ chatId, userId }], graceMs + marginMs).catch(() => {})
      return true
    },

    settle: async (chatId, userId) => await local.settle(chatId, userId) && await shared.leave({ chatId, userId }).catch(() => true),

    async online (chatId) {
      const here = await local.online(chatId)
      const known = new Set(here.map(({ user_id }) => user_id))
      // Those of this process count even if a Redis that has just come back does not know them yet.
      const ids = (await shared.online(chatId).catch(() => [])).filter(id => !known.has(id))
      const found = await names(ids)
      return [...here, ...ids.flatMap(id => found.has(id) ? [{ user_id: id, username: found.get(id)! }] : [])]
    }
  }

  /** Says every ten seconds, and whenever it is called, who is here; `gone` hears who went offline with a process that died. */
  async function renew (here: Here, gone: (pairs: Pair[]) => void): Promise<void> {
    clearTimeout(timer)
    // Whatever was begun before must not go on beside this.
    const turn = ++turns
    const done = await shared.renew(local.all(), here.sockets(), here.count()).then(gone).then(() => true, () => false)
    if (turn === turns) timer = setTimeout(() => { void renew(here, gone) }, done ? presenceMs.renewal : retryMs).unref()
  }

  return {
    store,

    renew,

    /** Notes how many sockets of somebody this process has; answers false, and notes nothing, when that makes more than `most` in all processes. While Redis is away each process counts for itself. */
    claimSockets: async (own: SocketsOf, most: number): Promise<boolean> => await shared.claimSockets(own, most).catch(() => true),

    /** The sums over all processes; those of this one, `own`, while Redis is away. */
    count: async (own: SocketCount): Promise<SocketCount> => await shared.count(own).catch(() => own),

    /** This process counts no more. Its people, whose sockets are closed by then, have the grace to come back elsewhere. */
    async stop (): Promise<void> {
      clearTimeout(timer)
      turns = -1
      await shared.withdraw().catch(() => {})
    }
  }
}

export type RedisPresence = ReturnType<typeof createRedisPresence>

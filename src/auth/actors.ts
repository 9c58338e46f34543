import { LRUCache } from 'lru-cache'
import type { Bus } from '../platform/bus.ts'
import type { Actor } from '../platform/guard.ts'
import { userChanged, userDeleted } from '../users/events.ts'
import type { Users } from '../users/service.ts'
import { sessionRevoked } from './events.ts'
import type { Sessions } from './sessions.ts'
import type { Claims } from './tokens.ts'

/** How many sessions are remembered, and for how many milliseconds when another process ended one. */
const remembered = { max: 20_000, ttl: 5_000 }

interface Known { userId: string, actor: Promise<Actor | undefined> }

/** Who acts in a session, remembered for some seconds: every request asks. What this process changes counts at once. */
export function createActors ({ bus, users, sessions }: { bus: Bus, users: Users, sessions: Sessions }) {
  const cache = new LRUCache<string, Known>(remembered)
  const forgetPerson = ({ user_id }: { user_id: string }) => {
    for (const [sessionId, { userId }] of cache.entries()) if (userId === user_id) cache.delete(sessionId)
  }
  bus.on(sessionRevoked, ({ session_id }) => { cache.delete(session_id) })
  bus.on(userChanged, forgetPerson)
  bus.on(userDeleted, forgetPerson)

  async function load ({ sub, sid }: Claims): Promise<Actor | undefined> {
    const [owner, account] = await Promise.all([sessions.owner(sid), users.credentials(sub)])
    if (owner !== sub || !account?.is_active) return
    return { id: account.id, username: account.username, role: account.role, session_id: sid }
  }

  /** Who acts with these claims; undefined when the session or the account has ended or the account is switched off. */
  return async function actorOf (claims: Claims): Promise<Actor | undefined> {
    const { sub, sid } = claims
    const known = cache.get(sid)
    if (known) return known.userId === sub ? await known.actor : undefined
    // The promise itself is kept, so that simultaneous requests share one look-up.
    const entry: Known = { userId: sub, actor: load(claims) }
    cache.set(sid, entry)
    try {
      return await entry.actor
    } catch (error) {
      if (cache.peek(sid) === entry) cache.delete(sid)
      throw error
    }
  }
}

import { timingSafeEqual } from 'node:crypto'
import type { Bus } from '../platform/bus.ts'
import type { Actor } from '../platform/guard.ts'
import { createCache } from '../platform/cache.ts'
import { userChanged, userDeleted } from '../users/events.ts'
import type { Users } from '../users/service.ts'
import type { ApiKeys } from './api-keys.ts'
import { sessionRevoked } from './events.ts'
import type { Sessions } from './sessions.ts'

/** How many sessions and keys are remembered, and for how many milliseconds when another process ended one. */
const bounds = { atMost: 20_000, ms: 5_000 }

/** A session or an API key by its id, and what must fit: whose it is, or the hash of the key. */
export interface Claim { id: string, userId?: string, hash?: string }

interface Found { actor: Actor, hash?: string }
interface Known { userId: string | undefined, found: Promise<Found | undefined> }

const fits = ({ actor, hash }: Found, claim: Claim) => claim.hash === undefined
  ? actor.id === claim.userId
  : hash !== undefined && timingSafeEqual(Buffer.from(hash), Buffer.from(claim.hash))

/** Where is remembered what a shown key is: whoever shows made-up keys must not be in the way of the session with the same id. */
const shownPlace = (id: string) => `key ${id}`

/** Who acts by a session or an API key, remembered for some seconds: every request asks. What this process changes counts at once. */
export function createActors ({ bus, users, sessions, apiKeys }: { bus: Bus, users: Users, sessions: Sessions, apiKeys: ApiKeys }) {
  const cache = createCache<Known>(bounds)
  const forgetPerson = ({ user_id }: { user_id: string }) => {
    // Whose a key is that is being looked up is not known yet.
    for (const [place, { userId }] of cache.entries()) if (userId === undefined || userId === user_id) cache.delete(place)
  }
  bus.on(sessionRevoked, ({ session_id }) => { for (const place of [session_id, shownPlace(session_id)]) cache.delete(place) })
  bus.on(userChanged, forgetPerson)
  bus.on(userDeleted, forgetPerson)

  async function loadSession ({ id, userId }: Claim): Promise<Found | undefined> {
    if (userId === undefined) return
    const [owner, account] = await Promise.all([sessions.owner(id), users.credentials(userId)])
    if (owner !== userId || !account?.is_active) return
    return { actor: { id: account.id, username: account.username, role: account.role, session_id: id } }
  }

  async function loadKey ({ id }: Claim): Promise<Found | undefined> {
    const key = await apiKeys.find(id)
    const account = key && await users.credentials(String(key.user_id))
    if (!account?.is_active) return
    const { scopes, hash, expires_at } = key!
    // Whatever asks for the role, not only what lies under /admin, must not take the key for more than it is.
    const role = scopes.includes('admin') ? account.role : 'user'
    return { hash, actor: { id: account.id, username: account.username, role, session_id: id, scopes, ...(expires_at && { expires_at: expires_at.getTime() }) } }
  }

  /** Who acts by a session or a key; undefined when it or the account has ended, when the account is switched off, and when the claim does not fit. */
  return async function actorOf (claim: Claim): Promise<Actor | undefined> {
    const { id, userId, hash } = claim
    const place = hash === undefined ? id : shownPlace(id)
    let entry = cache.get(place)
    if (!entry) {
      // The promise itself is kept, so that simultaneous requests share one look-up.
      entry = { userId, found: hash === undefined ? loadSession(claim).then(async found => found ?? await loadKey(claim)) : loadKey(claim) }
      cache.set(place, entry)
    }
    const forget = () => { if (cache.peek(place) === entry) cache.delete(place) }
    try {
      const found = await entry.found
      // Keys that do not exist can be made up without end: they must not push the others out.
      if (!found && hash !== undefined) forget()
      if (found) entry.userId = found.actor.id
      return found && fits(found, claim) ? found.actor : undefined
    } catch (error) {
      forget()
      throw error
    }
  }
}

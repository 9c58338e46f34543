import { timingSafeEqual } from 'node:crypto'
import type { Bus } from '../platform/bus.ts'
import type { Actor } from '../platform/guard.ts'
import type { Maybe } from '../platform/maybe.ts'
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
/** What is being looked up, and what was found. */
interface Known { userId: string | undefined, finding: Promise<Found | undefined>, found?: Found }

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

  const lookUp = (claim: Claim): Known =>
    ({ userId: claim.userId, finding: claim.hash === undefined ? loadSession(claim).then(async found => found ?? await loadKey(claim)) : loadKey(claim) })

  async function settle (entry: Known, place: string, claim: Claim): Promise<Actor | undefined> {
    const forget = () => { if (cache.peek(place) === entry) cache.delete(place) }
    try {
      const found = await entry.finding
      // Keys that do not exist can be made up without end: they must not push the others out.
      if (!found && claim.hash !== undefined) forget()
      if (found) Object.assign(entry, { userId: found.actor.id, found })
      return found && fits(found, claim) ? found.actor : undefined
    } catch (error) {
      forget()
      throw error
    }
  }

  /** Who acts by a session or a key; undefined when it or the account has ended, when the account is switched off, and when the claim does not fit. At once where that is remembered. */
  return function actorOf (claim: Claim): Maybe<Actor | undefined> {
    const place = claim.hash === undefined ? claim.id : shownPlace(claim.id)
    let entry = cache.get(place)
    if (entry?.found) return fits(entry.found, claim) ? entry.found.actor : undefined
    // What looks is kept, so that simultaneous requests share one look-up.
    if (!entry) cache.set(place, entry = lookUp(claim))
    return settle(entry, place, claim)
  }
}

import { trusted } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import { createCache } from '../platform/cache.ts'
import { userChanged, userDeleted } from './events.ts'
import type { UserModel } from './model.ts'

/** How many names are remembered, and for how many milliseconds when another process changed one. */
const bounds = { atMost: 20_000, ms: 60_000 }

/** Usernames by id, remembered: every message that is read or delivered needs one. */
export function createNames ({ model, bus }: { model: UserModel, bus: Bus }) {
  // An empty name stands for an account that is gone, so that its old messages do not ask for it again and again.
  const cache = createCache<string>(bounds)
  let changes = 0
  const forget = ({ user_id }: { user_id: string }) => {
    changes++
    cache.delete(user_id)
  }
  bus.on(userChanged, forget)
  bus.on(userDeleted, forget)

  /** The usernames of those ids that still have an account. */
  return async function names (ids: string[]): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    const unknown = new Set<string>()
    for (const id of ids) {
      const name = cache.get(id)
      if (name === undefined) unknown.add(id)
      else if (name) found.set(id, name)
    }
    if (unknown.size === 0) return found
    const before = changes
    const records = await model.find({ _id: trusted({ $in: [...unknown] }) }).select({ username: 1 }).lean()
    for (const { _id, username } of records) found.set(String(_id), username)
    // A change in the meantime may be of one of these: what was read could be the old name.
    if (changes === before) for (const id of unknown) cache.set(id, found.get(id) ?? '')
    return found
  }
}

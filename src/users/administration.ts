import { type Connection, type mongo, trusted, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { inTransaction } from '../platform/transaction.ts'
import { userChanged } from './events.ts'
import type { LastAdmin } from './last-admin.ts'
import { keyOf, named, searchKeyOf, toMe, type UserModel, type UserRecord } from './model.ts'
import type { Me } from './schemas.ts'
import { searchAccounts, type SearchPlace } from './search.ts'

export interface AccountQuery { limit?: number, cursor?: string, role?: Me['role'], is_active?: boolean, q?: string }
export interface AccountChanges { full_name?: string | null, is_active?: boolean, role?: Me['role'] }

/** What belongs to a change, done in its transaction. */
export type Alongside = (session: mongo.ClientSession, before: Me, after: Me) => Promise<void>

interface Needs { connection: Connection, bus: Bus, cursors: Cursors, model: UserModel, lastAdmin: LastAdmin }

/** What only administrators may see and do of the accounts. */
export function createAdministration ({ connection, bus, cursors, model, lastAdmin }: Needs) {
  /** Whether the actor is an active administrator now, whatever is remembered of them. */
  const isAdmin = async (actor: Actor, session: mongo.ClientSession | null = null): Promise<boolean> =>
    await model.exists({ _id: actor.id, role: 'admin', is_active: true }).session(session) !== null

  /** Throws `forbidden` unless the actor is an active administrator now. */
  async function requireAdmin (actor: Actor, session: mongo.ClientSession | null = null): Promise<void> {
    if (!await isAdmin(actor, session)) throw new Problem('forbidden', 'Only an administrator may do this.')
  }

  return {
    isAdmin,
    requireAdmin,

    /** All accounts that fit, oldest first; with `q` by the email, username or full name that begins so. Throws `invalid_cursor`. */
    async list ({ limit = 50, cursor, role, is_active, q }: AccountQuery): Promise<{ items: Me[], next_cursor: string | null }> {
      const filter = { ...(role && { role }), ...(is_active !== undefined && { is_active }) }
      const list = `accounts ${JSON.stringify([role, is_active, q])}`
      const place = cursor === undefined ? undefined : cursors.open<SearchPlace>(list, cursor)
      const found = q === undefined
        ? (await model.find({ ...filter, ...(place && { _id: trusted({ $gt: new Types.ObjectId(place[1]) }) }) }).sort({ _id: 1 }).limit(limit + 1).lean())
            .map(record => ({ record, place: ['', String(record._id)] satisfies SearchPlace }))
        : await searchAccounts(model, { username_key: searchKeyOf(q), full_name_key: searchKeyOf(q), email_key: keyOf(q) }, place, limit + 1, filter)
      const page = found.slice(0, limit)
      return { items: page.map(({ record }) => toMe(record)), next_cursor: found.length > limit ? cursors.seal(list, page.at(-1)!.place) : null }
    },

    /**
     * Changes somebody's account, and does what belongs to it in the same transaction; without a difference it does nothing.
     * Throws `user_not_found`, `last_site_admin`, `forbidden`.
     */
    async change (actor: Actor, userId: string, { full_name, ...rights }: AccountChanges, alongside: Alongside): Promise<Me> {
      const changed = await inTransaction(connection, async session => {
        const before = await model.findOne({ _id: userId }, null, { session }).lean()
        if (!before) throw new Problem('user_not_found')
        const after: UserRecord = { ...before, ...named({ ...(full_name !== undefined && { full_name }) }), ...rights, updated_at: new Date() }
        if (after.full_name === before.full_name && after.is_active === before.is_active && after.role === before.role) return before
        if (after.role !== 'admin' || !after.is_active) await lastAdmin.spare(session, before)
        // Who was an administrator when the request began may not be one any more.
        await requireAdmin(actor, session)
        const { full_name: name, full_name_key, is_active, role, updated_at } = after
        await model.updateOne({ _id: before._id }, { $set: { full_name: name, full_name_key, is_active, role, updated_at } }, { session })
        await alongside(session, toMe(before), toMe(after))
        return after
      })
      bus.emit(userChanged, { user_id: userId })
      return toMe(changed)
    }
  }
}

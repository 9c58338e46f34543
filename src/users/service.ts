import { randomInt } from 'node:crypto'
import { type Connection, type mongo, trusted, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import { createFindFew } from '../platform/find-few.ts'
import type { Actor } from '../platform/guard.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import { inTransaction } from '../platform/transaction.ts'
import { createAdministration } from './administration.ts'
import { createDepartures } from './departures.ts'
import { userChanged } from './events.ts'
import { createLastAdmin } from './last-admin.ts'
import { createUserModel, keyOf, named, searchKeyOf, toMe, toUser, uniqueIndexes, type UserRecord } from './model.ts'
import { createNames } from './names.ts'
import type { ListQuery, Me, SearchQuery, User, UserUpdate } from './schemas.ts'
import { searchAccounts, type SearchPlace } from './search.ts'

export interface NewUser { email: string, password_hash: string, username?: string, full_name?: string | null, role?: 'user' | 'admin' }

/** What belongs to a new account, done in its transaction. */
export type WithAccount = (session: mongo.ClientSession, account: Me) => Promise<void>

interface Needs {
  connection: Connection
  bus: Bus
  cursors: Cursors
  /** Writes down, in the same transaction, that an administrator deleted somebody's account. */
  recordRemoval: (session: mongo.ClientSession, actor: Actor, userId: string) => Promise<void>
}

/** What the login needs to know of an account; never leaves the server. */
export interface Account { id: string, username: string, role: 'user' | 'admin', is_active: boolean, password_hash: string }

interface UserList { items: User[], next_cursor: string | null }

const toAccount = ({ _id, username, role, is_active, password_hash }: UserRecord): Account => ({ id: String(_id), username, role, is_active, password_hash })

/** Nothing of the email: the name is public. */
const neutralName = () => `user-${Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('')}`

const taken = {
  email: () => new Problem('email_taken', 'There is an account with this email.'),
  username: () => new Problem('username_taken', 'There is an account with this username.')
}

function refused (error: unknown): never {
  const index = duplicateIndex(error)
  if (index === uniqueIndexes.email) throw taken.email()
  if (index === uniqueIndexes.username) throw taken.username()
  throw error
}

/** The accounts, on one connection. */
export function createUsers ({ connection, bus, cursors, recordRemoval }: Needs) {
  const model = createUserModel(connection)
  const findFew = createFindFew(connection)
  const lastAdmin = createLastAdmin({ connection, users: model })
  const departures = createDepartures({ connection, bus, users: model, lastAdmin })
  const administration = createAdministration({ connection, bus, cursors, model, lastAdmin })

  async function insert ({ email, username, full_name = null, password_hash, role = 'user' }: NewUser, attempts: number, alongside?: WithAccount): Promise<Me> {
    const now = new Date()
    const names = { email, username: username ?? neutralName(), full_name }
    const record = { _id: new Types.ObjectId(), ...named(names), password_hash, role, is_active: true, created_at: now, updated_at: now, last_seen: null } as UserRecord
    try {
      if (alongside) {
        await inTransaction(connection, async session => {
          await model.create([record], { session })
          await alongside(session, toMe(record))
        })
      } else await model.create(record)
      return toMe(record)
    } catch (error) {
      if (username === undefined && attempts > 1 && duplicateIndex(error) === uniqueIndexes.username) return await insert({ email, full_name, password_hash, role }, attempts - 1, alongside)
      return refused(error)
    }
  }

  return {
    models: [model, departures.model, lastAdmin.model],
    resumeDepartures: departures.resume,
    administration,

    /**
     * Makes an account, with what belongs to it in the same transaction, and answers it as its owner sees it; without a username it gets a made-up one.
     * Throws `email_taken` or `username_taken`: the unique indexes decide, so among simultaneous calls exactly one succeeds.
     */
    create: (account: NewUser, alongside?: WithAccount): Promise<Me> => insert(account, 3, alongside),

    /** Throws `email_taken` or `username_taken` when that is known already, before anything dear is done for the account; `create` decides. */
    async refuseTaken ({ email, username }: Pick<NewUser, 'email' | 'username'>): Promise<void> {
      if (await model.exists({ email_key: keyOf(email) })) throw taken.email()
      if (username !== undefined && await model.exists({ username_key: keyOf(username) })) throw taken.username()
    },

    /** The account with this email or username, in any case; a name with an `@` is an email. Null if there is none. */
    async findForLogin (name: string): Promise<Account | null> {
      const key = keyOf(name)
      const record = await model.findOne(key.includes('@') ? { email_key: key } : { username_key: key }).select('+password_hash').lean()
      return record && toAccount(record)
    },

    /** The account with this id, with what its password is checked against. Null if there is none. */
    async credentials (userId: string): Promise<Account | null> {
      const [record] = await findFew<UserRecord>('users', { filter: { _id: new Types.ObjectId(userId) }, limit: 1 })
      return record ? toAccount(record) : null
    },

    /** Replaces the hash of a password, unless it is no longer `replaced`; answers whether it did. */
    async setPasswordHash (userId: string, hash: string, replaced: string): Promise<boolean> {
      const { matchedCount } = await model.updateOne({ _id: userId, password_hash: replaced }, { $set: { password_hash: hash, updated_at: new Date() } })
      return matchedCount === 1
    },

    /** One's own account. Throws `unauthenticated` when it was deleted a moment ago. */
    async me (actor: Actor): Promise<Me> {
      const record = await model.findOne({ _id: actor.id }).lean()
      if (!record) throw new Problem('unauthenticated')
      return toMe(record)
    },

    /** Changes one's own account; members not given stay. Throws `email_taken`, `username_taken`, `unauthenticated`. */
    async update (actor: Actor, changes: UserUpdate): Promise<Me> {
      const record = await model.findOneAndUpdate({ _id: actor.id }, { $set: { ...named(changes), updated_at: new Date() } }, { returnDocument: 'after' }).lean().catch(refused)
      if (!record) throw new Problem('unauthenticated')
      bus.emit(userChanged, { user_id: actor.id })
      return toMe(record)
    },

    /**
     * Deletes an account, one's own or as an administrator anyone's: in one step it cannot log in any more and its email and
     * username are free. Throws `forbidden` for somebody else's, `user_not_found` when there is none, `last_site_admin`.
     */
    async remove (actor: Actor, userId: string): Promise<void> {
      const isOwn = actor.id === userId
      const may = isOwn || await administration.isAdmin(actor)
      const byAdmin = async (session: mongo.ClientSession) => {
        // Who was an administrator when the request began may not be one any more.
        await administration.requireAdmin(actor, session)
        await recordRemoval(session, actor, userId)
      }
      const found = may ? await departures.depart(userId, isOwn ? undefined : byAdmin) : await model.exists({ _id: userId })
      if (!found) throw new Problem('user_not_found')
      if (!may) throw new Problem('forbidden', 'Only the person and an administrator can delete an account.')
    },

    /** Everybody, oldest account first, a page at a time. Throws `invalid_cursor`. */
    async list (_actor: Actor, { limit = 50, cursor }: ListQuery): Promise<UserList> {
      const after = cursor && new Types.ObjectId(cursors.open<[string]>('users', cursor)[0])
      const records = await model.find(after ? { _id: trusted({ $gt: after }) } : {}).sort({ _id: 1 }).limit(limit + 1).lean()
      const items = records.slice(0, limit).map(toUser)
      return { items, next_cursor: records.length > limit ? cursors.seal('users', [items.at(-1)!.id]) : null }
    },

    /** Those whose username or full name begins with `q`, in the order of what matched, each once. Throws `invalid_cursor`. */
    async search (_actor: Actor, { q, limit = 50, cursor }: SearchQuery): Promise<UserList> {
      const prefix = searchKeyOf(q)
      const list = `users beginning ${prefix}`
      const found = await searchAccounts(model, { username_key: prefix, full_name_key: prefix }, cursor === undefined ? undefined : cursors.open<SearchPlace>(list, cursor), limit + 1)
      const page = found.slice(0, limit)
      return { items: page.map(({ record }) => toUser(record)), next_cursor: found.length > limit ? cursors.seal(list, page.at(-1)!.place) : null }
    },

    /** Somebody's public profile. Throws `user_not_found`. */
    async get (_actor: Actor, userId: string): Promise<User> {
      const record = await model.findOne({ _id: userId }).lean()
      if (!record) throw new Problem('user_not_found')
      return toUser(record)
    },

    /** The usernames of those ids that have an account, remembered for up to 60 seconds. */
    names: createNames({ model, bus }),

    /** Which of the ids belong to an account that is active. */
    async existing (ids: string[]): Promise<Set<string>> {
      const records = await model.find({ _id: trusted({ $in: ids }), is_active: true }).select({ _id: 1 }).lean()
      return new Set(records.map(({ _id }) => String(_id)))
    },

    /** Notes that somebody was here just now. */
    async touch (userId: string): Promise<void> {
      await model.updateOne({ _id: userId }, { $set: { last_seen: new Date() } })
    }
  }
}

export type Users = ReturnType<typeof createUsers>

import { type Connection, type mongo, trusted, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import { createCache } from '../platform/cache.ts'
import type { Clock } from '../platform/clock.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Scope } from '../platform/scopes.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import { inTransaction } from '../platform/transaction.ts'
import { userDeleted } from '../users/events.ts'
import type { Users } from '../users/service.ts'
import { type ApiKeyRecord, createApiKeyModel, slotIndex, toApiKey } from './api-key-model.ts'
import { type ApiKey, type ApiKeyCreate, apiKeyLimit, type ApiKeyQuery, type NewApiKey } from './api-key-schemas.ts'
import { hashOf, makeKey } from './api-key-text.ts'
import { sessionRevoked } from './events.ts'

/** What an administrator does with a key for the administrators' operations. */
export type KeyDeed = 'api_key_created' | 'api_key_revoked'

/** Writes it down, in the same transaction. */
export type RecordKey = (session: mongo.ClientSession, actor: Actor, action: KeyDeed, key: { api_key_id: string, scopes: Scope[] }) => Promise<void>

export interface ApiKeyNeeds { connection: Connection, bus: Bus, users: Users, cursors: Cursors, clock: Clock, recordKey: RecordKey, report: (error: unknown, what: string) => void }

/** How often it is written down that a key was used, in milliseconds. */
const noteMs = 60_000

/** When a new key shall end. Throws `validation_failed` for a time that is past. */
function endOf (text: string | null | undefined, now: number): Date | null {
  if (text === undefined || text === null) return null
  const end = new Date(text)
  if (end.getTime() > now) return end
  const message = 'must be a time to come'
  throw new Problem('validation_failed', `body/expires_at ${message}`, { errors: [{ path: '/expires_at', message }] })
}

/** The API keys of people. */
export function createApiKeys ({ connection, bus, users, cursors, clock, recordKey, report }: ApiKeyNeeds) {
  const model = createApiKeyModel(connection)
  const alive = () => ({ $or: [{ expires_at: null }, { expires_at: trusted({ $gt: new Date(clock.now()) }) }] })
  const noted = createCache<true>({ atMost: 20_000, ms: noteMs })

  /** A place that was free a moment ago, any of them: those who look at once should not all take the same. Throws `too_many_api_keys`. */
  async function freeSlot (userId: string): Promise<number> {
    await model.deleteMany({ user_id: userId, expires_at: trusted({ $lte: new Date(clock.now()) }) })
    const taken = new Set((await model.find({ user_id: userId }).select({ slot: 1 }).lean()).map(({ slot }) => slot))
    const free = Array.from({ length: apiKeyLimit }, (_, slot) => slot).filter(slot => !taken.has(slot))
    if (free.length === 0) throw new Problem('too_many_api_keys', `A person has at most ${apiKeyLimit} API keys: revoke one first.`)
    return free[Math.floor(Math.random() * free.length)]!
  }

  async function insert (actor: Actor, record: ApiKeyRecord): Promise<void> {
    const { _id, scopes } = record
    await inTransaction(connection, async session => {
      if (scopes.includes('admin')) {
        await users.administration.requireAdmin(actor, session)
        await recordKey(session, actor, 'api_key_created', { api_key_id: String(_id), scopes })
      }
      await model.create([record], { session })
    })
  }

  const ended = (ids: Types.ObjectId[], userId: string) => {
    for (const id of ids) bus.emit(sessionRevoked, { session_id: String(id), user_id: userId })
  }

  async function revokeAll (userId: string): Promise<void> {
    const ids = (await model.find({ user_id: userId }).select({ _id: 1 }).lean()).map(({ _id }) => _id)
    await model.deleteMany({ user_id: userId })
    ended(ids, userId)
  }
  bus.on(userDeleted, async ({ user_id }) => { await revokeAll(user_id) })

  return {
    model,

    /** Makes a key. Throws `too_many_api_keys`, `validation_failed`, `forbidden` for the scope `admin`, `unauthenticated` when the account was deleted a moment ago. */
    async create (actor: Actor, { name, scopes, expires_at }: ApiKeyCreate): Promise<NewApiKey> {
      const _id = new Types.ObjectId()
      const key = makeKey(String(_id))
      const record = { _id, user_id: new Types.ObjectId(actor.id), name: name.trim(), scopes, hash: hashOf(key), last_four: key.slice(-4), created_at: new Date(clock.now()), last_used_at: null, expires_at: endOf(expires_at, clock.now()) }
      // Ends: each time it was beaten there is one free place less.
      for (let isKept = false; !isKept;) {
        const kept = { ...record, slot: await freeSlot(actor.id) }
        isKept = await insert(actor, kept).then(() => true, (error: unknown) => {
          if (duplicateIndex(error) !== slotIndex) throw error
          return false
        })
      }
      // What comes after the deletion of the account would stay for ever.
      if (!await users.credentials(actor.id)) {
        await revokeAll(actor.id)
        throw new Problem('unauthenticated')
      }
      return { ...toApiKey({ ...record, slot: 0 }), key }
    },

    /** One's keys that have not ended, newest first, a page at a time. Throws `invalid_cursor`. */
    async list (actor: Actor, { limit = 50, cursor }: ApiKeyQuery): Promise<{ items: ApiKey[], next_cursor: string | null }> {
      const before = cursor && new Types.ObjectId(cursors.open<[string]>('api keys', cursor)[0])
      const records = await model.find({ user_id: actor.id, ...alive(), ...(before && { _id: trusted({ $lt: before }) }) }).sort({ _id: -1 }).limit(limit + 1).lean<ApiKeyRecord[]>()
      const items = records.slice(0, limit).map(toApiKey)
      return { items, next_cursor: records.length > limit ? cursors.seal('api keys', [items.at(-1)!.id]) : null }
    },

    /** Ends one of one's own keys at once, in all processes, and closes its sockets. Throws `api_key_not_found`. */
    async revoke (actor: Actor, apiKeyId: string): Promise<void> {
      const key = await inTransaction(connection, async session => {
        const found = await model.findOneAndDelete({ _id: apiKeyId, user_id: actor.id }, { session }).lean<ApiKeyRecord | null>()
        if (found?.scopes.includes('admin')) await recordKey(session, actor, 'api_key_revoked', { api_key_id: apiKeyId, scopes: found.scopes })
        return found
      })
      if (!key) throw new Problem('api_key_not_found')
      ended([key._id], actor.id)
    },

    /** A key that was not revoked, perhaps one that has expired; null if there is none. */
    find: async (apiKeyId: string): Promise<ApiKeyRecord | null> => await model.findOne({ _id: apiKeyId }).lean<ApiKeyRecord | null>(),

    /** Which of the ids are those of keys that have not ended. */
    async living (ids: string[]): Promise<Set<string>> {
      const found = await model.find({ _id: trusted({ $in: ids }), ...alive() }).select({ _id: 1 }).lean()
      return new Set(found.map(({ _id }) => String(_id)))
    },

    /** Notes that a key was used, at most once a minute whatever the number of processes. Never rejects. */
    async note (apiKeyId: string): Promise<void> {
      if (noted.has(apiKeyId)) return
      noted.set(apiKeyId, true)
      const now = new Date(clock.now())
      await model.updateOne({ _id: apiKeyId, $or: [{ last_used_at: null }, { last_used_at: trusted({ $lte: new Date(now.getTime() - noteMs) }) }] }, { $set: { last_used_at: now } })
        .catch((error: unknown) => { report(error, 'last_used_at') })
    }
  }
}

export type ApiKeys = ReturnType<typeof createApiKeys>

import { type Connection, type mongo, trusted, Types } from 'mongoose'
import type { Cursors } from '../platform/cursor.ts'
import type { Actor } from '../platform/guard.ts'
import type { Scope } from '../platform/scopes.ts'
import { type AuditRecord, createAuditModel, toAuditEntry } from './model.ts'
import type { AuditDetails, AuditEntry, AuditQuery, AuditTarget } from './schemas.ts'

/** What an administrator did or is about to see. */
export interface Deed { action: AuditEntry['action'], target: AuditTarget, details?: AuditDetails, requestId?: string }

/** The log of what administrators do, on one connection. It can be added to and read, and nothing else. */
export function createAudit ({ connection, cursors }: { connection: Connection, cursors: Cursors }) {
  const model = createAuditModel(connection)

  /** Writes an entry down; resolves when a majority has it, or when the transaction of `session` has. Throws when it cannot be written. */
  async function record (actor: Actor, { action, target, details, requestId }: Deed, session?: mongo.ClientSession): Promise<void> {
    const entry: Omit<AuditRecord, '_id'> = {
      actor_id: new Types.ObjectId(actor.id),
      actor_username: actor.username,
      action,
      target: { ...(target.user_id && { user_id: new Types.ObjectId(target.user_id) }), ...(target.chat_id && { chat_id: new Types.ObjectId(target.chat_id) }) },
      ...(details && { details }),
      ...(actor.scopes && { api_key_id: new Types.ObjectId(actor.session_id) }),
      ...(requestId !== undefined && { request_id: requestId }),
      created_at: new Date()
    }
    await model.create([entry], session ? { session } : {})
  }

  return {
    models: [model],
    record,

    /** Writes down that an administrator deletes an account, in the transaction that does so. */
    recordRemoval: async (session: mongo.ClientSession, actor: Actor, userId: string): Promise<void> =>
      await record(actor, { action: 'user_deleted', target: { user_id: userId } }, session),

    /** Writes down that an administrator made or revoked an API key for what lies under `/admin`, in the transaction that does so. */
    recordKey: async (session: mongo.ClientSession, actor: Actor, action: 'api_key_created' | 'api_key_revoked', key: { api_key_id: string, scopes: Scope[] }): Promise<void> =>
      await record(actor, { action, target: { user_id: actor.id }, details: key }, session),

    /** The entries that fit, newest first, a page at a time. Throws `invalid_cursor`. */
    async list ({ limit = 50, cursor, actor_id, action, user_id, chat_id }: AuditQuery): Promise<{ items: AuditEntry[], next_cursor: string | null }> {
      const list = `audit ${JSON.stringify([actor_id, action, user_id, chat_id])}`
      const place = cursor === undefined ? undefined : cursors.open<[number, string]>(list, cursor)
      const filter = {
        ...(actor_id && { actor_id }),
        ...(action && { action }),
        ...(user_id && { 'target.user_id': user_id }),
        ...(chat_id && { 'target.chat_id': chat_id }),
        ...(place && { $or: [{ created_at: trusted({ $lt: new Date(place[0]) }) }, { created_at: new Date(place[0]), _id: trusted({ $lt: new Types.ObjectId(place[1]) }) }] })
      }
      const records = await model.find(filter).sort({ created_at: -1, _id: -1 }).limit(limit + 1).lean<AuditRecord[]>()
      const last = records.length > limit ? records[limit - 1] : undefined
      return { items: records.slice(0, limit).map(toAuditEntry), next_cursor: last ? cursors.seal(list, [last.created_at.getTime(), String(last._id)]) : null }
    }
  }
}

export type Audit = ReturnType<typeof createAudit>

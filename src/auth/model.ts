import { type Connection, Schema, type Types } from 'mongoose'
import type { Session } from './schemas.ts'

export interface SessionRecord {
  _id: Types.ObjectId
  user_id: Types.ObjectId
  /** SHA-256 of the secret that is valid now, and of the one before it. The secrets themselves are stored nowhere. */
  refresh_hash: string
  previous_hash: string | null
  rotated_at: Date | null
  created_at: Date
  last_used_at: Date
  expires_at: Date
  user_agent: string | null
  ip: string | null
}

const date = { type: Date, required: true }
const hash = { type: String, required: true }
const optionalText = { type: String, default: null }

const sessionSchema = new Schema<SessionRecord>({
  user_id: { type: Schema.Types.ObjectId, required: true },
  refresh_hash: hash,
  previous_hash: optionalText,
  rotated_at: { type: Date, default: null },
  created_at: date,
  last_used_at: date,
  expires_at: date,
  user_agent: optionalText,
  ip: optionalText
}, { collection: 'sessions', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ user_id: 1, _id: 1 }, { name: 'user_id' })
  // MongoDB removes them up to a minute late: every query asks for the time as well.
  .index({ expires_at: 1 }, { expireAfterSeconds: 0, name: 'expires_at' })

/** The model of sessions on a connection. A session that was revoked is gone. */
export const createSessionModel = (connection: Connection) => connection.model<SessionRecord>('Session', sessionSchema)

export type SessionModel = ReturnType<typeof createSessionModel>

/** A session as its person may see it; `currentId` is the session that asks. */
export const toSession = ({ _id, created_at, last_used_at, expires_at, user_agent, ip }: SessionRecord, currentId: string): Session => ({
  id: String(_id),
  created_at: created_at.toISOString(),
  last_used_at: last_used_at.toISOString(),
  expires_at: expires_at.toISOString(),
  user_agent,
  ip,
  is_current: String(_id) === currentId
})

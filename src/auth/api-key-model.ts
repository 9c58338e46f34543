import { type Connection, Schema, type Types } from 'mongoose'
import type { Scope } from '../platform/scopes.ts'
import { prefixOf } from './api-key-text.ts'
import type { ApiKey } from './api-key-schemas.ts'

export interface ApiKeyRecord {
  _id: Types.ObjectId
  user_id: Types.ObjectId
  /** Which of the person's places it takes: each holds one key at the most, so that a unique index is the limit. */
  slot: number
  name: string
  scopes: Scope[]
  /** SHA-256 of the key, which itself is stored nowhere. */
  hash: string
  last_four: string
  created_at: Date
  last_used_at: Date | null
  expires_at: Date | null
}

/** The name of the unique index, by which a refused write tells that the place is taken. */
export const slotIndex = 'user_slot'

const apiKeySchema = new Schema<ApiKeyRecord>({
  user_id: { type: Schema.Types.ObjectId, required: true },
  slot: { type: Number, required: true },
  name: { type: String, required: true },
  scopes: { type: [String], required: true },
  hash: { type: String, required: true },
  last_four: { type: String, required: true },
  created_at: { type: Date, required: true },
  last_used_at: { type: Date, default: null },
  expires_at: { type: Date, default: null }
}, { collection: 'api_keys', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ user_id: 1, slot: 1 }, { unique: true, name: slotIndex })
  // One without an end stays; MongoDB removes the others up to a minute late, so every query asks for the time as well.
  .index({ expires_at: 1 }, { expireAfterSeconds: 0, name: 'expires_at' })

/** The model of API keys on a connection. A key that was revoked is gone. */
export const createApiKeyModel = (connection: Connection) => connection.model<ApiKeyRecord>('ApiKey', apiKeySchema)

/** A key as its person may see it. */
export const toApiKey = ({ _id, name, scopes, last_four, created_at, last_used_at, expires_at }: ApiKeyRecord): ApiKey => ({
  id: String(_id),
  name,
  scopes,
  prefix: prefixOf(String(_id)),
  last_four,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
  expires_at: expires_at?.toISOString() ?? null
})

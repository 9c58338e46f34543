import { type Connection, Schema, type Types } from 'mongoose'
import type { Me, User } from './schemas.ts'

export interface UserRecord {
  _id: Types.ObjectId
  email: string
  email_key: string
  username: string
  username_key: string
  full_name: string | null
  full_name_key: string | null
  /** Only read where it is asked for by name. */
  password_hash: string
  role: 'user' | 'admin'
  is_active: boolean
  created_at: Date
  updated_at: Date
  last_seen: Date | null
}

/** The names of the unique indexes, by which a refused write tells what was taken. */
export const uniqueIndexes = { email: 'email_key', username: 'username_key' } as const

/** Code points of a full name that are searched: a cursor that holds the key must fit its 400 characters in any script. */
const searchedLength = 48

const text = { type: String, required: true }
const optionalText = { type: String, default: null }

const userSchema = new Schema<UserRecord>({
  email: text,
  email_key: text,
  username: text,
  username_key: text,
  full_name: optionalText,
  full_name_key: optionalText,
  password_hash: { type: String, required: true, select: false },
  role: { type: String, enum: ['user', 'admin'], required: true },
  is_active: { type: Boolean, required: true },
  created_at: { type: Date, required: true },
  updated_at: { type: Date, required: true },
  last_seen: { type: Date, default: null }
}, { collection: 'users', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ email_key: 1 }, { unique: true, name: uniqueIndexes.email })
  .index({ username_key: 1 }, { unique: true, name: uniqueIndexes.username })
  // The few that the many accounts are searched for.
  .index({ role: 1, _id: 1 }, { name: 'admins', partialFilterExpression: { role: 'admin' } })
  .index({ is_active: 1, _id: 1 }, { name: 'deactivated', partialFilterExpression: { is_active: false } })
  // With the id, as full names repeat: a page of a search can begin among equal ones.
  .index({ full_name_key: 1, _id: 1 }, { name: 'full_name_key' })

/** The model of accounts on a connection. */
export const createUserModel = (connection: Connection) => connection.model<UserRecord>('User', userSchema)

export type UserModel = ReturnType<typeof createUserModel>

/** What all spellings of one name or address share: case, compatibility forms (NFKC) and space around it do not count. */
export const keyOf = (name: string) =>
  // Greek has two small sigmas, and which one a capital becomes depends on what follows: a prefix must not depend on that.
  name.normalize('NFKC').trim().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')

/** The key by which a name is searched: `keyOf`, cut to 48 code points. */
export const searchKeyOf = (name: string) => [...keyOf(name)].slice(0, searchedLength).join('')

/** The members that hold a name or address, each with its key; those not given stay out. */
export const named = ({ email, username, full_name }: { email?: string, username?: string, full_name?: string | null }) => ({
  ...(email !== undefined && { email, email_key: keyOf(email) }),
  ...(username !== undefined && { username, username_key: keyOf(username) }),
  ...(full_name !== undefined && { full_name: full_name?.trim() ?? null, full_name_key: full_name === null ? null : searchKeyOf(full_name) })
})

/** An account as everybody may see it. */
export const toUser = ({ _id, username, full_name, is_active, created_at, last_seen }: UserRecord): User => ({
  id: String(_id),
  username,
  full_name,
  is_active,
  created_at: created_at.toISOString(),
  last_seen: last_seen?.toISOString() ?? null
})

/** An account as only its owner may see it. */
export const toMe = (record: UserRecord): Me =>
  ({ ...toUser(record), email: record.email, role: record.role, updated_at: record.updated_at.toISOString() })

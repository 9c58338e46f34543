import { type Connection, type mongo, Schema, trusted } from 'mongoose'
import { Problem } from '../platform/errors.ts'
import type { UserModel, UserRecord } from './model.ts'

const guardSchema = new Schema({ _id: String, losses: Number }, { collection: 'site_guards', versionKey: false, strict: 'throw', strictQuery: 'throw' })

/**
 * Sees to it that there is always an active administrator. To count them is not enough: of two transactions that each take another
 * one away, both would count the other's. So each also writes one shared document, and the second of two has to begin again.
 */
export function createLastAdmin ({ connection, users }: { connection: Connection, users: UserModel }) {
  const model = connection.model('SiteGuard', guardSchema)

  return {
    model,

    /** To be awaited in the transaction that demotes, switches off or deletes `account`. Throws `last_site_admin`. */
    async spare (session: mongo.ClientSession, { _id, role, is_active }: Pick<UserRecord, '_id' | 'role' | 'is_active'>): Promise<void> {
      if (role !== 'admin' || !is_active) return
      await model.updateOne({ _id: 'admins' }, { $inc: { losses: 1 } }, { upsert: true, session })
      const another = await users.exists({ role: 'admin', is_active: true, _id: trusted({ $ne: _id }) }).session(session)
      if (!another) throw new Problem('last_site_admin', 'This is the last active administrator: make another one first.')
    }
  }
}

export type LastAdmin = ReturnType<typeof createLastAdmin>

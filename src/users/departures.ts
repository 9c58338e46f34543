import { type Connection, type mongo, Schema } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import { inTransaction } from '../platform/transaction.ts'
import { userDeleted, userWithdrawn } from './events.ts'
import type { LastAdmin } from './last-admin.ts'
import type { UserModel } from './model.ts'

const departureSchema = new Schema({ begun_at: { type: Date, required: true } }, { collection: 'departures', versionKey: false, strict: 'throw', strictQuery: 'throw' })

/**
 * Remembers which accounts are being deleted until nothing of them is left in any chat, so that a process that dies in between
 * leaves no ghost: the next start goes on.
 */
export function createDepartures ({ connection, bus, users, lastAdmin }: { connection: Connection, bus: Bus, users: UserModel, lastAdmin: LastAdmin }) {
  const model = connection.model('Departure', departureSchema)
  bus.on(userWithdrawn, async ({ user_id }) => { await model.deleteOne({ _id: user_id }) })

  /**
   * Deletes the account, with what belongs to that in the same transaction, and tells everybody who holds something of it; answers
   * whether there was one. Throws `last_site_admin`.
   */
  async function depart (userId: string, alongside?: (session: mongo.ClientSession) => Promise<void>): Promise<boolean> {
    const departed = await inTransaction(connection, async session => {
      const account = await users.findOne({ _id: userId }, null, { session }).lean()
      if (!account) return false
      await lastAdmin.spare(session, account)
      await model.updateOne({ _id: userId }, { $setOnInsert: { begun_at: new Date() } }, { upsert: true, session })
      await users.deleteOne({ _id: userId }, { session })
      await alongside?.(session)
      return true
    })
    if (departed) bus.emit(userDeleted, { user_id: userId })
    return departed
  }

  return {
    model,
    depart,

    /** Goes on with what an earlier process began. */
    async resume (): Promise<void> {
      for (const { _id } of await model.find().select({ _id: 1 }).lean()) {
        await users.deleteOne({ _id })
        bus.emit(userDeleted, { user_id: String(_id) })
      }
    }
  }
}

import { type Connection, Schema, Types } from 'mongoose'
import type { Transaction } from '../log/operations.ts'
import type { Actor } from '../platform/guard.ts'

/** How long it is remembered who went out of which chat, in milliseconds; a client that was away for longer begins anew. */
export const rememberedMs = 30 * 24 * 3_600_000

const id = { type: Schema.Types.ObjectId, required: true }

const removalSchema = new Schema({
  user_id: id,
  chat_id: id,
  at: { type: Date, required: true }
}, { collection: 'removals', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ user_id: 1, at: 1 }, { name: 'user_at' })
  // A day longer, so that nothing goes while a cursor is accepted that is to be told of it.
  .index({ at: 1 }, { name: 'at', expireAfterSeconds: rememberedMs / 1000 + 86_400 })

/** Who went out of which chat: the chat itself knows only who is in it. */
export function createRemovals ({ connection }: { connection: Connection }) {
  const model = connection.model('Removal', removalSchema)

  return {
    model,

    /** Within the transaction that takes people out of a chat. */
    note: async (chat: Types.ObjectId, userIds: Types.ObjectId[], { session, now }: Transaction) => {
      await model.collection.insertMany(userIds.map(userId => ({ user_id: userId, chat_id: chat, at: now })), { session })
    },

    /** The newest chats somebody went out of after a time, at most `limit`. */
    async since (actor: Actor, time: Date, limit: number): Promise<Types.ObjectId[]> {
      const rows = await model.collection.find({ user_id: new Types.ObjectId(actor.id), at: { $gt: time } }).sort({ at: -1 }).limit(limit).project<{ chat_id: Types.ObjectId }>({ chat_id: 1 }).toArray()
      return [...new Map(rows.map(({ chat_id }) => [String(chat_id), chat_id])).values()]
    }
  }
}

export type Removals = ReturnType<typeof createRemovals>

import { trusted, Types } from 'mongoose'
import type { Entries } from '../log/entry.ts'
import type { ChatModel } from './model.ts'

/** Entries removed at a time: small enough to leave the database free for others. */
const portion = 2000

/**
 * Removes the entries of cleared and deleted chats. The chat says up to where (`purge_before`) in the same transaction that made
 * them unreachable, so a purge that was interrupted goes on at the next start.
 */
export function createPurge ({ model, entries }: { model: ChatModel, entries: Entries }) {
  async function purge (chatId: Types.ObjectId, before: number, isDeleted: boolean) {
    for (;;) {
      const ids = await entries.find({ chat_id: chatId, seq: { $lt: before } }).project<{ _id: Types.ObjectId }>({ _id: 1 }).sort({ seq: 1 }).limit(portion).toArray()
      if (ids.length === 0) break
      await entries.deleteMany({ _id: { $in: ids.map(({ _id }) => _id) } })
    }
    if (isDeleted) await model.deleteOne({ _id: chatId, is_deleted: true })
    else await model.updateOne({ _id: chatId, purge_before: before }, { $unset: { purge_before: 1 } })
  }

  return {
    /** Removes what one chat has to lose. */
    chat: (chatId: string, before: number, isDeleted: boolean) => purge(new Types.ObjectId(chatId), before, isDeleted),

    /** Goes on where an earlier process was interrupted. */
    async resume () {
      for (const { _id, purge_before, is_deleted } of await model.find({ purge_before: trusted({ $gt: 0 }) }).lean()) {
        await purge(_id, purge_before!, is_deleted === true)
      }
    }
  }
}

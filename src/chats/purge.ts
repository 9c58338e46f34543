import { trusted, Types } from 'mongoose'
import type { Log } from '../log/index.ts'
import { copyPatienceMs } from './copies.ts'
import type { ChatModel } from './model.ts'

/** Entries removed at a time: small enough to leave the database free for others. */
const portion = 2000

/**
 * Removes the entries of cleared and deleted chats. The chat says up to where (`purge_before`) in the same transaction that made
 * them unreachable, so a purge that was interrupted goes on at the next start.
 */
export function createPurge ({ model, log: { entries, branches: branchModel } }: { model: ChatModel, log: Log }) {
  async function purge (chatId: Types.ObjectId, before: number, isDeleted: boolean) {
    for (;;) {
      const ids = await entries.find({ chat_id: chatId, seq: { $lt: before } }).project<{ _id: Types.ObjectId }>({ _id: 1 }).sort({ seq: 1 }).limit(portion).toArray()
      if (ids.length === 0) break
      await entries.deleteMany({ _id: { $in: ids.map(({ _id }) => _id) } })
    }
    if (isDeleted) {
      // A chat that was deleted has none left; a copy that was interrupted may.
      await branchModel.deleteMany({ chat_id: chatId })
      await model.deleteOne({ _id: chatId, is_deleted: true })
    } else await model.updateOne({ _id: chatId, purge_before: before }, { $unset: { purge_before: 1 } })
  }

  /** Takes the text from the messages of branches that are gone; their entries stay, so that the log has no hole. */
  async function branches (chatId: Types.ObjectId, ids: Types.ObjectId[]) {
    await entries.updateMany({ chat_id: chatId, branch_id: { $in: ids }, kind: 'message', is_deleted: false }, { $set: { content: '', is_deleted: true, reactions: [] } })
    await model.updateOne({ _id: chatId }, { $pullAll: { dropped_branch_ids: ids } })
    await model.updateOne({ _id: chatId, dropped_branch_ids: [] }, { $unset: { dropped_branch_ids: 1 } })
  }

  return {
    branches: (chatId: string, ids: Types.ObjectId[]) => branches(new Types.ObjectId(chatId), ids),

    /** Removes what one chat has to lose. */
    chat: (chatId: string, before: number, isDeleted: boolean) => purge(new Types.ObjectId(chatId), before, isDeleted),

    /** Goes on where an earlier process was interrupted. */
    async resume () {
      for (const { _id, purge_before, is_deleted, forked_from, created_at } of await model.find({ purge_before: trusted({ $gt: 0 }) }).lean()) {
        // Another process may just be copying.
        if (forked_from && is_deleted && created_at.getTime() > Date.now() - copyPatienceMs) continue
        await purge(_id, purge_before!, is_deleted === true)
      }
      for (const { _id, dropped_branch_ids: ids = [] } of await model.find({ dropped_branch_ids: trusted({ $exists: true }) }).lean()) await branches(_id, ids)
    }
  }
}

import { trusted, Types } from 'mongoose'
import type { Log } from '../log/index.ts'
import { copyPatienceMs, everything } from './copies.ts'
import type { ChatModel } from './model.ts'
import type { Reads } from './reads.ts'

/** Entries changed or removed at a time: small enough to leave the database free for others. */
const portion = 2000
/**
 * How long emptied entries are kept, in milliseconds. Their numbers must stay taken until no process can remember a head of the
 * log from before them (60 s, and what a write may take): it would give one of them to a message that nobody would ever see.
 */
const keptMs = 300_000

/**
 * Removes the entries of cleared and deleted chats: their text at once, the entries themselves later. The chat says up to where
 * (`purge_before`) in the same transaction that made them unreachable, so a purge that was interrupted goes on at the next start.
 */
export function createPurge ({ model, reads, log: { entries, versions, branches: branchModel }, report }: { model: ChatModel, reads: Reads, log: Log, report: (error: unknown) => void }) {
  /** Does something to the entries below a number, a portion at a time. */
  async function below (chatId: Types.ObjectId, before: number, act: (portion: { chat_id: Types.ObjectId, seq: { $gte: number, $lt: number } }) => Promise<unknown>) {
    const oldest = await entries.findOne({ chat_id: chatId }, { projection: { seq: 1 }, sort: { seq: 1 } })
    const newest = await entries.findOne({ chat_id: chatId, seq: { $lt: before } }, { projection: { seq: 1 }, sort: { seq: -1 } })
    for (let from = oldest?.seq ?? before; from <= (newest?.seq ?? 0); from += portion) {
      await act({ chat_id: chatId, seq: { $gte: from, $lt: Math.min(before, from + portion) } })
    }
  }

  async function remove (chatId: Types.ObjectId, before: number, isDeleted: boolean) {
    await below(chatId, before, async some => await entries.deleteMany(some))
    if (isDeleted) {
      // A chat that was deleted has none left; a copy that was interrupted may.
      await branchModel.deleteMany({ chat_id: chatId })
      await reads.model.deleteMany({ chat_id: chatId })
      await model.deleteOne({ _id: chatId, is_deleted: true })
    } else await model.updateOne({ _id: chatId, purge_before: before }, { $unset: { purge_before: 1 } })
  }

  /** Takes the text from the messages of branches that are gone; their entries stay, so that the log has no hole. */
  async function branches (chatId: Types.ObjectId, ids: Types.ObjectId[]) {
    await entries.updateMany({ chat_id: chatId, branch_id: { $in: ids }, kind: 'message', is_deleted: { $ne: true } }, { $set: { content: '', is_deleted: true, reactions: [] } })
    // After the messages: an edit that was under way has kept its old text by now, or finds the message deleted.
    await versions.forget({ chat_id: chatId, branch_id: { $in: ids } })
    await model.updateOne({ _id: chatId }, { $pullAll: { dropped_branch_ids: ids } })
    await model.updateOne({ _id: chatId, dropped_branch_ids: [] }, { $unset: { dropped_branch_ids: 1 } })
  }

  async function purge (chatId: Types.ObjectId, before: number, isDeleted: boolean) {
    await below(chatId, before, async some => {
      await entries.updateMany({ ...some, kind: 'message' }, {
        $set: { content: '', reactions: [], is_deleted: true },
        $unset: { client_id: 1, client_digest: 1 }
      })
      await versions.forget(some)
    })
    setTimeout(() => { remove(chatId, before, isDeleted).catch(report) }, keptMs).unref()
  }

  /** Removes a copy that was never finished: nobody saw it, so nobody remembers a number of it. */
  const removeCopy = async (chatId: Types.ObjectId) => await remove(chatId, everything, true)

  return {
    copy: removeCopy,

    /** Takes the text from the messages of deleted branches. */
    branches: (chatId: string, ids: Types.ObjectId[]) => branches(new Types.ObjectId(chatId), ids),

    /** Empties what one chat has to lose, and removes it later. */
    chat: (chatId: string, before: number, isDeleted: boolean) => purge(new Types.ObjectId(chatId), before, isDeleted),

    /** Goes on where an earlier process was interrupted. */
    async resume () {
      for (const { _id, purge_before, is_deleted, created_at } of await model.find({ purge_before: trusted({ $gt: 0 }) }).lean()) {
        if (purge_before !== everything) await purge(_id, purge_before!, is_deleted === true)
        // Another process may just be copying.
        else if (created_at.getTime() < Date.now() - copyPatienceMs) await removeCopy(_id)
      }
      for (const { _id, dropped_branch_ids: ids = [] } of await model.find({ dropped_branch_ids: trusted({ $exists: true }) }).lean()) await branches(_id, ids)
    }
  }
}

import type { Types } from 'mongoose'
import type { Transaction } from '../log/operations.ts'
import type { ChatModel } from './model.ts'

/** What a chat remembers of its branches. */
export const createBranchMarks = ({ model }: { model: ChatModel }) => ({
  /** Within a transaction: which branch messages go to that name none. */
  activateBranch: async (chatId: string, branchId: Types.ObjectId, { session, now }: Transaction) => {
    await model.updateOne({ _id: chatId }, { $set: { active_branch_id: branchId, updated_at: now }, $inc: { version: 1 } }, { session, timestamps: false })
  },

  /** Within a transaction: remembers that the messages of these branches have to lose their text. */
  dropBranches: async (chatId: string, ids: Types.ObjectId[], { session }: Transaction) => {
    await model.updateOne({ _id: chatId }, { $push: { dropped_branch_ids: { $each: ids } } }, { session, timestamps: false })
  }
})

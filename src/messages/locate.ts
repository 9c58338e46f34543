import { Types } from 'mongoose'
import type { Access, Chats } from '../chats/service.ts'
import type { Branch } from '../log/branch.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { Transaction } from '../log/operations.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'

/** Finds the stored message that an id names, for one who is in its chat. It throws `message_not_found` for all else. */
export const createLocate = ({ log, chats }: { log: Log, chats: Chats }) =>
  async (actor: Actor, messageId: string): Promise<{ entry: MessageEntry, access: Access, branch: Branch }> => {
    const entry = await log.entries.findOne({ _id: new Types.ObjectId(messageId), kind: 'message' }, { readConcern: { level: 'majority' } }) as MessageEntry | null
    const access = entry && await chats.access.find(actor, String(entry.chat_id))
    // The messages of a deleted branch stay in the log without their text, but nobody can reach them.
    const branch = access && await log.branches.findOne({ _id: entry.branch_id, chat_id: entry.chat_id }).lean()
    if (!entry || !access || !branch || entry.seq <= access.clearedSeq) throw new Problem('message_not_found')
    return { entry, access, branch }
  }

export type Locate = ReturnType<typeof createLocate>

/** Finds a message again within the transaction that changes it. It throws `chat_not_found`, `message_not_found`. */
export const createRelocate = ({ log, chats }: { log: Log, chats: Chats }) =>
  async (actor: Actor, { _id, chat_id, branch_id }: MessageEntry, { session }: Transaction): Promise<{ entry: MessageEntry, access: Access }> => {
    const access = await chats.access.inTransaction(session, actor, String(chat_id))
    const entry = await log.entries.findOne({ _id, chat_id, kind: 'message', seq: { $gt: access.clearedSeq } }, { session }) as MessageEntry | null
    // A change that came after the deletion of its branch would tell everybody of a message that nobody can read.
    if (!entry || !await log.branches.exists({ _id: branch_id, chat_id }).session(session)) throw new Problem('message_not_found')
    return { entry, access }
  }

export type Relocate = ReturnType<typeof createRelocate>

import { Types } from 'mongoose'
import type { Access, Chats } from '../chats/service.ts'
import type { Branch } from '../log/branch.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
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

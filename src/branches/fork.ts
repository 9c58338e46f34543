import { Types } from 'mongoose'
import type { Access, Chats } from '../chats/service.ts'
import { type Branch as BranchRecord, mainBranch } from '../log/branch.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { ForkCreate } from './schemas.ts'

/** The most messages a copy takes over, and how many are copied at a time. */
export const copyLimit = 100_000
const portion = 1000

interface Needs {
  log: Log
  chats: Chats
  accessTo: (actor: Actor, chatId: string) => Promise<Access>
  branchOf: (chatId: string, branchId: string) => Promise<BranchRecord>
}

/** Gives each old id one new one, always the same. */
function renamer () {
  const ids = new Map<string, Types.ObjectId>()
  return (id: Types.ObjectId): Types.ObjectId => {
    const known = ids.get(String(id)) ?? new Types.ObjectId()
    ids.set(String(id), known)
    return known
  }
}

/** Copies of chats. */
export function createFork ({ log, chats, accessTo, branchOf }: Needs) {
  /** The messages to copy, in the order of the log, a portion at a time. */
  async function * source (chatId: string, branches: BranchRecord[], path: BranchRecord | undefined, upto: number): AsyncGenerator<MessageEntry[]> {
    for (let after = path ? -1 : 0; ;) {
      const rows = path
        ? await log.readPath(path, { from: after + 1, to: Infinity, order: 'asc', limit: portion, includeDeleted: true })
        : await log.entries.find({ chat_id: new Types.ObjectId(chatId), kind: 'message', seq: { $gt: after, $lte: upto }, branch_id: { $in: branches.map(({ _id }) => _id) } }).sort({ seq: 1 }).limit(portion).toArray() as MessageEntry[]
      const wanted = rows.filter(({ seq }) => seq <= upto)
      if (wanted.length > 0) yield wanted
      if (rows.length < portion) return
      after = path ? rows.at(-1)!.message_index : rows.at(-1)!.seq
    }
  }

  return {
    /** Makes a new assistant chat of one's own with a path or all branches. Throws `chat_not_found`, `branch_not_found`, `chat_too_large`. */
    async fork (actor: Actor, chatId: string, { include = 'path', branch_id, title }: ForkCreate) {
      const access = await accessTo(actor, chatId)
      const original = await chats.get(actor, chatId)
      const active = await branchOf(chatId, branch_id ?? String(access.activeBranchId))
      const all = include === 'branches' ? await log.branches.find({ chat_id: chatId }).sort({ _id: 1 }).lean<BranchRecord[]>() : []
      const copy = await chats.copies.begin(actor, { title: title ?? original.title, system_prompt: original.system_prompt }, { chat_id: new Types.ObjectId(chatId), branch_id: include === 'path' ? active._id : null, seq: original.last_seq })
      const rename = renamer()
      const main = new Types.ObjectId()
      const branchFor = (id: Types.ObjectId) => include === 'path' ? main : rename(id)
      const newSeqs = new Map<number, number>()
      let seq = 0
      let deleted = 0
      let last: Types.ObjectId | null = null
      for await (const rows of source(chatId, all, include === 'path' ? active : undefined, original.last_seq)) {
        if (seq + rows.length > copyLimit) throw new Problem('chat_too_large', `At most ${copyLimit} messages can be copied.`)
        const copies = rows.map((row): MessageEntry => {
          const { client_id: _id, client_digest: _digest, ...message } = row
          newSeqs.set(row.seq, ++seq)
          if (row.is_deleted) deleted++
          last = rename(row._id)
          return { ...message, _id: last, chat_id: copy._id, seq, rev: seq, branch_id: branchFor(row.branch_id), turn_id: row.turn_id && rename(row.turn_id), reply_to: row.reply_to && rename(row.reply_to), run_id: null, reactions: [] }
        })
        await log.entries.insertMany(copies)
      }
      const branches = include === 'path'
        ? [{ ...mainBranch(main, copy._id, copy.owner_id, copy.created_at), deleted_count: deleted }]
        : all.map((branch): BranchRecord => ({
          ...branch,
          _id: rename(branch._id),
          chat_id: copy._id,
          parent_branch_id: branch.parent_branch_id && rename(branch.parent_branch_id),
          fork_message_id: branch.fork_message_id && rename(branch.fork_message_id),
          lineage: branch.lineage.map(ancestor => ({ ...ancestor, branch_id: rename(ancestor.branch_id), upto_seq: newSeqs.get(ancestor.upto_seq) ?? 0 }))
        }))
      await log.branches.collection.insertMany(branches)
      await chats.copies.finish(copy, { active_branch_id: branchFor(active._id), last_seq: seq, last_message_id: last })
      return await chats.get(actor, String(copy._id))
    }
  }
}

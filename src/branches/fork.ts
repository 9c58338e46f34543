import { Types } from 'mongoose'
import type { Access, Chats } from '../chats/service.ts'
import { type Branch as BranchRecord, mainBranch } from '../log/branch.ts'
import { leavingOut, type MessageEntry } from '../log/entry.ts'
import type { Log, Moment } from '../log/index.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { ForkCreate } from './schemas.ts'

/** The most messages a copy takes over, and how many are copied at a time. */
const copyLimit = 100_000
const portion = 1000

interface Needs {
  log: Log
  chats: Chats
  accessTo: (actor: Actor, chatId: string) => Promise<Access>
  branchOf: (chatId: string, branchId: string) => Promise<BranchRecord>
  report: (error: unknown) => void
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

type Copy = Awaited<ReturnType<Chats['copies']['begin']>>
/** What is copied: one path into a single branch, or all branches. */
type Source = { path: BranchRecord } | { branches: BranchRecord[] }

/** Copies of chats. */
export function createFork ({ log, chats, accessTo, branchOf, report }: Needs) {
  const ofBranches = (chat: Types.ObjectId, branches: BranchRecord[]) => ({ chat_id: chat, kind: 'message' as const, branch_id: { $in: branches.map(({ _id }) => _id) } })

  /** Throws `chat_too_large`. */
  async function checkSize (chat: Types.ObjectId, source: Source, moment: Moment) {
    const size = 'path' in source
      ? (await log.headOf(source.path, moment)).index + 1
      : await log.entries.countDocuments(ofBranches(chat, source.branches), { ...moment, limit: copyLimit + 1 })
    if (size > copyLimit) throw new Problem('chat_too_large', `At most ${copyLimit} messages can be copied.`)
  }

  /** The messages to copy, in the order of the log, a portion at a time. */
  async function * messagesOf (chat: Types.ObjectId, source: Source, moment: Moment): AsyncGenerator<MessageEntry[]> {
    for (let after = -1; ;) {
      const rows = 'path' in source
        ? await log.readPath(source.path, { from: after + 1, to: Infinity, order: 'asc', limit: portion, includeDeleted: true }, moment)
        : await log.entries.find({ ...ofBranches(chat, source.branches), seq: { $gt: after } }, moment).sort({ seq: 1 }).limit(portion).toArray() as MessageEntry[]
      if (rows.length > 0) yield rows
      if (rows.length < portion) return
      after = 'path' in source ? rows.at(-1)!.message_index : rows.at(-1)!.seq
    }
  }

  /** Copies messages and branches, and answers how the copy ends. */
  async function fill (copy: Copy, chat: Types.ObjectId, active: BranchRecord, source: Source, moment: Moment) {
    const rename = renamer()
    const main = new Types.ObjectId()
    const branchFor = (id: Types.ObjectId) => 'path' in source ? main : rename(id)
    const copied = new Map<string, Types.ObjectId>()
    const newSeqs = new Map<number, number>()
    let last: { id: Types.ObjectId, seq: number } | undefined
    let deleted = 0
    for await (const rows of messagesOf(chat, source, moment)) {
      const copies = rows.map((row): MessageEntry => {
        const { client_id: _id, client_digest: _digest, ...message } = row
        last = { id: new Types.ObjectId(), seq: copied.size + 1 }
        copied.set(String(row._id), last.id)
        newSeqs.set(row.seq, last.seq)
        if (row.is_deleted) deleted++
        // What a message names is older, so it was copied before, or is not copied at all.
        const renamed = (id: Types.ObjectId | null | undefined) => id ? copied.get(String(id)) : undefined
        return { ...message, _id: last.id, chat_id: copy._id, seq: last.seq, rev: last.seq, branch_id: branchFor(row.branch_id), turn_id: renamed(row.turn_id), reply_to: renamed(row.reply_to), run_id: undefined, status: row.status === 'streaming' ? 'stopped' : row.status, reactions: undefined }
      })
      await log.entries.insertMany(copies, leavingOut)
    }
    const forkOf = (branch: BranchRecord) => branch.fork_message_id && copied.get(String(branch.fork_message_id))!
    await log.branches.collection.insertMany('path' in source
      ? [{ ...mainBranch(main, copy._id, copy.owner_id, copy.created_at), deleted_count: deleted }]
      : source.branches.map((branch, i): BranchRecord => ({
        ...branch,
        _id: rename(branch._id),
        chat_id: copy._id,
        parent_branch_id: branch.parent_branch_id && rename(branch.parent_branch_id),
        fork_message_id: forkOf(branch),
        // Before all that will be made in the copy.
        seq: i - source.branches.length + 1,
        lineage: branch.lineage.map(ancestor => ({ ...ancestor, branch_id: rename(ancestor.branch_id), upto_seq: newSeqs.get(ancestor.upto_seq)! }))
      })))
    return { active_branch_id: branchFor(active._id), last_seq: last?.seq ?? 0, last_message_id: last?.id ?? null }
  }

  return {
    /** Makes a new assistant chat of one's own with a path or all branches. Throws `chat_not_found`, `branch_not_found`, `chat_too_large`. */
    async fork (actor: Actor, chatId: string, { include = 'path', branch_id, title }: ForkCreate) {
      const access = await accessTo(actor, chatId)
      const chat = new Types.ObjectId(chatId)
      const original = await chats.get(actor, chatId)
      const active = await branchOf(chatId, branch_id ?? String(access.activeBranchId))
      const copy = await log.atOneMoment(async moment => {
        const [newest] = await log.entries.find({ chat_id: chat }, moment).sort({ seq: -1 }).limit(1).project<{ seq: number }>({ seq: 1 }).toArray()
        const branches = await log.branches.collection.find<BranchRecord>({ chat_id: chat }, moment).sort({ seq: 1 }).toArray()
        if (!branches.some(({ _id }) => _id.equals(active._id))) throw new Problem('branch_not_found')
        const source: Source = include === 'path' ? { path: active } : { branches }
        await checkSize(chat, source, moment)
        const copy = await chats.copies.begin(actor, { title: title ?? original.title, system_prompt: original.system_prompt, memories_enabled: original.memories_enabled }, { chat_id: chat, branch_id: include === 'path' ? active._id : null, seq: newest?.seq ?? 0 })
        try {
          await chats.copies.finish(copy, await fill(copy, chat, active, source, moment))
        } catch (error) {
          await chats.copies.abandon(copy).catch(report)
          throw error
        }
        return copy
      })
      return await chats.get(actor, String(copy._id))
    }
  }
}

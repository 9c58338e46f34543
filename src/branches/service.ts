import { trusted, Types } from 'mongoose'
import type { Access, Chats } from '../chats/service.ts'
import type { Branch as BranchRecord } from '../log/branch.ts'
import type { Log } from '../log/index.ts'
import { numbersOf } from '../log/numbers.ts'
import type { Transaction } from '../log/operations.ts'
import type { Messages } from '../messages/service.ts'
import type { Bus } from '../platform/bus.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import { createBranchMaker, mayActivate } from './create.ts'
import { createDiff } from './diff.ts'
import { activeBranchChanged, branchDeleted, branchUpdated } from './events.ts'
import { createFork } from './fork.ts'
import { toBranch } from './model.ts'
import type { Branch, ListQuery } from './schemas.ts'
import { createTree } from './tree.ts'

export interface Needs { bus: Bus, log: Log, chats: Chats, messages: Messages, cursors: Cursors, report: (error: unknown) => void }

/** Conversations that part. */
export function createBranches (needs: Needs) {
  const { bus, log, chats, cursors, report } = needs

  async function accessTo (actor: Actor, chatId: string): Promise<Access> {
    const access = await chats.access.find(actor, chatId)
    if (!access) throw new Problem('chat_not_found')
    return access
  }

  async function branchOf (chatId: string, branchId: string, transaction?: Transaction): Promise<BranchRecord> {
    const branch = await log.branches.findOne({ _id: branchId, chat_id: chatId }, null, transaction ? { session: transaction.session } : {}).lean<BranchRecord | null>()
    if (!branch) throw new Problem('branch_not_found')
    return branch
  }

  const present = async (record: BranchRecord, access: Access): Promise<Branch> => toBranch(record, await log.headOf(record), access.activeBranchId)

  /** Throws `forbidden` unless somebody made the branch or decides in the chat. */
  function checkOwner (actor: Actor, access: Access, branch: BranchRecord) {
    if (access.type === 'group' && !access.isAdmin && String(branch.created_by) !== actor.id) throw new Problem('forbidden', 'Only who made a branch or an admin of the group may do this.')
  }

  /** A page of branches as they are stored, parents before children. */
  async function page (chatId: string, list: string, { limit = 50, cursor }: ListQuery): Promise<{ records: BranchRecord[], next_cursor: string | null }> {
    const after = cursor === undefined ? undefined : cursors.open<[number]>(list, cursor)[0]
    const records = await log.branches.find({ chat_id: chatId, ...(after !== undefined && { seq: trusted({ $gt: after }) }) }).sort({ seq: 1 }).limit(limit + 1).lean<BranchRecord[]>()
    return { records: records.slice(0, limit), next_cursor: records.length > limit ? cursors.seal(list, [records[limit - 1]!.seq]) : null }
  }

  const maker = createBranchMaker(needs)

  return {
    create: maker.create,
    insertAlternative: maker.insertAlternative,
    announce: maker.announce,
    ...createTree({ log, accessTo, page }),
    ...createDiff({ log, messages: needs.messages, accessTo, branchOf }),
    ...createFork({ log, chats, accessTo, branchOf, report }),

    /** A page of a chat's branches, oldest first. Throws `chat_not_found`, `invalid_cursor`. */
    async list (actor: Actor, chatId: string, query: ListQuery): Promise<{ items: Branch[], next_cursor: string | null }> {
      const access = await accessTo(actor, chatId)
      const { records, next_cursor } = await page(chatId, `branches ${chatId}`, query)
      return { items: await Promise.all(records.map(record => present(record, access))), next_cursor }
    },

    /** One branch. Throws `chat_not_found`, `branch_not_found`. */
    async get (actor: Actor, chatId: string, branchId: string): Promise<Branch> {
      const access = await accessTo(actor, chatId)
      return await present(await branchOf(chatId, branchId), access)
    },

    /** Gives a branch another name. Throws `chat_not_found`, `branch_not_found`, `forbidden`, `branch_name_taken`. */
    rename: async (actor: Actor, chatId: string, branchId: string, name: string): Promise<Branch> => await log.change<Branch>({
      chatId,
      async apply (transaction) {
        const access = await chats.access.inTransaction(transaction.session, actor, chatId)
        const branch = await branchOf(chatId, branchId, transaction)
        checkOwner(actor, access, branch)
        if (branch.name === name) return { drafts: [], result: await present(branch, access) }
        await log.branches.updateOne({ _id: branch._id }, { $set: { name } }, { session: transaction.session }).catch((error: unknown) => {
          throw duplicateIndex(error) === 'chat_name' ? new Problem('branch_name_taken', `The chat has a branch named "${name}".`) : error
        })
        return { drafts: [{ type: 'branch_updated', branch_id: branch._id, actor_id: new Types.ObjectId(actor.id) }], result: await present({ ...branch, name }, access) }
      },
      committed (branch, [entry]) {
        chats.summaries.note(entry!)
        bus.emit(branchUpdated, { chat_id: chatId, seq: entry!.seq, branch })
      }
    }),

    /** Makes a branch the active one. Throws `chat_not_found`, `branch_not_found`, `forbidden`. */
    activate: async (actor: Actor, chatId: string, branchId: string): Promise<Branch> => await log.change<Branch>({
      chatId,
      async apply (transaction) {
        const access = await chats.access.inTransaction(transaction.session, actor, chatId)
        const branch = await branchOf(chatId, branchId, transaction)
        if (!mayActivate(access)) throw new Problem('forbidden', 'Only an admin of the group sets its active branch.')
        const result = await present(branch, { ...access, activeBranchId: branch._id })
        if (access.activeBranchId.equals(branch._id)) return { drafts: [], result }
        await chats.activateBranch(chatId, branch._id, transaction)
        return { drafts: [{ type: 'active_branch_changed', branch_id: branch._id, actor_id: new Types.ObjectId(actor.id) }], result }
      },
      committed (branch, [entry]) {
        chats.summaries.note(entry!)
        bus.emit(activeBranchChanged, { chat_id: chatId, seq: entry!.seq, branch_id: branch.id })
      }
    }),

    /** Deletes a branch, with `cascade` also those forked from it. Throws `chat_not_found`, `branch_not_found`, `forbidden`, `branch_in_use`. */
    async remove (actor: Actor, chatId: string, branchId: string, cascade: boolean): Promise<void> {
      const gone = await log.change<Types.ObjectId[]>({
        chatId,
        async apply (transaction) {
          const { session } = transaction
          const access = await chats.access.inTransaction(session, actor, chatId)
          const branch = await branchOf(chatId, branchId, transaction)
          const descendants = await log.branches.find({ chat_id: chatId, 'lineage.branch_id': branch._id }, null, { session }).lean<BranchRecord[]>()
          for (const one of [branch, ...descendants]) checkOwner(actor, access, one)
          const ids = [branch._id, ...descendants.map(({ _id }) => _id)]
          if (branch.kind === 'main') throw new Problem('branch_in_use', 'The main branch cannot be deleted.')
          if (descendants.length > 0 && !cascade) throw new Problem('branch_in_use', `${descendants.length} branches are forked from it: delete them first, or all of them with ?cascade=true.`)
          if (ids.some(id => access.activeBranchId.equals(id))) throw new Problem('branch_in_use', 'The active branch cannot be deleted: make another one active first.')
          await log.branches.deleteMany({ _id: trusted({ $in: ids }), chat_id: chatId }, { session })
          await chats.dropBranches(chatId, ids, transaction)
          const actorId = new Types.ObjectId(actor.id)
          return { drafts: ids.map(id => ({ type: 'branch_deleted' as const, branch_id: id, actor_id: actorId })), result: ids }
        },
        committed (ids, entries) {
          chats.summaries.note(entries.at(-1)!)
          bus.emit(branchDeleted, { chat_id: chatId, ...numbersOf(entries), branch_ids: ids.map(String) })
        }
      })
      await chats.purgeBranches(chatId, gone).catch(report)
    }
  }
}

export type Branches = ReturnType<typeof createBranches>

import { type mongo, Types } from 'mongoose'
import type { Access, Chats } from '../chats/service.ts'
import type { Branch as BranchRecord } from '../log/branch.ts'
import type { Entry, MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { Draft, Transaction } from '../log/operations.ts'
import { isOnPath, lineageUpTo } from '../log/path.ts'
import type { Place } from '../log/place.ts'
import { newMessage } from '../messages/events.ts'
import type { Messages } from '../messages/service.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import { activeBranchChanged, branchCreated } from './events.ts'
import { toBranch } from './model.ts'
import type { BranchCreate, BranchCreated } from './schemas.ts'

interface Needs { bus: Bus, log: Log, chats: Chats, messages: Messages }

/** The most ancestors of a branch, and the most branches of a chat. */
const depthLimit = 100
const branchLimit = 1000

/** Whether somebody may say which branch messages go to that name none. */
export const mayActivate = (access: Access) => access.type !== 'group' || access.isAdmin

function invalid (path: string, message: string): Problem {
  return new Problem('validation_failed', `body${path} ${message}`, { errors: [{ path, message }] })
}

/** Throws `validation_failed` unless the place is given by exactly one selector and the branch gets a name or a text. */
function checkCreate ({ name, message_id, message_index, turn_index, replace_with }: BranchCreate): void {
  const selectors = [message_id, message_index, turn_index].filter(selector => selector !== undefined).length
  if (selectors !== 1) throw invalid('', 'must have exactly one of "message_id", "message_index" and "turn_index"')
  if (name === undefined && replace_with === undefined) throw invalid('/name', 'is needed unless there is "replace_with"')
}

/** Making branches: one mechanism for a named one and for an alternative. */
export function createBranchMaker ({ bus, log, chats, messages }: Needs) {
  async function branchOf (chatId: string, branchId: unknown, session: mongo.ClientSession): Promise<BranchRecord> {
    const branch = await log.branches.findOne({ _id: String(branchId), chat_id: chatId }, null, { session }).lean<BranchRecord | null>()
    if (!branch) throw new Problem('branch_not_found')
    return branch
  }

  /** The message that the request names, and a path it lies on. */
  async function choose (chatId: string, access: Access, body: BranchCreate, session: mongo.ClientSession): Promise<{ chosen: MessageEntry, path: BranchRecord }> {
    if (body.message_id !== undefined) {
      const chosen = await log.entries.findOne({ _id: new Types.ObjectId(body.message_id), chat_id: new Types.ObjectId(chatId), kind: 'message', seq: { $gt: access.clearedSeq } }, { session }) as MessageEntry | null
      const named = body.branch_id === undefined ? undefined : await branchOf(chatId, body.branch_id, session)
      const path = named ?? (chosen && await log.branches.findOne({ _id: chosen.branch_id, chat_id: chatId }, null, { session }).lean<BranchRecord | null>())
      if (!chosen || !path || !isOnPath(path, chosen)) throw new Problem('message_not_found', named && 'The message is not on the path of `branch_id`.')
      return { chosen, path }
    }
    const path = await branchOf(chatId, body.branch_id ?? access.activeBranchId, session)
    const chosen = body.message_index !== undefined
      ? (await log.messagesAt(path, [body.message_index], session))[0]
      : await log.lastOfTurn(path, body.turn_index! + 1, session)
    if (!chosen) throw new Problem('index_off_path', body.message_index !== undefined ? `The path has no message at ${body.message_index}.` : `The path has no turn at ${body.turn_index}.`)
    return { chosen, path }
  }

  /** A name for an alternative that nobody has given to a branch. */
  async function freeName (chatId: string, seq: number, session: mongo.ClientSession): Promise<string> {
    for (let n = 1; ; n++) {
      const name = `alternative ${seq}${n > 1 ? ` (${n})` : ''}`
      if (!await log.branches.exists({ chat_id: chatId, name }).session(session)) return name
    }
  }

  async function checkLimits (chatId: string, depth: number, session: mongo.ClientSession) {
    if (depth > depthLimit) throw new Problem('branch_too_deep', `A branch has at most ${depthLimit} ancestors.`)
    const count = await log.branches.countDocuments({ chat_id: chatId }).session(session)
    if (count >= branchLimit) throw new Problem('too_many_branches', `A chat has at most ${branchLimit} branches.`)
  }

  /** A branch that a transaction is about to make. */
  interface Made { record: BranchRecord, fork: Place, activate: boolean }

  /**
   * Makes a branch behind `fork`, a message of `path` (null: at its beginning), within a transaction. The caller logs
   * `branch_created`, and `active_branch_changed` when it is activated, and hands `newBranches` to the log.
   */
  async function insert (access: Access, actorId: Types.ObjectId, transaction: Transaction, { path, fork, kind, name, activate }: { path: BranchRecord, fork: MessageEntry | null, kind: 'named' | 'alternative', name?: string | undefined, activate: boolean }) {
    const { session, seq, now } = transaction
    const lineage = lineageUpTo(path, fork)
    await checkLimits(access.id, lineage.length, session)
    const record: BranchRecord = {
      _id: new Types.ObjectId(),
      chat_id: path.chat_id,
      name: name ?? await freeName(access.id, seq, session),
      kind,
      parent_branch_id: fork?.branch_id ?? null,
      fork_message_id: fork?._id ?? null,
      created_from_message_index: fork?.message_index ?? null,
      seq,
      lineage,
      deleted_count: fork ? await log.countDeleted(path, fork.message_index, session) : 0,
      created_by: actorId,
      created_at: now
    }
    await log.branches.collection.insertOne(record, { session }).catch((error: unknown) => {
      throw duplicateIndex(error) === 'chat_name' ? new Problem('branch_name_taken', `The chat has a branch named "${record.name}".`) : error
    })
    if (activate) await chats.activateBranch(access.id, record._id, transaction)
    const place: Place = { index: fork?.message_index ?? -1, turns: fork?.turn_count ?? 0, id: fork?._id ?? null }
    const made: Made = { record, fork: place, activate }
    return { made, newBranches: new Map([[String(record._id), place]]) }
  }

  /** Makes a branch for another message in the place of one, within a transaction; answers what that follows. Throws `forbidden`, `message_not_found`. */
  async function insertAlternative (access: Access, actor: Actor, transaction: Transaction, { messageId, activate = mayActivate(access) }: { messageId: string, activate?: boolean | undefined }) {
    if (activate && !mayActivate(access)) throw new Problem('forbidden', 'Only an admin of the group sets its active branch.')
    const { chosen, path } = await choose(access.id, access, { message_id: messageId }, transaction.session)
    const [answered] = await log.messagesAt(path, [chosen.message_index - 1], transaction.session)
    if (!answered) throw new Problem('validation_failed', 'This message answers nothing.')
    return { ...await insert(access, new Types.ObjectId(actor.id), transaction, { path, fork: answered, kind: 'alternative', activate }), answered }
  }

  /** Tells the chat of a branch that was made, and of the message that begins it. */
  function announce (actor: Actor, chatId: string, { record, fork, activate }: Made, entries: Entry[]): BranchCreated {
    const sent = entries.find(entry => entry.kind === 'message') as MessageEntry | undefined
    const head = sent ? { index: sent.message_index, turns: sent.turn_count, id: sent._id } : fork
    const branch = toBranch(record, head, activate ? record._id : undefined)
    const message = sent ? messages.toMessage(sent, actor.username) : null
    for (const entry of entries) {
      chats.summaries.note(entry)
      if (entry.kind === 'message') bus.emit(newMessage, { chat_id: chatId, seq: entry.seq, message: message! })
      else if (entry.type === 'branch_created') bus.emit(branchCreated, { chat_id: chatId, seq: entry.seq, branch })
      else bus.emit(activeBranchChanged, { chat_id: chatId, seq: entry.seq, branch_id: branch.id })
    }
    return { ...branch, message }
  }

  async function create (actor: Actor, chatId: string, body: BranchCreate): Promise<BranchCreated> {
    checkCreate(body)
    const actorId = new Types.ObjectId(actor.id)
    let created: BranchCreated | undefined
    await log.change<Made>({
      chatId,
      async apply (transaction) {
        const { session } = transaction
        const access = await chats.access.inTransaction(session, actor, chatId)
        if (body.activate && !mayActivate(access)) throw new Problem('forbidden', 'Only an admin of the group sets its active branch.')
        const { chosen, path } = await choose(chatId, access, body, session)
        if (body.replace_with !== undefined && chosen.role !== 'user' && access.type !== 'assistant') throw new Problem('role_not_allowed', 'In direct and group chats a person writes as `user`.')
        const fork = body.replace_with === undefined ? chosen : (await log.messagesAt(path, chosen.message_index > 0 ? [chosen.message_index - 1] : [], session))[0] ?? null
        const activate = body.activate ?? (body.replace_with !== undefined && mayActivate(access))
        const { made, newBranches } = await insert(access, actorId, transaction, { path, fork, kind: body.replace_with === undefined ? 'named' : 'alternative', name: body.name, activate })
        const { record } = made
        const drafts: Draft[] = [{ type: 'branch_created', branch_id: record._id, actor_id: actorId }]
        if (body.replace_with !== undefined) {
          const messageId = new Types.ObjectId()
          const asks = chosen.turn_id?.equals(chosen._id) ?? false
          drafts.push({ _id: messageId, branch_id: record._id, role: chosen.role, sender_id: actorId, content: body.replace_with, turn_id: asks ? messageId : chosen.turn_id, reply_to: chosen.reply_to })
        }
        if (activate) drafts.push({ type: 'active_branch_changed', branch_id: record._id, actor_id: actorId })
        return { drafts, result: made, newBranches }
      },
      committed: (made, entries) => { created = announce(actor, chatId, made, entries) }
    })
    return created!
  }
  return { create, insertAlternative, announce }
}

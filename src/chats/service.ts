import { type Connection, trusted, Types } from 'mongoose'
import { mainBranch } from '../log/branch.ts'
import type { Log } from '../log/index.ts'
import type { ChangeDraft, Transaction } from '../log/operations.ts'
import type { Bus } from '../platform/bus.ts'
import type { Clock } from '../platform/clock.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import type { Users } from '../users/service.ts'
import { createAccess } from './access.ts'
import { createBranchMarks } from './branch-marks.ts'
import { chatCleared, chatDeleted, chatUpdated } from './events.ts'
import { blankChat, type ChatRecord, createChatModel, directKey, newEpoch } from './model.ts'
import { createCopies } from './copies.ts'
import { checkSettings, othersOf } from './others.ts'
import { createParticipants } from './participants.ts'
import { createPresenter } from './present.ts'
import { createPurge } from './purge.ts'
import { createReads } from './reads.ts'
import { createRemovals } from './removals.ts'
import { createRestorations } from './restorations.ts'
import type { Chat, ChatCreate, ChatQuery, ChatUpdate } from './schemas.ts'
import { createSummaries } from './summaries.ts'
import { createSync } from './sync.ts'
import { createTyping } from './typing.ts'
import { withdrawDeleted } from './withdraw.ts'

export type { Access } from './access.ts'

interface Needs { connection: Connection, bus: Bus, log: Log, clock: Clock, users: Users, cursors: Cursors, report: (error: unknown) => void }

/** Chats and who is in them. */
export function createChats ({ connection, bus, log, clock, users, cursors, report }: Needs) {
  const model = createChatModel(connection)
  const access = createAccess({ model, bus })

  const removals = createRemovals({ connection })
  const restorations = createRestorations({ connection, model, log })
  const reads = createReads({ connection, bus, log, mine: access.record, flush: async () => await summaries.flush() })
  const summaries = createSummaries({ model, reads, entries: log.entries, clock, report })
  const purge = createPurge({ model, reads, log, report })

  const { present, presentFor } = createPresenter({ log, users, unread: reads.unread })
  const presentOne = async (actor: Actor, record: ChatRecord): Promise<Chat> => (await presentFor(actor, [record]))[0]!

  /** Makes a chat unreachable in the transaction of its last entry. */
  async function dissolve (chat: ChatRecord, actorId: Types.ObjectId, transaction: Transaction): Promise<ChangeDraft> {
    const { session, seq } = transaction
    await removals.note(chat._id, chat.participants.map(({ user_id }) => user_id), transaction)
    await model.updateOne({ _id: chat._id }, { $set: { title: null, system_prompt: null, participants: [], is_deleted: true, purge_before: seq, last_seq: seq }, $unset: { direct_key: 1 } }, { session, timestamps: false })
    await log.branches.deleteMany({ chat_id: chat._id }, { session })
    return { type: 'chat_deleted', actor_id: actorId }
  }

  function dissolved (chatId: string, seq: number) {
    bus.emit(chatDeleted, { chat_id: chatId, seq })
    purge.chat(chatId, seq, true).catch(report)
  }

  const participants = createParticipants({ log, bus, model, users, reads, removals, present, dissolve, dissolved })

  /** The chat, for one who decides in it: its owner or an admin of the group. A direct chat belongs to both and to neither. */
  async function ruled (actor: Actor, chatId: string, transaction: Transaction): Promise<ChatRecord> {
    const chat = await access.record(actor, chatId, transaction.session)
    if (chat.type === 'direct') throw new Problem('forbidden', 'A direct chat belongs to both people: neither can change, clear or delete it alone.')
    if (!chat.participants.some(({ user_id, is_admin }) => is_admin && String(user_id) === actor.id)) throw new Problem('forbidden', 'Only an admin of the group may do this.')
    return chat
  }

  async function store (record: ChatRecord): Promise<void> {
    const session = connection.getClient().startSession()
    try {
      await session.withTransaction(async () => {
        await model.collection.insertOne(record, { session })
        await log.branches.collection.insertOne(mainBranch(record.active_branch_id, record._id, record.owner_id, record.created_at), { session })
      })
    } finally {
      await session.endSession()
    }
  }

  async function remove (actor: Actor, chatId: string): Promise<void> {
    const actorId = new Types.ObjectId(actor.id)
    await log.change({
      chatId,
      apply: async transaction => ({ drafts: [await dissolve(await ruled(actor, chatId, transaction), actorId, transaction)], result: undefined }),
      committed: (_, entries) => dissolved(chatId, entries[0]!.seq)
    })
  }

  withdrawDeleted({ bus, model, remove, leave: participants.remove })

  return {
    models: [model, reads.model, removals.model, restorations.model],
    restorations,
    access,
    participants,
    reads,
    summaries,
    typing: createTyping({ bus, find: access.find }),
    resumePurges: purge.resume,
    purgeBranches: purge.branches,
    copies: createCopies({ model, bus, removeCopy: purge.copy }),

    ...createBranchMarks({ model }),
    ...createSync({ log, model, reads, removals, restorations, cursors, flush: summaries.flush }),
    remove,

    /** Makes a chat, or finds the one direct chat of a pair. Throws `user_not_found`, `validation_failed`. */
    async create (actor: Actor, { type = 'assistant', title = null, participant_ids = [], system_prompt = null, memories_enabled = true, assistant_enabled }: ChatCreate | (Omit<ChatCreate, 'title' | 'system_prompt'> & { title?: string | null, system_prompt?: string | null })): Promise<{ chat: Chat, created: boolean }> {
      const others = othersOf(actor, type, participant_ids)
      checkSettings(type, { assistant_enabled })
      const existing = await users.existing(others)
      const missing = others.find(id => !existing.has(id))
      if (missing) throw new Problem('user_not_found', `There is no such user: ${missing}.`)
      const pair = type === 'direct' ? directKey(actor.id, others[0]!) : undefined
      const known = pair && await model.findOne({ direct_key: pair, 'participants.user_id': actor.id }).lean<ChatRecord | null>()
      if (known) return { chat: await presentOne(actor, known), created: false }
      const now = new Date()
      const record: ChatRecord = {
        ...blankChat(actor.id, now),
        type,
        title: type === 'direct' ? null : title,
        system_prompt,
        memories_enabled,
        ...(assistant_enabled !== undefined && { assistant_enabled }),
        participants: [actor.id, ...others].map(id => ({ user_id: new Types.ObjectId(id), is_admin: type !== 'direct' && id === actor.id, joined_at: now })),
        ...(pair && { direct_key: pair })
      }
      try {
        await store(record)
      } catch (error) {
        // Linearizable waits until a majority has the chat that was made first; another read might not see it yet.
        const first = duplicateIndex(error) === 'direct_key' ? await model.findOne({ direct_key: pair!, 'participants.user_id': actor.id }).readConcern('linearizable').lean<ChatRecord | null>() : null
        if (!first) throw error
        return { chat: await presentOne(actor, first), created: false }
      }
      return { chat: await presentOne(actor, record), created: true }
    },

    /** A page of somebody's chats, newest activity first: the actor's, or those that an administrator of the server looks into. */
    async list (actor: Pick<Actor, 'id'>, { limit = 50, cursor, type }: ChatQuery) {
      await summaries.flush()
      const list = `chats ${actor.id} ${type ?? ''}`
      const place = cursor && cursors.open<[number, string]>(list, cursor)
      const after = place && { $or: [{ updated_at: trusted({ $lt: new Date(place[0]) }) }, { updated_at: new Date(place[0]), _id: trusted({ $lt: new Types.ObjectId(place[1]) }) }] }
      const records = await model.find({ 'participants.user_id': actor.id, ...(type && { type }), ...after }).sort({ updated_at: -1, _id: -1 }).limit(limit + 1).lean<ChatRecord[]>()
      const last = records.length > limit ? records[limit - 1] : undefined
      return { items: await presentFor(actor, records.slice(0, limit)), next_cursor: last ? cursors.seal(list, [last.updated_at.getTime(), String(last._id)]) : null }
    },

    /** A chat the actor is in. Throws `chat_not_found`. */
    async get (actor: Actor, chatId: string): Promise<Chat> {
      await summaries.flush()
      return await presentOne(actor, await access.record(actor, chatId))
    },

    /** Changes title, system prompt or settings. Throws `chat_not_found`, `forbidden`, `validation_failed`. */
    update: (actor: Actor, chatId: string, changes: ChatUpdate) => log.change<Chat>({
      chatId,
      async apply (transaction) {
        const { session, seq, now } = transaction
        const chat = await ruled(actor, chatId, transaction)
        checkSettings(chat.type, changes)
        const set = { ...changes, version: chat.version + 1, last_seq: seq, updated_at: now }
        await model.updateOne({ _id: chat._id, version: chat.version }, { $set: set }, { session, timestamps: false })
        return { drafts: [{ type: 'chat_updated', actor_id: new Types.ObjectId(actor.id) }], result: await present({ ...chat, ...set }) }
      },
      committed: (chat, entries) => bus.emit(chatUpdated, { chat_id: chatId, seq: entries[0]!.seq, change: 'chat_updated', chat })
    }),

    /** Removes all messages: a new epoch and a new, empty main branch. Throws `chat_not_found`, `forbidden`. */
    async clear (actor: Actor, chatId: string): Promise<void> {
      const before = await log.change<{ epoch: string, active_branch_id: Types.ObjectId, seq: number }>({
        chatId,
        async apply (transaction) {
          const { session, seq, now } = transaction
          const chat = await ruled(actor, chatId, transaction)
          const fresh = { epoch: newEpoch(), active_branch_id: new Types.ObjectId() }
          await log.branches.deleteMany({ chat_id: chat._id }, { session })
          await log.branches.collection.insertOne(mainBranch(fresh.active_branch_id, chat._id, new Types.ObjectId(actor.id), now), { session })
          await model.updateOne({ _id: chat._id }, { $set: { ...fresh, cleared_seq: seq, purge_before: seq, last_seq: seq, last_message_id: null, last_message_seq: seq, updated_at: now }, $inc: { version: 1 } }, { session, timestamps: false })
          return { drafts: [{ type: 'chat_cleared', actor_id: new Types.ObjectId(actor.id) }], result: { ...fresh, seq } }
        },
        committed: ({ epoch, active_branch_id, seq }) => bus.emit(chatCleared, { chat_id: chatId, seq, epoch, active_branch_id: String(active_branch_id) })
      })
      await purge.chat(chatId, before.seq, false)
    }
  }
}

export type Chats = ReturnType<typeof createChats>

import DataLoader from 'dataloader'
import { type mongo, trusted, Types } from 'mongoose'
import { chatStructureChanged } from '../log/events.ts'
import { afterGathering } from '../log/gathering.ts'
import type { Moment } from '../log/index.ts'
import type { Bus } from '../platform/bus.ts'
import { createCache } from '../platform/cache.ts'
import { Problem } from '../platform/errors.ts'
import { createFindFew } from '../platform/find-few.ts'
import type { Actor } from '../platform/guard.ts'
import { isId } from '../platform/typebox.ts'
import { type ChatModel, type ChatRecord, settingsOf } from './model.ts'

/** What rules need to know of a chat and of the one who asks. */
export interface Access {
  id: string
  type: ChatRecord['type']
  isAdmin: boolean
  activeBranchId: Types.ObjectId
  epoch: string
  clearedSeq: number
  /** Whether replies here know their asker's memories; it means something in assistant chats alone. */
  memoriesEnabled: boolean
  /** Whether an assistant may reply here. */
  assistantEnabled: boolean
}

/** Chats that are read by one command. */
const chatsAtOnce = 50
/** Rights may be remembered this long at the most; a change in this process drops them at once. */
const rememberedMs = 5000
const fields: Record<string, 1> = { type: 1, participants: 1, active_branch_id: 1, epoch: 1, cleared_seq: 1, memories_enabled: 1, assistant_enabled: 1 }
/** The rights of each person of a chat, by their id. */
type Known = Map<string, Access>

function toAccess (chat: ChatRecord, isAdmin: boolean): Access {
  const { memories_enabled, assistant_enabled } = settingsOf(chat)
  return { id: String(chat._id), type: chat.type, isAdmin, activeBranchId: chat.active_branch_id, epoch: chat.epoch, clearedSeq: chat.cleared_seq, memoriesEnabled: memories_enabled, assistantEnabled: assistant_enabled }
}

function toKnown (chat: ChatRecord): Known {
  const [member, admin] = [toAccess(chat, false), toAccess(chat, true)]
  return new Map(chat.participants.map(({ user_id, is_admin }) => [String(user_id), is_admin ? admin : member]))
}

const judge = (chat: Known | null, actor: Actor): Access | undefined => chat?.get(actor.id)

/** The one judge of who sees a chat, for REST, sockets and the log alike. */
export function createAccess ({ model, bus }: { model: ChatModel, bus: Bus }) {
  const findFew = createFindFew(model.db)
  const chats = createCache<Promise<Known | null>>({ atMost: 20_000, ms: rememberedMs })
  bus.on(chatStructureChanged, ({ chat_id }) => { chats.delete(chat_id) })

  function load (chatId: string): Promise<Known | null> {
    const loading = findFew<ChatRecord>('chats', { filter: { _id: new Types.ObjectId(chatId) }, projection: fields, limit: 1 }).then(([chat]) => chat ? toKnown(chat) : null)
    chats.set(chatId, loading)
    // A failure or an absence must not be remembered: the chat may be made, or the database back, in the next moment.
    const drop = () => { if (chats.peek(chatId) === loading) chats.delete(chatId) }
    loading.then(chat => { if (!chat) drop() }, drop)
    return loading
  }

  /** Chats as they are now: those that are asked for within some turns of the event loop are read by one command, as when everybody comes back after a restart. */
  const records = new DataLoader(async (chatIds: readonly string[]) => {
    const ids = [...new Set(chatIds)]
    const found = await findFew<ChatRecord>('chats', { filter: { _id: { $in: ids.map(id => new Types.ObjectId(id)) } }, limit: ids.length })
    const chats = new Map(found.map(chat => [chat._id.toHexString(), chat]))
    return chatIds.map(id => chats.get(id) ?? null)
  }, { cache: false, batchScheduleFn: afterGathering, maxBatchSize: chatsAtOnce })

  return {
    /** Begins to read what a route about a chat will ask for, so that it is there when it is known who asks. */
    foresee ({ chat_id: chatId }: { chat_id?: unknown }) { if (isId(chatId) && !chats.has(chatId)) load(chatId).catch(() => {}) },

    /** What the actor may know of a chat; undefined when there is none or they are not in it. At most 5 s old. */
    async find (actor: Actor, chatId: string): Promise<Access | undefined> {
      const remembered = chats.get(chatId)
      const access = judge(await (remembered ?? load(chatId)), actor)
      // Another process may have let them in meanwhile: a refusal is never old.
      return access ?? (remembered && judge(await load(chatId), actor))
    },

    /** The same as it is now. */
    findNow: async (actor: Actor, chatId: string): Promise<Access | undefined> => judge(await load(chatId), actor),

    /** The same as it is now, with what an assistant is told before the conversation. Throws `chat_not_found`. */
    async withPrompt (actor: Actor, chatId: string): Promise<Access & { systemPrompt: string | null }> {
      const chat = await model.findOne({ _id: chatId, 'participants.user_id': actor.id }, { ...fields, system_prompt: 1 }).readConcern('majority').lean<ChatRecord | null>()
      const access = chat && judge(toKnown(chat), actor)
      if (!access) throw new Problem('chat_not_found')
      return { ...access, systemPrompt: chat.system_prompt }
    },

    /** What one may know who is not in the chat and only reads it, as an administrator of the server does; undefined when there is none. */
    async ofStranger (chatId: string): Promise<Access | undefined> {
      const chat = await model.findOne({ _id: chatId, is_deleted: trusted({ $ne: true }) }, fields).lean<ChatRecord | null>()
      return chat ? toAccess(chat, false) : undefined
    },

    /** The same within a transaction, never remembered. Throws `chat_not_found`. */
    async inTransaction (session: mongo.ClientSession, actor: Actor, chatId: string): Promise<Access> {
      const chat = await model.findOne({ _id: chatId, 'participants.user_id': actor.id }, fields, { session }).lean<ChatRecord | null>()
      const access = chat && judge(toKnown(chat), actor)
      if (!access) throw new Problem('chat_not_found')
      return access
    },

    /** What a chat is, whoever asks, as it was at a moment. Throws `chat_not_found`. */
    async stateAtMoment (moment: Moment, chatId: string): Promise<Pick<Access, 'epoch' | 'clearedSeq'>> {
      const chat = await model.collection.findOne({ _id: new Types.ObjectId(chatId) }, { ...moment, projection: { epoch: 1, cleared_seq: 1, is_deleted: 1 } })
      if (!chat || chat.is_deleted) throw new Problem('chat_not_found')
      return { epoch: chat.epoch, clearedSeq: chat.cleared_seq }
    },

    /** The same as it was at the moment that other reads see, never remembered. Throws `chat_not_found`. */
    async atMoment (moment: Moment, actor: Actor, chatId: string): Promise<Access> {
      const chat = await model.collection.findOne({ _id: new Types.ObjectId(chatId), 'participants.user_id': new Types.ObjectId(actor.id) }, { ...moment, projection: fields })
      const access = chat && judge(toKnown(chat as ChatRecord), actor)
      if (!access) throw new Problem('chat_not_found')
      return access
    },

    /** All that is stored of a chat that the actor is in, as it is now or as a transaction sees it. Throws `chat_not_found`. */
    async record (actor: Actor, chatId: string, session?: mongo.ClientSession): Promise<ChatRecord> {
      const chat = session ? await model.findOne({ _id: chatId }, null, { session }).lean<ChatRecord | null>() : await records.load(chatId)
      if (!chat?.participants.some(({ user_id }) => user_id.toHexString() === actor.id)) throw new Problem('chat_not_found')
      return chat
    }
  }
}

import type { Types } from 'mongoose'
import { chatStructureChanged } from '../log/events.ts'
import type { Bus } from '../platform/bus.ts'
import type { Actor } from '../platform/guard.ts'
import { blankChat, type ChatModel, type ChatRecord } from './model.ts'

/** Nothing is ever numbered so high: a copy that is not finished is to be removed whole. */
export const everything = Number.MAX_SAFE_INTEGER
/** A copy that was not finished in this time, in milliseconds, never will be: its process died. */
export const copyPatienceMs = 15 * 60_000

type Origin = NonNullable<ChatRecord['forked_from']>

interface Needs { model: ChatModel, bus: Bus, removeCopy: (chatId: Types.ObjectId) => Promise<void> }

/** Chats that are made of another one's messages: nobody sees one before it is whole, and one that never gets whole is removed. */
export const createCopies = ({ model, bus, removeCopy }: Needs) => ({
  /** A hidden chat to copy into. */
  async begin (actor: Actor, source: Pick<ChatRecord, 'title' | 'system_prompt' | 'memories_enabled'>, origin: Origin): Promise<ChatRecord> {
    const record: ChatRecord = {
      ...blankChat(actor.id, new Date()),
      type: 'assistant',
      title: source.title,
      system_prompt: source.system_prompt,
      ...(source.memories_enabled !== undefined && { memories_enabled: source.memories_enabled }),
      participants: [],
      forked_from: origin,
      is_deleted: true,
      purge_before: everything
    }
    await model.collection.insertOne(record)
    return record
  },

  /** Removes a copy that cannot be finished. */
  abandon: async (record: ChatRecord): Promise<void> => await removeCopy(record._id),

  /** Shows the finished copy to its owner. */
  async finish (record: ChatRecord, end: Pick<ChatRecord, 'active_branch_id' | 'last_seq' | 'last_message_id'>): Promise<void> {
    const participants = [{ user_id: record.owner_id, is_admin: true, joined_at: record.created_at }]
    await model.updateOne({ _id: record._id }, { $set: { ...end, participants, updated_at: new Date() }, $unset: { is_deleted: 1, purge_before: 1 } }, { timestamps: false })
    // Whoever asked before is remembered as one who may not see it.
    bus.emit(chatStructureChanged, { chat_id: String(record._id) })
  }
})

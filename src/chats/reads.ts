import { type Connection, type mongo, Schema, Types } from 'mongoose'
import type { Log } from '../log/index.ts'
import type { Transaction } from '../log/operations.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { readMarked } from './events.ts'
import type { ChatRecord } from './model.ts'
import { createUnread, type ReadRecord } from './unread.ts'

const id = { type: Schema.Types.ObjectId, required: true }

// One document a person: a hundred people who read at once must not wait for one document of their chat.
const readSchema = new Schema({
  chat_id: id,
  user_id: id,
  seq: { type: Number, required: true },
  at: { type: Date, required: true }
}, { collection: 'reads', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ chat_id: 1, user_id: 1 }, { unique: true, name: 'chat_user' })

/** Moves a mark forward, never back; `at` is when it last moved. */
const forward = (seq: number, at: Date) => [{ $set: { at: { $cond: [{ $gt: [seq, '$seq'] }, at, '$at'] }, seq: { $max: ['$seq', seq] } } }]

interface Needs {
  connection: Connection
  bus: Bus
  log: Log
  /** The chat, for one who is in it. */
  mine: (actor: Actor, chatId: string) => Promise<ChatRecord>
  /** Writes the marks that come from sending. */
  flush: () => Promise<void>
}

/** What everybody has read. Marks are no entries of the log: they are state that is read again after an absence. */
export function createReads ({ connection, bus, log, mine, flush }: Needs) {
  const model = connection.model('Read', readSchema)
  const marks = model.collection as unknown as mongo.Collection<ReadRecord>
  const { unread, count, marksOf } = createUnread({ marks, entries: log.entries })

  /** Moves several marks in one write, within a transaction or a time. */
  async function advance (all: Omit<ReadRecord, 'at'>[], at: Date, options: Pick<mongo.BulkWriteOptions, 'session' | 'maxTimeMS'>) {
    if (all.length === 0) return
    await marks.bulkWrite(all.map(({ chat_id, user_id, seq }) => ({ updateOne: { filter: { chat_id, user_id }, update: forward(seq, at), upsert: true } })), { ordered: false, ...options })
  }

  return {
    model,
    advance,
    unread,
    count,
    marksOf,

    /** Within a transaction: whoever comes into a chat has nothing unread at first. */
    begin: async (chat: Types.ObjectId, userIds: string[], seq: number, { session, now }: Transaction) =>
      await advance(userIds.map(userId => ({ chat_id: chat, user_id: new Types.ObjectId(userId), seq })), now, { session }),

    /** Within a transaction: forgets the mark of somebody who goes. */
    end: async (chat: Types.ObjectId, userId: string, { session }: Transaction) => { await marks.deleteOne({ chat_id: chat, user_id: new Types.ObjectId(userId) }, { session }) },

    /** Moves the actor's mark forward and tells the chat; a lower number than the mark changes nothing. Throws `chat_not_found`, `validation_failed`. */
    async mark (actor: Actor, chatId: string, seq: number) {
      await flush()
      const [chat, newest] = await Promise.all([mine(actor, chatId), log.newestSeq(chatId)])
      if (seq > newest) throw new Problem('validation_failed', `body/seq must not be over ${newest}, the chat's highest number`, { errors: [{ path: '/seq', message: `must not be over ${newest}` }] })
      const who = { chat_id: chat._id, user_id: new Types.ObjectId(actor.id) }
      const before = await marks.findOneAndUpdate(who, forward(seq, new Date()), { upsert: true, returnDocument: 'before' })
      if (!before || before.seq < seq) bus.emit(readMarked, { chat_id: chatId, user_id: actor.id, seq })
      const now = Math.max(seq, before?.seq ?? 0)
      const counts = await count(actor, [{ ...chat, last_seq: newest }], new Map([[chatId, now]]))
      return { chat_id: chatId, user_id: actor.id, seq: now, unread_count: counts.get(chatId) ?? 0 }
    },

    /** The marks of all people of a chat, in their order there. Throws `chat_not_found`. */
    async list (actor: Actor, chatId: string) {
      await flush()
      const { _id, participants } = await mine(actor, chatId)
      const known = new Map((await marks.find({ chat_id: _id }).toArray()).map(mark => [String(mark.user_id), mark]))
      return participants.map(({ user_id }) => {
        const mark = known.get(String(user_id))
        return { user_id: String(user_id), seq: mark?.seq ?? 0, at: mark?.at.toISOString() ?? null }
      })
    }
  }
}

export type Reads = ReturnType<typeof createReads>

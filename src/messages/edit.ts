import { Types } from 'mongoose'
import type { Chats } from '../chats/service.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { Transaction } from '../log/operations.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { messageDeleted, messageUpdated } from './events.ts'
import type { Locate, Relocate } from './locate.ts'
import type { Repeats } from './repeats.ts'
import type { Message } from './schemas.ts'

interface Needs { bus: Bus, log: Log, chats: Chats, locate: Locate, relocate: Relocate, present: (entry: MessageEntry) => Promise<Message>, trace: Repeats['trace'] }

/** Changing what was said. */
export function createEdit ({ bus, log, chats, locate, relocate, present, trace }: Needs) {
  /** The message as it is now, for one who may change it. */
  async function changeable (actor: Actor, found: MessageEntry, transaction: Transaction, mayModerate: boolean): Promise<MessageEntry> {
    const { entry, access } = await relocate(actor, found, transaction)
    const own = String(entry.sender_id) === actor.id
    // What a model wrote for a group is nobody's to put into other words.
    if (!mayModerate && entry.run_id && access.type !== 'assistant') throw new Problem('forbidden', 'A reply of the assistant in a group cannot be edited.')
    if (!own && !(access.isAdmin && (access.type === 'assistant' || mayModerate))) throw new Problem('forbidden', mayModerate ? 'Only its sender or an admin of the group may delete a message.' : 'Only its sender may edit a message.')
    return entry
  }

  function checkRevision (entry: MessageEntry, ifMatch: string | undefined) {
    if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== `"${entry.rev}"`) throw new Problem('stale_revision', `The message is at revision ${entry.rev} now.`, { headers: { ETag: `"${entry.rev}"` } })
  }

  return {
    /** Gives a message a new text and keeps the old one. Throws `message_not_found`, `forbidden`, `message_deleted`, `run_in_progress`, `stale_revision`. */
    async edit (actor: Actor, messageId: string, content: string, ifMatch?: string): Promise<Message> {
      const { entry: found } = await locate(actor, messageId)
      return await log.change<Message>({
        chatId: String(found.chat_id),
        async apply (transaction) {
          const { session, seq, now } = transaction
          const entry = await changeable(actor, found, transaction, false)
          if (entry.is_deleted) throw new Problem('message_deleted')
          if (entry.status === 'streaming') throw new Problem('run_in_progress', 'The reply is still being written: cancel its run first.')
          checkRevision(entry, ifMatch)
          const set = { content, is_edited: true, edited_at: now, rev: seq, ...trace(entry) }
          await log.entries.updateOne({ _id: entry._id, chat_id: entry.chat_id, rev: entry.rev, is_deleted: { $ne: true } }, { $set: set }, { session })
          await log.versions.keep(entry, session)
          return { drafts: [{ type: 'message_edited', message_id: entry._id, actor_id: new Types.ObjectId(actor.id) }], result: await present({ ...entry, ...set }) }
        },
        committed (message, [change]) {
          chats.summaries.note(change!)
          bus.emit(messageUpdated, { chat_id: message.chat_id, seq: change!.seq, message })
        }
      })
    },

    /** The earlier texts of a message, newest first. Throws `message_not_found`. */
    async versions (actor: Actor, messageId: string) {
      const { entry } = await locate(actor, messageId)
      return (await log.versions.of(entry)).map(({ rev, content, written_at }) => ({ rev, content, edited_at: written_at.toISOString() }))
    },

    /** Leaves a tombstone in a message's place; again does nothing. Throws `message_not_found`, `forbidden`, `stale_revision`. */
    async remove (actor: Actor, messageId: string, ifMatch?: string): Promise<void> {
      const { entry: found } = await locate(actor, messageId)
      const chatId = String(found.chat_id)
      await log.change({
        chatId,
        async apply (transaction) {
          const { session, seq } = transaction
          const entry = await changeable(actor, found, transaction, true)
          if (entry.is_deleted) return { drafts: [], result: undefined }
          checkRevision(entry, ifMatch)
          const { chat_id, branch_id } = entry
          await log.entries.updateOne({ _id: entry._id, chat_id, rev: entry.rev, is_deleted: { $ne: true } }, { $set: { content: '', is_deleted: true, reactions: [], rev: seq, ...trace(entry) } }, { session })
          await log.versions.forget({ chat_id, seq: entry.seq }, session)
          await log.branches.collection.updateMany(
            { chat_id, $or: [{ _id: branch_id }, { lineage: { $elemMatch: { branch_id, upto_index: { $gte: entry.message_index } } } }] },
            { $inc: { deleted_count: 1 } },
            { session }
          )
          return { drafts: [{ type: 'message_deleted', message_id: entry._id, actor_id: new Types.ObjectId(actor.id) }], result: undefined }
        },
        committed (_, [change]) {
          chats.summaries.note(change!)
          bus.emit(messageDeleted, { chat_id: chatId, seq: change!.seq, message_id: messageId })
        }
      })
    }
  }
}

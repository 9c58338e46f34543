import { type Connection, type mongo, Schema, type Types } from 'mongoose'
import type { MessageEntry } from './entry.ts'

/** An earlier text of a message, which `seq` names within its chat. */
export interface Version {
  chat_id: Types.ObjectId
  seq: number
  branch_id: Types.ObjectId
  /** The message's last revision with this text. */
  rev: number
  content: string
  written_at: Date
}

/** Earlier texts that are kept of one message. */
export const versionLimit = 50

const id = { type: Schema.Types.ObjectId, required: true }

const versionSchema = new Schema({
  chat_id: id,
  seq: { type: Number, required: true },
  branch_id: id,
  rev: { type: Number, required: true },
  content: { type: String, required: true },
  written_at: { type: Date, required: true }
}, { collection: 'message_versions', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ chat_id: 1, seq: 1, rev: 1 }, { unique: true, name: 'chat_seq_rev' })

/** Earlier texts of messages: beside the log, so that its entries never hold a text that nobody asked for. */
export function createVersions (connection: Connection) {
  const model = connection.model('MessageVersion', versionSchema)
  const versions = model.collection as unknown as mongo.Collection<Version>

  return {
    model,

    /** Within the transaction that replaces a message's text: keeps that text, and of the message the newest `versionLimit`. */
    async keep ({ chat_id, seq, branch_id, rev, content, edited_at, created_at }: MessageEntry, session: mongo.ClientSession) {
      await versions.insertOne({ chat_id, seq, branch_id, rev, content, written_at: edited_at ?? created_at }, { session })
      const [over] = await versions.find({ chat_id, seq }, { session }).sort({ rev: -1 }).skip(versionLimit).limit(1).toArray()
      if (over) await versions.deleteMany({ chat_id, seq, rev: { $lte: over.rev } }, { session })
    },

    /** The earlier texts of a message, newest first. */
    of: async ({ chat_id, seq }: MessageEntry): Promise<Version[]> => await versions.find({ chat_id, seq }).sort({ rev: -1 }).limit(versionLimit).toArray(),

    /** Forgets the earlier texts of some messages of a chat. */
    forget: async (which: { chat_id: Types.ObjectId } & ({ seq: number | { $gte: number, $lt: number } } | { branch_id: { $in: Types.ObjectId[] } }), session?: mongo.ClientSession) => { await versions.deleteMany(which, session ? { session } : {}) }
  }
}

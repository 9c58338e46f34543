import { type Connection, type mongo, Schema, type Types } from 'mongoose'
import type { ErrorCode } from '../platform/errors.ts'

export type Role = 'user' | 'assistant' | 'system'
export interface Reaction { emoji: string, user_ids: Types.ObjectId[] }
export type MessageStatus = 'complete' | 'streaming' | 'stopped' | 'error'

/**
 * A message as it is stored: an entry of its chat's log. What may be left out is when it is inserted, where it would say nothing: most messages have none
 * of it, and their bytes are written, kept and read again and again. Earlier builds stored null, false and empty lists, and a change may leave an empty list.
 */
export interface MessageEntry {
  _id: Types.ObjectId
  kind: 'message'
  chat_id: Types.ObjectId
  seq: number
  rev: number
  branch_id: Types.ObjectId
  message_index: number
  /** The question (by its `_id`) that this message asks or answers. */
  turn_id?: Types.ObjectId | null | undefined
  /** How many turns the path has up to and with this message, so that the n-th turn is found without counting. */
  turn_count: number
  role: Role
  sender_id: Types.ObjectId
  client_id?: string
  /** A keyed digest that tells a repeat under the same `client_id` where what is stored does not tell: of the text before the first edit, or of the request of a turn or completion. */
  client_digest?: string
  content: string
  status: MessageStatus
  run_id?: Types.ObjectId | null | undefined
  /** What the model that wrote it used. */
  usage?: { model: string, prompt_tokens: number, completion_tokens: number, latency_ms: number }
  /** Why a reply of the status `error` ended: a code of the catalogue. */
  error_code?: ErrorCode
  reply_to?: Types.ObjectId | null | undefined
  reactions?: Reaction[] | undefined
  is_edited?: boolean | undefined
  edited_at?: Date | null | undefined
  is_deleted?: boolean | undefined
  created_at: Date
}

/** Changes of one message; they carry its `message_id` and touch neither rights nor branches. */
export const messageChanges = ['message_edited', 'message_deleted', 'message_reacted', 'reply_finished'] as const
/** Changes of the chat, its people and its branches. */
export const chatChanges = [
  'chat_updated', 'chat_cleared', 'chat_deleted',
  'branch_created', 'branch_updated', 'branch_deleted', 'active_branch_changed',
  'participant_added', 'participant_changed', 'participant_removed'
] as const
export type ChangeType = (typeof messageChanges | typeof chatChanges)[number]

/** What changed something older: ids only, so that deleted text cannot be replayed. */
export interface ChangeEntry {
  _id: Types.ObjectId
  kind: 'change'
  chat_id: Types.ObjectId
  seq: number
  type: ChangeType
  message_id?: Types.ObjectId
  user_id?: Types.ObjectId
  branch_id?: Types.ObjectId
  actor_id: Types.ObjectId
  created_at: Date
}

export type Entry = MessageEntry | ChangeEntry

/** An option of every insert of entries: what is undefined is left out, where the driver would store null. */
export const leavingOut = { ignoreUndefined: true } as const
export type Entries = mongo.Collection<Entry>

/** The names of the unique indexes, by which the log tells what a refused write ran into. */
export const uniqueIndexes = { seq: 'chat_seq', place: 'chat_branch_index', repeat: 'chat_sender_client' } as const

/** The index that holds nothing but tombstones. */
export const deletedIndex = 'chat_deleted_branch_index'

/** The indexes that find the turns of a branch, and the messages of a turn. */
export const turnIndex = 'chat_branch_turn'
export const answerIndex = 'chat_turn_index'

const onlyMessages = { partialFilterExpression: { kind: 'message' } }
const id = { type: Schema.Types.ObjectId, required: true }

const entrySchema = new Schema({
  chat_id: id,
  seq: { type: Number, required: true },
  created_at: { type: Date, required: true }
}, { collection: 'messages', discriminatorKey: 'kind', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ chat_id: 1, seq: 1 }, { unique: true, name: uniqueIndexes.seq })
  .index({ chat_id: 1, branch_id: 1, message_index: 1 }, { unique: true, name: uniqueIndexes.place, ...onlyMessages })
  .index({ chat_id: 1, sender_id: 1, client_id: 1 }, { unique: true, name: uniqueIndexes.repeat, partialFilterExpression: { client_id: { $exists: true } } })
  .index({ chat_id: 1, is_deleted: 1, branch_id: 1, message_index: 1 }, { name: deletedIndex, partialFilterExpression: { is_deleted: true } })
  .index({ chat_id: 1, branch_id: 1, turn_count: 1, message_index: 1 }, { name: turnIndex, partialFilterExpression: { turn_id: { $type: 'objectId' } } })
  .index({ chat_id: 1, turn_id: 1, message_index: 1 }, { name: answerIndex, partialFilterExpression: { turn_id: { $type: 'objectId' } } })

const messageSchema = new Schema({
  rev: { type: Number, required: true },
  branch_id: id,
  message_index: { type: Number, required: true },
  turn_id: Schema.Types.ObjectId,
  turn_count: { type: Number, required: true },
  role: { type: String, required: true },
  sender_id: id,
  client_id: String,
  client_digest: String,
  content: { type: String, default: '' },
  status: { type: String, required: true },
  run_id: Schema.Types.ObjectId,
  usage: { type: new Schema({ model: String, prompt_tokens: Number, completion_tokens: Number, latency_ms: Number }, { _id: false }), default: undefined },
  error_code: String,
  reply_to: Schema.Types.ObjectId,
  reactions: { type: [new Schema({ emoji: String, user_ids: [Schema.Types.ObjectId] }, { _id: false })], default: undefined },
  is_edited: Boolean,
  edited_at: Date,
  is_deleted: Boolean
}, { versionKey: false })

const changeSchema = new Schema({
  type: { type: String, required: true },
  message_id: Schema.Types.ObjectId,
  user_id: Schema.Types.ObjectId,
  branch_id: Schema.Types.ObjectId,
  actor_id: id
}, { versionKey: false })

/** The model of the log on a connection: messages and changes in one collection, so that one unique index orders them. */
export function createEntryModel (connection: Connection) {
  const model = connection.model('Entry', entrySchema)
  model.discriminator('Message', messageSchema, 'message')
  model.discriminator('Change', changeSchema, 'change')
  return model
}

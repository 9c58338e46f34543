import { randomBytes } from 'node:crypto'
import { type Connection, Schema, Types } from 'mongoose'
import type { Chat, Participant } from './schemas.ts'

export interface ParticipantRecord { user_id: Types.ObjectId, is_admin: boolean, joined_at: Date }

export interface ChatRecord {
  _id: Types.ObjectId
  type: 'assistant' | 'direct' | 'group'
  title: string | null
  system_prompt: string | null
  /** Absent in chats from before there was such a setting: then the default holds. */
  memories_enabled?: boolean
  assistant_enabled?: boolean
  owner_id: Types.ObjectId
  participants: ParticipantRecord[]
  /** Both people of a direct chat in one order, so that a unique index allows one chat a pair. */
  direct_key?: string
  active_branch_id: Types.ObjectId
  /** Random; another one says that the history was cleared and no cursor of before means anything. */
  epoch: string
  /** Messages up to this number are cleared. */
  cleared_seq: number
  version: number
  last_seq: number
  last_message_id: Types.ObjectId | null
  /** The number of the newest message, or of the clear after it: only a later message becomes `last_message_id`. */
  last_message_seq: number
  created_at: Date
  updated_at: Date
  /** Entries below this number are to be removed; and with `is_deleted` the chat itself then. */
  purge_before?: number
  /** Branches whose messages are still to lose their text. */
  dropped_branch_ids?: Types.ObjectId[]
  /** What it is a copy of. */
  forked_from?: { chat_id: Types.ObjectId, branch_id: Types.ObjectId | null, seq: number } | null
  is_deleted?: boolean
}

const id = { type: Schema.Types.ObjectId, required: true }

const participantSchema = new Schema({
  user_id: id,
  is_admin: { type: Boolean, required: true },
  joined_at: { type: Date, required: true }
}, { _id: false })

const chatSchema = new Schema({
  type: { type: String, enum: ['assistant', 'direct', 'group'], required: true },
  title: { type: String, default: null },
  system_prompt: { type: String, default: null },
  memories_enabled: Boolean,
  assistant_enabled: Boolean,
  owner_id: id,
  participants: { type: [participantSchema], required: true },
  direct_key: String,
  active_branch_id: id,
  epoch: { type: String, required: true },
  cleared_seq: { type: Number, default: 0 },
  version: { type: Number, default: 1 },
  last_seq: { type: Number, default: 0 },
  last_message_id: { type: Schema.Types.ObjectId, default: null },
  last_message_seq: { type: Number, default: 0 },
  created_at: { type: Date, required: true },
  updated_at: { type: Date, required: true },
  purge_before: Number,
  dropped_branch_ids: { type: [Schema.Types.ObjectId], default: undefined },
  forked_from: { type: new Schema({ chat_id: id, branch_id: Schema.Types.ObjectId, seq: Number }, { _id: false }), default: undefined },
  is_deleted: Boolean
}, { collection: 'chats', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ 'participants.user_id': 1, updated_at: -1, _id: -1 }, { name: 'participant_updated' })
  .index({ 'participants.user_id': 1, _id: 1 }, { name: 'participant_id' })
  .index({ direct_key: 1 }, { unique: true, name: 'direct_key', partialFilterExpression: { direct_key: { $type: 'string' } } })
  .index({ dropped_branch_ids: 1 }, { name: 'dropped_branch_ids', partialFilterExpression: { dropped_branch_ids: { $exists: true } } })
  .index({ purge_before: 1 }, { name: 'purge_before', partialFilterExpression: { purge_before: { $gt: 0 } } })

/** The model of chats on a connection. */
export const createChatModel = (connection: Connection) => connection.model<ChatRecord>('Chat', chatSchema)

export type ChatModel = ReturnType<typeof createChatModel>

/** Twelve random bytes: unlike a time-led id they spread a sharded collection evenly. */
const newChatId = () => new Types.ObjectId(randomBytes(12))

/** A new epoch: 64 random bits. */
export const newEpoch = () => randomBytes(8).toString('hex')

/** A chat in which nothing has happened yet, made by `ownerId` at `now`. */
export const blankChat = (ownerId: string, now: Date) => ({
  _id: newChatId(),
  owner_id: new Types.ObjectId(ownerId),
  active_branch_id: new Types.ObjectId(),
  epoch: newEpoch(),
  cleared_seq: 0,
  version: 1,
  last_seq: 0,
  last_message_id: null,
  last_message_seq: 0,
  created_at: now,
  updated_at: now
})

/** The one key of a pair, whichever of them asks. */
export const directKey = (one: string, other: string) => [one, other].sort().join(':')

/** What a chat's settings are, with the default for those that it lacks or that its type decides. */
export const settingsOf = ({ type, memories_enabled = true, assistant_enabled = false }: Pick<ChatRecord, 'type' | 'memories_enabled' | 'assistant_enabled'>) =>
  ({ memories_enabled, assistant_enabled: type === 'assistant' || (type === 'group' && assistant_enabled) })

const toParticipant = (record: ParticipantRecord, names: Map<string, string>): Participant => ({
  user_id: String(record.user_id),
  username: names.get(String(record.user_id)) ?? null,
  is_admin: record.is_admin,
  joined_at: record.joined_at.toISOString()
})

/** The public shape of a chat. */
export const toChat = (record: ChatRecord, names: Map<string, string>, lastMessage: Chat['last_message']): Chat => ({
  id: String(record._id),
  type: record.type,
  title: record.title,
  system_prompt: record.system_prompt,
  ...settingsOf(record),
  owner_id: String(record.owner_id),
  participants: record.participants.map(participant => toParticipant(participant, names)),
  active_branch_id: String(record.active_branch_id),
  epoch: record.epoch,
  version: record.version,
  last_seq: record.last_seq,
  last_message: lastMessage,
  forked_from: record.forked_from ? { chat_id: String(record.forked_from.chat_id), branch_id: record.forked_from.branch_id ? String(record.forked_from.branch_id) : null, seq: record.forked_from.seq } : null,
  created_at: record.created_at.toISOString(),
  updated_at: record.updated_at.toISOString()
})

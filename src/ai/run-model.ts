import { type Connection, Schema, type Types } from 'mongoose'
import type { ErrorCode } from '../platform/errors.ts'
import type { ReplyUsage } from '../messages/schemas.ts'
import type { Run } from './run-schemas.ts'

export interface RunRecord {
  _id: Types.ObjectId
  chat_id: Types.ObjectId
  branch_id: Types.ObjectId
  /** The message that is answered. */
  message_id: Types.ObjectId
  reply_id: Types.ObjectId
  /** Who asked. */
  user_id: Types.ObjectId
  /** Which of the replies that one person may have under way at once, from 0. */
  slot: number
  model: string
  temperature: number | null
  max_tokens: number | null
  status: 'running' | 'complete' | 'stopped' | 'error'
  code: ErrorCode | null
  usage: ReplyUsage | null
  /** What was written up to the last save; only while it runs, so that deleted text stays nowhere. */
  text?: string
  /** By the database's clock; a run whose lease is over has lost its process. */
  lease_until: Date
  cancel_requested: boolean
  created_at: Date
  ended_at: Date | null
}

/** The unique indexes that bound how many replies are under way: one for a branch, one for each slot of a person. */
export const runIndexes = { branch: 'running_branch', slot: 'running_slot' } as const

const running = { partialFilterExpression: { status: 'running' } }
const id = { type: Schema.Types.ObjectId, required: true }

const runSchema = new Schema<RunRecord>({
  chat_id: id,
  branch_id: id,
  message_id: id,
  reply_id: id,
  user_id: id,
  slot: { type: Number, required: true },
  model: { type: String, required: true },
  temperature: { type: Number, default: null },
  max_tokens: { type: Number, default: null },
  status: { type: String, required: true },
  code: { type: String, default: null },
  usage: { type: Schema.Types.Mixed, default: null },
  text: String,
  lease_until: { type: Date, required: true },
  cancel_requested: { type: Boolean, required: true },
  created_at: { type: Date, required: true },
  ended_at: { type: Date, default: null }
}, { collection: 'runs', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ chat_id: 1, branch_id: 1 }, { unique: true, name: runIndexes.branch, ...running })
  .index({ user_id: 1, slot: 1 }, { unique: true, name: runIndexes.slot, ...running })
  .index({ status: 1, lease_until: 1 }, { name: 'running_lease', ...running })
  .index({ chat_id: 1, message_id: 1 }, { name: 'chat_message' })

/** The model of runs on a connection. */
export const createRunModel = (connection: Connection) => connection.model<RunRecord>('Run', runSchema)

/** The public shape of a run. */
export const toRun = (run: RunRecord): Run => ({
  id: String(run._id),
  chat_id: String(run.chat_id),
  branch_id: String(run.branch_id),
  message_id: String(run.message_id),
  reply_id: String(run.reply_id),
  user_id: String(run.user_id),
  model: run.model,
  status: run.status,
  code: run.code,
  usage: run.usage,
  created_at: run.created_at.toISOString(),
  ended_at: run.ended_at?.toISOString() ?? null
})

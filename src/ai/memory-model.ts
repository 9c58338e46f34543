import { type Connection, Schema, type Types } from 'mongoose'
import type { Memory } from './context-schemas.ts'

export interface MemoryRecord {
  _id: Types.ObjectId
  user_id: Types.ObjectId
  /** Which of the person's places it takes: each holds one memory at the most, so that a unique index is the limit. */
  slot: number
  content: string
  created_at: Date
  updated_at: Date
}

/** The name of the unique index, by which a refused write tells that the place is taken. */
export const slotIndex = 'user_slot'

const memorySchema = new Schema({
  user_id: { type: Schema.Types.ObjectId, required: true },
  slot: { type: Number, required: true },
  content: { type: String, required: true },
  created_at: { type: Date, required: true },
  updated_at: { type: Date, required: true }
}, { collection: 'memories', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ user_id: 1, slot: 1 }, { unique: true, name: slotIndex })

/** The model of memories on a connection. */
export const createMemoryModel = (connection: Connection) => connection.model<MemoryRecord>('Memory', memorySchema)

/** The public shape of a memory. */
export const toMemory = ({ _id, content, created_at, updated_at }: MemoryRecord): Memory =>
  ({ id: String(_id), content, created_at: created_at.toISOString(), updated_at: updated_at.toISOString() })

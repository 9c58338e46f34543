import { type Connection, Schema, type Types } from 'mongoose'
import type { AuditDetails, AuditEntry } from './schemas.ts'

export interface AuditRecord {
  _id: Types.ObjectId
  actor_id: Types.ObjectId
  actor_username: string
  action: AuditEntry['action']
  target: { user_id?: Types.ObjectId, chat_id?: Types.ObjectId }
  details?: AuditDetails
  api_key_id?: Types.ObjectId
  request_id?: string
  created_at: Date
}

const auditSchema = new Schema({
  actor_id: { type: Schema.Types.ObjectId, required: true },
  actor_username: { type: String, required: true },
  action: { type: String, required: true },
  target: { type: new Schema({ user_id: Schema.Types.ObjectId, chat_id: Schema.Types.ObjectId }, { _id: false, strict: 'throw' }), required: true },
  details: Schema.Types.Mixed,
  api_key_id: Schema.Types.ObjectId,
  request_id: String,
  created_at: { type: Date, required: true }
}, { collection: 'audit', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ created_at: -1, _id: -1 }, { name: 'newest' })
  .index({ actor_id: 1, created_at: -1, _id: -1 }, { name: 'actor' })
  .index({ action: 1, created_at: -1, _id: -1 }, { name: 'action' })
  .index({ 'target.user_id': 1, created_at: -1, _id: -1 }, { name: 'user' })
  .index({ 'target.chat_id': 1, created_at: -1, _id: -1 }, { name: 'chat' })

/** The model of the audit log on a connection. */
export const createAuditModel = (connection: Connection) => connection.model<AuditRecord>('AuditEntry', auditSchema)

/** The public shape of an entry. */
export const toAuditEntry = ({ _id, actor_id, actor_username, action, target: { user_id, chat_id }, details, api_key_id, request_id, created_at }: AuditRecord): AuditEntry => ({
  id: String(_id),
  actor_id: String(actor_id),
  actor_username,
  action,
  target: { ...(user_id && { user_id: String(user_id) }), ...(chat_id && { chat_id: String(chat_id) }) },
  ...(details && { details }),
  ...(api_key_id && { api_key_id: String(api_key_id) }),
  ...(request_id !== undefined && { request_id }),
  created_at: created_at.toISOString()
})

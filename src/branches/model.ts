import type { Branch as BranchRecord } from '../log/branch.ts'
import type { Place } from '../log/place.ts'
import type { Branch } from './schemas.ts'

/** The public shape of a branch. */
export const toBranch = (record: BranchRecord, head: Place, activeBranchId: unknown): Branch => ({
  id: String(record._id),
  parent_chat_id: String(record.chat_id),
  name: record.name,
  kind: record.kind,
  parent_branch_id: record.parent_branch_id ? String(record.parent_branch_id) : null,
  fork_message_id: record.fork_message_id ? String(record.fork_message_id) : null,
  created_from_message_index: record.created_from_message_index,
  is_active: String(record._id) === String(activeBranchId),
  size: head.index + 1,
  head_message_id: head.id ? String(head.id) : null,
  created_by: String(record.created_by),
  created_at: record.created_at.toISOString()
})

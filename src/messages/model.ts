import type { ChangeEntry, MessageEntry } from '../log/entry.ts'
import type { Change } from './change-schemas.ts'
import type { Message } from './schemas.ts'

/** The public shape of a message. */
export const toMessage = (entry: MessageEntry, senderUsername: string | null): Message => ({
  id: entry._id.toHexString(),
  chat_id: entry.chat_id.toHexString(),
  branch_id: entry.branch_id.toHexString(),
  seq: entry.seq,
  rev: entry.rev,
  message_index: entry.message_index,
  turn_id: entry.turn_id?.toHexString() ?? null,
  role: entry.role,
  sender_id: entry.sender_id.toHexString(),
  sender_username: senderUsername,
  content: entry.content,
  status: entry.status,
  run_id: entry.run_id?.toHexString() ?? null,
  ...(entry.usage && { usage: entry.usage }),
  ...(entry.error_code !== undefined && { error_code: entry.error_code }),
  reply_to: entry.reply_to?.toHexString() ?? null,
  reactions: entry.reactions.map(({ emoji, user_ids }) => ({ emoji, user_ids: user_ids.map(String) })),
  is_edited: entry.is_edited,
  is_deleted: entry.is_deleted,
  created_at: entry.created_at.toISOString(),
  edited_at: entry.edited_at?.toISOString() ?? null,
  timestamp: entry.created_at.toISOString()
})

/** The public shape of a change of a chat. */
export const toChange = ({ seq, type, user_id, branch_id, actor_id }: ChangeEntry): Change => ({
  seq,
  type: type as Change['type'],
  ...(user_id && { user_id: String(user_id) }),
  ...(branch_id && { branch_id: String(branch_id) }),
  actor_id: String(actor_id)
})

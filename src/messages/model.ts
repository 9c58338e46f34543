import type { ChangeEntry, MessageEntry } from '../log/entry.ts'
import type { StoredMessage } from '../log/stored.ts'
import type { Change } from './change-schemas.ts'
import type { Alternatives, Message } from './schemas.ts'

/** The public shape of a message. */
export function toMessage (entry: MessageEntry, senderUsername: string | null): Message {
  const { usage, error_code } = entry
  const created = entry.created_at.toISOString()
  const message: Message = {
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
    reply_to: entry.reply_to?.toHexString() ?? null,
    reactions: entry.reactions?.map(({ emoji, user_ids }) => ({ emoji, user_ids: user_ids.map(String) })) ?? [],
    is_edited: entry.is_edited ?? false,
    is_deleted: entry.is_deleted ?? false,
    created_at: created,
    edited_at: entry.edited_at?.toISOString() ?? null,
    timestamp: created
  }
  if (usage) message.usage = usage
  if (error_code !== undefined) message.error_code = error_code
  return message
}

const quoted = (word: string | null) => word === null ? 'null' : `"${word}"`

/** The same shape as JSON, with its alternatives, written from what is stored without making an object of it. */
export function messageJson (stored: StoredMessage, senderUsername: string | null, alternatives: Alternatives): string {
  if (!stored.isPlain) return JSON.stringify({ ...toMessage(stored.entry(), senderUsername), alternatives })
  const created = quoted(stored.time('created_at'))
  return `{"id":${quoted(stored.hex('_id'))},"chat_id":${quoted(stored.hex('chat_id'))},"branch_id":${quoted(stored.hex('branch_id'))
    },"seq":${stored.number('seq')},"rev":${stored.number('rev')},"message_index":${stored.number('message_index')},"turn_id":${quoted(stored.hex('turn_id'))
    },"role":${quoted(stored.word('role'))},"sender_id":${quoted(stored.hex('sender_id'))},"sender_username":${JSON.stringify(senderUsername)
    },"content":${JSON.stringify(stored.text('content'))},"status":${quoted(stored.word('status'))},"run_id":${quoted(stored.hex('run_id'))
    },"reply_to":${quoted(stored.hex('reply_to'))},"reactions":[],"is_edited":${stored.flag('is_edited')},"is_deleted":${stored.flag('is_deleted')
    },"created_at":${created},"edited_at":${quoted(stored.time('edited_at'))},"timestamp":${created
    },"alternatives":{"index":${alternatives.index},"count":${alternatives.count}}}`
}

/** The public shape of a change of a chat. */
export const toChange = ({ seq, type, user_id, branch_id, actor_id }: ChangeEntry): Change => ({
  seq,
  type: type as Change['type'],
  ...(user_id && { user_id: String(user_id) }),
  ...(branch_id && { branch_id: String(branch_id) }),
  actor_id: String(actor_id)
})

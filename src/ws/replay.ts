import { encode, type Frame } from './frame.ts'

/** One thing that happened in a chat, as it is read from the log. */
export interface LogChange { seq: number, type: string, message?: { id: string, seq: number, is_deleted: boolean }, user_id?: string }

/** What happened in a chat after `from` and up to `to`. */
export interface LogPage { chat_id: string, epoch: string, from: number, to: number, has_more: boolean, changes: LogChange[] }

/** A frame made from the log, and who is out of the chat with it. */
export interface Replayed { frame: Frame, removed: string | undefined }

function frameOf (chatId: string, from: number, change: LogChange, isNew: (message: NonNullable<LogChange['message']>) => boolean): Frame {
  const { seq, message } = change
  const numbers = { seq, ...(seq > from + 1 && { first_seq: from + 1 }) }
  const place = { chat_id: chatId, ...numbers }
  // Of one that came and went in the gap its readers know nothing to delete: they are given the tombstone.
  if (!message || (message.is_deleted && isNew(message))) return encode({ type: 'sync', chat_id: chatId, from, to: seq, has_more: false, changes: [change] }, { seq, first_seq: from + 1 })
  if (message.is_deleted) return encode({ type: 'message_deleted', ...place, message_id: message.id }, numbers)
  return encode({ type: isNew(message) ? 'new_message' : 'message_updated', ...place, message }, numbers)
}

/**
 * Turns what was read of a gap into frames, as if its news had come: messages as those who know no other frames hear of them, all
 * else as `sync`. `known` are the messages of this gap that were told before; `start` is where the gap began.
 */
export function * replay ({ chat_id: chatId, from, to, changes }: LogPage, start: number, known: Set<string>): Generator<Replayed> {
  let at = from
  const isNew = ({ id, seq }: NonNullable<LogChange['message']>) => seq > start && !known.has(id)
  for (const change of changes) {
    yield { frame: frameOf(chatId, at, change, isNew), removed: change.type === 'participant_removed' ? change.user_id : undefined }
    if (change.message) known.add(change.message.id)
    at = change.seq
  }
  // Numbers of messages that were changed later or are gone.
  if (at < to) yield { frame: encode({ type: 'sync', chat_id: chatId, from: at, to, has_more: false, changes: [] }, { seq: to, first_seq: at + 1 }), removed: undefined }
}

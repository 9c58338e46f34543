import { Types } from 'mongoose'
import type { Entries, MessageEntry } from '../../src/log/entry.ts'
import { lineageUpTo, type PathBranch } from '../../src/log/path.ts'

/** A chat whose branches each go on from the one before; `say` adds messages to the last of them, of which every `deleted`-th is a tombstone. */
export async function makeChain (entries: Entries, lengths: number[], deleted = Infinity) {
  const chatId = new Types.ObjectId()
  let seq = 0
  let branch: PathBranch = { _id: new Types.ObjectId(), chat_id: chatId, lineage: [], fork_message_id: null }
  let last: MessageEntry | undefined
  async function say (count: number) {
    const rows = Array.from({ length: count }, (): MessageEntry => (last = {
      _id: new Types.ObjectId(),
      kind: 'message',
      chat_id: chatId,
      seq: ++seq,
      rev: seq,
      branch_id: branch._id,
      message_index: (last?.message_index ?? -1) + 1,
      turn_id: null,
      turn_count: 0,
      role: 'user',
      sender_id: new Types.ObjectId(),
      content: `${seq}`,
      status: 'complete',
      run_id: null,
      reply_to: null,
      reactions: [],
      is_edited: false,
      edited_at: null,
      is_deleted: seq % deleted === 0,
      created_at: new Date()
    }))
    if (rows.length > 0) await entries.insertMany(rows)
  }
  for (const [index, length] of lengths.entries()) {
    if (index > 0) branch = { _id: new Types.ObjectId(), chat_id: chatId, lineage: lineageUpTo(branch, last ?? null), fork_message_id: last?._id ?? null }
    await say(length)
  }
  return { branch, say }
}

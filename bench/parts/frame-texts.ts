const id = '66f0c0ffee0000000000c001'
const time = '2026-11-21T09:31:00.000Z'

/** Frames as long as those of Parley, for servers that make none themselves. */
export const frameTexts = {
  typing: JSON.stringify({ type: 'typing_started', chat_id: id, user_id: id, timestamp: time }),
  message: JSON.stringify({
    type: 'new_message',
    chat_id: id,
    seq: 1234,
    message: {
      id, chat_id: id, branch_id: id, seq: 1234, rev: 1234, message_index: 1233, turn_id: null, role: 'user', sender_id: id, sender_username: 'person0parley', content: 'x'.repeat(70), status: 'complete', run_id: null, reply_to: null, reactions: [], is_edited: false, is_deleted: false, created_at: time, edited_at: null, timestamp: time
    }
  })
}

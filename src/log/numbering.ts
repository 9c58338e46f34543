import { Types } from 'mongoose'
import { Problem } from '../platform/errors.ts'
import type { Maybe } from '../platform/maybe.ts'
import type { ChangeEntry, Entry, MessageEntry } from './entry.ts'
import type { Draft, MessageDraft } from './operations.ts'
import type { Place } from './place.ts'

/** Numbers drafts of one chat; see `createNumbering`. */
export interface Numbering {
  (draft: Draft, id: Types.ObjectId, now: Date): Maybe<Entry>
}

interface Needs {
  chatId: string
  /** The number that the first draft gets. */
  seq: number
  /** The newest message on a branch's path. Throws `branch_not_found`. */
  placeOf: (branchId: Types.ObjectId) => Maybe<Place>
  /** Where branches begin that the same transaction makes. */
  newBranches?: Map<string, Place> | undefined
}

/**
 * Gives drafts the next numbers and places of a chat, one after the other: nothing counts until it is committed. The numbering throws, or rejects with, `branch_not_found`, and
 * `head_moved` when a draft expects another head; a draft that throws takes no number.
 */
export function createNumbering ({ chatId, seq: first, placeOf, newBranches = new Map() }: Needs): Numbering {
  const chat = { chat_id: new Types.ObjectId(chatId) }
  const places = new Map(newBranches)
  let seq = first - 1

  function place ({ expected_head: expected, ...message }: MessageDraft, branch: string, last: Place, _id: Types.ObjectId, now: Date): MessageEntry {
    if (expected && !(last.id && expected.equals(last.id))) throw new Problem('head_moved', `The newest message of the branch is ${String(last.id ?? 'none')} now.`, { currentHead: last.id ? String(last.id) : null })
    const beginsTurn = message.turn_id?.equals(_id) ?? false
    const next: Place = { index: last.index + 1, turns: last.turns + (beginsTurn ? 1 : 0), id: _id }
    places.set(branch, next)
    seq++
    return {
      _id,
      kind: 'message',
      ...chat,
      seq,
      rev: seq,
      message_index: next.index,
      turn_id: null,
      turn_count: next.turns,
      status: 'complete',
      run_id: null,
      reply_to: null,
      reactions: [],
      is_edited: false,
      edited_at: null,
      is_deleted: false,
      created_at: now,
      ...message
    }
  }

  return (draft, _id, now) => {
    if (!('role' in draft)) return { _id, kind: 'change', ...chat, seq: ++seq, created_at: now, ...draft } satisfies ChangeEntry
    const branch = String(draft.branch_id)
    const last = places.get(branch) ?? placeOf(draft.branch_id)
    return last instanceof Promise ? last.then(last => place(draft, branch, last, _id, now)) : place(draft, branch, last, _id, now)
  }
}

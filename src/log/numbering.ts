import { Types } from 'mongoose'
import { Problem } from '../platform/errors.ts'
import type { ChangeEntry, Entry, MessageEntry } from './entry.ts'
import type { Draft } from './operations.ts'
import type { Place } from './place.ts'

/** Numbers drafts of one chat; see `createNumbering`. */
export interface Numbering {
  (draft: Draft, id: Types.ObjectId, now: Date): Promise<Entry>
}

interface Needs {
  chatId: string
  /** The number that the first draft gets. */
  seq: number
  /** The newest message on a branch's path. Throws `branch_not_found`. */
  placeOf: (branchId: Types.ObjectId) => Promise<Place>
  /** Where branches begin that the same transaction makes. */
  newBranches?: Map<string, Place> | undefined
}

/**
 * Gives drafts the next numbers and places of a chat: nothing counts until it is committed. The numbering throws `branch_not_found`, and
 * `head_moved` when a draft expects another head; a draft that throws takes no number.
 */
export function createNumbering ({ chatId, seq: next, placeOf, newBranches = new Map() }: Needs): Numbering {
  const chat = { chat_id: new Types.ObjectId(chatId) }
  const places = new Map(newBranches)
  let seq = next - 1

  return async (draft, _id, now) => {
    if (!('role' in draft)) return { _id, kind: 'change', ...chat, seq: ++seq, created_at: now, ...draft } satisfies ChangeEntry
    const { expected_head: expected, ...message } = draft
    const branch = String(draft.branch_id)
    const last = places.get(branch) ?? await placeOf(draft.branch_id)
    if (expected && !(last.id && expected.equals(last.id))) throw new Problem('head_moved', `The newest message of the branch is ${String(last.id ?? 'none')} now.`, { currentHead: last.id ? String(last.id) : null })
    const beginsTurn = draft.turn_id?.equals(_id) ?? false
    const place: Place = { index: last.index + 1, turns: last.turns + (beginsTurn ? 1 : 0), id: _id }
    places.set(branch, place)
    seq++
    return {
      _id,
      kind: 'message',
      ...chat,
      seq,
      rev: seq,
      message_index: place.index,
      turn_id: null,
      turn_count: place.turns,
      status: 'complete',
      run_id: null,
      reply_to: null,
      reactions: [],
      is_edited: false,
      edited_at: null,
      is_deleted: false,
      created_at: now,
      ...message
    } satisfies MessageEntry
  }
}

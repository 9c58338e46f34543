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
  const chat = new Types.ObjectId(chatId)
  const places = new Map(newBranches)
  let seq = first - 1

  function place (draft: MessageDraft, branch: string, last: Place, _id: Types.ObjectId, now: Date): MessageEntry {
    const { expected_head: expected, client_id, client_digest } = draft
    if (expected && !(last.id && expected.equals(last.id))) throw new Problem('head_moved', `The newest message of the branch is ${String(last.id ?? 'none')} now.`, { currentHead: last.id ? String(last.id) : null })
    const beginsTurn = draft.turn_id?.equals(_id) ?? false
    const next: Place = { index: last.index + 1, turns: last.turns + (beginsTurn ? 1 : 0), id: _id }
    places.set(branch, next)
    seq++
    // Named one by one, as this is made for each message: V8 copies what is spread into a literal member by member.
    const entry: MessageEntry = {
      _id,
      kind: 'message',
      chat_id: chat,
      seq,
      rev: seq,
      message_index: next.index,
      turn_id: draft.turn_id ?? undefined,
      turn_count: next.turns,
      status: draft.status ?? 'complete',
      run_id: draft.run_id,
      reply_to: draft.reply_to ?? undefined,
      created_at: now,
      branch_id: draft.branch_id,
      role: draft.role,
      sender_id: draft.sender_id,
      content: draft.content
    }
    if (client_id !== undefined) entry.client_id = client_id
    if (client_digest !== undefined) entry.client_digest = client_digest
    return entry
  }

  return (draft, _id, now) => {
    if (!('role' in draft)) return { _id, kind: 'change', chat_id: chat, seq: ++seq, created_at: now, ...draft } satisfies ChangeEntry
    const branch = String(draft.branch_id)
    const last = places.get(branch) ?? placeOf(draft.branch_id)
    return last instanceof Promise ? last.then(last => place(draft, branch, last, _id, now)) : place(draft, branch, last, _id, now)
  }
}

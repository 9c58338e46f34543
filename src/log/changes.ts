import { type mongo, Types } from 'mongoose'
import { Problem } from '../platform/errors.ts'
import type { BranchModel } from './branch.ts'
import type { ChangeEntry, Entries, Entry, MessageEntry } from './entry.ts'
import type { Moment } from './operations.ts'

/** What happened at a number: a message in its present state, where its newest change lies, or a change of the chat. */
export type LoggedChange = { seq: number, message: MessageEntry } | { seq: number, change: ChangeEntry }

export interface ChangesRange {
  /** The number the reader is at. */
  since: number
  /** How many entries of the log are looked at, at the most. */
  limit: number
  /** The number of the chat's newest clear: what was before is of another epoch. */
  clearedSeq: number
}

export interface ChangesPage {
  /** The number the reader is at afterwards. */
  to: number
  hasMore: boolean
  changes: LoggedChange[]
}

/** A page ends early when it is as heavy as this, in UTF-16 units: one frame must fit the queue of a socket however it is encoded. */
const weightBound = 128 * 1024
/** An id as it is written in JSON. */
const idWeight = 27

const weightOf = ({ content, reactions = [] }: MessageEntry) =>
  reactions.reduce((weight, { user_ids }) => weight + user_ids.length * idWeight, content.length)

const gone = (detail: string) => new Problem('resync_required', detail)

/** The highest number of a chat as a transaction or a moment sees it, 0 when it has none. */
export async function newestSeq (entries: Entries, chat: Types.ObjectId, options: mongo.FindOptions): Promise<number> {
  const [last] = await entries.find({ chat_id: chat }, options).sort({ seq: -1 }).limit(1).project<{ seq: number }>({ _id: 0, seq: 1 }).toArray()
  return last?.seq ?? 0
}

/** All entries of a range, in their order; a missing one is never passed over. Throws `resync_required`. */
async function entriesBetween (entries: Entries, chat: Types.ObjectId, { since, limit, clearedSeq }: ChangesRange, moment: Moment): Promise<{ rows: Entry[], newest: number }> {
  if (since < clearedSeq) throw gone('The chat was cleared: read it again from the start.')
  const newest = await newestSeq(entries, chat, moment)
  if (since > newest) throw gone(`The chat's highest number is ${newest}: ${since} was never given.`)
  const end = Math.min(newest, since + limit)
  const rows = await entries.find({ chat_id: chat, seq: { $gt: since, $lte: end } }, moment).sort({ seq: 1 }).toArray()
  if (rows.length !== end - since) throw gone('Not all that happened since is kept: read the chat again from the start.')
  return { rows, newest }
}

/** The messages that entries are or change, by id, without those of deleted branches. Throws `resync_required`. */
async function messagesOf (entries: Entries, branches: BranchModel, chat: Types.ObjectId, rows: Entry[], moment: Moment): Promise<Map<string, MessageEntry>> {
  const messages = new Map<string, MessageEntry>()
  for (const row of rows) if (row.kind === 'message') messages.set(String(row._id), row)
  const older = [...new Set(rows.flatMap(row => row.kind === 'change' && row.message_id && !messages.has(String(row.message_id)) ? [String(row.message_id)] : []))]
  if (older.length > 0) {
    const found = await entries.find({ _id: { $in: older.map(id => new Types.ObjectId(id)) }, chat_id: chat, kind: 'message' }, moment).toArray() as MessageEntry[]
    if (found.length < older.length) throw gone('A message that was changed is not kept: read the chat again from the start.')
    for (const message of found) messages.set(String(message._id), message)
  }
  const named = new Set([...messages.values()].map(({ branch_id }) => String(branch_id)))
  const existing = named.size === 0 ? [] : await branches.collection.find({ _id: { $in: [...named].map(id => new Types.ObjectId(id)) }, chat_id: chat }, moment).project<{ _id: Types.ObjectId }>({ _id: 1 }).toArray()
  for (const { _id } of existing) named.delete(String(_id))
  for (const [id, { branch_id }] of messages) if (named.has(String(branch_id))) messages.delete(id)
  return messages
}

/**
 * What happened in a chat after `since`, compacted: every message once, in its present state, where its newest change lies; so a
 * message whose newest change lies beyond the page is left to the page that holds it. Messages of deleted branches are left out:
 * a later entry tells of the deletion. All reads see one moment. Throws `resync_required` when the range cannot be told whole.
 */
export async function changesSince (entries: Entries, branches: BranchModel, chatId: string, range: ChangesRange, moment: Moment): Promise<ChangesPage> {
  const chat = new Types.ObjectId(chatId)
  const { rows, newest } = await entriesBetween(entries, chat, range, moment)
  const messages = await messagesOf(entries, branches, chat, rows, moment)
  const changes: LoggedChange[] = []
  let to = range.since
  let weight = 0
  for (const row of rows) {
    const id = row.kind === 'message' ? row._id : row.message_id
    const message = id && messages.get(String(id))
    if (message?.rev === row.seq) {
      weight += weightOf(message)
      if (weight > weightBound && changes.length > 0) break
      changes.push({ seq: row.seq, message })
    } else if (row.kind === 'change' && !row.message_id) changes.push({ seq: row.seq, change: row })
    to = row.seq
  }
  return { to, hasMore: to < newest, changes }
}

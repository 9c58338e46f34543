import { trusted, Types } from 'mongoose'
import type { Log } from '../log/index.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { ChatModel, ChatRecord } from './model.ts'
import type { Sync, SyncedChat, SyncQuery } from './read-schemas.ts'
import type { Reads } from './reads.ts'
import { type Removals, rememberedMs } from './removals.ts'
import type { Restorations } from './restorations.ts'

/**
 * How far a cursor looks back behind itself, in milliseconds: a write may become visible after its time was taken, at the latest when
 * the database ends its transaction (60 s), and the clocks of two processes may differ. What is told twice costs a client nothing.
 */
const overlapMs = 120_000
/** Chats that somebody went out of, told in one answer at the most. */
const removedLimit = 1000

interface Needs { log: Log, model: ChatModel, reads: Reads, removals: Removals, restorations: Restorations, cursors: Cursors, flush: () => Promise<void> }

type Row = Pick<ChatRecord, '_id' | 'type' | 'title' | 'epoch' | 'version' | 'active_branch_id' | 'cleared_seq' | 'dropped_branch_ids' | 'updated_at'> & { newest: { seq: number, created_at: Date }[] }

const toSynced = (row: Row, lastSeq: number, unread: number): SyncedChat => ({
  chat_id: String(row._id),
  type: row.type,
  title: row.title,
  epoch: row.epoch,
  version: row.version,
  active_branch_id: String(row.active_branch_id),
  last_seq: lastSeq,
  unread_count: unread,
  updated_at: row.updated_at.toISOString()
})

/** What happened in all of somebody's chats at once. */
export function createSync ({ log, model, reads, removals, restorations, cursors, flush }: Needs) {
  /** A page of the actor's chats, each with the newest entry of its log: what the chat itself knows of that comes late. */
  const page = async (actor: Actor, after: string | null, limit: number) => await model.collection.aggregate<Row>([
    { $match: { 'participants.user_id': new Types.ObjectId(actor.id), ...(after !== null && { _id: { $gt: new Types.ObjectId(after) } }) } },
    { $sort: { _id: 1 } },
    { $limit: limit },
    { $project: { type: 1, title: 1, epoch: 1, version: 1, active_branch_id: 1, cleared_seq: 1, dropped_branch_ids: 1, updated_at: 1 } },
    { $lookup: { from: log.entries.collectionName, localField: '_id', foreignField: 'chat_id', pipeline: [{ $sort: { seq: -1 } }, { $limit: 1 }, { $project: { seq: 1, created_at: 1 } }], as: 'newest' } }
  ]).toArray()

  /** The chats the actor went out of and is not in again. Throws `resync_required` when they are too many to tell. */
  async function removedSince (actor: Actor, time: Date): Promise<string[]> {
    const left = await removals.since(actor, time, removedLimit + 1)
    if (left.length > removedLimit) throw new Problem('resync_required', 'Too much happened since: ask without `since`.')
    const again = left.length === 0 ? [] : await model.find({ _id: trusted({ $in: left }), 'participants.user_id': actor.id }).select({ _id: 1 }).lean()
    const inside = new Set(again.map(({ _id }) => String(_id)))
    return left.map(String).filter(id => !inside.has(id))
  }

  return {
    /**
     * The chats of the actor in which something happened since a cursor, all of them without one, a page at a time. None is left
     * out; some may be told again. Throws `invalid_cursor`, `resync_required` when the cursor is too old or from before a restoration.
     */
    async sync (actor: Actor, { since, limit = 500 }: SyncQuery): Promise<Sync> {
      const list = `sync ${actor.id}`
      // A round goes through the chats in the order of their ids; `begun` is where the next one looks from.
      const restored = await restorations.newest()
      const [from, begun, after, known = null] = since === undefined ? [0, Date.now(), null, restored] : cursors.open<[number, number | null, string | null, string | null]>(list, since)
      if (known !== restored) throw new Problem('resync_required', 'The data were restored from a backup: ask without `since`.')
      const now = begun ?? Date.now()
      if (from > 0 && from < now - rememberedMs + overlapMs) throw new Problem('resync_required', 'The cursor is too old: ask without `since`.')
      const time = new Date(from - overlapMs)
      await flush()
      const removed = from > 0 && after === null ? await removedSince(actor, time) : []
      const rows = await page(actor, after, limit + 1)
      const mine = rows.slice(0, limit).map(row => ({ ...row, last_seq: row.newest[0]?.seq ?? 0 }))
      const marks = await reads.marksOf(actor, mine)
      const moved = mine.filter(({ _id, newest, updated_at }) => from === 0 || updated_at > time || newest.some(({ created_at }) => created_at > time) || (marks.get(String(_id))?.at ?? time) > time)
      const counts = await reads.count(actor, moved, new Map([...marks].map(([id, { seq }]) => [id, seq])))
      const more = rows.length > limit
      return {
        chats: moved.map(chat => toSynced(chat, chat.last_seq, counts.get(String(chat._id)) ?? 0)),
        removed,
        next_cursor: cursors.seal(list, [...more ? [from, now, String(mine.at(-1)!._id)] : [now, null, null], restored]),
        has_more: more
      }
    }
  }
}

import { type mongo, Types } from 'mongoose'
import type { Entries } from '../log/entry.ts'
import type { Actor } from '../platform/guard.ts'
import type { ChatRecord } from './model.ts'

/** Up to which number a person has read a chat. */
export interface ReadRecord { chat_id: Types.ObjectId, user_id: Types.ObjectId, seq: number, at: Date }

/** Unread messages are counted up to here; the number itself means that many or more. */
const unreadLimit = 1000
/**
 * Entries behind a mark that are looked at, so that a chat in which thousands of reactions followed one message costs no more than
 * others. An index of the messages alone would count further, but costs every send a quarter of its insert.
 */
const unreadReach = 5000
/** Chats that are counted in one query. */
const portion = 100

export type Counted = Pick<ChatRecord, '_id' | 'last_seq' | 'cleared_seq' | 'dropped_branch_ids'>

/**
 * Counts what somebody has not read: messages of others, on any branch, that are neither deleted nor cleared, among the
 * `unreadReach` numbers after the mark. For all of the chats it asks once for the marks, and once for the counts of those in
 * which the mark is behind; each count is a range of the log's own index, and ends at `unreadLimit`.
 */
export function createUnread ({ marks, entries }: { marks: mongo.Collection<ReadRecord>, entries: Entries }) {
  /** The counts of those chats that have any, where `read` tells the marks. */
  async function count (actor: Pick<Actor, 'id'>, chats: Counted[], read: Map<string, number>): Promise<Map<string, number>> {
    const counts = new Map<string, number>()
    const me = new Types.ObjectId(actor.id)
    const pipelines = chats.flatMap(({ _id, last_seq, cleared_seq, dropped_branch_ids: dropped }) => {
      const from = Math.max(read.get(String(_id)) ?? 0, cleared_seq)
      return from >= last_seq
        ? []
        : [[
            { $match: { chat_id: _id, seq: { $gt: from } } },
            { $sort: { seq: 1 } },
            { $limit: unreadReach },
            { $match: { kind: 'message', is_deleted: { $ne: true }, sender_id: { $ne: me }, ...(dropped && { branch_id: { $nin: dropped } }) } },
            { $limit: unreadLimit },
            { $group: { _id: '$chat_id', count: { $sum: 1 } } }
          ]]
    })
    for (let i = 0; i < pipelines.length; i += portion) {
      const [first, ...rest] = pipelines.slice(i, i + portion)
      const found = entries.aggregate<{ _id: Types.ObjectId, count: number }>([...first!, ...rest.map(pipeline => ({ $unionWith: { coll: entries.collectionName, pipeline } }))])
      for (const one of await found.toArray()) counts.set(String(one._id), one.count)
    }
    return counts
  }

  /** What somebody has read of those chats of which they have read anything. */
  async function marksOf (actor: Pick<Actor, 'id'>, chats: Pick<Counted, '_id'>[]): Promise<Map<string, ReadRecord>> {
    const known = await marks.find({ chat_id: { $in: chats.map(({ _id }) => _id) }, user_id: new Types.ObjectId(actor.id) }).toArray()
    return new Map(known.map(mark => [String(mark.chat_id), mark]))
  }

  return {
    count,
    marksOf,

    /** The same by the marks that are stored. */
    async unread (actor: Pick<Actor, 'id'>, chats: Counted[]): Promise<Map<string, number>> {
      const busy = chats.filter(({ last_seq, cleared_seq }) => last_seq > cleared_seq)
      if (busy.length === 0) return new Map()
      return await count(actor, busy, new Map([...await marksOf(actor, busy)].map(([id, { seq }]) => [id, seq])))
    }
  }
}

import { Types } from 'mongoose'
import type { FindFew } from '../platform/find-few.ts'
import type { Entries } from './entry.ts'

/** Chats whose highest number one command asks for. */
const portion = 500

/** Served by one look into the index for each chat, however long its log is. */
export const highestPipeline = (ids: Types.ObjectId[]) => [
  { $match: { chat_id: { $in: ids } } },
  { $sort: { chat_id: -1, seq: -1 } },
  { $group: { _id: '$chat_id', seq: { $first: '$seq' } } }
]

/** The highest number of a chat's log that a majority has, 0 when it has none. Each socket asks for it, and a cursor of the driver costs as much again as the command. */
export async function highestOfOne (findFew: FindFew, chatId: string): Promise<number> {
  const [newest] = await findFew<{ seq: number }>('messages', { filter: { chat_id: new Types.ObjectId(chatId) }, sort: { seq: -1 }, projection: { _id: 0, seq: 1 }, limit: 1 })
  return newest?.seq ?? 0
}

/** The highest number of each of these chats' logs that a majority has; a chat without an entry is not in the answer. */
export async function highestOf (entries: Entries, chatIds: string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (let at = 0; at < chatIds.length; at += portion) {
    const ids = chatIds.slice(at, at + portion).map(id => new Types.ObjectId(id))
    const rows = entries.aggregate<{ _id: Types.ObjectId, seq: number }>(highestPipeline(ids), { readConcern: { level: 'majority' } })
    for await (const { _id, seq } of rows) found.set(_id.toHexString(), seq)
  }
  return found
}

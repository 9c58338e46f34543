import DataLoader from 'dataloader'
import { Types } from 'mongoose'
import type { FindFew } from '../platform/find-few.ts'
import type { Entries } from './entry.ts'
import { afterGathering } from './gathering.ts'

/** Chats whose highest number one command asks for. */
const portion = 500

/** Served by one look into the index for each chat, however long its log is. */
export const highestPipeline = (ids: Types.ObjectId[]) => [
  { $match: { chat_id: { $in: ids } } },
  { $sort: { chat_id: -1, seq: -1 } },
  { $group: { _id: '$chat_id', seq: { $first: '$seq' } } }
]

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

/**
 * Tells the highest number of a chat's log that a majority has, 0 when it has none. Every socket asks for it, and many at once when all come back after a restart: what is asked for within
 * some turns of the event loop is read by one command, and for one chat without a cursor of the driver, which costs as much again.
 */
export function createNewestSeq (entries: Entries, findFew: FindFew) {
  async function ofOne (chatId: string): Promise<number> {
    const [newest] = await findFew<{ seq: number }>('messages', { filter: { chat_id: new Types.ObjectId(chatId) }, sort: { seq: -1 }, projection: { _id: 0, seq: 1 }, limit: 1 })
    return newest?.seq ?? 0
  }

  async function ofEach (chatIds: readonly string[]): Promise<number[]> {
    const [first, ...others] = new Set(chatIds)
    const found = others.length === 0 ? new Map([[first!, await ofOne(first!)]]) : await highestOf(entries, [first!, ...others])
    return chatIds.map(id => found.get(id) ?? 0)
  }

  const loader = new DataLoader(ofEach, { cache: false, batchScheduleFn: afterGathering, maxBatchSize: portion })
  return async (chatId: string): Promise<number> => await loader.load(chatId)
}

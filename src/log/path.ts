import type { mongo } from 'mongoose'
import type { Ancestor, Branch, PathBranch } from './branch.ts'
import { deletedIndex, type Entries, type MessageEntry, uniqueIndexes } from './entry.ts'
import type { FindFew } from '../platform/find-few.ts'
import type { Moment } from './operations.ts'
import type { Place } from './place.ts'
import { type Placed, StoredMessage } from './stored.ts'

export type { PathBranch } from './branch.ts'

/** A run of places on a path that one branch's own messages fill, both ends included. */
export interface Segment { branch_id: Branch['_id'], from: number, to: number }

export interface PathRange {
  /** The lowest and highest `message_index` wanted, both included. */
  from: number
  to: number
  order: 'asc' | 'desc'
  limit: number
  includeDeleted: boolean
}

/** The segments of a branch's path that `from..to` touches, in order of place. */
export function segmentsOf (branch: Pick<PathBranch, '_id' | 'lineage'>, from: number, to: number): Segment[] {
  let start = 0
  const all = [...branch.lineage, { branch_id: branch._id, upto_index: Infinity }].map(({ branch_id, upto_index }) => {
    const segment = { branch_id, from: Math.max(start, from), to: Math.min(upto_index, to) }
    start = Math.max(start, upto_index + 1)
    return segment
  })
  return all.filter(segment => segment.from <= segment.to)
}

/** Whether a message lies on a branch's path. */
export const isOnPath = (branch: PathBranch, { chat_id, branch_id, message_index }: Pick<MessageEntry, 'chat_id' | 'branch_id' | 'message_index'>) =>
  branch.chat_id.equals(chat_id) && segmentsOf(branch, message_index, message_index).some(segment => segment.branch_id.equals(branch_id))

/** Takes off the next segments that are read together: as few as have room for so many messages. */
function takePortion (segments: Segment[], wanted: number): Segment[] {
  let room = 0
  const enough = segments.findIndex(({ from, to }) => (room += to - from + 1) >= wanted)
  return segments.splice(0, enough < 0 ? segments.length : enough + 1)
}

/** Reads some messages by the index of places. */
export type FindMessages<Row = MessageEntry> = (query: { filter: object, sort?: { message_index: 1 | -1 }, limit: number, hint: string, projection?: Record<string, 1> }) => Promise<Row[]>

/** Reads as of now. */
export const findNow = (findFew: FindFew): FindMessages => query => findFew('messages', query)

/** The same, not decoded. */
export const findStored = (findFew: FindFew): FindMessages<StoredMessage> => async query => (await findFew.raw('messages', query)).map(bytes => new StoredMessage(bytes))

/** Reads as of a moment. */
export const findAt = (entries: Entries, moment: Moment | Pick<Moment, 'session'>): FindMessages => async ({ filter, ...options }) => await entries.find(filter, { ...options, ...moment }).toArray() as MessageEntry[]

/** What finds the messages of some segments of a path. */
export const rangesOf = (branch: PathBranch, segments: Segment[], includeDeleted: boolean) => segments.map(segment => ({
  chat_id: branch.chat_id,
  branch_id: segment.branch_id,
  kind: 'message' as const,
  message_index: { $gte: segment.from, ...(segment.to !== Infinity && { $lte: segment.to }) },
  ...(!includeDeleted && { is_deleted: { $ne: true } })
}))

/** The messages of a branch's path in a range of places: an indexed range for each segment it touches, merged in their order. */
export async function readPath<Row extends Placed> (find: FindMessages<Row>, branch: PathBranch, { from, to, order, limit, includeDeleted }: PathRange): Promise<Row[]> {
  const segments = segmentsOf(branch, from, to)
  if (order === 'desc') segments.reverse()
  const found: Row[] = []
  while (segments.length > 0 && found.length < limit) {
    const ranges = rangesOf(branch, takePortion(segments, limit - found.length), includeDeleted)
    found.push(...await find({
      filter: ranges.length === 1 ? ranges[0]! : { $or: ranges },
      sort: { message_index: order === 'asc' ? 1 : -1 },
      limit: limit - found.length,
      hint: uniqueIndexes.place
    }))
  }
  return found
}

/** The newest place on a branch's path, by the newest message that was sent to the branch itself, if there is one. */
export function headAfter (branch: PathBranch, own: Pick<MessageEntry, '_id' | 'message_index' | 'turn_count'> | undefined): Place {
  if (own) return { index: own.message_index, turns: own.turn_count, id: own._id }
  const parent = branch.lineage.at(-1)
  return { index: parent?.upto_index ?? -1, turns: parent?.upto_turns ?? 0, id: branch.fork_message_id }
}

/** The newest message on a branch's path. */
export async function headOf (find: FindMessages, branch: PathBranch): Promise<Place> {
  const [own] = await find({
    filter: { chat_id: branch.chat_id, branch_id: branch._id, kind: 'message' },
    projection: { message_index: 1, turn_count: 1 },
    sort: { message_index: -1 },
    limit: 1,
    hint: uniqueIndexes.place
  })
  return headAfter(branch, own)
}

/** The messages at some places of a branch's path, those that exist, in no order. */
export async function messagesAt (entries: Entries, branch: PathBranch, places: number[], session?: mongo.ClientSession): Promise<MessageEntry[]> {
  const wanted = places.flatMap(place => segmentsOf(branch, place, place)).map(({ branch_id, from }) => ({ chat_id: branch.chat_id, branch_id, kind: 'message' as const, message_index: from }))
  if (wanted.length === 0) return []
  return await entries.find({ $or: wanted }, session ? { session } : {}).toArray() as MessageEntry[]
}

/** The ancestors of a branch that is forked from `branch` after the message at `index` (-1: before the first). */
export function lineageUpTo (branch: PathBranch, fork: Pick<MessageEntry, 'branch_id' | 'seq' | 'message_index' | 'turn_count'> | null): Ancestor[] {
  if (!fork) return []
  const inherited = branch.lineage.filter(({ upto_index }) => upto_index < fork.message_index)
  return [...inherited, { branch_id: fork.branch_id, upto_seq: fork.seq, upto_index: fork.message_index, upto_turns: fork.turn_count }]
}

/** How many tombstones lie on a path up to a place, both ends included: an index of nothing but tombstones is counted. */
export async function countDeleted (entries: Entries, branch: PathBranch, upto: number, session?: mongo.ClientSession): Promise<number> {
  const counts = await inTurn(segmentsOf(branch, 0, upto), ({ branch_id, from, to }) =>
    entries.countDocuments({ chat_id: branch.chat_id, is_deleted: true, branch_id, message_index: { $gte: from, $lte: to } }, { ...(session && { session }), hint: deletedIndex }))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** A transaction does one thing at a time. */
async function inTurn<Item, Result> (items: Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (const item of items) results.push(await work(item))
  return results
}

import type { Types } from 'mongoose'
import { type Entries, type MessageEntry, uniqueIndexes } from './entry.ts'

/** What a path needs to know of its branch. */
export interface PathBranch {
  _id: Types.ObjectId
  chat_id: Types.ObjectId
  lineage: { branch_id: Types.ObjectId, upto_index: number }[]
}

/** A run of places on a path that one branch's own messages fill, both ends included. */
export interface Segment { branch_id: Types.ObjectId, from: number, to: number }

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

/** The messages of a branch's path in a range of places: an indexed range for each segment it touches, until there are enough. */
export async function readPath (entries: Entries, branch: PathBranch, { from, to, order, limit, includeDeleted }: PathRange): Promise<MessageEntry[]> {
  const segments = segmentsOf(branch, from, to)
  if (order === 'desc') segments.reverse()
  const found: MessageEntry[] = []
  for (const segment of segments) {
    if (found.length >= limit) break
    const range = { $gte: segment.from, ...(segment.to !== Infinity && { $lte: segment.to }) }
    const rows = await entries.find({ chat_id: branch.chat_id, branch_id: segment.branch_id, kind: 'message', message_index: range, ...(!includeDeleted && { is_deleted: false }) })
      .sort({ message_index: order === 'asc' ? 1 : -1 })
      .limit(limit - found.length)
      .hint(uniqueIndexes.place)
      .toArray()
    found.push(...rows as MessageEntry[])
  }
  return found
}

/** The place of the newest message on a branch's path; -1 on an empty one. */
export async function headIndex (entries: Entries, branch: PathBranch): Promise<number> {
  const [own] = await entries.find({ chat_id: branch.chat_id, branch_id: branch._id, kind: 'message' })
    .project<{ message_index: number }>({ _id: 0, message_index: 1 })
    .sort({ message_index: -1 }).limit(1).hint(uniqueIndexes.place).toArray()
  return own?.message_index ?? branch.lineage.at(-1)?.upto_index ?? -1
}

import type { mongo } from 'mongoose'
import { type Entries, type MessageEntry, turnIndex } from './entry.ts'
import type { PathBranch } from './path.ts'

const ofTurns = { turn_id: { $type: 'objectId' } } as const

/** The parts of a path that may hold messages of the turns `from..to` (numbers from 1), newest first. */
function turnSegments (branch: PathBranch, from: number, to: number) {
  const all = [...branch.lineage, { branch_id: branch._id, upto_index: Infinity, upto_turns: Infinity }]
  // A turn may begin on one branch and end on the next, so a segment also holds turns of the number at which the one before ends.
  return all.filter(({ upto_turns }, i) => upto_turns >= from && (all[i - 1]?.upto_turns ?? 0) <= to).reverse()
}

const inSegment = (branch: PathBranch, { branch_id, upto_index }: { branch_id: PathBranch['_id'], upto_index: number }) =>
  ({ chat_id: branch.chat_id, branch_id, ...ofTurns, ...(upto_index !== Infinity && { message_index: { $lte: upto_index } }) })

/** The newest message on the path that belongs to its turn number `turn` (from 1), or null. */
export async function lastOfTurn (entries: Entries, branch: PathBranch, turn: number, session?: mongo.ClientSession): Promise<MessageEntry | null> {
  for (const segment of turnSegments(branch, turn, turn)) {
    const [found] = await entries.find({ ...inSegment(branch, segment), turn_count: turn }, session ? { session } : {})
      .sort({ message_index: -1 }).limit(1).hint(turnIndex).toArray()
    if (found) return found as MessageEntry
  }
  return null
}

/** The messages of the turns `from..to` of a path (numbers from 1, both included), oldest first. */
export async function readTurns (entries: Entries, branch: PathBranch, from: number, to: number): Promise<MessageEntry[]> {
  const parts: MessageEntry[][] = []
  for (const segment of turnSegments(branch, from, to)) {
    parts.unshift(await entries.find({ ...inSegment(branch, segment), turn_count: { $gte: from, $lte: to } })
      .sort({ turn_count: 1, message_index: 1 }).hint(turnIndex).toArray() as MessageEntry[])
  }
  return parts.flat()
}

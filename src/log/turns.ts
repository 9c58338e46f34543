import type { mongo, Types } from 'mongoose'
import { answerIndex, type Entries, type MessageEntry, turnIndex } from './entry.ts'
import { type PathBranch, segmentsOf } from './path.ts'

/** A question, and the newest message on the path that answers it. */
export interface TurnEntries { question: MessageEntry, response: MessageEntry | null }

/** The parts of a path that may hold messages numbered with the turns `from..to` (from 1), oldest first. */
function turnSegments (branch: PathBranch, from: number, to: number) {
  const all = [...branch.lineage, { branch_id: branch._id, upto_index: Infinity, upto_turns: Infinity }]
  // A turn may begin on one branch and end on the next, so a segment also holds turns of the number at which the one before ends.
  return all.filter(({ upto_turns }, i) => upto_turns >= from && (all[i - 1]?.upto_turns ?? 0) <= to)
}

const inSegment = ({ branch_id, upto_index }: { branch_id: Types.ObjectId, upto_index: number }) =>
  ({ branch_id, ...(upto_index !== Infinity && { message_index: { $lte: upto_index } }) })

const numbered = (branch: PathBranch, segment: Parameters<typeof inSegment>[0], from: number, to: number) =>
  ({ chat_id: branch.chat_id, ...inSegment(segment), turn_id: { $type: 'objectId' }, turn_count: { $gte: from, $lte: to } }) as const

/** The questions of the turns `from..to` of a path (both included), oldest first. */
async function questionsOf (entries: Entries, branch: PathBranch, from: number, to: number, session?: mongo.ClientSession): Promise<MessageEntry[]> {
  const questions: MessageEntry[] = []
  for (const segment of turnSegments(branch, from, to)) {
    if (questions.length > to - from) break
    questions.push(...await entries.find({ ...numbered(branch, segment, from, to), $expr: { $eq: ['$_id', '$turn_id'] } }, session ? { session } : {})
      .sort({ turn_count: 1, message_index: 1 }).hint(turnIndex).toArray() as MessageEntry[])
  }
  return questions
}

/** The newest message of a path's turn number `turn` (from 1) before the next turn begins, or null. */
export async function lastOfTurn (entries: Entries, branch: PathBranch, turn: number, session?: mongo.ClientSession): Promise<MessageEntry | null> {
  const [question] = await questionsOf(entries, branch, turn, turn, session)
  if (!question) return null
  for (const segment of turnSegments(branch, turn, turn).reverse()) {
    const [found] = await entries.find({ ...numbered(branch, segment, turn, turn), turn_id: question._id }, session ? { session } : {})
      .sort({ message_index: -1 }).limit(1).hint(answerIndex).toArray()
    if (found) return found as MessageEntry
  }
  return null
}

/** The turns `from..to` of a path (numbers from 1, both included), oldest first. An answer may come later than other turns. */
export async function readTurns (entries: Entries, branch: PathBranch, from: number, to: number): Promise<TurnEntries[]> {
  const questions = await questionsOf(entries, branch, from, to)
  const ids = questions.map(({ _id }) => _id)
  const path = segmentsOf(branch, questions[0]?.message_index ?? 0, Infinity).map(segment => inSegment({ branch_id: segment.branch_id, upto_index: segment.to }))
  const answers = ids.length === 0
    ? []
    : await entries.aggregate<{ _id: Types.ObjectId, newest: MessageEntry }>([
      { $match: { chat_id: branch.chat_id, turn_id: { $in: ids, $type: 'objectId' }, _id: { $nin: ids }, $or: path } },
      { $sort: { turn_id: 1, message_index: 1 } },
      { $group: { _id: '$turn_id', newest: { $last: '$$ROOT' } } }
    ], { hint: answerIndex }).toArray()
  const byTurn = new Map(answers.map(({ _id, newest }) => [String(_id), newest]))
  return questions.map(question => ({ question, response: byTurn.get(String(question._id)) ?? null }))
}

import { type Connection, trusted, Types } from 'mongoose'
import { branchDeleted } from '../branches/events.ts'
import { chatCleared, chatDeleted } from '../chats/events.ts'
import type { Branch } from '../log/branch.ts'
import { type ChangeEntry, type MessageEntry, uniqueIndexes } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import { isOnPath } from '../log/path.ts'
import { messageDeleted, messageUpdated } from '../messages/events.ts'
import type { Bus } from '../platform/bus.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import { branchIndex, createSummaryModel, type SummaryRecord } from './summary-model.ts'

/** Entries that are looked through for what changed; a summary that is further behind is given up. */
const scanLimit = 20_000
/** Messages changed since that are looked up. */
const changedLimit = 2000

const majority = { readConcern: { level: 'majority' } } as const

/**
 * What models wrote of the earlier part of branches. A summary is used only as long as nothing it tells of was changed or deleted since:
 * that is looked up each time. The events of changes remove it promptly as well, so that deleted text is not kept.
 */
export function createRollingSummaries ({ connection, bus, log }: { connection: Connection, bus: Bus, log: Log }) {
  const model = createSummaryModel(connection)

  /** The newest number of a chat's log. */
  async function newestSeq (chatId: Types.ObjectId): Promise<number> {
    const [newest] = await log.entries.find({ chat_id: chatId }, majority).project<{ seq: number }>({ _id: 0, seq: 1 }).sort({ seq: -1 }).limit(1).toArray()
    return newest?.seq ?? 0
  }

  /** Whether a message that the summary tells of was changed since. Any change of one counts, whatever its kind. */
  async function isStale ({ covers_seq: since, upto_index: upto }: SummaryRecord, branch: Branch): Promise<boolean> {
    if (await newestSeq(branch.chat_id) - since > scanLimit) return true
    const changes = await log.entries.find({ chat_id: branch.chat_id, seq: { $gt: since }, kind: 'change', message_id: { $exists: true } }, majority)
      .project<Pick<ChangeEntry, 'message_id'>>({ message_id: 1 }).limit(changedLimit + 1).hint(uniqueIndexes.seq).toArray()
    if (changes.length === 0) return false
    if (changes.length > changedLimit) return true
    const ids = [...new Map(changes.map(({ message_id: id }) => [String(id), id!])).values()]
    const messages = await log.entries.find({ _id: { $in: ids }, chat_id: branch.chat_id }, majority)
      .project<Pick<MessageEntry, 'chat_id' | 'branch_id' | 'message_index'>>({ chat_id: 1, branch_id: 1, message_index: 1 }).toArray()
    return messages.length < ids.length || messages.some(message => message.message_index <= upto && isOnPath(branch, message))
  }

  /** Removes exactly this state of a summary, not one that took its place meanwhile. */
  async function discard ({ _id, created_at, upto_index }: SummaryRecord) {
    await model.deleteOne({ _id, created_at, upto_index })
  }

  /** The summary that tells most of a branch's path among the messages below `before`, and still holds; its own or an ancestor's. */
  async function find (branch: Branch, before = Infinity): Promise<SummaryRecord | null> {
    // Up to the fork an ancestor's path is this one's.
    const reach = [...branch.lineage, { branch_id: branch._id, upto_index: Infinity }].map(({ branch_id, upto_index }) => ({ branch_id, upto: Math.min(upto_index, before - 1) }))
    const records = await model.find({
      chat_id: branch.chat_id,
      $or: reach.map(({ branch_id, upto }) => ({ branch_id, ...(upto !== Infinity && { upto_index: trusted({ $lte: upto }) }) }))
    }).sort({ upto_index: -1, _id: 1 }).readConcern('majority').lean<SummaryRecord[]>()
    for (const record of records) {
      if (!await isStale(record, branch)) return record
      await discard(record)
    }
    return null
  }

  /** Removes the summaries that tell of a message. */
  async function forget (chatId: string, messageId: string): Promise<void> {
    if (!await model.exists({ chat_id: chatId })) return
    const message = await log.entries.findOne({ _id: new Types.ObjectId(messageId), chat_id: new Types.ObjectId(chatId), kind: 'message' }, majority) as MessageEntry | null
    const records = await model.find({ chat_id: chatId, ...(message && { upto_index: trusted({ $gte: message.message_index }) }) }).lean<SummaryRecord[]>()
    for (const record of records) {
      const branch = await log.branches.findOne({ _id: record.branch_id, chat_id: chatId }).lean<Branch | null>()
      if (!branch || !message || isOnPath(branch, message)) await discard(record)
    }
  }

  bus.on(messageDeleted, async ({ chat_id, message_id }) => { await forget(chat_id, message_id) })
  bus.on(messageUpdated, async ({ chat_id, message }) => { await forget(chat_id, message.id) })
  bus.on(chatCleared, async ({ chat_id }) => { await model.deleteMany({ chat_id }) })
  bus.on(chatDeleted, async ({ chat_id }) => { await model.deleteMany({ chat_id }) })
  bus.on(branchDeleted, async ({ chat_id, branch_ids }) => { await model.deleteMany({ chat_id, branch_id: trusted({ $in: branch_ids }) }) })

  return {
    models: [model],
    newestSeq,
    find,

    /** The summary that a branch has of its own, whether it still holds or not. */
    own: async (branch: Branch): Promise<SummaryRecord | null> => await model.findOne({ chat_id: branch.chat_id, branch_id: branch._id }).lean<SummaryRecord | null>(),

    /** Notes that a summary still holds at `seq`, so that the next look has less to look through. */
    async confirm ({ _id, created_at, covers_seq }: SummaryRecord, seq: number): Promise<void> {
      await model.updateOne({ _id, created_at, covers_seq }, { $max: { covers_seq: seq } })
    },

    /**
     * Keeps a branch's new summary in the place of `previous`, its own old one (null: it had none); answers whether it did. It does not when
     * another process was first, or when something that it tells of was changed meanwhile.
     */
    async replace (branch: Branch, previous: SummaryRecord | null, made: Omit<SummaryRecord, '_id' | 'chat_id' | 'branch_id' | 'created_at'>): Promise<boolean> {
      const record: SummaryRecord = { _id: previous?._id ?? new Types.ObjectId(), chat_id: branch.chat_id, branch_id: branch._id, ...made, created_at: new Date() }
      if (previous) {
        const { _id, created_at, upto_index } = previous
        const { matchedCount } = await model.collection.replaceOne({ _id, created_at, upto_index }, record)
        if (matchedCount === 0) return false
      } else {
        const lost = await model.collection.insertOne(record).then(() => false, error => {
          if (duplicateIndex(error) !== branchIndex) throw error
          return true
        })
        if (lost) return false
      }
      // Looked at after it was kept: a change comes either before this look or finds it there and removes it.
      const stands = await log.branches.exists({ _id: branch._id, chat_id: branch.chat_id }).readConcern('majority')
      if (stands && !await isStale(record, branch)) return true
      await discard(record)
      return false
    }
  }
}

export type Summaries = ReturnType<typeof createRollingSummaries>

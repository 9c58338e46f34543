import { mongo, Types } from 'mongoose'
import { duplicateIndex, isDatabaseAway } from '../platform/to-problem.ts'
import { type Entries, type Entry, uniqueIndexes } from './entry.ts'
import type { Heads } from './heads.ts'
import { createNumbering } from './numbering.ts'
import { backOff, type Change, timeOver } from './operations.ts'

/** Another transaction or another process was first; nothing of ours was kept, so the same change can be tried again at once. */
const wasBeaten = (error: unknown) =>
  Object.values<string | undefined>(uniqueIndexes).includes(duplicateIndex(error)) || (error instanceof mongo.MongoError && error.hasErrorLabel('TransientTransactionError'))

/** The commit may have happened (the driver's label for it). */
const isUnknownCommit = (error: unknown) =>
  error instanceof mongo.MongoError && error.hasErrorLabel('UnknownTransactionCommitResult')

/** Writes a change and the entries that name it in one transaction. */
export function createChangeWriter ({ entries, heads, client }: { entries: Entries, heads: Heads, client: mongo.MongoClient }) {
  function settle (change: Change) {
    const { rows, result } = change.attempted!
    for (const row of rows) heads.advance(change.chatId, row)
    change.committed(result, rows)
    change.ended = true
    change.resolve(result)
  }

  function fail (change: Change, error: unknown) {
    change.ended = true
    change.reject(error)
  }

  async function attempt (change: Change): Promise<void> {
    const { chatId, id } = change
    if (change.uncertain && await entries.findOne({ _id: change.attempted?.rows[0]?._id ?? id }, { readConcern: { level: 'majority' } })) return settle(change)
    const head = await heads.get(chatId)
    const session = client.startSession()
    try {
      session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } })
      const now = new Date()
      const { drafts, result, newBranches } = await change.apply({ session, seq: head.seq + 1, now })
      const numbering = createNumbering(heads, head, chatId, newBranches)
      const rows: Entry[] = []
      for (const draft of drafts) {
        const ownId = '_id' in draft ? draft._id : undefined
        rows.push(await numbering(draft, ownId ?? (rows.length === 0 ? id : new Types.ObjectId()), now))
      }
      change.attempted = { rows, result }
      if (rows.length > 0) await entries.insertMany(rows, { session, ordered: true })
      await session.commitTransaction()
      settle(change)
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction().catch(() => {})
      throw error
    } finally {
      await session.endSession()
    }
  }

  /**
   * Commits the change with the next numbers of its chat, exactly once, and ends it: resolved when a majority has it, rejected
   * with what `apply` threw, or with `retry_same_client_id` or `database_unavailable` when its time is over.
   */
  return async function writeChange (change: Change): Promise<void> {
    for (let tries = 1; !change.ended; tries++) {
      try {
        await attempt(change)
      } catch (error) {
        if (isUnknownCommit(error)) change.uncertain = true
        if (wasBeaten(error) && !change.uncertain) await heads.catchUp(change.chatId).catch(() => heads.forget(change.chatId))
        else if (change.uncertain || isDatabaseAway(error)) heads.forget(change.chatId)
        else return fail(change, error)
        if (Date.now() > change.deadline) return fail(change, timeOver(change, error))
        await backOff(tries)
      }
    }
  }
}

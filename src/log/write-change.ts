import { mongo, Types } from 'mongoose'
import type { Clock } from '../platform/clock.ts'
import { duplicateIndex, isDatabaseAway } from '../platform/to-problem.ts'
import { newestSeq } from './changes.ts'
import { type Entries, type Entry, leavingOut, uniqueIndexes } from './entry.ts'
import type { GivenUp } from './given-up.ts'
import type { Heads } from './heads.ts'
import { createNumbering } from './numbering.ts'
import type { RightOfWay } from './right-of-way.ts'
import { type Attempt, backOff, type Change, timeOver } from './operations.ts'

/** Attempts before a change reserves its number where nobody else is known to write: that costs two more round trips. */
const reserveAfter = 1
/** Waits between attempts grow no more after so many: who holds the number does so for some milliseconds. */
const beatenWaits = 3

/** Another transaction or another process was first; nothing of ours was kept, so the same change can be tried again at once. */
const wasBeaten = (error: unknown) =>
  Object.values<string | undefined>(uniqueIndexes).includes(duplicateIndex(error)) || (error instanceof mongo.MongoError && error.hasErrorLabel('TransientTransactionError'))

/** The commit may have happened (the driver's label for it). */
const isUnknownCommit = (error: unknown) =>
  error instanceof mongo.MongoError && error.hasErrorLabel('UnknownTransactionCommitResult')

/** Writes a change and the entries that name it in one transaction. */
export function createChangeWriter ({ entries, heads, rightOfWay, givenUp, clock, client }: { entries: Entries, heads: Heads, rightOfWay: RightOfWay, givenUp: GivenUp, clock: Clock, client: mongo.MongoClient }) {
  function settle (change: Change, { rows, result }: Attempt) {
    for (const row of rows) heads.wrote(change.chatId, row)
    change.committed(result, rows)
    change.ended = true
    change.resolve(result)
  }

  function fail (change: Change, error: unknown) {
    change.ended = true
    change.reject(error)
  }

  const firstIds = ({ attempts }: Change) => attempts.flatMap(({ rows }) => rows[0]?._id ?? [])
  /** The attempt that an entry is of. */
  const attemptOf = ({ attempts }: Change, { _id, seq }: Entry) => attempts.find(({ rows }) => rows[0]?._id.equals(_id) && rows[0].seq === seq)

  /** The attempt that was kept although its outcome was unknown. */
  async function kept (change: Change): Promise<Attempt | undefined> {
    const entry = await entries.findOne({ _id: { $in: firstIds(change) } }, { readConcern: { level: 'majority' } })
    return entry ? attemptOf(change, entry) : undefined
  }

  function giveUp (change: Change, cause: unknown) {
    fail(change, timeOver(change, cause))
    if (!change.uncertain) return
    const found = (entry: Entry) => {
      const attempt = attemptOf(change, entry)
      if (attempt) settle(change, attempt)
    }
    for (const id of firstIds(change)) givenUp.seek(id, found)
  }

  /** Asks again while it is unknown: a transaction whose commit never arrived would hold up its chat until the server ends it, a minute later. */
  async function commit (change: Change, session: mongo.ClientSession) {
    for (let tries = 1; ; tries++) {
      try {
        return await session.commitTransaction()
      } catch (error) {
        if (!isUnknownCommit(error) && !isDatabaseAway(error)) throw error
        change.uncertain = true
        if (performance.now() > change.deadline) throw error
        await backOff(tries)
      }
    }
  }

  /**
   * With `reserving` the newest number is read within the transaction and the next one taken before anything else: a rival's write of it waits for the end of
   * this transaction. That may come before a majority has the one before it: both are kept or neither is, as they lie on one primary.
   */
  async function attempt (change: Change, reserving: boolean): Promise<void> {
    const { chatId, id } = change
    const chat = { chat_id: new Types.ObjectId(chatId) }
    const known = change.uncertain ? await kept(change) : undefined
    if (known) return settle(change, known)
    const head = reserving ? undefined : await heads.get(chatId)
    const session = client.startSession()
    try {
      session.startTransaction({ readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } })
      // Fixed before anything is read: if news of a rival moves the head meanwhile, the number must collide, for what is read is old.
      const seq = 1 + (head ? head.seq : await newestSeq(entries, chat.chat_id, { session }))
      const now = new Date(clock.now())
      const reserved: Entry = { _id: id, kind: 'change', ...chat, seq, type: 'chat_updated', actor_id: id, created_at: now }
      if (reserving) await entries.insertOne(reserved, { session })
      const { drafts, result, newBranches } = await change.apply({ session, seq, now })
      const placeOf = (branch: Types.ObjectId) => head ? heads.place(head, chatId, branch) : heads.placeWithin(session, chatId, branch)
      const numbering = createNumbering({ chatId, seq, placeOf, newBranches })
      const rows: Entry[] = []
      for (const draft of drafts) {
        const ownId = '_id' in draft ? draft._id : undefined
        rows.push(await numbering(draft, ownId ?? (rows.length === 0 ? id : new Types.ObjectId()), now))
      }
      change.attempts.push({ rows, result })
      const [first, ...others] = rows
      const successor = reserving && first?._id.equals(id) ? first : undefined
      if (successor) await entries.replaceOne({ _id: id, ...chat, seq }, successor, { session })
      else if (reserving) await entries.deleteOne({ _id: id, ...chat, seq }, { session })
      const left = successor ? others : rows
      if (left.length > 0) await entries.insertMany(left, { session, ordered: true, ...leavingOut })
      await commit(change, session)
      settle(change, { rows, result })
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
        const isContended = tries > reserveAfter || heads.isContended(change.chatId)
        if (isContended) rightOfWay.ask(change.chatId)
        await attempt(change, isContended)
      } catch (error) {
        const beaten = wasBeaten(error) && !change.uncertain
        if (!beaten && !change.uncertain && !isDatabaseAway(error)) return fail(change, error)
        if (performance.now() > change.deadline) return giveUp(change, error)
        if (beaten) heads.collided(change.chatId)
        else heads.forget(change.chatId)
        await backOff(beaten ? Math.min(tries, beatenWaits) : tries)
      }
    }
  }
}

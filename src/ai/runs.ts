import { type Connection, mongo, Types } from 'mongoose'
import type { Entry, MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { ReplyUsage } from '../messages/schemas.ts'
import { type ErrorCode, Problem } from '../platform/errors.ts'
import { duplicateIndex } from '../platform/to-problem.ts'
import { createRunModel, runIndexes, type RunRecord } from './run-model.ts'
import type { Usage } from './usage.ts'

/** How long a run may be silent before it counts as dead, in milliseconds of the database's clock. */
export const leaseMs = 10_000

/** How a run ended, with all that was written. */
export interface Outcome { status: 'complete' | 'stopped' | 'error', code: ErrorCode | null, text: string, usage: ReplyUsage | null }

/** What a run is made of. */
export type RunDraft = Pick<RunRecord, '_id' | 'chat_id' | 'branch_id' | 'message_id' | 'reply_id' | 'user_id' | 'model' | 'temperature' | 'max_tokens'>

interface Needs { connection: Connection, log: Log, usage: Usage, runsPerUser: number }

/** The lease from now on, by the database's clock: processes whose clocks differ agree on who is dead. */
const renewed = { lease_until: { $add: ['$$NOW', leaseMs] } }

/** The runs as they are stored. Knows no right. */
export function createRuns ({ connection, log, usage, runsPerUser }: Needs) {
  const model = createRunModel(connection)
  const runs = model.collection as unknown as mongo.Collection<RunRecord>

  return {
    models: [model],

    find: async (runId: string): Promise<RunRecord | null> => await runs.findOne({ _id: new Types.ObjectId(runId) }, { readConcern: { level: 'majority' } }),

    /** The first run that answered a message. */
    ofMessage: async (chatId: string, messageId: Types.ObjectId, session?: mongo.ClientSession): Promise<RunRecord | null> =>
      await runs.findOne({ chat_id: new Types.ObjectId(chatId), message_id: messageId }, { sort: { _id: 1 }, ...(session && { session }) }),

    /**
     * Begins a run within a transaction that is tried again as a whole. Throws `run_in_progress` and `too_many_runs`; when a rival
     * took the same slot meanwhile, an error with the label `TransientTransactionError`.
     */
    async insert (draft: RunDraft, session: mongo.ClientSession, now: Date): Promise<RunRecord> {
      const mine = await runs.find({ user_id: draft.user_id, status: 'running' }, { session }).project<{ slot: number }>({ slot: 1 }).toArray()
      const slot = Array.from({ length: runsPerUser }, (_, i) => i).find(i => !mine.some(run => run.slot === i))
      // Asked first, because a refused insert ends the transaction; the index decides all the same.
      if (await runs.findOne({ chat_id: draft.chat_id, branch_id: draft.branch_id, status: 'running' }, { session })) throw new Problem('run_in_progress')
      if (slot === undefined) throw new Problem('too_many_runs', `You may have ${runsPerUser} replies under way at once.`)
      const run: RunRecord = { ...draft, slot, status: 'running', code: null, usage: null, text: '', lease_until: now, cancel_requested: false, created_at: now, ended_at: null }
      try {
        // An upsert because an insert cannot take the database's clock.
        await runs.updateOne({ _id: run._id }, [{ $replaceWith: { $mergeObjects: [{ $literal: run }, renewed] } }], { session, upsert: true })
      } catch (error) {
        const taken = duplicateIndex(error)
        if (error instanceof mongo.MongoError && (taken === runIndexes.slot || taken === runIndexes.branch)) error.addErrorLabel('TransientTransactionError')
        throw error
      }
      return run
    },

    /** Keeps what was written up to now and renews the lease; answers whether it was cancelled, or undefined when it is not running any more. */
    async save (runId: Types.ObjectId, text: string): Promise<{ cancelRequested: boolean } | undefined> {
      const run = await runs.findOneAndUpdate({ _id: runId, status: 'running' }, [{ $set: { text: { $literal: text }, ...renewed } }], { projection: { cancel_requested: 1 } })
      return run ? { cancelRequested: run.cancel_requested } : undefined
    },

    /** Asks the process that has the run to end it. */
    requestCancel: async (runId: Types.ObjectId): Promise<void> => { await runs.updateOne({ _id: runId, status: 'running' }, { $set: { cancel_requested: true } }) },

    /** Runs whose process has died. */
    dead: async (): Promise<RunRecord[]> => await runs.find({ status: 'running', $expr: { $lt: ['$lease_until', '$$NOW'] } }).limit(100).toArray(),

    /** Ends a run and stores its reply, both or neither, and only once: `ended` hears of it in the order of the chat's log. */
    async finish (run: RunRecord, { status, code, text, usage: used }: Outcome, ended: (reply: MessageEntry, seq: number, entry: Entry) => void): Promise<void> {
      await log.change<MessageEntry | undefined>({
        chatId: String(run.chat_id),
        async apply ({ session, seq, now }) {
          const won = await runs.findOneAndUpdate({ _id: run._id, status: 'running' }, { $set: { status, code, usage: used, ended_at: now }, $unset: { text: 1 } }, { session })
          if (!won) return { drafts: [], result: undefined }
          if (used) await usage.record(session, { userId: String(run.user_id), model: run.model, promptTokens: used.prompt_tokens, completionTokens: used.completion_tokens, at: now })
          // A history that was cleared, and a branch or chat that is gone, must not get text again; all of them lose their branches.
          const place = await log.branches.exists({ _id: run.branch_id, chat_id: run.chat_id }).session(session)
          const reply = place && await log.entries.findOneAndUpdate(
            { _id: run.reply_id, chat_id: run.chat_id, kind: 'message', status: 'streaming', is_deleted: { $ne: true } },
            { $set: { content: text, status, rev: seq, ...(used && { usage: used }), ...(code && { error_code: code }) } },
            { session, returnDocument: 'after' }
          ) as MessageEntry | null
          if (!reply) return { drafts: [], result: undefined }
          return { drafts: [{ type: 'reply_finished', message_id: run.reply_id, actor_id: run.user_id }], result: reply }
        },
        committed: (reply, [entry]) => { ended(reply!, entry!.seq, entry!) }
      })
    }
  }
}

export type Runs = ReturnType<typeof createRuns>

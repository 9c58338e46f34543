import { type Connection, mongo, Schema, Types } from 'mongoose'
import { duplicateIndex } from '../platform/to-problem.ts'

interface UsageRecord {
  _id: Types.ObjectId
  user_id: Types.ObjectId
  model: string
  /** A day in UTC, as YYYY-MM-DD: in this spelling days sort as they follow each other. */
  day: string
  prompt_tokens: number
  completion_tokens: number
  runs: number
}

/** What a finished run has used. */
export interface UsedTokens { userId: string, model: string, promptTokens: number, completionTokens: number, at: Date }

/** Sums of some runs; tokens in number, not in thousands. */
export interface UsageSums { runs: number, prompt_tokens: number, completion_tokens: number, total_tokens: number }

/** What one person used of one model. */
export interface UsageTotal extends UsageSums { user_id: string, model: string }

/** Which usage is summed: days as YYYY-MM-DD in UTC, both included; `after` is the last item of the page before. */
export interface UsageQuery { userId?: string | undefined, model?: string | undefined, from?: string | undefined, to?: string | undefined, after?: Pick<UsageTotal, 'user_id' | 'model'> | undefined, limit: number }

const uniqueIndex = 'user_day_model'
const count = { type: Number, required: true }
const text = { type: String, required: true }

const usageSchema = new Schema<UsageRecord>({
  user_id: { type: Schema.Types.ObjectId, required: true },
  model: text,
  day: text,
  prompt_tokens: count,
  completion_tokens: count,
  runs: count
}, { collection: 'usage', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ user_id: 1, day: 1, model: 1 }, { unique: true, name: uniqueIndex })

const sum = {
  runs: { $sum: '$runs' },
  prompt_tokens: { $sum: '$prompt_tokens' },
  completion_tokens: { $sum: '$completion_tokens' },
  total_tokens: { $sum: { $add: ['$prompt_tokens', '$completion_tokens'] } }
}

/** The day in UTC, as YYYY-MM-DD, on which something is counted. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10)

/** How many tokens people used of which model, counted by day, on one connection. */
export function createUsage ({ connection }: { connection: Connection }) {
  const model = connection.model<UsageRecord>('Usage', usageSchema)

  return {
    models: [model],

    /**
     * Counts one run, within the caller's transaction: with the message it wrote, or not at all. Await it alone, as all that is
     * done in a session. Whatever rival was first, it throws an error with the label `TransientTransactionError`, so the caller's
     * transaction must be one that is tried again as a whole (`log.change`, or `withTransaction`); one that is not loses the count.
     */
    async record (session: mongo.ClientSession, { userId, model: name, promptTokens, completionTokens, at }: UsedTokens): Promise<void> {
      const place = { user_id: new Types.ObjectId(userId), day: dayOf(at), model: name }
      const used = { prompt_tokens: promptTokens, completion_tokens: completionTokens, runs: 1 }
      try {
        await model.updateOne(place, { $inc: used }, { upsert: true, session })
      } catch (error) {
        // A rival made the day's first record after our snapshot. MongoDB 6 calls that a write conflict; a version that names the
        // duplicate key instead means the same: the next attempt sees the record and adds to it.
        if (error instanceof mongo.MongoError && duplicateIndex(error) === uniqueIndex) error.addErrorLabel('TransientTransactionError')
        throw error
      }
    },

    /** How many tokens a person has used on a day (YYYY-MM-DD in UTC), of all models together. */
    async spentOn (userId: string, day: string): Promise<number> {
      const [found] = await model.aggregate<UsageSums>([{ $match: { user_id: new Types.ObjectId(userId), day } }, { $group: { _id: null, ...sum } }])
      return found?.total_tokens ?? 0
    },

    /** Sums by person and model, in the order of their ids and names: up to `limit` behind `after`, and the sums of all that fit the query. */
    async totals ({ userId, model: name, from, to, after, limit }: UsageQuery): Promise<{ items: UsageTotal[], totals: UsageSums }> {
      const all = {
        ...(userId && { user_id: new Types.ObjectId(userId) }),
        ...(name !== undefined && { model: name }),
        ...((from ?? to) !== undefined && { day: { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lte: to }) } })
      }
      const last = after && new Types.ObjectId(after.user_id)
      const behind = after ? { $or: [{ user_id: { $gt: last } }, { user_id: last, model: { $gt: after.model } }] } : {}
      const [rows, [found]] = await Promise.all([
        model.aggregate<UsageSums & { _id: { user_id: Types.ObjectId, model: string } }>([
          { $match: { $and: [all, behind] } },
          { $group: { _id: { user_id: '$user_id', model: '$model' }, ...sum } },
          { $sort: { '_id.user_id': 1, '_id.model': 1 } },
          { $limit: limit }
        ]),
        model.aggregate<UsageSums>([{ $match: all }, { $group: { _id: null, ...sum } }, { $project: { _id: 0 } }])
      ])
      const items = rows.map(({ _id, ...sums }) => ({ user_id: String(_id.user_id), model: _id.model, ...sums }))
      return { items, totals: found ?? { runs: 0, prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }
    }
  }
}

export type Usage = ReturnType<typeof createUsage>

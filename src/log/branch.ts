import DataLoader from 'dataloader'
import { type Connection, Schema, Types } from 'mongoose'
import { createCache } from '../platform/cache.ts'
import type { FindFew } from '../platform/find-few.ts'
import { afterGathering } from './gathering.ts'

/** An ancestor, with the last entry of it that lies on a branch's path. */
export interface Ancestor { branch_id: Types.ObjectId, upto_seq: number, upto_index: number, upto_turns: number }

export interface Branch {
  _id: Types.ObjectId
  chat_id: Types.ObjectId
  name: string
  kind: 'main' | 'named' | 'alternative'
  parent_branch_id: Types.ObjectId | null
  fork_message_id: Types.ObjectId | null
  created_from_message_index: number | null
  /** The number of the entry that tells of it: the order of branches, in which parents come before children whoever made them. */
  seq: number
  /** Root first; fixed when the branch is made. */
  lineage: Ancestor[]
  /** How many tombstones lie on the branch's path: kept in the transaction of each deletion, so that a count is never a scan. */
  deleted_count: number
  created_by: Types.ObjectId
  created_at: Date
}

/** What a path needs to know of its branch: what never changes of it. */
export type PathBranch = Pick<Branch, '_id' | 'chat_id' | 'lineage' | 'fork_message_id'>

const id = { type: Schema.Types.ObjectId, required: true }

const branchSchema = new Schema({
  chat_id: id,
  name: { type: String, required: true },
  kind: { type: String, enum: ['main', 'named', 'alternative'], required: true },
  parent_branch_id: { type: Schema.Types.ObjectId, default: null },
  fork_message_id: { type: Schema.Types.ObjectId, default: null },
  created_from_message_index: { type: Number, default: null },
  seq: { type: Number, required: true },
  lineage: [new Schema({ branch_id: id, upto_seq: { type: Number, required: true }, upto_index: { type: Number, required: true }, upto_turns: { type: Number, required: true } }, { _id: false })],
  deleted_count: { type: Number, default: 0 },
  created_by: id,
  created_at: { type: Date, required: true }
}, { collection: 'branches', versionKey: false, strict: 'throw', strictQuery: 'throw' })
  .index({ chat_id: 1, name: 1 }, { unique: true, name: 'chat_name' })
  .index({ chat_id: 1, seq: 1 }, { name: 'chat_seq' })
  .index({ chat_id: 1, 'lineage.branch_id': 1 }, { name: 'chat_lineage' })
  .index({ chat_id: 1, fork_message_id: 1 }, { name: 'chat_fork' })
  .index({ chat_id: 1, created_from_message_index: 1 }, { name: 'chat_place' })

/** The model of branches on a connection. */
export const createBranchModel = (connection: Connection) => connection.model<Branch>('Branch', branchSchema)

export type BranchModel = ReturnType<typeof createBranchModel>

/** The one branch that every chat is born with. */
export const mainBranch = (_id: Types.ObjectId, chatId: Types.ObjectId, createdBy: Types.ObjectId, now: Date): Branch => ({
  _id,
  chat_id: chatId,
  name: 'main',
  kind: 'main',
  parent_branch_id: null,
  fork_message_id: null,
  created_from_message_index: null,
  seq: 0,
  lineage: [],
  deleted_count: 0,
  created_by: createdBy,
  created_at: now
})

/** Most chats have fewer branches than this: they are all read with the one that is wanted. */
const fewBranches = 8
/** More forks than this on one page are looked for in another way. */
const manyForks = 2000
/** Chats with more than few branches, and paths of branches, that are remembered. */
const remembered = { chats: 20_000, paths: 20_000 }
/** Chats whose branches are read by one command. */
const chatsAtOnce = 50

/** A branch of a chat, undefined when there is none, and others of the chat. */
interface WithOthers { branch: Branch | undefined, others: Branch[] | undefined }

/** Reads branches for those who read a path. */
export function createBranchReads (findFew: FindFew) {
  const crowded = createCache<true>({ atMost: remembered.chats })
  /** A path never changes, so that what is remembered of it cannot be old; whether its branch still exists has to be asked. */
  const paths = createCache<PathBranch>({ atMost: remembered.paths })
  const placeOf = (chatId: string, branchId: string) => `${chatId} ${branchId}`

  /** The first branches of some chats; undefined where the many of another chat left no room for them. */
  async function readFirst (chatIds: readonly string[]): Promise<(Branch[] | undefined)[]> {
    const chats = new Map(chatIds.map(id => [id, [] as Branch[]]))
    const limit = fewBranches * chats.size
    const ids = Array.from(chats.keys(), id => new Types.ObjectId(id))
    const rows = await findFew<Branch>('branches', { filter: { chat_id: ids.length === 1 ? ids[0] : { $in: ids } }, sort: { chat_id: 1, seq: 1 }, limit, hint: 'chat_seq' })
    for (const row of rows) chats.get(row.chat_id.toHexString())!.push(row)
    // They come in the order of the chats' ids: whatever was cut off belongs to the last of them, or comes after it.
    const last = rows.length < limit || chats.size === 1 ? undefined : rows.at(-1)!.chat_id.toHexString()
    return chatIds.map(id => last !== undefined && id >= last && chats.get(id)!.length < fewBranches ? undefined : chats.get(id))
  }

  /** What is asked for within some turns of the event loop is read by one command: each is as fresh as one of its own would be. */
  const first = new DataLoader(readFirst, { cache: false, maxBatchSize: chatsAtOnce, batchScheduleFn: afterGathering })

  async function one (chatId: string, branchId: string): Promise<WithOthers> {
    const all = crowded.has(chatId) ? undefined : await first.load(chatId) ?? (await readFirst([chatId]))[0]!
    const others = all && all.length < fewBranches ? all : undefined
    let branch = all?.find(({ _id }) => _id.toHexString() === branchId)
    if (!others) {
      crowded.set(chatId, true)
      branch ??= (await findFew<Branch>('branches', { filter: { _id: new Types.ObjectId(branchId), chat_id: new Types.ObjectId(chatId) }, limit: 1 }))[0]
    }
    if (branch) paths.set(placeOf(chatId, branchId), { _id: branch._id, chat_id: branch.chat_id, lineage: branch.lineage, fork_message_id: branch.fork_message_id })
    return { branch, others }
  }

  return {
    /** The path of a branch that was read before. */
    pathOf: (chatId: string, branchId: string) => paths.get(placeOf(chatId, branchId)),

    /** Whether a chat was seen to have many branches. */
    isCrowded: (chatId: string) => crowded.has(chatId),

    /** A branch, and all branches of the chat, parents before children; `others` is undefined when they are many. */
    one,

    /** A branch whose path is known, and those of the chat that part after a message in a range of places, both ends included (-1: before the first). */
    async withForks (path: PathBranch, from: number, to: number): Promise<WithOthers> {
      const ofChat = { chat_id: path.chat_id }
      const others = await findFew<Branch>('branches', {
        filter: { $or: [{ _id: path._id, ...ofChat }, { ...ofChat, created_from_message_index: { $gte: from, $lte: to } }, ...(from < 0 ? [{ ...ofChat, created_from_message_index: null }] : [])] },
        projection: { chat_id: 1, kind: 1, fork_message_id: 1, created_from_message_index: 1, deleted_count: 1 },
        limit: manyForks
      })
      // With more forks than that, the branch itself may not be among what was read.
      if (others.length >= manyForks) return await one(path.chat_id.toHexString(), path._id.toHexString())
      const branch = others.find(({ _id }) => _id.equals(path._id))
      return { branch: branch && { ...branch, ...path }, others }
    }
  }
}

export type BranchReads = ReturnType<typeof createBranchReads>

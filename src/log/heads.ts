import { type mongo, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import { createCache } from '../platform/cache.ts'
import type { Maybe } from '../platform/maybe.ts'
import type { BranchModel } from './branch.ts'
import { type Entries, type Entry, messageChanges, type MessageEntry } from './entry.ts'
import { chatStructureChanged, entryWritten, structureWritten } from './events.ts'
import { findAt, type FindMessages, headOf } from './path.ts'
import type { Place } from './place.ts'

/** What this process remembers of a chat's log. Wrong only by being old, which the unique indexes notice. */
export interface Head {
  /** The highest number whose entry is known, and those of all before it. */
  seq: number
  /** A higher number that is taken, too: what lies between has to be read before another one is tried. */
  taken?: number
  /** Changes whenever what a waiting send was judged by may have changed; the send is then prepared again. */
  generation: number
  /** The newest known message of each branch that was written to. */
  places: Map<string, Place>
}

type Learned = Pick<Entry, '_id' | 'seq' | 'kind'> & Partial<Pick<MessageEntry, 'branch_id' | 'message_index' | 'turn_count'>> & { type?: string }

/** Chats whose heads are remembered; a forgotten one costs one indexed read. */
const rememberedChats = 50_000
/**
 * How long a head is remembered, in milliseconds. The unique index notices an old one only as long as the entries after it are
 * kept, so those of a cleared chat must be kept for much longer (`keptMs` of the purge).
 */
const rememberedMs = 60_000
/** More foreign entries than this are not read one by one: the head is read afresh. */
const catchUpLimit = 300
/** How long after a collision a chat counts as one that other processes write to, in milliseconds. */
const contendedMs = 1000

const ofOneMessage = new Set<string>(messageChanges)
const isStructural = ({ kind, type }: Pick<Learned, 'kind' | 'type'>) => kind === 'change' && !ofOneMessage.has(type!)

function toNews (chatId: string, { _id, seq, kind, type, branch_id, message_index, turn_count }: Learned) {
  const news = { chat_id: chatId, entry_id: String(_id), seq, kind }
  return kind === 'change' ? { type: type!, ...news } : { branch_id: String(branch_id), message_index: message_index!, turn_count: turn_count!, ...news }
}

export function createHeads ({ entries, branches, bus, find }: { entries: Entries, branches: BranchModel, bus: Bus, find: FindMessages }) {
  const remembered = createCache<Head>({ atMost: rememberedChats, ms: rememberedMs })
  const contended = createCache<true>({ atMost: rememberedChats, ms: contendedMs })
  const majority = { readConcern: { level: 'majority' } } as const
  let generations = 0

  async function readPlace (head: Head, chatId: string, branchId: Types.ObjectId): Promise<Place> {
    const { seq } = head
    const branch = await branches.findOne({ _id: branchId, chat_id: chatId }).read('primary').readConcern('majority').lean()
    if (!branch) throw new Problem('branch_not_found')
    const place = await headOf(find, branch)
    // What was learnt meanwhile may be newer than what was read.
    if (head.seq === seq) head.places.set(String(branchId), place)
    return place
  }

  function forget (chatId: string) {
    remembered.delete(chatId)
  }

  function advance (chatId: string, entry: Learned) {
    const structural = isStructural(entry)
    const head = remembered.get(chatId)
    // News of several processes may come in another order.
    if (head && entry.seq > head.seq + 1) head.taken = Math.max(entry.seq, head.taken ?? 0)
    else if (head && entry.seq > head.seq) {
      head.seq = entry.seq
      if (entry.kind === 'message') head.places.set(String(entry.branch_id), { index: entry.message_index!, turns: entry.turn_count!, id: entry._id })
      if (structural) {
        head.generation = ++generations
        head.places.clear()
      }
    }
    // Also when no head is remembered: others remember rights.
    if (structural) bus.emit(chatStructureChanged, { chat_id: chatId })
  }

  for (const event of [entryWritten, structureWritten]) {
    bus.on(event, ({ chat_id, entry_id, branch_id, ...entry }, origin) => {
      if (origin === 'elsewhere') advance(chat_id, { ...entry, _id: new Types.ObjectId(entry_id), ...(branch_id && { branch_id: new Types.ObjectId(branch_id) }) } as Learned)
    })
  }

  /** Learns what other processes wrote after the remembered head. */
  async function catchUp (chatId: string, head: Head) {
    const rows = await entries.find({ chat_id: new Types.ObjectId(chatId), seq: { $gt: head.seq } }, majority)
      .project<Learned>({ seq: 1, kind: 1, type: 1, branch_id: 1, message_index: 1, turn_count: 1 })
      .sort({ seq: 1 }).limit(catchUpLimit).toArray()
    if (rows.length === catchUpLimit) forget(chatId)
    else for (const row of rows) advance(chatId, row)
    // What a majority does not have yet shows by another collision.
    delete head.taken
  }

  return {
    /** The generation a send may be prepared under; undefined when nothing is remembered. */
    generation: (chatId: string) => remembered.get(chatId)?.generation,

    forget,

    /** Notes that another process was faster than this one, with this number if it is known, or may hold the chat. */
    collided (chatId: string, seq?: number) {
      contended.set(chatId, true)
      const head = remembered.get(chatId)
      if (head && seq !== undefined && seq > head.seq) head.taken = Math.max(seq, head.taken ?? 0)
    },

    /** Whether other processes write to the chat as well, as far as was noticed of late. */
    isContended: (chatId: string) => contended.has(chatId),

    /** Notes an entry that this process has committed, and tells the others. */
    wrote (chatId: string, entry: Learned) {
      advance(chatId, entry)
      if (bus.isShared) bus.emit(isStructural(entry) ? structureWritten : entryWritten, toNews(chatId, entry))
    },

    /** The chat's head, if it is remembered and not known to be old. */
    known (chatId: string): Head | undefined {
      const head = remembered.get(chatId)
      return head && (head.taken ?? 0) <= head.seq ? head : undefined
    },

    /** The chat's head, read with majority when it is not remembered, or known to be old. */
    async get (chatId: string): Promise<Head> {
      const old = remembered.get(chatId)
      if (old && (old.taken ?? 0) > old.seq) await catchUp(chatId, old)
      const known = remembered.get(chatId)
      if (known) return known
      const [newest] = await entries.find({ chat_id: new Types.ObjectId(chatId) }, majority)
        .project<{ seq: number }>({ _id: 0, seq: 1 }).sort({ seq: -1 }).limit(1).toArray()
      const head: Head = { seq: newest?.seq ?? 0, generation: ++generations, places: new Map() }
      remembered.set(chatId, head)
      // Rights remembered from before this read could be older than the number the next send takes.
      bus.emit(chatStructureChanged, { chat_id: chatId })
      return head
    },

    /** The newest message on a branch's path, at once when it is remembered. Throws `branch_not_found`. */
    place: (head: Head, chatId: string, branchId: Types.ObjectId): Maybe<Place> => head.places.get(String(branchId)) ?? readPlace(head, chatId, branchId),

    /** The same as a transaction sees it; no majority may have it yet, so that it is not remembered. Throws `branch_not_found`. */
    async placeWithin (session: mongo.ClientSession, chatId: string, branchId: Types.ObjectId): Promise<Place> {
      const branch = await branches.findOne({ _id: branchId, chat_id: chatId }).session(session).lean()
      if (!branch) throw new Problem('branch_not_found')
      return await headOf(findAt(entries, { session }), branch)
    }
  }
}

export type Heads = ReturnType<typeof createHeads>

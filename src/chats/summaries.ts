import { Types } from 'mongoose'
import pMap from 'p-map'
import type { Entries, Entry, MessageEntry } from '../log/entry.ts'
import type { Clock } from '../platform/clock.ts'
import { isOverTime } from '../platform/to-problem.ts'
import type { ChatModel } from './model.ts'
import type { Reads } from './reads.ts'

/**
 * How long summaries gather before they are written: for this many times as long as the last write took, in milliseconds at least and at most. A busy
 * database is so given one write where many would say the same, and an idle one is told soon.
 */
const gathering = { times: 20, leastMs: 100, mostMs: 1000 }
/**
 * How long writing those of several chats, and of one, may take, in milliseconds. A chat may be held by the open transaction of a process that died or stands still,
 * which MongoDB ends after a minute: the others, and whoever waits for them, are not to wait for that.
 */
const mostMs = { together: 2000, alone: 1000 }
/** Chats whose summaries are written by themselves at the same time. */
const aloneAtOnce = 8
/** When they are tried again after they could not be written, in milliseconds: nothing else would tell of a chat in which nothing more is said. */
const retryMs = 2000
/** The newest entries that a start looks at; a process that died owed at most what it gathered. */
const repairSpan = { ms: 60_000, entries: 20_000 }

/** The newest entry of a chat's log, and its newest message if that came since the last write. */
interface Newest {
  chat_id: Types.ObjectId
  seq: number
  message?: Pick<MessageEntry, '_id' | 'seq' | 'created_at'>
  /** The newest message of each sender: whoever writes has read what was before. */
  sent: Map<string, number>
}

function read ({ sent }: Newest, senderId: string, seq: number) {
  if (seq > (sent.get(senderId) ?? 0)) sent.set(senderId, seq)
}

/** Moves what is known of a chat's newest on by an entry; one that was told late is older than others. */
function gather (known: Map<string, Newest>, entry: Entry) {
  const { chat_id, seq } = entry
  const key = chat_id.toHexString()
  let newest = known.get(key)
  if (!newest) known.set(key, newest = { chat_id, seq, sent: new Map() })
  newest.seq = Math.max(newest.seq, seq)
  if (entry.kind !== 'message') return
  if (!newest.message || seq > newest.message.seq) newest.message = entry
  // What a model wrote nobody has read.
  if (!entry.run_id) read(newest, entry.sender_id.toHexString(), seq)
}

/** The same by what was gathered before. */
function gatherAgain (known: Map<string, Newest>, old: Newest) {
  const key = old.chat_id.toHexString()
  const newest = known.get(key)
  if (!newest) {
    known.set(key, old)
    return
  }
  newest.seq = Math.max(newest.seq, old.seq)
  if (old.message && old.message.seq > (newest.message?.seq ?? 0)) newest.message = old.message
  for (const [senderId, seq] of old.sent) read(newest, senderId, seq)
}

/**
 * Keeps `last_seq`, `last_message_id` and `updated_at` of the chats, and what their writers have read: derived from the log, written once for many messages,
 * and repaired at start, so that a send does not have to wait for them.
 */
export function createSummaries ({ model, reads, entries, clock, report }: { model: ChatModel, reads: Reads, entries: Entries, clock: Clock, report: (error: unknown) => void }) {
  let gathered = new Map<string, Newest>()
  let timer: NodeJS.Timeout | undefined
  let writing = Promise.resolve()
  let tookMs = 0

  async function write (newest: Newest[]) {
    const began = performance.now()
    const maxTimeMS = newest.length > 1 ? mostMs.together : mostMs.alone
    await model.collection.bulkWrite(newest.flatMap(({ chat_id, seq, message }) => [
      ...(message
        ? [{
            updateOne: {
              // A change of the chat has a number too, and may have been written before the message it came after.
              filter: { _id: chat_id, last_message_seq: { $not: { $gte: message.seq } } },
              update: { $set: { last_message_id: message._id, last_message_seq: message.seq }, $max: { last_seq: seq, updated_at: message.created_at } }
            }
          }]
        : []),
      ...(message?.seq === seq ? [] : [{ updateOne: { filter: { _id: chat_id }, update: { $max: { last_seq: seq } } } }])
    ]), { ordered: false, maxTimeMS })
    await reads.advance(newest.flatMap(({ chat_id, sent }) => [...sent].map(([userId, seq]) => ({ chat_id, user_id: new Types.ObjectId(userId), seq }))), new Date(), { maxTimeMS })
    tookMs = performance.now() - began
  }

  /** Takes back what could not be written. */
  function regather (newest: Newest[]) {
    for (const old of newest) gatherAgain(gathered, old)
    timer ??= setTimeout(() => { void flush() }, retryMs).unref()
  }

  /** Writes what it can, and takes the rest back. */
  async function settle (newest: Newest[]): Promise<void> {
    try {
      await write(newest)
    } catch (error) {
      if (newest.length > 1 && isOverTime(error)) await pMap(newest, async one => { await settle([one]) }, { concurrency: aloneAtOnce })
      else {
        report(error)
        regather(newest)
      }
    }
  }

  function flush (): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    if (gathered.size > 0) {
      const newest = [...gathered.values()]
      gathered = new Map()
      writing = writing.then(() => settle(newest))
    }
    return writing
  }

  return {
    /** Notes that an entry was committed: whoever writes it, and whoever acknowledges a repeat of it, for the one who wrote it may have died. */
    note (entry: Entry) {
      gather(gathered, entry)
      timer ??= setTimeout(() => { void flush() }, Math.min(gathering.mostMs, Math.max(gathering.leastMs, gathering.times * tookMs)))
    },

    /** Writes what has gathered; a list of chats is read after it, so that one sees what one just sent. */
    flush,

    /** Makes good what a process that died had gathered; what is held, or cannot be written now, later. */
    async repair () {
      // One that a process with a wrong clock wrote would seem to be the newest, and all that is true too old.
      const latest = Types.ObjectId.createFromTime(Math.floor(clock.now() / 1000) + 1)
      const [newest] = await entries.find({ _id: { $lte: latest } }).sort({ _id: -1 }).limit(1).toArray()
      if (!newest) return
      const since = Types.ObjectId.createFromTime(Math.floor((newest._id.getTimestamp().getTime() - repairSpan.ms) / 1000))
      const rows = await entries.find({ _id: { $gte: since } }).project<Entry>({ kind: 1, chat_id: 1, seq: 1, created_at: 1, sender_id: 1, run_id: 1 }).sort({ _id: -1 }).limit(repairSpan.entries).toArray()
      const byChat = new Map<string, Newest>()
      for (const entry of rows) gather(byChat, entry)
      if (byChat.size > 0) await settle([...byChat.values()])
    }
  }
}

export type Summaries = ReturnType<typeof createSummaries>

import { type Connection, type mongo, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import type { Clock } from '../platform/clock.ts'
import { createFindFew } from '../platform/find-few.ts'
import { createBackwards } from './backwards.ts'
import { createBranchModel, createBranchReads } from './branch.ts'
import { type ChangesRange, changesSince } from './changes.ts'
import { createEntryModel, type Entries, type Entry, type MessageEntry } from './entry.ts'
import { createGivenUp } from './given-up.ts'
import { createHeads } from './heads.ts'
import { createInserts } from './inserts.ts'
import { createNewestSeq, highestOf } from './highest.ts'
import { createQueue } from './queue.ts'
import type { Applied, Change, MessageDraft, Moment, Send, Sent, Transaction } from './operations.ts'
import { countDeleted, findAt, findNow, findStored, headOf, messagesAt, type PathBranch, type PathRange, readPath } from './path.ts'
import { createRightOfWay } from './right-of-way.ts'
import { lastOfTurn, readTurns } from './turns.ts'
import { createVersions } from './versions.ts'
import { createChangeWriter } from './write-change.ts'
import { createSendWriter } from './write-sends.ts'

export type { Moment } from './operations.ts'

/** How long a write is tried before its sender hears 503. */
const patienceMs = 5000

interface Append {
  chatId: string
  /** Judges rights and branch and gives the draft; called again when the chat changed before the send got its number. */
  prepare: () => Promise<MessageDraft>
  /** Told when it waits for its turn: what is sent to the chat from then on comes after it. */
  placed?: (() => void) | undefined
  /** Told of each new message in the order of `seq`. */
  committed: (entry: MessageEntry) => void
}

interface ChangeRequest<Result> {
  chatId: string
  /** Makes the change within the transaction; no drafts means that nothing needs to change. May be called several times. */
  apply: (transaction: Transaction) => Promise<Applied<Result>>
  /** Told of the change in the order of `seq`; not called when nothing needed to change. */
  committed?: (result: Result, entries: Entry[]) => void
}

/** A send that is on its way, until it has ended. */
interface Flight { sent: Promise<Sent> | undefined }

/** The numbered log of every chat, on one connection. Knows no rule of who may. */
export function createLog ({ connection, bus, clock, report }: { connection: Connection, bus: Bus, clock: Clock, report: (error: unknown) => void }) {
  const entryModel = createEntryModel(connection)
  const branches = createBranchModel(connection)
  const versions = createVersions(connection)
  const entries = entryModel.collection as unknown as Entries
  const findFew = createFindFew(connection)
  const find = findNow(findFew)
  const stored = findStored(findFew)
  const heads = createHeads({ entries, branches, bus, find })
  const rightOfWay = createRightOfWay(bus)
  const givenUp = createGivenUp(entries, report)
  // Before the database first answers there is no client.
  let changeWriter: ReturnType<typeof createChangeWriter> | undefined
  const inserts = createInserts(connection, entryModel.collection.name)
  const queue = createQueue({
    writeSends: createSendWriter({ entries, inserts, heads, givenUp, clock }),
    async writeChange (change) {
      changeWriter ??= createChangeWriter({ entries, heads, rightOfWay, givenUp, clock, client: connection.getClient() })
      await changeWriter(change)
    },
    isContended: heads.isContended,
    rightOfWay
  })
  const branchReads = createBranchReads(findFew)
  /** Sends with a `client_id` that are on their way, so that a repeat waits for the first instead of colliding with it. */
  const inFlight = new Map<string, Flight>()
  const newId = () => new Types.ObjectId(Types.ObjectId.generate(Math.floor(clock.now() / 1000)))

  async function send ({ chatId, prepare, placed = () => {}, committed }: Append): Promise<Sent> {
    const generation = heads.generation(chatId)
    const draft = await prepare()
    const write = () => new Promise<Sent>((resolve, reject) => {
      const send: Send = { kind: 'send', chatId, id: newId(), deadline: performance.now() + patienceMs, uncertain: false, ended: false, prepare, draft, generation, committed, resolve, reject }
      queue.enqueue(send)
      placed()
    })
    if (draft.client_id === undefined) return await write()
    const key = `${chatId} ${String(draft.sender_id)} ${draft.client_id}`
    const first = inFlight.get(key)
    if (first) {
      placed()
      return { ...await first.sent!, replayed: true }
    }
    const sent = write()
    const flight: Flight = { sent }
    inFlight.set(key, flight)
    try {
      return await sent
    } finally {
      inFlight.delete(key)
      // As with whoever waits in patience.ts: what was sent must not stay in a table that the map has left.
      flight.sent = undefined
    }
  }

  return {
    entries,
    inserts,
    branches,
    versions,
    models: [entryModel, branches, versions.model],

    /** Appends a message: resolves when a majority of the replica set has it. */
    send,

    /** Makes a change in one transaction with the entry that names it; resolves when a majority has both. */
    change: <Result>({ chatId, apply, committed = () => {} }: ChangeRequest<Result>) => new Promise<Result>((resolve, reject) => {
      const change: Change<Result> = {
        kind: 'change',
        chatId,
        id: newId(),
        deadline: performance.now() + patienceMs,
        uncertain: false,
        ended: false,
        apply,
        committed: (result, rows) => { if (rows.length > 0) committed(result, rows) },
        attempts: [],
        resolve,
        reject
      }
      queue.enqueue(change as unknown as Change)
    }),

    branchReads,

    /** Reads a range of a branch's path. */
    readPath: (branch: PathBranch, range: PathRange, moment?: Moment) => readPath(moment ? findAt(entries, moment) : find, branch, range),

    /** The same, not decoded. */
    readStored: (branch: PathBranch, range: PathRange) => readPath(stored, branch, range),

    ...createBackwards(stored, find),

    /** Reads that all see the same moment, up to some minutes long; each takes `moment` as its options. */
    async atOneMoment<Result> (read: (moment: Moment) => Promise<Result>): Promise<Result> {
      const session = connection.getClient().startSession({ snapshot: true })
      try {
        return await read({ session, readConcern: { level: 'snapshot' } })
      } finally {
        await session.endSession()
      }
    },

    /** The messages at some places of a branch's path, those that exist, in no order. */
    messagesAt: (branch: PathBranch, places: number[], session?: mongo.ClientSession) => messagesAt(entries, branch, places, session),

    /** The newest message of a turn of a branch's path (numbers from 1) before the next turn begins, or null. */
    lastOfTurn: (branch: PathBranch, turn: number, session?: mongo.ClientSession) => lastOfTurn(entries, branch, turn, session),

    /** Some turns of a branch's path (numbers from 1, both included), oldest first. */
    readTurns: (branch: PathBranch, from: number, to: number) => readTurns(entries, branch, from, to),

    /** How many tombstones lie on a path up to a place. */
    countDeleted: (branch: PathBranch, upto: number, session?: mongo.ClientSession) => countDeleted(entries, branch, upto, session),

    /** The highest number of a chat that a majority has, 0 when it has none. */
    newestSeq: createNewestSeq(entries, findFew),

    /** What happened in a chat after a number, compacted, as of one moment. Throws `resync_required` when that cannot be told whole. */
    changesSince: (chatId: string, range: ChangesRange, moment: Moment) => changesSince(entries, branches, chatId, range, moment),

    /** The highest number of each of some chats that a majority has; a chat without an entry is left out. */
    highest: (chatIds: string[]) => highestOf(entries, chatIds),

    /** The newest message on a branch's path. */
    headOf: (branch: PathBranch, moment?: Moment) => headOf(moment ? findAt(entries, moment) : find, branch),

    /** How many sends and changes wait to be written. */
    waiting: queue.waiting,

    async drain () {
      await queue.drain()
      givenUp.stop()
    }
  }
}

export type Log = ReturnType<typeof createLog>

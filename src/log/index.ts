import { type Connection, Types } from 'mongoose'
import type { Bus } from '../platform/bus.ts'
import { createBranchModel } from './branch.ts'
import { type ChangeEntry, createEntryModel, type Entries, type MessageEntry } from './entry.ts'
import { createHeads } from './heads.ts'
import { createLanes } from './lanes.ts'
import type { Change, ChangeDraft, MessageDraft, Send, Sent, Transaction } from './operations.ts'
import { headIndex, type PathBranch, type PathRange, readPath } from './path.ts'
import { createChangeWriter } from './write-change.ts'
import { createSendWriter } from './write-sends.ts'

/** How long a write is tried before its sender hears 503. */
const patienceMs = 5000

interface Append {
  chatId: string
  /** Judges rights and branch and gives the draft; called again when the chat changed before the send got its number. */
  prepare: () => Promise<MessageDraft>
  /** Told of each new message in the order of `seq`. */
  committed: (entry: MessageEntry) => void
}

interface ChangeRequest<Result> {
  chatId: string
  /** Makes the change within the transaction; no drafts means that nothing needs to change. May be called several times. */
  apply: (transaction: Transaction) => Promise<{ drafts: ChangeDraft[], result: Result }>
  /** Told of the change in the order of `seq`; not called when nothing needed to change. */
  committed?: (result: Result, entries: ChangeEntry[]) => void
}

/** The numbered log of every chat, on one connection. Knows no rule of who may. */
export function createLog ({ connection, bus }: { connection: Connection, bus: Bus }) {
  const entryModel = createEntryModel(connection)
  const branches = createBranchModel(connection)
  const entries = entryModel.collection as unknown as Entries
  const heads = createHeads({ entries, branches, bus })
  const lanes = createLanes({
    writeSends: createSendWriter({ entries, heads }),
    writeChange: createChangeWriter({ entries, heads, client: connection.getClient() })
  })
  /** Sends with a `client_id` that are on their way, so that a repeat waits for the first instead of colliding with it. */
  const inFlight = new Map<string, Promise<Sent>>()
  const newOperation = () => ({ id: new Types.ObjectId(), deadline: Date.now() + patienceMs, uncertain: false, ended: false })

  async function send ({ chatId, prepare, committed }: Append): Promise<Sent> {
    const generation = heads.generation(chatId)
    const draft = await prepare()
    const write = () => new Promise<Sent>((resolve, reject) => {
      lanes.enqueue({ kind: 'send', chatId, prepare, draft, generation, committed, resolve, reject, ...newOperation() } satisfies Send)
    })
    if (draft.client_id === undefined) return await write()
    const key = `${chatId} ${String(draft.sender_id)} ${draft.client_id}`
    const first = inFlight.get(key)
    if (first) return { ...await first, replayed: true }
    const sent = write()
    inFlight.set(key, sent)
    try {
      return await sent
    } finally {
      inFlight.delete(key)
    }
  }

  return {
    entries,
    branches,
    models: [entryModel, branches],

    /** Appends a message: resolves when a majority of the replica set has it. */
    send,

    /** Makes a change in one transaction with the entry that names it; resolves when a majority has both. */
    change: <Result>({ chatId, apply, committed = () => {} }: ChangeRequest<Result>) => new Promise<Result>((resolve, reject) => {
      const change: Change<Result> = {
        kind: 'change',
        chatId,
        apply,
        committed: (result, rows) => { if (rows.length > 0) committed(result, rows) },
        attempts: [],
        resolve,
        reject,
        ...newOperation()
      }
      lanes.enqueue(change as unknown as Change)
    }),

    /** Reads a range of a branch's path. */
    readPath: (branch: PathBranch, range: PathRange) => readPath(entries, branch, range),

    /** The place of the newest message on a branch's path; -1 on an empty one. */
    headIndex: (branch: PathBranch) => headIndex(entries, branch),

    drain: () => lanes.drain()
  }
}

export type Log = ReturnType<typeof createLog>

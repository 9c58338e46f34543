import { Types } from 'mongoose'
import pMap from 'p-map'
import type { Clock } from '../platform/clock.ts'
import { Problem } from '../platform/errors.ts'
import { waitMs } from '../platform/mongo.ts'
import { duplicateIndex, isDatabaseAway, isOverTime } from '../platform/to-problem.ts'
import { type Entries, type MessageEntry, uniqueIndexes } from './entry.ts'
import type { Head, Heads } from './heads.ts'
import type { Inserts, Refusal } from './inserts.ts'
import type { GivenUp } from './given-up.ts'
import { createNumbering, type Numbering } from './numbering.ts'
import { backOff, type Send, type Sent, timeOver } from './operations.ts'

/** Chats and rights that are read together for one batch: the pool has connections for others, too. */
const readsAtOnce = 8

/**
 * How long an insert for several chats may take, in milliseconds. One of them may be held by the open transaction of a process that died or stands still, which
 * MongoDB ends after a minute: an insert of its next number waits for that, and the others are not to wait with it.
 */
const sharedMs = 1000

interface Numbered { send: Send, entry: MessageEntry }

const majority = { readConcern: { level: 'majority' } } as const

/** Writes batches of sends: the numbering, the one ordered insert, and what to make of its failure. */
export function createSendWriter ({ entries, inserts, heads, givenUp, clock }: { entries: Entries, inserts: Inserts, heads: Heads, givenUp: GivenUp, clock: Clock }) {
  function settle (send: Send, { entry, replayed }: Sent) {
    if (!replayed) {
      heads.wrote(send.chatId, entry)
      send.committed(entry)
    }
    send.ended = true
    send.resolve({ entry, replayed })
  }

  function fail (send: Send, error: unknown) {
    send.ended = true
    send.reject(error)
  }

  function giveUp (send: Send, cause: unknown) {
    fail(send, timeOver(send, cause))
    if (send.uncertain) givenUp.seek(send.id, entry => { settle(send, { entry: entry as MessageEntry, replayed: false }) })
  }

  /** Refuses a send because the head has moved, unless it was stored before: then the head moved by itself. */
  async function refuseMoved (send: Send, problem: Problem): Promise<void> {
    const { sender_id, client_id } = send.draft
    const stored = client_id === undefined ? null : await entries.findOne({ chat_id: new Types.ObjectId(send.chatId), sender_id, client_id }, majority)
    if (stored) settle(send, { entry: stored as MessageEntry, replayed: true })
    else fail(send, problem)
  }

  /** Checks again what may be outdated, then gives each send the next number and place of its chat; refused ones end here. */
  async function number (sends: Send[]): Promise<Numbered[]> {
    const now = new Date(clock.now())
    const chats = new Map<string, { generation: number, numbering: Numbering }>()
    // Both before anything is judged: if news of a rival moves the head meanwhile, the number must collide, for the judgement is old.
    const begin = (chatId: string, head: Head) => chats.set(chatId, { generation: head.generation, numbering: createNumbering({ chatId, seq: head.seq + 1, placeOf: branch => heads.place(head, chatId, branch) }) })
    const unknown = new Set<string>()
    for (const { chatId } of sends) {
      if (chats.has(chatId)) continue
      const head = heads.known(chatId)
      if (head) begin(chatId, head)
      else unknown.add(chatId)
    }
    if (unknown.size > 0) await pMap(unknown, async chatId => begin(chatId, await heads.get(chatId)), { concurrency: readsAtOnce })
    const refusals = new Map<Send, unknown>()
    const outdated = sends.filter(({ chatId, generation }) => generation !== chats.get(chatId)!.generation)
    const prepareAgain = async (send: Send) => {
      try {
        send.draft = await send.prepare()
        send.generation = chats.get(send.chatId)!.generation
      } catch (error) {
        refusals.set(send, error)
      }
    }
    if (outdated.length > 0) await pMap(outdated, prepareAgain, { concurrency: readsAtOnce })
    const numbered: Numbered[] = []
    for (const send of sends) {
      const { chatId } = send
      try {
        if (refusals.has(send)) throw refusals.get(send)
        const entry = chats.get(chatId)!.numbering(send.draft, send.id, now)
        numbered.push({ send, entry: (entry instanceof Promise ? await entry : entry) as MessageEntry })
      } catch (error) {
        if (isDatabaseAway(error)) throw error
        if (!(error instanceof Problem) || error.code !== 'head_moved') fail(send, error)
        // Moved by an earlier send of this batch, which may still be refused: the next attempt decides.
        else if (!numbered.some(({ send: earlier }) => earlier.chatId === chatId)) await refuseMoved(send, error)
      }
    }
    return numbered
  }

  /** Ends the sends that an earlier attempt had stored after all. */
  async function recognise (sends: Send[]): Promise<void> {
    const uncertain = new Map(sends.filter(send => send.uncertain).map(send => [String(send.id), send]))
    if (uncertain.size === 0) return
    const stored = await entries.find({ _id: { $in: [...uncertain.values()].map(({ id }) => id) } }, majority).sort({ seq: 1 }).toArray()
    for (const entry of stored as MessageEntry[]) settle(uncertain.get(String(entry._id))!, { entry, replayed: false })
  }

  /** Learns from the message at which the insert stopped; those before it are stored. Answers whether another process has its number. */
  async function learn (numbered: Numbered[], { index: at, error: refusal }: Refusal): Promise<boolean> {
    for (const { send, entry } of numbered.slice(0, at)) settle(send, { entry, replayed: false })
    const { send, entry: { chat_id, seq, sender_id, client_id } } = numbered[at]!
    const index = duplicateIndex(refusal)
    const isTaken = index === uniqueIndexes.seq || index === uniqueIndexes.place
    if (isTaken) {
      heads.collided(send.chatId, seq)
      // Should the number have been free, what is remembered of the branch is wrong.
      if (index === uniqueIndexes.place) heads.forget(send.chatId)
    } else if (index === '_id_') {
      send.uncertain = true
      heads.forget(send.chatId)
    } else if (index === uniqueIndexes.repeat) {
      const stored = await entries.findOne({ chat_id, sender_id, client_id: client_id! }, majority)
      // Absent: the other one is not majority-committed yet, or was taken back; it shows at the next attempt.
      if (stored) settle(send, { entry: stored as MessageEntry, replayed: true })
    } else if (isDatabaseAway(refusal)) throw refusal
    else fail(send, refusal)
    return isTaken
  }

  /** Answers whether another process was faster. */
  async function attempt (sends: Send[]): Promise<boolean> {
    await recognise(sends)
    const numbered = await number(sends.filter(send => !send.ended))
    if (numbered.length === 0) return false
    let refusal: Refusal | undefined
    try {
      const isShared = numbered.some(({ send }) => send.chatId !== numbered[0]!.send.chatId)
      refusal = await inserts.insertMany(numbered.map(({ entry }) => entry), isShared ? sharedMs : waitMs)
    } catch (error) {
      for (const { send } of numbered) send.uncertain = true
      throw error
    }
    if (refusal) return await learn(numbered, refusal)
    for (const { send, entry } of numbered) settle(send, { entry, replayed: false })
    return false
  }

  /**
   * Writes the sends, in their order for each chat, each exactly once, and ends them: resolved when a majority has it,
   * rejected with `retry_same_client_id` or `database_unavailable` when its time is over, or with what `prepare` threw. Answers those that are left
   * because another process was faster, or holds one of the chats: they can be written again at once, with what waits behind them.
   */
  return async function writeSends (sends: Send[]): Promise<Send[]> {
    let open = sends
    for (let tries = 0; open.length > 0; tries++) {
      if (tries > 0) await backOff(tries)
      let failure: unknown
      let isBeaten = false
      try {
        isBeaten = await attempt(open)
      } catch (error) {
        failure = error
        isBeaten = isOverTime(error)
        for (const { chatId } of open) {
          heads.forget(chatId)
          // Which of them is held nobody says: from now on each goes by itself.
          if (isBeaten) heads.collided(chatId)
        }
      }
      const before = open.length
      open = open.filter(send => !send.ended)
      if (open.length < before) tries = 0
      const isLasting = failure && !isDatabaseAway(failure)
      for (const send of open) {
        if (isLasting && !send.uncertain) fail(send, failure)
        else if (isLasting || performance.now() > send.deadline) giveUp(send, failure)
      }
      open = open.filter(send => !send.ended)
      if (isBeaten) break
    }
    return open
  }
}

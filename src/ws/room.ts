import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../platform/errors.ts'
import { encode, type Frame } from './frame.ts'
import { type LogPage, replay } from './replay.ts'
import type { Subscription } from './subscription.ts'

/** Numbered frames that wait while what came before them is read; more are read as well. */
const waitingBound = 1000
/** How often a number that was announced is looked for before the announcement is not believed. */
const searches = 6

export interface RoomNeeds {
  /** Resolves when what other processes say of the chat arrives here. */
  follow: (chatId: string) => Promise<void>
  /** The highest number of the chat that a majority has. */
  highest: (chatId: string) => Promise<number>
  /** What happened in the chat after a number, whoever asks. Throws `resync_required`, `chat_not_found`. */
  readChanges: (chatId: string, since: number) => Promise<LogPage>
  report: (error: unknown) => void
}

interface Callbacks {
  /** Told before anything after the removal is given. */
  removed: (userId: string) => void
  /** The chat is no more. */
  gone: () => void
}

const backOff = (tries: number) => delay(Math.min(1000, 10 * 2 ** tries), undefined, { ref: false })

/** One chat that sockets of this process hear: gives them its frames in the order of the log, each once and none left out. */
export function createRoom (chatId: string, needs: RoomNeeds, { removed, gone }: Callbacks) {
  const subscriptions = new Set<Subscription>()
  let last: number | undefined
  let waiting: Frame[] = []
  let truncated = false
  let reading = false
  const life = { isOver: false }

  function give (frame: Frame) {
    for (const subscription of subscriptions) subscription.hear(frame)
  }

  function hold (frame: Frame) {
    if (waiting.length < waitingBound) waiting.push(frame)
    else truncated = true
  }

  function take (frame: Frame) {
    if (frame.seq === undefined) return give(frame)
    if (last === undefined || reading) return hold(frame)
    if (frame.seq <= last) return
    if (frame.first > last + 1) {
      hold(frame)
      catchUp()
      return
    }
    last = frame.seq
    give(frame)
  }

  function settle () {
    reading = false
    const ready = life.isOver ? [] : waiting.sort((one, other) => one.seq! - other.seq!)
    waiting = []
    for (const frame of ready) take(frame)
  }

  async function readGap (): Promise<void> {
    const start = last!
    const known = new Set<string>()
    do {
      truncated = false
      for (let more = true; more && !life.isOver;) {
        const page = await needs.readChanges(chatId, last!)
        for (const { frame, removed: userId } of replay(page, start, known)) {
          if (userId !== undefined) removed(userId)
          last = frame.seq!
          give(frame)
        }
        more = page.has_more
      }
    } while (truncated && !life.isOver)
  }

  /** What the log cannot tell whole has to be read anew by everybody. */
  async function startOver () {
    const seq = await needs.highest(chatId)
    const { epoch } = await needs.readChanges(chatId, seq)
    last = Math.max(seq, last!)
    give(encode({ type: 'resync_required', chat_id: chatId, epoch, seq: last, reason: 'history_lost' }, { seq: last }))
  }

  /** Whether numbers are missing before the first frame that waits. */
  const hasHole = () => waiting.some(({ first }) => first > last! + 1) && !waiting.some(({ first, seq }) => first <= last! + 1 && seq! > last!)

  async function readUntilWhole (): Promise<void> {
    let isLost = false
    for (let tries = 0; !life.isOver; tries++) {
      try {
        if (isLost) return await startOver()
        const before = last!
        await readGap()
        if (!hasHole()) return
        // What came meanwhile may lie behind what was read: it is there already, so nobody needs to wait.
        if (last! > before) {
          tries = 0
          continue
        }
        // Announced numbers are hints: one that the database never shows is not believed for ever.
        if (tries >= searches) {
          waiting = []
          return
        }
      } catch (error) {
        const code = error instanceof Problem ? error.code : undefined
        if (code === 'chat_not_found') return gone()
        if (code === 'resync_required') isLost = true
        else if (tries === 0) needs.report(error)
      }
      await backOff(tries)
    }
  }

  function catchUp () {
    reading = true
    readUntilWhole().catch(needs.report).finally(settle)
  }

  return {
    chatId,
    subscriptions,
    /** The highest number given to those who listen. */
    get last () { return last ?? 0 },

    /** Resolves when what is given begins at a known number. Fails as the database does. */
    opened: (async () => {
      await needs.follow(chatId)
      last = await needs.highest(chatId)
      settle()
    })(),

    take,

    /** Reads what is missing up to a number that the log has. */
    expect (seq: number) {
      if (last !== undefined && !reading && seq > last) catchUp()
    },

    close () { life.isOver = true }
  }
}

export type Room = ReturnType<typeof createRoom>

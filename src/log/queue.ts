import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../platform/errors.ts'
import { gatheringTurns } from './gathering.ts'
import type { Change, Operation, Send } from './operations.ts'
import type { RightOfWay } from './right-of-way.ts'

/**
 * Inserts for many chats that are on their way at the same time. Another one sets out when as many sends wait as the one before it carries: so one that comes
 * alone waits for nobody, and many go as few large inserts, which cost both sides less (docs/performance.md).
 */
const insertsAtOnce = 2
/** More sends than these are divided: an insert takes half of what waits and is on its way, so that the database writes while the server answers. So many set out without waiting for more (docs/decisions/0023 tells why 8). */
const undivided = 8
/** Sends that go as one insert, and how many UTF-16 units of text they may have together: with three bytes for each it stays below the 16 MiB of a command. */
const batch = { sends: 256, units: 4_000_000 }
/** Turns of the event loop that pass at the most before what has come is written, while each brings more. */
const mostTurns = 8
/** Operations that may wait for one chat, and in all; more are refused with `chat_busy`. */
const bounds = { chat: 2048, all: 4096 }
/** Chats that are written to by themselves at the same time: that leaves some connections of the pool to others. */
const aloneBound = 12
/** After a write to a chat that others write to they are let go first: for this share of the time that it took, and at most so many milliseconds. */
const courtesy = { least: 0.2, most: 0.7, mostMs: 50 }

interface Needs {
  /** Answers those that are left because another process was faster, or holds their chat. */
  writeSends: (sends: Send[]) => Promise<Send[]>
  writeChange: (change: Change) => Promise<void>
  /** Whether other processes write to a chat as well. */
  isContended: (chatId: string) => boolean
  rightOfWay: Pick<RightOfWay, 'isGiven' | 'onEnd'>
}

interface Queue {
  waiting: Operation[]
  /** Chats that are written to. */
  busy: Set<string>
  /** How many sends each insert for many chats carries that is on its way. */
  together: number[]
  /** Chats that are written to by themselves. */
  alone: number
  isDue: boolean
}

/** What is written at once: sends of many chats, or for one chat by itself some sends or a change. */
interface Work { together: Send[], alone: Operation[][] }

/** The next things to write, which nothing earlier of their chat holds back. */
function take (queue: Queue, isContended: Needs['isContended'], holdsBack: (chatId: string) => boolean): Work {
  const together: Send[] = []
  let units = 0
  const alone = new Map<string, Operation[]>()
  const held = new Set(queue.busy)
  const joined = new Set<string>()
  const hasRoom = () => queue.alone + alone.size < aloneBound
  const share = Math.max(undivided, Math.ceil((queue.waiting.length + queue.together.reduce((sum, count) => sum + count, 0)) / 2))
  const mayInsert = queue.together.length < insertsAtOnce && queue.waiting.length >= Math.max(0, ...queue.together)

  function add (to: Operation[], send: Send): true {
    units += send.draft.content.length
    to.push(send)
    return true
  }

  function isTaken (operation: Operation): boolean {
    const { kind, chatId } = operation
    const own = alone.get(chatId)
    if (held.has(chatId) || (kind === 'send' && holdsBack(chatId))) return false
    if (kind === 'send' && units + operation.draft.content.length > batch.units) return false
    if (own && kind === 'send' && own.length < batch.sends) return add(own, operation)
    if (own || (kind === 'change' && joined.has(chatId))) return false
    if (kind === 'send' && (joined.has(chatId) || !isContended(chatId))) {
      if (!mayInsert || together.length >= (joined.has(chatId) ? batch.sends : Math.min(share, batch.sends))) return false
      add(together, operation)
      joined.add(chatId)
      return true
    }
    if (!hasRoom()) return false
    alone.set(chatId, [operation])
    if (kind === 'change') held.add(chatId)
    return true
  }

  queue.waiting = queue.waiting.filter(operation => {
    const isLeft = !isTaken(operation)
    if (isLeft) held.add(operation.chatId)
    return isLeft
  })
  return { together, alone: [...alone.values()] }
}

/**
 * The queue before the log: per chat everything is written in the order it came, one write at a time. Sends of many chats share an insert; a change, and sends
 * of a chat that other processes write to as well, hold back no other chat.
 */
export function createQueue ({ writeSends, writeChange, isContended, rightOfWay }: Needs) {
  const queue: Queue = { waiting: [], busy: new Set(), together: [], alone: 0, isDue: false }
  const working = new Set<Promise<void>>()
  let closed = false

  function track (work: Promise<void>) {
    const tracked = work.finally(() => { working.delete(tracked) })
    working.add(tracked)
  }

  /** Answers whether all was written, as far as it could be. */
  async function write (operations: Operation[]): Promise<boolean> {
    const first = operations[0]!
    try {
      if (first.kind === 'change') await writeChange(first)
      else {
        const left = await writeSends(operations as Send[])
        queue.waiting.unshift(...left)
        return left.length === 0
      }
    } catch (error) {
      // A writer ends all it is given; should it throw all the same, nobody may wait for ever and the others must go on.
      for (const operation of operations) operation.reject(error)
    }
    return true
  }

  async function writeTogether (sends: Send[]) {
    const chatIds = new Set(sends.map(({ chatId }) => chatId))
    queue.together.push(sends.length)
    for (const chatId of chatIds) queue.busy.add(chatId)
    await write(sends)
    for (const chatId of chatIds) queue.busy.delete(chatId)
    queue.together.splice(queue.together.indexOf(sends.length), 1)
    dispatch()
  }

  async function writeAlone (operations: Operation[]) {
    const { chatId } = operations[0]!
    const began = performance.now()
    queue.alone++
    queue.busy.add(chatId)
    const isDone = await write(operations)
    queue.alone--
    // Who has just written knows the next number first and would win again and again.
    if (isDone && isContended(chatId) && !closed) {
      dispatch()
      const { least, most, mostMs } = courtesy
      await delay(Math.min(mostMs, (performance.now() - began) * (least + Math.random() * (most - least))))
    }
    queue.busy.delete(chatId)
    dispatch()
  }

  function dispatch () {
    const { together, alone } = take(queue, isContended, chatId => !closed && rightOfWay.isGiven(chatId))
    for (const operations of alone) track(writeAlone(operations))
    if (together.length === 0) return
    track(writeTogether(together))
    // There may be enough for another one.
    dispatch()
  }

  /** Lets what comes together be written together. */
  async function gather () {
    for (let turn = 1, before = 0; queue.waiting.length < undivided && (turn <= gatheringTurns || (turn <= mostTurns && queue.waiting.length > before)); turn++) {
      before = queue.waiting.length
      await nextTurn()
    }
    queue.isDue = false
    dispatch()
  }

  /** Counted only when many wait at all. */
  function isFull (chatId: string): boolean {
    const { length } = queue.waiting
    return length >= bounds.all || (length >= bounds.chat && queue.waiting.reduce((count, waiting) => count + (waiting.chatId === chatId ? 1 : 0), 0) >= bounds.chat)
  }

  rightOfWay.onEnd(dispatch)

  return {
    /** Has an operation written when its turn comes. Throws `chat_busy` when too many wait and `unavailable` after `drain`. */
    enqueue (operation: Operation) {
      if (closed) throw new Problem('unavailable', 'The server is stopping.')
      if (isFull(operation.chatId)) throw new Problem('chat_busy')
      queue.waiting.push(operation)
      if (queue.isDue) return
      queue.isDue = true
      track(gather())
    },

    /** How many wait. */
    waiting: () => queue.waiting.length,

    /** Takes nothing new and waits until all that waits is written or refused. */
    async drain () {
      closed = true
      dispatch()
      while (working.size > 0) await Promise.all(working)
    }
  }
}

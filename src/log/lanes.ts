import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../platform/errors.ts'
import type { Change, Operation, Send } from './operations.ts'
import type { RightOfWay } from './right-of-way.ts'

/** Lanes of a process: a chat belongs to one by its id. Fewer make larger inserts; one alone would wait for the round trip of each (docs/performance.md). */
const laneCount = 2
/** Sends that go as one insert, and how many UTF-16 units of text they may have together: with three bytes for each it stays below the 16 MiB of a command. */
const batch = { sends: 256, units: 4_000_000 }
/** Operations that may wait in a lane; more are refused with `chat_busy`. */
const laneBound = 2048
/** Chats of a lane that are written to by themselves at the same time: all lanes together leave some connections of the pool to others. */
const aloneBound = 6
/** After a write to a chat that others write to they are let go first: for this share of the time that it took, and at most so many milliseconds. */
const courtesy = { least: 0.2, most: 0.7, mostMs: 50 }

interface Needs {
  /** Answers those that are left because another process was faster. */
  writeSends: (sends: Send[]) => Promise<Send[]>
  writeChange: (change: Change) => Promise<void>
  /** Whether other processes write to a chat as well. */
  isContended: (chatId: string) => boolean
  rightOfWay: Pick<RightOfWay, 'isGiven' | 'onEnd'>
}

interface Lane {
  waiting: Operation[]
  /** Chats that are written to. */
  busy: Set<string>
  /** The insert for many chats is on its way. */
  isTogether: boolean
  /** Chats that are written to by themselves. */
  alone: number
  isDue: boolean
}

/** What is written at once: sends of many chats, or for one chat by itself some sends or a change. */
interface Work { together: Send[], alone: Operation[][] }

/** The next things to write, which nothing earlier of their chat holds back. */
function take (lane: Lane, isContended: Needs['isContended'], holdsBack: (chatId: string) => boolean): Work {
  const together: Send[] = []
  let units = 0
  const alone = new Map<string, Operation[]>()
  const held = new Set(lane.busy)
  const joined = new Set<string>()
  const hasRoom = () => lane.alone + alone.size < aloneBound

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
      if (lane.isTogether || together.length >= batch.sends) return false
      add(together, operation)
      joined.add(chatId)
      return true
    }
    if (!hasRoom()) return false
    alone.set(chatId, [operation])
    if (kind === 'change') held.add(chatId)
    return true
  }

  lane.waiting = lane.waiting.filter(operation => {
    const isLeft = !isTaken(operation)
    if (isLeft) held.add(operation.chatId)
    return isLeft
  })
  return { together, alone: [...alone.values()] }
}

/**
 * The queues before the log: per chat everything is written in the order it came, one write at a time. Sends of many chats share an insert; a change, and sends
 * of a chat that other processes write to as well, hold back no other chat.
 */
export function createLanes ({ writeSends, writeChange, isContended, rightOfWay }: Needs) {
  const lanes: Lane[] = Array.from({ length: laneCount }, () => ({ waiting: [], busy: new Set(), isTogether: false, alone: 0, isDue: false }))
  const working = new Set<Promise<void>>()
  let closed = false

  function track (work: Promise<void>) {
    const tracked = work.finally(() => { working.delete(tracked) })
    working.add(tracked)
  }

  /** Answers whether all was written, as far as it could be. */
  async function write (lane: Lane, operations: Operation[]): Promise<boolean> {
    const first = operations[0]!
    try {
      if (first.kind === 'change') await writeChange(first)
      else {
        const left = await writeSends(operations as Send[])
        lane.waiting.unshift(...left)
        return left.length === 0
      }
    } catch (error) {
      // A writer ends all it is given; should it throw all the same, nobody may wait for ever and the lane must go on.
      for (const operation of operations) operation.reject(error)
    }
    return true
  }

  async function writeTogether (lane: Lane, sends: Send[]) {
    const chatIds = new Set(sends.map(({ chatId }) => chatId))
    lane.isTogether = true
    for (const chatId of chatIds) lane.busy.add(chatId)
    await write(lane, sends)
    for (const chatId of chatIds) lane.busy.delete(chatId)
    lane.isTogether = false
    dispatch(lane)
  }

  async function writeAlone (lane: Lane, operations: Operation[]) {
    const { chatId } = operations[0]!
    const began = performance.now()
    lane.alone++
    lane.busy.add(chatId)
    const isDone = await write(lane, operations)
    lane.alone--
    // Who has just written knows the next number first and would win again and again.
    if (isDone && isContended(chatId) && !closed) {
      dispatch(lane)
      const { least, most, mostMs } = courtesy
      await delay(Math.min(mostMs, (performance.now() - began) * (least + Math.random() * (most - least))))
    }
    lane.busy.delete(chatId)
    dispatch(lane)
  }

  function dispatch (lane: Lane) {
    const { together, alone } = take(lane, isContended, chatId => !closed && rightOfWay.isGiven(chatId))
    if (together.length > 0) track(writeTogether(lane, together))
    for (const operations of alone) track(writeAlone(lane, operations))
  }

  const laneOf = (chatId: string) => lanes[Number.parseInt(chatId.slice(-4), 16) % laneCount]!
  rightOfWay.onEnd(chatId => { dispatch(laneOf(chatId)) })

  return {
    /** Puts an operation in its chat's lane. Throws `chat_busy` when the lane is full and `unavailable` after `drain`. */
    enqueue (operation: Operation) {
      if (closed) throw new Problem('unavailable', 'The server is stopping.')
      const lane = laneOf(operation.chatId)
      if (lane.waiting.length >= laneBound) throw new Problem('chat_busy')
      lane.waiting.push(operation)
      if (lane.isDue) return
      lane.isDue = true
      // Started in a later turn of the event loop, so that all that arrives in this one shares the batch.
      track(nextTurn().then(() => {
        lane.isDue = false
        dispatch(lane)
      }))
    },

    /** Takes nothing new and waits until all that waits is written or refused. */
    async drain () {
      closed = true
      for (const lane of lanes) dispatch(lane)
      while (working.size > 0) await Promise.all(working)
    }
  }
}

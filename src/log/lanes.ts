import { Problem } from '../platform/errors.ts'
import type { Change, Operation, Send } from './operations.ts'

/** Lanes of a process: a chat belongs to one by its id. With 50 busy chats four did as much as a queue for each chat does badly. */
const laneCount = 4
/** Sends that go as one insert. */
const batchSize = 256
/** Operations that may wait in a lane; more are refused with `chat_busy`. */
const laneBound = 1024

interface Writers {
  writeSends: (sends: Send[]) => Promise<void>
  writeChange: (change: Change) => Promise<void>
}

interface Lane { waiting: Operation[], running: Promise<void> | undefined }

/** The next things to write: sends that no earlier change of their chat holds back, and the first change that no earlier send does. */
function take (lane: Lane): { sends: Send[], change: Change | undefined } {
  const sends: Send[] = []
  const left: Operation[] = []
  const held = new Set<string>()
  let change: Change | undefined
  for (const operation of lane.waiting) {
    const { kind, chatId } = operation
    if (kind === 'send' && sends.length < batchSize && !held.has(chatId)) sends.push(operation)
    else if (kind === 'change' && !change && !held.has(chatId)) {
      change = operation
      held.add(chatId)
    } else {
      left.push(operation)
      held.add(chatId)
    }
  }
  lane.waiting = left
  return { sends, change }
}

/** The queues before the log: per chat everything is written in the order it came, one write in flight per lane. */
export function createLanes ({ writeSends, writeChange }: Writers) {
  const lanes: Lane[] = Array.from({ length: laneCount }, () => ({ waiting: [], running: undefined }))
  let closed = false

  async function run (lane: Lane) {
    while (lane.waiting.length > 0) {
      const { sends, change } = take(lane)
      // A writer ends all it is given; should it throw all the same, nobody may wait for ever and the lane must go on.
      if (sends.length > 0) await writeSends(sends).catch(error => { for (const send of sends) send.reject(error) })
      if (change) await writeChange(change).catch(error => { change.reject(error) })
    }
    lane.running = undefined
  }

  return {
    /** Puts an operation in its chat's lane. Throws `chat_busy` when the lane is full and `unavailable` after `drain`. */
    enqueue (operation: Operation) {
      if (closed) throw new Problem('unavailable', 'The server is stopping.')
      const lane = lanes[Number.parseInt(operation.chatId.slice(-4), 16) % laneCount]!
      if (lane.waiting.length >= laneBound) throw new Problem('chat_busy')
      lane.waiting.push(operation)
      // Started in a later turn of the event loop, so that all that arrives in this one shares the batch.
      lane.running ??= new Promise(resolve => { setImmediate(resolve) }).then(() => run(lane))
    },

    /** Takes nothing new and waits until all that waits is written or refused. */
    async drain () {
      closed = true
      await Promise.all(lanes.map(lane => lane.running))
    }
  }
}

import type { FastifyReply } from 'fastify'
import { Problem } from './errors.ts'
import type { ErrorCode } from './errors.ts'

/** How long a caller is kept waiting at the most, in milliseconds, and what is answered then. */
export interface Patience { ms: number, code: ErrorCode }

interface Waiting { reply: FastifyReply | undefined, due: number, code: ErrorCode }

/** Callers who may wait for the same time, in the order of their coming: one timer is enough for all of them. */
class Queue {
  readonly #waiting = new Set<Waiting>()
  #timer: NodeJS.Timeout | undefined

  add (reply: FastifyReply, { ms, code }: Patience): () => void {
    const waiting: Waiting = { reply, due: performance.now() + ms, code }
    this.#waiting.add(waiting)
    this.#arm(waiting)
    return () => { this.#end(waiting) }
  }

  #end (waiting: Waiting) {
    this.#waiting.delete(waiting)
    // A set leaves its tables behind as it goes on to new ones, and an old table keeps what was in it until a full collection: the request must not be.
    waiting.reply = undefined
  }

  #arm ({ due }: Waiting) {
    this.#timer ??= setTimeout(() => { this.#answerDue() }, Math.max(1, Math.ceil(due - performance.now()))).unref()
  }

  #answerDue () {
    this.#timer = undefined
    for (const waiting of this.#waiting) {
      if (waiting.due > performance.now()) return this.#arm(waiting)
      const { reply, code } = waiting
      this.#end(waiting)
      if (reply && !reply.sent && !reply.raw.destroyed) reply.send(new Problem(code))
    }
  }
}

/** Answers callers who have waited for too long; the function that `wait` gives ends that. */
export function createPatience () {
  const queues = new Map<number, Queue>()
  return {
    wait (reply: FastifyReply, patience: Patience): () => void {
      let queue = queues.get(patience.ms)
      if (!queue) queues.set(patience.ms, queue = new Queue())
      return queue.add(reply, patience)
    }
  }
}

import type { Ack } from './acks.ts'
import type { Connection } from './connection.ts'
import type { ParleyError } from './error.ts'
import type { MessageCommand } from './frame-types.ts'
import { backOffMs, randomKey } from './random.ts'

interface Sending {
  frame: MessageCommand
  isUnderWay: boolean
  tries: number
  resolve: (ack: Ack<'message'>) => void
  reject: (error: unknown) => void
}

/**
 * Messages on their way over the `connection` that is open. Of each chat one at a time is under way, so that they stay in order
 * whatever becomes of one; one of which it is not known whether it arrived is sent again with the same `client_id`, by which the
 * server knows it.
 */
export function createOutbox (connection: () => Connection | undefined) {
  let waiting: Sending[] = []
  const drop = (sending: Sending) => { waiting = waiting.filter(other => other !== sending) }

  async function transmit (link: Connection, sending: Sending) {
    sending.isUnderWay = true
    try {
      const ack = await link.request(sending.frame) as Ack<'message'>
      drop(sending)
      sending.resolve(ack)
    } catch (error) {
      const { code, retryable } = error as ParleyError
      if (code === 'offline') return
      if (retryable) {
        // It stays at the head of its chat meanwhile.
        return link.later(backOffMs(sending.tries++), () => {
          sending.isUnderWay = false
          flush()
        })
      }
      drop(sending)
      sending.reject(error)
    }
    flush()
  }

  function flush () {
    const link = connection()
    const busy = new Set<string>()
    for (const sending of link ? waiting : []) {
      const { chat_id: chatId } = sending.frame
      if (!busy.has(chatId) && !sending.isUnderWay) void transmit(link!, sending)
      busy.add(chatId)
    }
  }

  return {
    /** Those not acknowledged yet, the oldest first. */
    get waiting (): MessageCommand[] { return waiting.map(({ frame }) => frame) },

    /** Sends a message as soon as it can be sent; resolves when it is stored. */
    send: async (frame: MessageCommand): Promise<Ack<'message'>> => await new Promise((resolve, reject) => {
      waiting.push({ frame: { client_id: randomKey(), ...frame }, isUnderWay: false, tries: 0, resolve, reject })
      flush()
    }),

    /** On a new connection: sends what none has acknowledged. */
    restart () {
      for (const sending of waiting) sending.isUnderWay = false
      flush()
    },

    /** Gives up all that wait. */
    clear (error: ParleyError) {
      for (const { reject } of waiting.splice(0)) reject(error)
    }
  }
}

import type { Ack } from './acks.ts'
import type { ParleyError } from './error.ts'
import type { MessageCommand } from './frame-types.ts'
import { backOffMs, randomKey } from './random.ts'

interface Sending {
  frame: MessageCommand & { client_id: string }
  isUnderWay: boolean
  tries: number
  resolve: (ack: Ack<'message'>) => void
  reject: (error: unknown) => void
}

interface Needs {
  isOpen: () => boolean
  /** Sends a frame on the present connection. Rejects with `offline` when that breaks off. */
  request: (frame: MessageCommand) => Promise<Ack<'message'>>
  /** Does something later, unless the connection breaks off before. */
  later: (ms: number, work: () => void) => void
}

/**
 * Messages on their way. Of each chat one at a time is under way, so that they stay in order whatever becomes of one; one of which it
 * is not known whether it arrived is sent again under the same `client_id`, by which the server knows it.
 */
export function createOutbox ({ isOpen, request, later }: Needs) {
  let waiting: Sending[] = []

  async function transmit (sending: Sending) {
    sending.isUnderWay = true
    try {
      const ack = await request(sending.frame)
      waiting = waiting.filter(other => other !== sending)
      sending.resolve(ack)
    } catch (error) {
      const { code, retryable } = error as ParleyError
      if (code === 'offline') return
      if (retryable) {
        // It stays at the head of its chat meanwhile.
        return later(backOffMs(sending.tries++), () => {
          sending.isUnderWay = false
          flush()
        })
      }
      waiting = waiting.filter(other => other !== sending)
      sending.reject(error)
    }
    flush()
  }

  function flush () {
    const busy = new Set<string>()
    for (const sending of isOpen() ? [...waiting] : []) {
      const { chat_id: chatId } = sending.frame
      if (!busy.has(chatId) && !sending.isUnderWay) void transmit(sending)
      busy.add(chatId)
    }
  }

  return {
    /** Those not acknowledged yet, the oldest first. */
    get waiting (): readonly MessageCommand[] { return waiting.map(({ frame }) => frame) },

    /** Sends a message as soon as it can be sent; resolves when it is stored. */
    send: async (frame: MessageCommand): Promise<Ack<'message'>> => await new Promise((resolve, reject) => {
      waiting.push({ frame: { ...frame, client_id: frame.client_id ?? randomKey() }, isUnderWay: false, tries: 0, resolve, reject })
      flush()
    }),

    /** On a new connection: sends what none has acknowledged. */
    restart () {
      for (const sending of waiting) sending.isUnderWay = false
      flush()
    },

    /** Gives up all that wait. */
    clear (error: ParleyError) {
      const given = waiting
      waiting = []
      for (const { reject } of given) reject(error)
    }
  }
}

import type { Bus } from '../platform/bus.ts'
import { changeWaiting, entryWritten, structureWritten } from './events.ts'

/** How long sends wait for a change that another process announced, in milliseconds: news of it ends that sooner, unless the process died. */
const mostMs = 300

/**
 * A change takes several round trips and a send only one, so that among processes that write to one chat the change would always come too late. It is
 * announced, and the others hold back their sends to that chat. Only a hint: nothing depends on its being heard.
 */
export function createRightOfWay (bus: Bus) {
  const given = new Map<string, NodeJS.Timeout>()
  const listeners: ((chatId: string) => void)[] = []

  function end (chatId: string) {
    clearTimeout(given.get(chatId))
    if (given.delete(chatId)) for (const listener of listeners) listener(chatId)
  }

  bus.on(changeWaiting, ({ chat_id: chatId }, origin) => {
    if (origin === 'here') return
    clearTimeout(given.get(chatId))
    given.set(chatId, setTimeout(() => { end(chatId) }, mostMs).unref())
  })
  for (const event of [entryWritten, structureWritten]) {
    bus.on(event, ({ chat_id: chatId, kind }, origin) => { if (origin === 'elsewhere' && kind === 'change') end(chatId) })
  }

  return {
    /** Announces a change of this process. */
    ask: (chatId: string) => { bus.emit(changeWaiting, { chat_id: chatId }) },
    /** Whether a change of another process goes first. */
    isGiven: (chatId: string) => given.has(chatId),
    /** Hears when it is over. */
    onEnd (listener: (chatId: string) => void) { listeners.push(listener) }
  }
}

export type RightOfWay = ReturnType<typeof createRightOfWay>

import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Access } from './access.ts'
import { typingStarted, typingStopped } from './events.ts'

/** A sign of typing that is not renewed ends after this, in milliseconds: the client may be gone. */
const typingMs = 6000

/** Who is typing where. Lives in memory alone: losing it costs a blinking dot. */
export function createTyping ({ bus, find }: { bus: Bus, find: (actor: Actor, chatId: string) => Promise<Access | undefined> }) {
  const timers = new Map<string, NodeJS.Timeout>()

  function stop (chatId: string, userId: string) {
    const key = `${chatId} ${userId}`
    if (!timers.has(key)) return
    clearTimeout(timers.get(key))
    timers.delete(key)
    bus.emit(typingStopped, { chat_id: chatId, user_id: userId, timestamp: new Date().toISOString() })
  }

  return {
    /** Tells the others in a chat that somebody types, or does no more. Throws `chat_not_found`. */
    async set (actor: Actor, chatId: string, state: 'start' | 'stop'): Promise<void> {
      if (!await find(actor, chatId)) throw new Problem('chat_not_found')
      if (state === 'stop') return stop(chatId, actor.id)
      const key = `${chatId} ${actor.id}`
      clearTimeout(timers.get(key))
      timers.set(key, setTimeout(stop, typingMs, chatId, actor.id).unref())
      bus.emit(typingStarted, { chat_id: chatId, user_id: actor.id, timestamp: new Date().toISOString() })
    },

    /** Ends what somebody who went away was typing. */
    stop
  }
}

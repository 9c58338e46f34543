import type { Bus } from '../platform/bus.ts'
import { userJoined, userLeft } from './frames.ts'

export interface Person { user_id: string, username: string }

/** Counts the sockets of people in chats, of one process or of all that share the store. */
export interface PresenceStore {
  /** Counts one more; answers whether it is their first there. */
  enter: (chatId: string, person: Person) => Promise<boolean>
  /** Counts one less; answers whether it was their last there. */
  leave: (chatId: string, userId: string) => Promise<boolean>
  /** Whether somebody has a socket in a chat. */
  isOnline: (chatId: string, userId: string) => Promise<boolean>
  /** Who has a socket in a chat, in no order. */
  online: (chatId: string) => Promise<Person[]>
}

/** Counts in memory: for a process that is alone. */
export function createMemoryPresence (): PresenceStore {
  const chats = new Map<string, Map<string, { username: string, sockets: number }>>()
  return {
    async enter (chatId, { user_id: userId, username }) {
      const people = chats.get(chatId) ?? new Map<string, { username: string, sockets: number }>()
      chats.set(chatId, people)
      const sockets = (people.get(userId)?.sockets ?? 0) + 1
      people.set(userId, { username, sockets })
      return sockets === 1
    },

    async leave (chatId, userId) {
      const people = chats.get(chatId)
      const person = people?.get(userId)
      if (!people || !person || --person.sockets > 0) return false
      people.delete(userId)
      if (people.size === 0) chats.delete(chatId)
      return true
    },

    isOnline: async (chatId, userId) => chats.get(chatId)?.has(userId) ?? false,

    online: async chatId => [...chats.get(chatId) ?? []].map(([userId, { username }]) => ({ user_id: userId, username }))
  }
}

interface Needs {
  bus: Bus
  store: PresenceStore
  /** How long after somebody's last socket in a chat closed the others hear of it, in milliseconds. */
  graceMs: number
  report: (error: unknown) => void
}

/** Tells the people of a chat who comes and goes: one person, however many sockets, and not for a short absence. */
export function createPresence ({ bus, store, graceMs, report }: Needs) {
  const leaving = new Map<string, NodeJS.Timeout>()
  const here = new Set<string>()
  const keyOf = (chatId: string, userId: string) => `${chatId} ${userId}`
  const news = (chatId: string, userId: string) => ({ chat_id: chatId, user_id: userId, timestamp: new Date().toISOString() })

  async function left (chatId: string, userId: string) {
    const key = keyOf(chatId, userId)
    leaving.delete(key)
    if (await store.isOnline(chatId, userId) || !here.delete(key)) return
    bus.emit(userLeft, news(chatId, userId))
  }

  return {
    /** Notes that a socket of somebody hears a chat. Never rejects. */
    async enter (chatId: string, person: Person): Promise<void> {
      const key = keyOf(chatId, person.user_id)
      clearTimeout(leaving.get(key))
      leaving.delete(key)
      const isFirst = await store.enter(chatId, person).catch(report)
      const isNew = isFirst === true && !here.has(key)
      here.add(key)
      if (isNew) bus.emit(userJoined, news(chatId, person.user_id))
    },

    /** Notes that a socket of somebody hears a chat no more. Never rejects. */
    async leave (chatId: string, userId: string): Promise<void> {
      const key = keyOf(chatId, userId)
      const wasLast = await store.leave(chatId, userId).catch(report)
      if (wasLast !== true || leaving.has(key)) return
      leaving.set(key, setTimeout(() => { left(chatId, userId).catch(report) }, graceMs).unref())
    },

    /** The people with a socket in a chat, in no order. */
    online: (chatId: string) => store.online(chatId),

    /** How many people are waited for. */
    get leaving () { return leaving.size },

    stop () {
      for (const timer of leaving.values()) clearTimeout(timer)
      leaving.clear()
    }
  }
}

export type Presence = ReturnType<typeof createPresence>

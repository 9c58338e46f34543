import type { Bus } from '../platform/bus.ts'
import { userJoined, userLeft } from './frames.ts'

export interface Person { user_id: string, username: string }

/** Counts the sockets of people in chats, of one process or of all that share the store. Whoever left stays known until it is settled. */
export interface PresenceStore {
  /** Counts one more; answers whether they were not known there at all. */
  enter: (chatId: string, person: Person) => Promise<boolean>
  /** Counts one less; answers whether it was their last in this process: to be settled after the grace. */
  leave: (chatId: string, userId: string) => Promise<boolean>
  /** Forgets whoever has no socket left in this process; answers whether they have none in any other. */
  settle: (chatId: string, userId: string) => Promise<boolean>
  /** Who has a socket in a chat, in no order. */
  online: (chatId: string) => Promise<Person[]>
}

/** Counts in memory: for a process that is alone. */
export function createMemoryPresence () {
  const chats = new Map<string, Map<string, { username: string, sockets: number }>>()
  return {
    async enter (chatId, { user_id: userId, username }) {
      const people = chats.get(chatId) ?? new Map<string, { username: string, sockets: number }>()
      chats.set(chatId, people)
      const known = people.get(userId)
      people.set(userId, { username, sockets: (known?.sockets ?? 0) + 1 })
      return !known
    },

    async leave (chatId, userId) {
      const person = chats.get(chatId)?.get(userId)
      return person !== undefined && person.sockets > 0 && --person.sockets === 0
    },

    async settle (chatId, userId) {
      const people = chats.get(chatId)
      if (people?.get(userId)?.sockets !== 0) return false
      people.delete(userId)
      if (people.size === 0) chats.delete(chatId)
      return true
    },

    online: async chatId => [...chats.get(chatId) ?? []].flatMap(([userId, { username, sockets }]) => sockets > 0 ? [{ user_id: userId, username }] : []),

    /** Everybody who has a socket, in each chat. */
    all: () => [...chats].flatMap(([chatId, people]) => [...people].flatMap(([userId, { sockets }]) => sockets > 0 ? [{ chatId, userId }] : []))
  } satisfies PresenceStore & { all: () => { chatId: string, userId: string }[] }
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
  const news = (chatId: string, userId: string) => ({ chat_id: chatId, user_id: userId, timestamp: new Date().toISOString() })

  async function left (chatId: string, userId: string) {
    leaving.delete(`${chatId} ${userId}`)
    if (await store.settle(chatId, userId)) bus.emit(userLeft, news(chatId, userId))
  }

  return {
    /** Notes that a socket of somebody hears a chat. Never rejects. */
    async enter (chatId: string, person: Person): Promise<void> {
      const key = `${chatId} ${person.user_id}`
      clearTimeout(leaving.get(key))
      leaving.delete(key)
      if (await store.enter(chatId, person).catch(report) === true) bus.emit(userJoined, news(chatId, person.user_id))
    },

    /** Notes that a socket of somebody hears a chat no more. Never rejects. */
    async leave (chatId: string, userId: string): Promise<void> {
      const key = `${chatId} ${userId}`
      if (await store.leave(chatId, userId).catch(report) !== true || leaving.has(key)) return
      leaving.set(key, setTimeout(() => { left(chatId, userId).catch(report) }, graceMs).unref())
    },

    /** Notes that people went offline with a process that died. */
    gone (pairs: { chatId: string, userId: string }[]) {
      for (const { chatId, userId } of pairs) bus.emit(userLeft, news(chatId, userId))
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

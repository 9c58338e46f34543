import type { Bus } from '../platform/bus.ts'
import { userJoined, userLeft } from './frames.ts'

/** What the hub needs of a socket. */
export interface Member {
  userId: string
  username: string
  sessionId: string
  /** The chats it listens to. */
  chats: Set<string>
  /** Takes a serialised frame. */
  send: (text: string) => void
  close: (code: number, reason: string) => void
}

interface Needs {
  bus: Bus
  /** How long after somebody's last socket in a chat closed the others hear of it, in milliseconds. */
  graceMs: number
  /** Told when somebody's last socket anywhere closed. Never rejects. */
  lastClosed: (userId: string) => Promise<void>
}

/** Which sockets listen to which chats, in this process. */
export function createHub ({ bus, graceMs, lastClosed }: Needs) {
  const chats = new Map<string, Set<Member>>()
  const users = new Map<string, Set<Member>>()
  const leaving = new Map<string, NodeJS.Timeout>()
  const noting = new Set<Promise<void>>()

  const here = (chatId: string, userId: string) => [...chats.get(chatId) ?? []].some(member => member.userId === userId)
  const presence = (chatId: string, userId: string) => ({ chat_id: chatId, user_id: userId, timestamp: new Date().toISOString() })

  function left (chatId: string, userId: string) {
    leaving.delete(`${chatId} ${userId}`)
    if (!here(chatId, userId)) bus.emit(userLeft, presence(chatId, userId))
  }

  function unsubscribe (chatId: string, member: Member) {
    const members = chats.get(chatId)
    if (!members?.delete(member)) return
    member.chats.delete(chatId)
    if (members.size === 0) chats.delete(chatId)
    const key = `${chatId} ${member.userId}`
    if (!here(chatId, member.userId) && !leaving.has(key)) leaving.set(key, setTimeout(left, graceMs, chatId, member.userId).unref())
  }

  return {
    /** Lets a socket hear a chat. */
    subscribe (chatId: string, member: Member) {
      const key = `${chatId} ${member.userId}`
      const isNew = !here(chatId, member.userId) && !leaving.has(key)
      clearTimeout(leaving.get(key))
      leaving.delete(key)
      member.chats.add(chatId)
      chats.set(chatId, (chats.get(chatId) ?? new Set()).add(member))
      users.set(member.userId, (users.get(member.userId) ?? new Set()).add(member))
      if (isNew) bus.emit(userJoined, presence(chatId, member.userId))
    },

    /** Forgets a closed socket. */
    remove (member: Member) {
      for (const chatId of [...member.chats]) unsubscribe(chatId, member)
      const sockets = users.get(member.userId)
      if (!sockets?.delete(member) || sockets.size > 0) return
      users.delete(member.userId)
      const noted = lastClosed(member.userId).finally(() => { noting.delete(noted) })
      noting.add(noted)
    },

    /** Resolves when everything about closed sockets is noted: the database must stay open until then. */
    settled: async () => { await Promise.all(noting) },

    /** Gives a serialised frame to every socket of a chat, but not to those of `exceptUser`. */
    broadcast (chatId: string, text: string, exceptUser?: string) {
      for (const member of chats.get(chatId) ?? []) {
        if (member.userId !== exceptUser) member.send(text)
      }
    },

    /** Cuts off, before anything later can reach them, the sockets of a chat that `which` names. */
    expel (chatId: string, code: number, reason: string, which: (member: Member) => boolean = () => true) {
      for (const member of [...chats.get(chatId) ?? []].filter(which)) {
        unsubscribe(chatId, member)
        member.close(code, reason)
      }
    },

    /** Closes the sockets that `which` names, wherever they listen. */
    closeAll (code: number, reason: string, which: (member: Member) => boolean = () => true) {
      for (const member of [...users.values()].flatMap(sockets => [...sockets]).filter(which)) member.close(code, reason)
    },

    /** The people with a socket in a chat. */
    online (chatId: string): { user_id: string, username: string }[] {
      const people = new Map([...chats.get(chatId) ?? []].map(({ userId, username }) => [userId, username]))
      return [...people].map(([userId, username]) => ({ user_id: userId, username }))
    },

    /** How many sockets, people and chats there are. */
    count: () => ({
      connections: [...users.values()].reduce((sum, sockets) => sum + sockets.size, 0),
      users: users.size,
      chats: chats.size
    })
  }
}

export type Hub = ReturnType<typeof createHub>

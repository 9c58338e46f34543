import { Problem } from '../platform/errors.ts'
import type { Relay } from '../platform/relay.ts'
import type { ClosingName } from './close-codes.ts'
import type { Frame } from './frame.ts'
import type { Presence } from './presence.ts'
import { createRoom, type Room, type RoomNeeds } from './room.ts'
import type { SocketSettings } from './settings.ts'
import { createTicker } from './ticker.ts'
import { createTurn } from './turn.ts'
import { type Listener, Subscription } from './subscription.ts'

/** Why a socket hears a chat no more. */
export type Dropped = 'removed' | 'chat_deleted'

/** What the hub needs of a socket. */
export interface Member extends Listener {
  username: string
  sessionId: string
  /** The chats it hears. */
  subscriptions: Map<string, Subscription>
  close: (closing: ClosingName, reason: string) => void
  /** Hears that it was taken out of a chat. */
  dropped: (chatId: string, why: Dropped) => void
  /** Asks again whether its person may be here, hearing nothing meanwhile. */
  revise: () => void
}

interface Needs extends Omit<RoomNeeds, 'follow' | 'highest'> {
  relay: Relay
  presence: Presence
  settings: Pick<SocketSettings, 'socketsPerUser' | 'compareMs'>
  /** Notes how many sockets of somebody this process has; answers false when they have more than `most` in all processes. Never rejects. */
  claimSockets: (own: { userId: string, sockets: number }, most: number) => Promise<boolean>
  /** The highest number of each of these chats that a majority has. */
  highest: (chatIds: string[]) => Promise<Map<string, number>>
  /** Told when somebody's last socket in this process closed. Never rejects. */
  lastClosed: (userId: string) => Promise<void>
}

/** Which sockets listen to which chats, in this process. */
export function createHub ({ relay, presence, settings, claimSockets, highest, lastClosed, ...needs }: Needs) {
  const rooms = new Map<string, Room>()
  const users = new Map<string, Set<Member>>()
  const noting = new Set<Promise<unknown>>()
  const ticker = createTicker()

  const roomNeeds: RoomNeeds = { ...needs, follow: relay.follow, highest: async chatId => (await highest([chatId])).get(chatId) ?? 0 }

  function open (chatId: string): Room {
    const room: Room = createRoom(chatId, roomNeeds, {
      removed: userId => expel(chatId, 'removed', userId),
      gone: () => expel(chatId, 'chat_deleted')
    })
    rooms.set(chatId, room)
    // Those who wait for it hear of the failure.
    room.opened.catch(() => {})
    return room
  }

  function leave (subscription: Subscription) {
    const { chatId, listener } = subscription
    if (!subscription.isActive) return
    subscription.isActive = false
    ;(listener as Member).subscriptions.delete(chatId)
    const room = rooms.get(chatId)!
    room.subscriptions.delete(subscription)
    if (subscription.isPresent) presence.leave(chatId, listener.userId).catch(needs.report)
    if (room.subscriptions.size > 0) return
    rooms.delete(chatId)
    room.close()
    relay.unfollow(chatId)
  }

  function expel (chatId: string, why: Dropped, userId?: string) {
    for (const subscription of [...rooms.get(chatId)?.subscriptions ?? []]) {
      if (userId !== undefined && subscription.listener.userId !== userId) continue
      const { isLive } = subscription
      leave(subscription)
      // One that is still being let in finds out by itself.
      if (isLive) (subscription.listener as Member).dropped(chatId, why)
    }
  }

  let comparing: Promise<void> | undefined
  async function readHeads () {
    for (const [chatId, seq] of await highest([...rooms.keys()])) rooms.get(chatId)?.expect(seq)
  }
  function compare (): Promise<void> {
    comparing ??= readHeads().catch(needs.report).finally(() => { comparing = undefined })
    return comparing
  }
  const comparer = setInterval(() => { if (rooms.size > 0) compare().catch(needs.report) }, settings.compareMs).unref()

  const membersOf = function * (which: (member: Member) => boolean) {
    for (const sockets of [...users.values()]) for (const member of [...sockets]) if (which(member)) yield member
  }

  const claim = async (userId: string) => await claimSockets({ userId, sockets: users.get(userId)?.size ?? 0 }, settings.socketsPerUser)

  return {
    /** Counts a socket in; answers false when its person has too many, in this process or in all. One that was counted in must be removed when it closes, whatever was answered. */
    async add (member: Member): Promise<boolean> {
      const sockets = users.get(member.userId) ?? new Set()
      if (sockets.size >= settings.socketsPerUser) return false
      users.set(member.userId, sockets.add(member))
      return await claim(member.userId)
    },

    /** Forgets a closed socket. */
    remove (member: Member) {
      for (const subscription of [...member.subscriptions.values()]) leave(subscription)
      const { userId } = member
      const sockets = users.get(userId)
      if (!sockets?.delete(member)) return
      if (sockets.size === 0) users.delete(userId)
      const notes = [claim(userId), ...sockets.size === 0 ? [lastClosed(userId)] : []]
      const noted = Promise.all(notes).finally(() => { noting.delete(noted) })
      noting.add(noted)
    },

    /** Registers a socket in a chat; it holds back what it hears until it is released. Await `opened` before reading the past. Throws for a closed socket. */
    enter (chatId: string, member: Member): { subscription: Subscription, opened: Promise<void> } {
      if (!users.get(member.userId)?.has(member)) throw new Problem('chat_not_found')
      const room = rooms.get(chatId) ?? open(chatId)
      const subscription = member.subscriptions.get(chatId) ?? new Subscription(chatId, member)
      subscription.hold(room.last)
      member.subscriptions.set(chatId, subscription)
      room.subscriptions.add(subscription)
      return { subscription, opened: room.opened }
    },

    /** Takes a socket out of a chat. */
    leave,

    /** The others hear that somebody is here. */
    async announce (subscription: Subscription) {
      if (!subscription.isActive || subscription.isPresent) return
      subscription.isPresent = true
      const { userId, username } = subscription.listener as Member
      await presence.enter(subscription.chatId, { user_id: userId, username })
    },

    /** Whether a chat is heard by anybody here: a frame for nobody need not be made. */
    hears: (chatId: string) => rooms.has(chatId),

    /** Gives a frame to the sockets of a chat, in the order of its log. */
    publish (chatId: string, frame: Frame) { rooms.get(chatId)?.take(frame) },

    /** Cuts off, before anything later can reach them, somebody's sockets in a chat, or everybody's. */
    expel,

    /** Closes the sockets of a session. */
    endSession (sessionId: string) {
      for (const member of membersOf(({ sessionId: id }) => id === sessionId)) member.close('unauthenticated', 'session ended')
    },

    /** Has somebody's sockets ask again whether they may be here. */
    revise (userId: string) {
      for (const member of users.get(userId) ?? []) member.revise()
    },

    /** The highest number known of a chat. */
    highest: (chatId: string) => rooms.get(chatId)?.last ?? 0,

    /** Compares the chats that are heard with the database and begins to read what is missing. Never rejects. */
    compare,

    ticker,

    /** What sockets are told leaves at the end of a turn of the event loop. */
    turn: createTurn(),

    /** Resolves when everything about closed sockets is noted: the database must stay open until then. */
    settled: async () => { await Promise.all(noting) },

    /** The sessions and people that have a socket. */
    identities: () => ({ sessionIds: [...new Set([...membersOf(() => true)].map(({ sessionId }) => sessionId))], userIds: [...users.keys()] }),

    /** How many sockets each person has who has one. */
    sockets: () => [...users].map(([userId, { size }]) => ({ userId, sockets: size })),

    /** How many sockets, people and chats there are. */
    count: () => ({
      connections: [...users.values()].reduce((sum, sockets) => sum + sockets.size, 0),
      users: users.size,
      chats: rooms.size
    }),

    stop () {
      clearInterval(comparer)
      presence.stop()
    }
  }
}

export type Hub = ReturnType<typeof createHub>

import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { encode, type Frame } from './frame.ts'
import type { Hub, Member } from './hub.ts'
import type { LogPage } from './replay.ts'
import type { Subscription } from './subscription.ts'

/** Entries of the log that one `sync` tells of at the most. */
const pageEntries = 200
/** How often a read that shows less than was heard before is repeated, and how long is waited in between, in milliseconds. */
const rereads = { times: 50, ms: 100 }

/** What sockets ask about chats: the rules are those of REST. */
export interface ChatReader {
  /** Whether somebody may hear a chat, as it is remembered. */
  mayHear: (actor: Actor, chatId: string) => Promise<boolean>
  /** A chat as somebody in it sees it now. Throws `chat_not_found`. */
  get: (actor: Actor, chatId: string) => Promise<{ epoch: string }>
  /** The highest number of a chat that a majority has. */
  highest: (chatId: string) => Promise<number>
  /** What happened after a number. Throws `chat_not_found`, `resync_required`. */
  changes: (actor: Actor, chatId: string, query: { since: number, epoch: string, limit: number }) => Promise<LogPage>
}

interface Needs { hub: Hub, reader: ChatReader, member: Member, emptied: () => Promise<void>, bound: number }

/** Where a client that comes back left off. */
export interface Place { since?: number, epoch?: string }

/**
 * Lets a socket hear chats, without a message missed, doubled or out of order between the past and what comes: it is registered and
 * holds back what it hears, then the past is read and sent, then what was held back and is newer.
 */
export function createSubscriber ({ hub, reader, member, emptied, bound }: Needs) {
  const send = (content: object) => member.send(encode(content) satisfies Frame)

  function check (subscription: Subscription) {
    if (!subscription.isActive) throw new Problem('chat_not_found')
  }

  /** Reads until it shows all that was heard: a new primary may still be behind for a moment. */
  async function readHighest (subscription: Subscription): Promise<number> {
    for (let times = 0; ; times++) {
      const seq = await reader.highest(subscription.chatId)
      if (!subscription.needsMore(seq)) return seq
      if (times >= rereads.times) throw new Problem('database_unavailable')
      await new Promise(resolve => { setTimeout(resolve, rereads.ms) })
    }
  }

  /** Sends what happened after `since`, page by page; answers the number the socket is at then. */
  async function sync (actor: Actor, subscription: Subscription, since: number, epoch: string): Promise<number> {
    const { chatId } = subscription
    for (let at = since, idle = 0; ;) {
      const { from, to, has_more, changes } = await reader.changes(actor, chatId, { since: at, epoch, limit: pageEntries })
      // Each page may be heavy: it goes when the one before is with the reader.
      await emptied()
      check(subscription)
      const more = subscription.needsMore(to) || has_more
      idle = to > at ? 0 : idle + 1
      if (to > at || !more) send({ type: 'sync', chat_id: chatId, from, to, has_more: more, changes })
      at = to
      if (!more) return at
      if (idle > rereads.times) throw new Problem('database_unavailable')
      if (idle > 0) await new Promise(resolve => { setTimeout(resolve, rereads.ms) })
    }
  }

  async function tellToResync (actor: Actor, subscription: Subscription, reason: string): Promise<number> {
    const seq = await readHighest(subscription)
    const { epoch } = await reader.get(actor, subscription.chatId)
    check(subscription)
    send({ type: 'resync_required', chat_id: subscription.chatId, epoch, seq, reason })
    return seq
  }

  /** Sends the past from a place on; one from which it cannot be told whole is answered with `resync_required`. */
  async function sendPast (actor: Actor, subscription: Subscription, { since, epoch }: { since: number, epoch: string | undefined }, current: string): Promise<number> {
    if (epoch !== undefined && epoch !== current) return await tellToResync(actor, subscription, 'cleared')
    try {
      return await sync(actor, subscription, since, current)
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'resync_required')) throw error
      return await tellToResync(actor, subscription, 'history_lost')
    }
  }

  return async function subscribe (actor: Actor, chatId: string, { since, epoch }: Place): Promise<number> {
    if (!await reader.mayHear(actor, chatId)) throw new Problem('chat_not_found')
    if (!member.subscriptions.has(chatId) && member.subscriptions.size >= bound) throw new Problem('too_many_subscriptions', `A socket listens to ${bound} chats at the most.`)
    const { subscription, opened } = hub.enter(chatId, member)
    try {
      await opened
      const seq = await readHighest(subscription)
      // Read after the number: what is newer in it comes as a frame once more, and nothing is left out. Who was removed meanwhile is refused here.
      const chat = await reader.get(actor, chatId)
      check(subscription)
      send({ type: 'subscribed', chat_id: chatId, chat, seq, epoch: chat.epoch })
      let at = since === undefined ? seq : await sendPast(actor, subscription, { since, epoch }, chat.epoch)
      subscription.reach(at)
      while (!await subscription.release(emptied)) {
        check(subscription)
        at = await sendPast(actor, subscription, { since: subscription.at, epoch: undefined }, chat.epoch)
        subscription.reach(at)
      }
      check(subscription)
    } catch (error) {
      hub.leave(subscription)
      throw error
    }
    await hub.announce(subscription)
    return subscription.at
  }
}

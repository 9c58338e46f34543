import type { Connection } from './connection.ts'
import type { ParleyError } from './error.ts'
import type { NumberedFrame, PongFrame, ServerFrame, SubscribedFrame, UnsubscribedFrame } from './frame-types.ts'
import { backOffMs } from './random.ts'

/** Where somebody is in the log of a chat. */
export interface Place { since?: number, epoch?: string }

interface Subscription {
  /** The highest number that was taken over; undefined until the first `subscribed`. */
  at: number | undefined
  epoch: string | undefined
  /** The newest `subscribed`. */
  subscribed?: SubscribedFrame
  /** Asked for on this connection and not answered yet: what is missing is on its way. */
  isEntering: boolean
  /** How often in a row it was asked for in vain. */
  tries: number
  entered: Promise<SubscribedFrame>
  resolve: (frame: SubscribedFrame) => void
  reject: (error: unknown) => void
}

type WithSeq = Extract<ServerFrame, { seq: number }>
/** Frames whose `seq` is no place in the log. */
const unnumbered = { subscribed: true, resync_required: true, read_marked: true } satisfies Record<Exclude<WithSeq, NumberedFrame>['type'], true>
const isNumbered = (frame: ServerFrame): frame is NumberedFrame => 'seq' in frame && frame.type !== 'ack' && !(frame.type in unnumbered)

/**
 * Moves the place in a chat by a frame (docs/decisions/0013: a frame tells of the numbers from `first_seq` to `seq`, and continues
 * what is known when `first_seq` is at most one more). Answers whether it is `news`, `old`, or comes too early, behind a `gap`.
 */
function take (place: Pick<Subscription, 'at' | 'epoch' | 'subscribed'>, frame: ServerFrame): 'news' | 'old' | 'gap' {
  const { at } = place
  if (frame.type === 'subscribed') Object.assign(place, { at: at ?? frame.seq, epoch: place.epoch ?? frame.epoch, subscribed: frame })
  else if (frame.type === 'resync_required') Object.assign(place, { at: frame.seq, epoch: frame.epoch })
  else if (frame.type === 'sync') {
    if (at === undefined || frame.from > at) return 'gap'
    place.at = Math.max(at, frame.to)
  } else if (isNumbered(frame)) {
    if (at === undefined || (frame.first_seq ?? frame.seq) > at + 1) return 'gap'
    if (frame.seq <= at) return 'old'
    place.at = frame.seq
    if (frame.type === 'chat_cleared') place.epoch = frame.epoch
  }
  return 'news'
}

/** The chats that are heard, each with its place. `connection` is the one that is open; `gone` hears of a chat that is not heard any more. */
export function createSubscriptions ({ connection, gone }: { connection: () => Connection | undefined, gone: (frame: UnsubscribedFrame) => void }) {
  const subscriptions = new Map<string, Subscription>()

  /** Asks for a chat from the place on where it is. */
  function enter (chatId: string, subscription: Subscription) {
    const link = connection()
    if (!link || subscription.isEntering) return
    const { at, epoch } = subscription
    const isWanted = () => subscriptions.get(chatId) === subscription
    subscription.isEntering = true
    link.request({ type: 'subscribe', chat_id: chatId, ...(at !== undefined && { since: at }), ...(epoch !== undefined && { epoch }) }).then(() => {
      subscription.isEntering = false
      subscription.tries = 0
      subscription.resolve(subscription.subscribed!)
    }, (error: ParleyError) => {
      if (!isWanted() || error.code === 'offline') return
      if (error.retryable) {
        return link.later(backOffMs(subscription.tries++), () => {
          subscription.isEntering = false
          if (isWanted()) enter(chatId, subscription)
        })
      }
      subscriptions.delete(chatId)
      subscription.reject(error)
      // Whoever heard it before has to know that it is over.
      if (subscription.subscribed) gone({ type: 'unsubscribed', chat_id: chatId, reason: 'removed' })
    })
  }

  /** Asks for what was lost at the end of a chat, of which no later frame would tell. */
  function compare ({ heads }: PongFrame) {
    for (const { chat_id: chatId, seq } of heads) {
      const subscription = subscriptions.get(chatId)
      if (subscription?.at !== undefined && seq > subscription.at) enter(chatId, subscription)
    }
  }

  return {
    /** Where this client is in a chat. */
    place (chatId: string): Required<Place> | undefined {
      const { at, epoch } = subscriptions.get(chatId) ?? {}
      return at === undefined || epoch === undefined ? undefined : { since: at, epoch }
    },

    async subscribe (chatId: string, { since, epoch }: Place): Promise<SubscribedFrame> {
      const known = subscriptions.get(chatId)
      if (known) return await known.entered
      const subscription = { at: since, epoch, isEntering: false, tries: 0 } as Subscription
      subscription.entered = new Promise((resolve, reject) => { Object.assign(subscription, { resolve, reject }) })
      subscriptions.set(chatId, subscription)
      enter(chatId, subscription)
      return await subscription.entered
    },

    /** Forgets a chat; answers whether it was known. */
    forget: (chatId: string): boolean => subscriptions.delete(chatId),

    /** Takes a frame over; answers whether it tells anything that was not known. */
    hear (frame: ServerFrame): boolean {
      if (frame.type === 'pong') compare(frame)
      const chatId = 'chat_id' in frame ? frame.chat_id as string : ''
      const subscription = subscriptions.get(chatId)
      const judged = subscription ? take(subscription, frame) : 'news'
      if (judged === 'gap') enter(chatId, subscription!)
      if (frame.type === 'unsubscribed') subscriptions.delete(chatId)
      return judged === 'news'
    },

    /** On a new connection: goes on with every chat. */
    restart () {
      for (const [chatId, subscription] of subscriptions) {
        subscription.isEntering = false
        enter(chatId, subscription)
      }
    },

    /** Gives up those that were never let in. */
    clear (error: ParleyError) {
      for (const [chatId, { subscribed, reject }] of [...subscriptions]) {
        if (subscribed) continue
        subscriptions.delete(chatId)
        reject(error)
      }
    }
  }
}

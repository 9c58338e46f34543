import { randomUUID } from 'node:crypto'
import type { Bus, EventDefinition } from './bus.ts'
import type { SharedRedis } from './redis.ts'
import { type Relay, relayRestored } from './relay.ts'

/** Channels that one command subscribes to. */
const portion = 500
/** However many processes come back at once, heads are compared no more often than this, in milliseconds. */
const restoredMs = 1000

type News = [name: string, payload: { chat_id?: unknown }]

const isNews = (item: unknown): item is News => Array.isArray(item) && typeof item[0] === 'string' && typeof item[1] === 'object' && item[1] !== null

/** What other processes say in a message; nothing where it is not one of theirs. */
function read (text: string, self: string): News[] {
  try {
    const message = JSON.parse(text) as { from?: unknown, news?: unknown } | null
    return message && message.from !== self && Array.isArray(message.news) ? message.news.filter(isNews) : []
  } catch {
    return []
  }
}

interface Needs {
  redis: SharedRedis
  bus: Bus
  /** What the names of all channels begin with. */
  prefix: string
}

export interface RedisRelay extends Relay {
  /** Carries these events between the processes, each as far as it reaches. */
  carry: (events: EventDefinition[]) => void
  stop: () => void
}

/**
 * Carries events over Redis: those of a chat over a channel of its own, subscribed only where somebody wants to hear of it, those for
 * everybody over one that all hear. Events of one chat keep their order: one connection sends them. Losing some is no harm: whoever
 * may have lost any hears `relay_restored`.
 */
export function createRedisRelay ({ redis, bus, prefix }: Needs): RedisRelay {
  const { commands, subscriber } = redis
  const self = randomUUID()
  const everywhere = `${prefix}everywhere`
  const chatPrefix = `${prefix}chat:`
  const definitions = new Map<string, EventDefinition>()
  const followers = new Map<string, { count: number, subscribed: Promise<void> }>()
  let waiting = new Map<string, News[]>()
  let lost = false
  let restoring: NodeJS.Timeout | undefined
  let restoredAt = -Infinity

  const channelOf = (event: EventDefinition, { chat_id }: News[1]) => event.reach === 'everywhere' ? everywhere : `${chatPrefix}${String(chat_id)}`

  function publish (channel: string, news: News[]) {
    commands.publish(channel, JSON.stringify({ from: self, news })).then(confess, () => { lost = true })
  }

  /** Tells all others that they may have missed something of this process, as soon as it can be told. */
  function confess () {
    if (!lost) return
    lost = false
    publish(everywhere, [[relayRestored.name, {}]])
  }

  // What is emitted without a pause in between, such as a batch of sends, travels together.
  function flush () {
    const ready = waiting
    waiting = new Map()
    for (const [channel, news] of ready) publish(channel, news)
  }

  function send (channel: string, news: News) {
    if (waiting.size === 0) queueMicrotask(flush)
    const list = waiting.get(channel)
    if (list) list.push(news)
    else waiting.set(channel, [news])
  }

  function restored () {
    const due = restoredAt + restoredMs - performance.now()
    if (due > 0) {
      // A timer may be early by less than a millisecond: then another one waits for the rest.
      restoring ??= setTimeout(() => {
        restoring = undefined
        restored()
      }, due).unref()
      return
    }
    clearTimeout(restoring)
    restoring = undefined
    restoredAt = performance.now()
    bus.emit(relayRestored, {}, 'elsewhere')
  }

  function receive (channel: string, text: string) {
    for (const [name, payload] of read(text, self)) {
      if (channel === everywhere && name === relayRestored.name) restored()
      // A process of another version may know more events.
      const event = definitions.get(name)
      if (event && channel === channelOf(event, payload)) bus.emit(event, payload, 'elsewhere')
    }
  }

  async function joined () {
    await subscriber.subscribe(everywhere)
    const chatIds = [...followers.keys()]
    for (let at = 0; at < chatIds.length; at += portion) {
      const still = chatIds.slice(at, at + portion).filter(chatId => followers.has(chatId))
      if (still.length > 0) await subscriber.subscribe(...still.map(chatId => chatPrefix + chatId))
    }
    restored()
  }

  subscriber.on('message', receive)
  // A connection on which it could not be done must not look as if it had been.
  subscriber.on('ready', () => { joined().catch(() => { subscriber.disconnect(true) }) })
  commands.on('ready', confess)

  return {
    carry (events) {
      for (const event of events) {
        if (event.reach === 'process') continue
        definitions.set(event.name, event)
        bus.on(event as EventDefinition<{ chat_id?: string }>, (payload, origin) => {
          if (origin === 'here') send(channelOf(event, payload), [event.name, payload])
        })
      }
    },

    async follow (chatId) {
      const known = followers.get(chatId)
      if (known) {
        known.count++
        return await known.subscribed
      }
      // Without a connection it is subscribed with all others as soon as there is one.
      const subscribed = subscriber.status === 'ready' ? subscriber.subscribe(chatPrefix + chatId).then(() => {}, () => { subscriber.disconnect(true) }) : Promise.resolve()
      followers.set(chatId, { count: 1, subscribed })
      await subscribed
    },

    unfollow (chatId) {
      const known = followers.get(chatId)
      if (!known || --known.count > 0) return
      followers.delete(chatId)
      if (subscriber.status === 'ready') subscriber.unsubscribe(chatPrefix + chatId).catch(() => {})
    },

    stop () {
      flush()
      clearTimeout(restoring)
    }
  }
}

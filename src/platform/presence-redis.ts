import { randomUUID } from 'node:crypto'
import type { SharedRedis } from './redis.ts'

/** How long a process that says nothing counts as living, and how often each says that it lives, in milliseconds. */
export const presenceMs = { life: 30_000, renewal: 10_000 }

export interface Pair { chatId: string, userId: string }
export interface SocketCount { connections: number, users: number, chats: number }

/** Who is online where, over all processes. Everything here rejects while Redis is away. */
export interface SharedPresence {
  /** Notes that somebody has a socket of this process in a chat; answers whether they had none there in any process. */
  enter: (pair: Pair) => Promise<boolean>
  /** What this process said of people holds for so many more milliseconds, unless it is said again. */
  hold: (pairs: Pair[], ms: number) => Promise<void>
  /** Notes that somebody has none in this process; answers whether they have none in any other. */
  leave: (pair: Pair) => Promise<boolean>
  /** Says that this process lives and who is online in it; answers who went offline in these chats with a process that died. */
  renew: (pairs: Pair[], count: SocketCount) => Promise<Pair[]>
  /** The ids of those who are online in a chat, anywhere. */
  online: (chatId: string) => Promise<string[]>
  /** The sums over all processes: what the others said last, and what this one has now. */
  count: (own: SocketCount) => Promise<SocketCount>
  /** This process counts no more. */
  withdraw: () => Promise<void>
}

// A chat's key is a sorted set of `<person>|<process>` by the time until which it holds. Redis' own clock counts: those of processes differ.
const prelude = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function here (user)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do
    if string.sub(member, 1, #user + 1) == user .. '|' then return true end
  end
  return false
end
`
const scripts = {
  // ARGV: the process, how long it holds, a person
  parleyEnter: `${prelude}
local was = here(ARGV[3])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[3] .. '|' .. ARGV[1])
redis.call('PEXPIRE', KEYS[1], 2 * ARGV[2])
return was and 0 or 1`,
  // ARGV: the process, a person
  parleyLeave: `${prelude}
redis.call('ZREM', KEYS[1], ARGV[2] .. '|' .. ARGV[1])
return here(ARGV[2]) and 0 or 1`,
  // ARGV: the process, how long it holds, people …; what ran out is removed by whoever comes first, and only they hear of it
  parleyRenew: `${prelude}
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[i] .. '|' .. ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], 2 * ARGV[2])
local gone, seen = {}, {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], member)
  local user = string.match(member, '^[^|]+')
  if not seen[user] and not here(user) then gone[#gone + 1] = user end
  seen[user] = true
end
return gone`,
  // ARGV: the process, how long it still holds, people …
  parleyHold: `${prelude}
for i = 3, #ARGV do redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[i] .. '|' .. ARGV[1]) end`,
  parleyOnline: `${prelude}
local users, seen = {}, {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')) do
  local user = string.match(member, '^[^|]+')
  if not seen[user] then users[#users + 1] = user end
  seen[user] = true
end
return users`
}

type Scripted = SharedRedis['commands'] & Record<keyof typeof scripts, (key: string, ...args: (string | number)[]) => Promise<unknown>>

/** Presence in the Redis that processes share; `prefix` begins its keys. */
export function createSharedPresence ({ redis, prefix, lifeMs = presenceMs.life }: { redis: SharedRedis, prefix: string, lifeMs?: number }): SharedPresence {
  const self = randomUUID()
  const commands = redis.commands as Scripted
  for (const [name, lua] of Object.entries(scripts)) commands.defineCommand(name, { numberOfKeys: 1, lua })
  const chatKey = (chatId: string) => `${prefix}online:${chatId}`
  const countKey = `${prefix}sockets`

  function byChat (pairs: Pair[]): Map<string, string[]> {
    const chats = new Map<string, string[]>()
    for (const { chatId, userId } of pairs) chats.set(chatId, [...chats.get(chatId) ?? [], userId])
    return chats
  }

  return {
    enter: async ({ chatId, userId }) => await commands.parleyEnter(chatKey(chatId), self, lifeMs, userId) === 1,
    leave: async ({ chatId, userId }) => await commands.parleyLeave(chatKey(chatId), self, userId) === 1,

    async renew (pairs, count) {
      if (redis.state() === 'down') throw new Error('Redis is away')
      // Sent in one go; each is answered in its turn, and none holds Redis up for long.
      const answers = [...byChat(pairs)].map(async ([chatId, userIds]) =>
        (await commands.parleyRenew(chatKey(chatId), self, lifeMs, ...userIds) as string[]).map(userId => ({ chatId, userId })))
      const counted = commands.hset(countKey, self, JSON.stringify({ ...count, until: Date.now() + lifeMs }))
      const gone = await Promise.all([...answers, counted.then(() => [])])
      return gone.flat()
    },

    online: async chatId => await commands.parleyOnline(chatKey(chatId)) as string[],

    async count (own) {
      const sum = { ...own }
      for (const [process, text] of Object.entries(await commands.hgetall(countKey))) {
        const { until, ...count } = JSON.parse(text) as SocketCount & { until: number }
        // Clocks may differ by some seconds; a process that died long ago leaves nothing.
        if (until < Date.now() - 10 * lifeMs) await commands.hdel(countKey, process)
        if (process === self || until < Date.now()) continue
        for (const name of ['connections', 'users', 'chats'] as const) sum[name] += count[name]
      }
      return sum
    },

    async hold (pairs, ms) {
      await Promise.all([...byChat(pairs)].map(async ([chatId, userIds]) => await commands.parleyHold(chatKey(chatId), self, ms, ...userIds)))
    },

    withdraw: async () => { await commands.hdel(countKey, self) }
  }
}

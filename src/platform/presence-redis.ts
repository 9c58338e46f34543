import { randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { SharedRedis } from './redis.ts'

/** How long a process that says nothing counts as living, and how often each says that it lives, in milliseconds. */
export const presenceMs = { life: 30_000, renewal: 10_000 }

export interface Pair { chatId: string, userId: string }
export interface SocketCount { connections: number, users: number, chats: number }

/** How many sockets of somebody this process has. */
export interface SocketsOf { userId: string, sockets: number }

/** Who is online where, over all processes. Everything here rejects while Redis is away. */
export interface SharedPresence {
  /** Notes that somebody has a socket of this process in a chat; answers whether they had none there in any process. */
  enter: (pair: Pair) => Promise<boolean>
  /** What this process said of people holds for so many more milliseconds, unless it is said again. */
  hold: (pairs: Pair[], ms: number) => Promise<void>
  /** Notes that somebody has none in this process; answers whether they have none in any other. */
  leave: (pair: Pair) => Promise<boolean>
  /** Notes how many sockets of somebody this process has, unless that makes more than `most` in all processes; answers whether it was noted. */
  claimSockets: (own: SocketsOf, most: number) => Promise<boolean>
  /** Says that this process lives, who is online in it and how many sockets people have; answers who went offline in these chats with a process that died. */
  renew: (pairs: Pair[], sockets: SocketsOf[], count: SocketCount) => Promise<Pair[]>
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
  // A person's key is a hash of process to `<sockets> <the time until which that holds>`. ARGV: the process, how long it holds, its sockets, the most of all
  parleyClaimSockets: `${prelude}
local all = tonumber(ARGV[3])
local found = redis.call('HGETALL', KEYS[1])
for i = 1, #found, 2 do
  local sockets, holds = string.match(found[i + 1], '^(%d+) (%d+)$')
  if found[i] ~= ARGV[1] and tonumber(holds) > now then all = all + sockets end
end
if ARGV[3] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return 1
end
if all > tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ' .. string.format('%.0f', now + ARGV[2]))
redis.call('PEXPIRE', KEYS[1], 2 * ARGV[2])
return 1`,
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
export function createSharedPresence ({ redis, prefix, clock, lifeMs = presenceMs.life }: { redis: SharedRedis, prefix: string, clock: Clock, lifeMs?: number }): SharedPresence {
  const self = randomUUID()
  const commands = redis.commands as Scripted
  for (const [name, lua] of Object.entries(scripts)) commands.defineCommand(name, { numberOfKeys: 1, lua })
  const chatKey = (chatId: string) => `${prefix}online:${chatId}`
  const countKey = `${prefix}sockets`

  const claimSockets = async ({ userId, sockets }: SocketsOf, most: number) => await commands.parleyClaimSockets(`${prefix}sockets:${userId}`, self, lifeMs, sockets, most) === 1

  function byChat (pairs: Pair[]): Map<string, string[]> {
    const chats = new Map<string, string[]>()
    for (const { chatId, userId } of pairs) chats.set(chatId, [...chats.get(chatId) ?? [], userId])
    return chats
  }

  return {
    enter: async ({ chatId, userId }) => await commands.parleyEnter(chatKey(chatId), self, lifeMs, userId) === 1,
    leave: async ({ chatId, userId }) => await commands.parleyLeave(chatKey(chatId), self, userId) === 1,

    claimSockets,

    async renew (pairs, sockets, count) {
      if (redis.state() === 'down') throw new Error('Redis is away')
      // Sent in one go; each is answered in its turn, and none holds Redis up for long.
      const answers = [...byChat(pairs)].map(async ([chatId, userIds]) =>
        (await commands.parleyRenew(chatKey(chatId), self, lifeMs, ...userIds) as string[]).map(userId => ({ chatId, userId })))
      const counted = commands.hset(countKey, self, JSON.stringify({ ...count, until: clock.now() + lifeMs }))
      // They are here already: nobody is turned away any more.
      const claimed = sockets.map(async own => { await claimSockets(own, Number.MAX_SAFE_INTEGER) })
      const gone = await Promise.all([...answers, ...[...claimed, counted].map(async done => { await done; return [] })])
      return gone.flat()
    },

    online: async chatId => await commands.parleyOnline(chatKey(chatId)) as string[],

    async count (own) {
      const sum = { ...own }
      for (const [process, text] of Object.entries(await commands.hgetall(countKey))) {
        const { until, ...count } = JSON.parse(text) as SocketCount & { until: number }
        // A process that died long ago leaves nothing.
        if (until < clock.now() - 10 * lifeMs) await commands.hdel(countKey, process)
        if (process === self || until < clock.now()) continue
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

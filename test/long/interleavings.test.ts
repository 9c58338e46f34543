import t from 'tap'
import { createBus } from '../../src/platform/bus.ts'
import { Problem } from '../../src/platform/errors.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { encode, type Frame } from '../../src/ws/frame.ts'
import { createHub, type Member } from '../../src/ws/hub.ts'
import { createMemoryPresence, createPresence } from '../../src/ws/presence.ts'
import type { LogPage } from '../../src/ws/replay.ts'
import { type ChatReader, createSubscriber } from '../../src/ws/subscribe.ts'

const chatId = '66f0c0ffee0000000000c001'
const actor: Actor = { id: '66f0c0ffee0000000000a001', username: 'ann', role: 'user', session_id: '' }

/** Numbers that look random and are the same for the same seed (mulberry32). */
function createRandom (seed: number) {
  let state = seed
  return (below: number) => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** A hub over a log in memory, in which everything takes its time: a different one for each seed. */
function createWorld (seed: number) {
  const random = createRandom(seed)
  const faults: string[] = []
  let head = random(3) * 5
  const report = (error: unknown) => { faults.push(String(error)) }
  const pause = async () => {
    for (let turns = random(6); turns > 0; turns--) await Promise.resolve()
    if (random(3) === 0) await new Promise(resolve => { setImmediate(resolve) })
  }
  async function read<Result> (look: () => Result): Promise<Result> {
    await pause()
    const seen = look()
    await pause()
    return seen
  }
  function pageAfter (since: number, limit: number): LogPage {
    if (since > head) throw new Problem('resync_required')
    const to = Math.min(head, since + limit)
    // Some numbers carry nothing: messages that were changed again later.
    const changes = Array.from({ length: to - since }, (_, index) => since + index + 1).filter(seq => seq % 5 !== 0)
      .map(seq => ({ seq, type: 'message', message: { id: `m${seq}`, seq, is_deleted: seq % 7 === 0 } }))
    return { chat_id: chatId, epoch: '0', from: since, to, has_more: to < head, changes }
  }
  const bus = createBus(report)
  const hub = createHub({
    relay: { follow: pause, unfollow () {} },
    presence: createPresence({ bus, store: createMemoryPresence(), graceMs: 0, report }),
    settings: { socketsPerUser: 1000, compareMs: 600_000 },
    claimSockets: async () => true,
    highest: async () => await read(() => new Map([[chatId, head]])),
    readChanges: async (_, since) => await read(() => pageAfter(since, 1 + random(8))),
    lastClosed: async () => {},
    report
  })
  const reader: ChatReader = {
    mayHear: async () => await read(() => true),
    get: async () => await read(() => ({ epoch: '0' })),
    highest: async () => await read(() => head),
    changes: async (_actor, _chatId, { since }) => await read(() => pageAfter(since, 1 + random(8)))
  }

  /** Writes some entries of the log and says so: at once and in order, or as other processes' news come. */
  function write (elsewhere: boolean, lossy: boolean): Promise<void> {
    const first = head + 1
    head += random(4) === 0 ? 2 + random(2) : 1
    const numbers = { seq: head, first_seq: first }
    const frame = encode({ type: 'news', ...numbers }, numbers)
    if (!elsewhere) hub.publish(chatId, frame)
    return elsewhere ? deliver(frame, lossy) : Promise.resolve()
  }

  async function deliver (frame: Frame, lossy: boolean) {
    await pause()
    if (lossy && random(4) === 0) return
    hub.publish(chatId, frame)
    if (random(8) === 0) hub.publish(chatId, frame)
  }

  /** A socket that notes every break in what it hears. */
  function createListener (name: string) {
    let at: number | undefined
    const member: Member = {
      userId: actor.id,
      username: name,
      sessionId: '',
      subscriptions: new Map(),
      close () {},
      dropped () {},
      revise () {},
      send ({ bytes }) {
        // Behind the header, which is longer for a longer text.
        const frame = JSON.parse(String(bytes.subarray(bytes[1]! < 126 ? 2 : 4)))
        if (frame.type === 'subscribed') at ??= frame.seq
        if (frame.type === 'resync_required') at = frame.seq
        const [from, to] = frame.type === 'sync' ? [frame.from + 1, frame.to] : [frame.first_seq ?? frame.seq, frame.seq]
        if (frame.type === 'subscribed' || frame.type === 'resync_required' || to === undefined) return
        // It may begin earlier: with numbers that carry nothing, or when it was asked for again.
        if (from > at! + 1 || (to <= at! && frame.type !== 'sync')) faults.push(`${name}: ${frame.type} ${from}..${to} at ${at}`)
        at = Math.max(at!, to)
      }
    }
    void hub.add(member)
    const subscribe = createSubscriber({ hub, reader, member, emptied: pause, bound: 10 })
    return {
      get at () { return at },
      async join (since?: number) {
        at ??= since
        await subscribe(actor, chatId, since === undefined ? {} : { since })
      },
      member
    }
  }

  return { random, faults, hub, pause, write, createListener, get head () { return head } }
}

/** Some sockets join at any time, with and without a place, while others write; in the end all must be where the log is. */
async function run (seed: number, { elsewhere, lossy }: { elsewhere: boolean, lossy: boolean }): Promise<string[]> {
  const world = createWorld(seed)
  const { random, hub, pause } = world
  const listeners = Array.from({ length: 1 + random(4) }, (_, index) => world.createListener(`listener ${index}`))
  const writing = (async () => {
    const news: Promise<void>[] = []
    for (let times = 5 + random(15); times > 0; times--) {
      news.push(world.write(elsewhere && random(2) === 0, lossy))
      if (random(3) > 0) await pause()
    }
    await Promise.all(news)
  })()
  await Promise.all(listeners.map(async ({ join }, index) => {
    for (let turns = random(30); turns > 0; turns--) await Promise.resolve()
    await join(random(2) === 0 ? undefined : random(world.head + 1))
    if (index === 0 && random(2) === 0) await join(listeners[0]!.at)
  }))
  await writing
  const patience = Date.now() + 5000
  for (let turns = 0; Date.now() < patience && listeners.some(({ at }) => at !== world.head); turns++) {
    if (turns % 50 === 49) await hub.compare()
    await new Promise(resolve => { setImmediate(resolve) })
  }
  const late = listeners.flatMap(({ at }, index) => at === world.head ? [] : [`listener ${index} is at ${at} of ${world.head}`])
  for (const { member } of listeners) hub.remove(member)
  const left = Object.values(hub.count()).some(count => count > 0) ? [`left behind: ${JSON.stringify(hub.count())}`] : []
  hub.stop()
  return [...world.faults, ...late, ...left]
}

const first = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
const runs = Number(process.env['TEST_RUNS'] ?? 2000)

for (const [name, how] of Object.entries({
  'events of this process': { elsewhere: false, lossy: false },
  'events of other processes, doubled and in any order': { elsewhere: true, lossy: false },
  'events of which some are lost': { elsewhere: true, lossy: true }
})) {
  t.test(`whenever a socket joins, it hears every number once and in order: ${name}`, async t => {
    const faulty: string[] = []
    for (let seed = first; seed < first + runs && faulty.length === 0; seed++) {
      faulty.push(...(await run(seed, how)).map(fault => `seed ${seed}: ${fault}`))
    }
    t.same(faulty, [], `${runs} runs from seed ${first}`)
  })
}

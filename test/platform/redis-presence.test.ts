import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { createSharedPresence, type Pair, type SharedPresence } from '../../src/platform/presence-redis.ts'
import { createRedis } from '../../src/platform/redis.ts'
import { noRedis, startRedis, type TestRedis } from '../helpers/redis.ts'

const [chatId, userId, bob] = ['66f0c0ffee0000000000c001', '66f0c0ffee0000000000a001', '66f0c0ffee0000000000a002']
const ann: Pair = { chatId, userId }
const count = { connections: 3, users: 2, chats: 1 }

/** What each of some processes knows; they live for `lifeMs` without a word. */
async function processes (t: Test, server: TestRedis, number: number, lifeMs?: number) {
  return await Promise.all(Array.from({ length: number }, async () => {
    const redis = createRedis({ url: server.url, log: pino({ level: 'silent' }) })
    t.teardown(() => redis.stop())
    await redis.start()
    return createSharedPresence({ redis, prefix: `parley:${t.name}:`, clock: Date, ...(lifeMs !== undefined && { lifeMs }) })
  })) as SharedPresence[]
}

t.test('who is online over several processes', { skip: noRedis }, async t => {
  const server = await startRedis(t)

  await t.test('the first and the last over all processes', async t => {
    const [a, b] = await processes(t, server, 2) as [SharedPresence, SharedPresence]
    t.equal(await a.enter(ann), true)
    t.equal(await b.enter(ann), false)
    t.equal(await b.enter({ chatId, userId: bob }), true)
    t.same((await a.online(chatId)).sort(), [userId, bob])
    t.same(await a.online('66f0c0ffee0000000000c002'), [])
    t.equal(await a.leave(ann), false, 'still there in the other process')
    t.equal(await a.leave(ann), false, 'left already')
    t.equal(await b.leave(ann), true)
    t.same(await a.online(chatId), [bob])
    t.equal(await b.leave({ chatId, userId: bob }), true)
  })

  await t.test('of simultaneous ones exactly one is first, and exactly one last', async t => {
    const all = await processes(t, server, 6)
    for (let round = 0; round < 20; round++) {
      t.equal((await Promise.all(all.map(one => one.enter(ann)))).filter(Boolean).length, 1)
      t.equal((await Promise.all(all.map(one => one.leave(ann)))).filter(Boolean).length, 1)
    }
  })

  await t.test('the people of a process that died go offline, told to one of the others', async t => {
    const [a, b, dead] = await processes(t, server, 3, 400) as [SharedPresence, SharedPresence, SharedPresence]
    const here = { chatId, userId: bob }
    await Promise.all([a.enter(here), b.enter(here), dead.enter(ann), dead.enter(here), dead.renew([ann, here], [], count), a.renew([here], [], count)])
    t.same((await b.online(chatId)).sort(), [userId, bob])
    t.same(await b.count({ connections: 1, users: 1, chats: 1 }), { connections: 7, users: 5, chats: 3 })
    const gone: Pair[] = []
    for (const deadline = Date.now() + 10_000; gone.length === 0 && Date.now() < deadline; await delay(50)) {
      gone.push(...(await Promise.all([a.renew([here], [], count), b.renew([here], [], count)])).flat())
    }
    t.same(gone, [ann], 'bob has a living process')
    t.same((await Promise.all([a.renew([here], [], count), b.renew([here], [], count)])).flat(), [], 'and once only')
    t.same(await a.online(chatId), [bob])
    t.same(await a.count(count), { connections: 6, users: 4, chats: 2 }, 'nor does it count')
  })

  await t.test('what a process that ends said holds a little longer', async t => {
    const [a, b] = await processes(t, server, 2) as [SharedPresence, SharedPresence]
    await a.enter(ann)
    await a.hold([ann, { chatId, userId: bob }], 60_000)
    t.ok((await b.online(chatId)).includes(userId))
    t.equal(await b.enter(ann), false, 'who comes back in time was never away')
    t.notOk((await b.online(chatId)).includes(bob), 'who was not there does not come')
    await a.hold([ann], 0)
    t.equal(await b.leave(ann), true)
    await a.renew([], [], count)
    t.same(await b.count(count), { connections: 6, users: 4, chats: 2 })
    await a.withdraw()
    t.same(await b.count(count), count)
  })

  await t.test('sockets of a person are bounded over all processes, exactly', async t => {
    const all = await processes(t, server, 4)
    const most = 10
    const granted = (await Promise.all(all.flatMap(one => [1, 2, 3, 4].map(async sockets => await one.claimSockets({ userId, sockets }, most) ? 1 : 0)))) as number[]
    t.equal(granted.reduce((sum, one) => sum + one, 0), most)
    t.equal(await all[0]!.claimSockets({ userId: bob, sockets: most }, most), true, 'each person for themselves')
    t.equal(await all[0]!.claimSockets({ userId: bob, sockets: most + 1 }, most), false)
    t.equal(await all[1]!.claimSockets({ userId: bob, sockets: 1 }, most), false)
    await all[0]!.claimSockets({ userId: bob, sockets: most - 1 }, most)
    t.equal(await all[1]!.claimSockets({ userId: bob, sockets: 1 }, most), true, 'what is closed is free')
    await all[0]!.renew([], [{ userId: bob, sockets: most }], count)
    t.equal(await all[2]!.claimSockets({ userId: bob, sockets: 1 }, most), false, 'what is said again is there, were it too many')
  })

  await t.test('the sockets of a process that died count no more', async t => {
    const [one, dead] = await processes(t, server, 2, 400) as [SharedPresence, SharedPresence]
    t.equal(await dead.claimSockets({ userId, sockets: 2 }, 2), true)
    t.equal(await one.claimSockets({ userId, sockets: 1 }, 2), false)
    let granted = false
    for (const deadline = Date.now() + 10_000; !granted && Date.now() < deadline; await delay(50)) granted = await one.claimSockets({ userId, sockets: 1 }, 2)
    t.ok(granted)
  })

  await t.test('without Redis it fails at once; all is said again when it is back, empty', async t => {
    const [a, b] = await processes(t, server, 2) as [SharedPresence, SharedPresence]
    await a.enter(ann)
    await server.kill()
    await t.rejects(a.enter(ann))
    await server.restart()
    for (const deadline = Date.now() + 10_000; ;) {
      if (await a.renew([ann], [], count).then(() => true, () => false)) break
      t.ok(Date.now() < deadline)
      await delay(50)
    }
    let online: string[] | undefined
    for (const deadline = Date.now() + 10_000; !online && Date.now() < deadline; await delay(50)) online = await b.online(chatId).catch(() => undefined)
    t.same(online, [userId])
  })
})

import type { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import t from 'tap'
import { chatStructureChanged } from '../../src/log/events.ts'
import { sessionRevoked } from '../../src/auth/events.ts'
import { participantRemoved, typingStarted } from '../../src/chats/events.ts'
import { newMessage } from '../../src/messages/events.ts'
import type { EventDefinition } from '../../src/platform/bus.ts'
import { createRedis } from '../../src/platform/redis.ts'
import { relayRestored } from '../../src/platform/relay.ts'
import { userChanged } from '../../src/users/events.ts'
import { startApp, type TestApp, testSettings } from '../helpers/app.ts'
import { makeChat, register, registerAll, say } from '../helpers/people.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'

/** The next event that an app hears from elsewhere. */
const heard = <Payload>({ services: { bus } }: TestApp, event: EventDefinition<Payload>) => new Promise<Payload>((resolve, reject) => {
  const patience = setTimeout(() => { reject(new Error(`${event.name} was not heard`)) }, 15_000)
  const off = bus.on(event, (payload, origin) => {
    if (origin !== 'elsewhere') return
    off()
    clearTimeout(patience)
    resolve(payload)
  })
})

/** As `once` of node:events, which rejects at an error that comes before. */
const once = (emitter: EventEmitter, event: string) => new Promise<void>(resolve => { emitter.once(event, () => resolve()) })

/** Resolves when an app can publish and hear. */
const joined = async ({ services }: TestApp) => {
  for (const connection of [services.redis!.commands, services.redis!.subscriber]) if (connection.status !== 'ready') await once(connection, 'ready')
}

t.test('several processes', { skip: noRedis }, async t => {
  const redis = await startRedis(t, { away: true })
  const { MONGODB_DATABASE, SECRET_KEY } = testSettings() as { MONGODB_DATABASE: string, SECRET_KEY: string }
  const settings = { MONGODB_DATABASE, SECRET_KEY, REDIS_URL: redis.url, RATE_LIMIT: 'on', TRUST_PROXY: '127.0.0.1' }
  const a = await startApp(t, settings)
  const b = await startApp(t, settings)
  const both = [a, b]
  const other = await startApp(t, { REDIS_URL: redis.url })

  await t.test('start without Redis, and join when it comes', async t => {
    for (const app of both) {
      t.match(await app.root('GET', '/readyz'), { status: 200, body: { status: 'ok', redis: 'down' } })
      t.match(await app.root('GET', '/health'), { status: 200, body: { redis: 'down' } })
    }
    const ann = await register(a, 'early')
    const chat = await makeChat(a, ann)
    await b.services.relay.follow(chat.id)
    const restored = [a, b, other].map(app => heard(app, relayRestored))
    await redis.restart()
    await Promise.all([...restored, ...[a, b, other].map(joined)])
    for (const app of both) t.match(await app.root('GET', '/readyz'), { status: 200, body: { status: 'ok', redis: 'up' } })
    const arrived = heard(b, newMessage)
    await say(a, ann, chat.id, 'hello')
    t.match(await arrived, { chat_id: chat.id, message: { content: 'hello' } }, 'what was followed before is heard now')
  })

  const [ann, bob, eve] = await registerAll(a, 'ann', 'bob', 'eve') as [any, any, any]
  const chat = await makeChat(a, ann, 'group', [bob, eve])
  await b.services.relay.follow(chat.id)

  await t.test('a message reaches the other process once, in order, and nobody else', async t => {
    const seen: string[] = []
    const offs = [a, b, other].map((app, index) => app.services.bus.on(newMessage, ({ seq, message }, origin) => { seen.push(`${index} ${origin} ${message.content} ${seq}`) }))
    const elsewhere = await makeChat(a, ann, 'group', [bob])
    await say(a, ann, elsewhere.id, 'not followed')
    const done = new Promise<void>(resolve => { offs.push(b.services.bus.on(newMessage, ({ message }) => { if (message.content === 'last') resolve() })) })
    await Promise.all(['one', 'two', 'three', 'four'].map(content => say(a, ann, chat.id, content)))
    await say(a, ann, chat.id, 'last')
    await done
    for (const off of offs) off()
    const here = seen.filter(line => line.startsWith('0 here') && !line.includes('not followed'))
    t.equal(here.length, 5)
    t.same(seen.filter(line => line.startsWith('1')), here.map(line => line.replace('0 here', '1 elsewhere')))
    t.same(seen.filter(line => line.startsWith('2')), [])
    t.equal(seen.filter(line => line.startsWith('0')).length, 6, 'its own does not come back')
  })

  await t.test('what is heard of no more does not arrive', async t => {
    const { relay } = b.services
    const quiet = await makeChat(a, ann, 'group', [bob])
    await Promise.all([relay.follow(quiet.id), relay.follow(quiet.id)])
    relay.unfollow(quiet.id)
    const first = heard(b, typingStarted)
    await a.services.chats.typing.set({ id: ann.id } as never, quiet.id, 'start')
    t.match(await first, { chat_id: quiet.id }, 'followed twice, taken back once')
    relay.unfollow(quiet.id)
    const second = heard(b, typingStarted)
    await a.services.chats.typing.set({ id: ann.id } as never, quiet.id, 'start')
    await a.services.chats.typing.set({ id: ann.id } as never, chat.id, 'start')
    t.match(await second, { chat_id: chat.id })
  })

  await t.test('another process\'s messages move the remembered head: the next send collides with nothing', async t => {
    const { inserts: store } = b.services.log
    const { insertMany } = store
    let inserts = 0
    store.insertMany = async (...args) => {
      inserts++
      return await insertMany(...args)
    }
    const attempts = async () => {
      inserts = 0
      await say(b, bob, chat.id, 'from b')
      return inserts
    }
    await attempts()
    const arrived = heard(b, newMessage)
    await say(a, ann, chat.id, 'from a')
    await arrived
    t.equal(await attempts(), 1)
    b.services.relay.unfollow(chat.id)
    await say(a, ann, chat.id, 'from a, unheard')
    t.ok(await attempts() > 1, 'unheard, it is found by colliding')
    await b.services.relay.follow(chat.id)
  })

  await t.test('who is removed on one process is refused on the other at once', async t => {
    const read = () => b.request('GET', `/chats/${chat.id}/messages`, { token: eve.token })
    t.equal((await read()).status, 200)
    b.services.relay.unfollow(chat.id)
    const invalidated = new Promise<void>(resolve => { const off = b.services.bus.on(chatStructureChanged, ({ chat_id }) => { if (chat_id === chat.id) { off(); resolve() } }) })
    t.equal((await a.request('DELETE', `/chats/${chat.id}/participants/${eve.id}`, { token: ann.token })).status, 204)
    await invalidated
    t.equal((await read()).status, 404, 'also without a socket in the chat')
    await b.services.relay.follow(chat.id)
    const removed = heard(b, participantRemoved)
    await a.request('DELETE', `/chats/${chat.id}/participants/${bob.id}`, { token: ann.token })
    t.match(await removed, { chat_id: chat.id, user_id: bob.id })
  })

  await t.test('a session ended on one process, and an account deleted there, is refused on the other at once', async t => {
    const me = (token: string) => b.request('GET', '/users/me', { token })
    t.same([(await me(bob.token)).status, (await me(eve.token)).status], [200, 200])
    const revoked = heard(b, sessionRevoked)
    t.equal((await a.request('POST', '/auth/logout', { token: bob.token })).status, 204)
    t.match(await revoked, { user_id: bob.id })
    t.equal((await me(bob.token)).status, 401)
    const changed = heard(b, userChanged)
    t.equal((await a.request('DELETE', '/users/me', { token: eve.token })).status, 204)
    t.match(await changed, { user_id: eve.id })
    t.equal((await me(eve.token)).status, 401)
  })

  const login = (app: TestApp, from: string) => app.request('POST', '/auth/login', { body: {}, headers: { 'x-forwarded-for': from } })

  await t.test('limits count all processes together', async t => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => login(both[index % 2]!, '192.0.2.1')))
    t.same(new Set(answers.map(({ status }) => status)), new Set([400]))
    t.same(answers.map(({ headers }) => Number(headers.get('ratelimit-remaining'))).sort((x, y) => x - y), Array.from({ length: 60 }, (_, index) => index))
    for (const app of both) t.match({ ...await login(app, '192.0.2.1') }, { status: 429, body: { code: 'rate_limited' } })
    const { headers } = await login(a, '192.0.2.1')
    t.match(headers.get('retry-after'), /^(60|5\d)$/)
    t.equal((await login(other, '192.0.2.1')).status, 400, 'another installation counts for itself')
  })

  await t.test('without Redis nothing fails; when it is back, all is heard again', async t => {
    const away = both.map(({ services }) => once(services.redis!.subscriber, 'close'))
    await redis.kill()
    await Promise.all(away)
    for (const app of both) {
      t.match(await app.root('GET', '/readyz'), { status: 200, body: { redis: 'down' } })
      await say(app, ann, chat.id, 'meanwhile')
    }
    const left = async (app: TestApp) => Number((await login(app, '192.0.2.7')).headers.get('ratelimit-remaining'))
    t.same([await left(a), await left(a), await left(b)], [59, 58, 59], 'each counts for itself')
    const { services: { relay } } = b
    const later = await makeChat(a, ann)
    await relay.follow(later.id)

    const restored = both.map(app => heard(app, relayRestored))
    await redis.restart()
    await Promise.all([...restored, ...both.map(joined)])
    for (const { id } of [chat, later]) {
      const arrived = heard(b, newMessage)
      await say(a, ann, id, 'again')
      t.match(await arrived, { chat_id: id, message: { content: 'again' } })
    }
  })

  await t.test('a process that could not publish for a while tells the others', async t => {
    const restored = heard(b, relayRestored)
    const again = once(a.services.redis!.commands, 'close')
    a.services.redis!.commands.disconnect(true)
    await say(a, ann, chat.id, 'unpublished')
    await again
    await restored
    t.equal(b.services.redis!.state(), 'up')
  })

  await t.test('nonsense on a channel hurts nobody', async t => {
    const { commands } = a.services.redis!
    const channel = `parley:${MONGODB_DATABASE}:chat:${chat.id}`
    const strange: unknown[] = []
    const off = b.services.bus.on(newMessage, payload => { strange.push(payload) })
    const good = { chat_id: chat.id, user_id: ann.id, timestamp: new Date().toISOString() }
    const arrived = heard(b, typingStarted)
    for (const text of ['', '{', 'null', '7', '{"news":7}', '{"news":[7]}', '{"news":[["new_message",null],["nothing",{}]]}', `{"news":[["session_revoked",{"session_id":"${ann.id}"}]]}`, '{"news":[["new_message",{"chat_id":"66f0c0ffee0000000000c001"}]]}']) await commands.publish(channel, text)
    await commands.publish(channel, JSON.stringify({ from: 'x', news: [['typing_started', good]] }))
    t.match(await arrived, good)
    off()
    t.same(strange, [])
  })
})

t.test('a change of Redis\'s state is one line in the log, without its password', { skip: noRedis }, async t => {
  const redis = await startRedis(t)
  const lines: { msg: string, reason?: string }[] = []
  const log = pino({ level: 'info' }, new Writable({
    write (chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    }
  }))
  const keeper = createRedis({ url: redis.url, log: pino({ level: 'silent' }) })
  await keeper.start()
  t.teardown(() => keeper.stop())
  await keeper.commands.config('SET', 'requirepass', 'another')

  const shared = createRedis({ url: redis.url.replace('//', '//:planted-password@'), log })
  t.teardown(() => shared.stop())
  await shared.start()
  for (let refused = 0; refused < 3; refused++) await once(shared.commands, 'close')
  t.match(lines, [{ msg: /^Redis is away/, reason: /WRONGPASS/ }], 'refused again and again')
  const up = Promise.all([shared.commands, shared.subscriber].map(connection => once(connection, 'ready')))
  await keeper.commands.config('SET', 'requirepass', 'planted-password')
  await up
  await redis.kill()
  for (let refused = 0; refused < 3; refused++) await once(shared.subscriber, 'close')
  t.match(lines.slice(1), [{ msg: 'Redis is connected' }, { msg: /^Redis is away/, reason: /closed|ECONN/ }])
  t.equal(lines.length, 3)
  t.notMatch(JSON.stringify(lines), /planted/)
})

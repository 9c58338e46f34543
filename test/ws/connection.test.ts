import { EventEmitter, once } from 'node:events'
import { mock } from 'node:test'
import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { WebSocketServer } from 'ws'
import { createBus } from '../../src/platform/bus.ts'
import { type Command, command } from '../../src/platform/command.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { Problem } from '../../src/platform/errors.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { createLogger } from '../../src/platform/logging.ts'
import { createRateLimits } from '../../src/platform/rate-limit.ts'
import { noRelay } from '../../src/platform/relay.ts'
import { createValidators } from '../../src/platform/validation.ts'
import { socketCommands } from '../../src/ws/commands.ts'
import { serveConnection } from '../../src/ws/connection.ts'
import { encode } from '../../src/ws/frame.ts'
import { createHub } from '../../src/ws/hub.ts'
import { createMemoryPresence, createPresence } from '../../src/ws/presence.ts'
import { type SocketSettings, socketSettings } from '../../src/ws/settings.ts'
import type { ChatReader } from '../../src/ws/subscribe.ts'
import { openSocket } from '../helpers/socket.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const actor: Actor = { id: '66f0c0ffee0000000000a001', username: 'ann', role: 'user', session_id: '66f0c0ffee0000000000b001' }
const chatId = '66f0c0ffee0000000000c001'
const log = createLogger('silent')

const simple = (name: string, run: () => Promise<Record<string, unknown> | undefined>) => command({ name, summary: '', properties: { x: Type.Optional(Type.String()) }, example: {}, run })

const settings: SocketSettings = { ...socketSettings(loadConfig({ NODE_ENV: 'test', SECRET_KEY: 'x'.repeat(32) }, '/nonexistent')), compareMs: 600_000 }
const reader: ChatReader = {
  mayHear: async () => true,
  get: async () => ({ epoch: '0000000000000000' }),
  highest: async () => 0,
  changes: async (_actor, id, { since, epoch }) => ({ chat_id: id, epoch, from: since, to: since, has_more: false, changes: [] })
}

/** A server of sockets and nothing else, with commands and a judge of the test's own; every socket hears one chat. */
async function serve (t: Test, { commands = [] as Command[], renew = async () => actor, get = reader.get, mayHear = reader.mayHear, rateLimit = false, ...more }: { commands?: Command[], renew?: () => Promise<Actor>, rateLimit?: boolean } & Partial<Pick<ChatReader, 'get' | 'mayHear'>> & Partial<SocketSettings> = {}) {
  const validators = createValidators([])
  const bus = createBus(() => {})
  const report = () => {}
  const presence = createPresence({ bus, store: createMemoryPresence(), graceMs: 0, report })
  const hub = createHub({ relay: noRelay, presence, settings, claimSockets: async () => true, highest: async () => new Map(), readChanges: async () => { throw new Error('nothing is missing') }, lastClosed: async () => {}, report })
  const shared = {
    hub,
    clock: { now: () => Date.now() },
    limits: createRateLimits(rateLimit),
    auth: { authenticate: renew, redeem: renew, renew },
    reader: { ...reader, get, mayHear },
    settings: { ...settings, ...more },
    commands: new Map([...commands, ...socketCommands].map(one => [one.name, { ...one, validate: validators.json(one.schema) }]))
  }
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket, { socket: stream }) => serveConnection({ ...shared, log }, { socket, stream, about: { reqId: 'r', ip: '127.0.0.1' }, credentials: { token: 'x' }, home: { chatId } }))
  t.teardown(async () => {
    for (const socket of server.clients) socket.terminate()
    server.close()
    await once(server, 'close')
    hub.stop()
  })
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    hub,
    server,
    url,
    /** A client that hears the chat. */
    async open () {
      const socket = await openSocket(t, url)
      await socket.next('subscribed')
      return socket
    }
  }
}

t.test('nothing that a command throws or answers can escape', async t => {
  const circle: Record<string, unknown> = {}
  circle['self'] = circle
  const evil: Record<string, () => Promise<Record<string, unknown> | undefined>> = {
    rejects: async () => { throw new TypeError('secret detail') },
    throws: () => { throw new Error('secret detail') },
    // eslint-disable-next-line no-throw-literal
    nothing: async () => { throw undefined },
    // eslint-disable-next-line no-throw-literal
    text: async () => { throw 'secret detail' },
    circle: async () => circle,
    bigint: async () => ({ n: 1n }),
    getter: async () => ({ get n (): never { throw new Error('secret detail') } })
  }
  const { open } = await serve(t, { commands: Object.entries(evil).map(([name, run]) => simple(name, run)) })
  const [socket, neighbour] = [await open(), await open()]
  for (const type of Object.keys(evil)) {
    socket.send({ type, id: type })
    const { message, ...error } = await socket.next('error')
    t.same(error, { type: 'error', id: type, code: 'internal_error', retryable: false }, type)
    t.notMatch(message, /secret/)
  }
  for (const each of [socket, neighbour]) {
    each.send({ type: 'ping' })
    t.ok(await each.next('pong'))
  }
})

t.test('a command that takes long holds back its own socket only', async t => {
  const started = new EventEmitter()
  let finish: (answer: Record<string, unknown>) => void = () => {}
  const slow = simple('slow', () => new Promise(resolve => {
    finish = resolve
    started.emit('slow')
  }))
  const { open, server } = await serve(t, { commands: [slow] })
  const [socket, neighbour] = [await open(), await open()]
  const [serverSide] = [...server.clients]
  const begun = once(started, 'slow')
  socket.send({ type: 'slow', id: 'slow' })
  await begun
  for (let number = 1; number <= 40; number++) socket.send({ type: 'ping', id: String(number) })
  neighbour.send({ type: 'ping' })
  await neighbour.next('pong')
  t.same(socket.frames, [], 'what was sent later waits')
  t.equal(serverSide!.isPaused, true, 'and more than 32 are not read')
  finish({})
  t.match(await socket.next(() => true), { type: 'ack', id: 'slow' })
  for (let number = 1; number <= 40; number++) t.match(await socket.next(() => true), { type: 'pong', id: String(number) })
  t.equal(serverSide!.isPaused, false)
})

t.test('what is heard while a socket is let into a chat is kept back until it is in', async t => {
  for (const refused of [false, true]) {
    let letIn: () => void = () => {}
    const asked = new EventEmitter()
    const { url, hub } = await serve(t, {
      async get () {
        await new Promise<void>(resolve => {
          letIn = resolve
          asked.emit('asked')
        })
        if (refused) throw new Problem('chat_not_found')
        return { epoch: '0000000000000000' }
      }
    })
    const waiting = once(asked, 'asked')
    const socket = await openSocket(t, url)
    await waiting
    for (const type of ['first', 'second']) hub.publish(chatId, encode({ type }))
    socket.socket.ping()
    await once(socket.socket, 'pong')
    t.same(socket.frames, [])
    letIn()
    if (refused) {
      t.match(await socket.closed, { code: 4404 })
      t.same(socket.frames.map(({ type }) => type), ['error'])
      t.match(hub.count(), { connections: 0, chats: 0 })
    } else {
      await socket.next('second')
      t.same(socket.frames.map(({ type }) => type), ['subscribed', 'first'])
    }
  }
})

t.test('what is heard while it is asked again who somebody is waits for the answer', async t => {
  for (const refused of [false, true]) {
    let asks = false
    let judge: () => void = () => {}
    const { open, hub } = await serve(t, {
      async renew () {
        if (!asks) return actor
        await new Promise<void>(resolve => { judge = resolve })
        if (refused) throw new Problem('unauthenticated')
        return actor
      }
    })
    const socket = await open()
    asks = true
    hub.revise(actor.id)
    hub.publish(chatId, encode({ type: 'news' }))
    socket.socket.ping()
    await once(socket.socket, 'pong')
    t.same(socket.frames, [])
    judge()
    if (refused) {
      t.match(await socket.closed, { code: 4401 })
      t.same(socket.frames, [], 'who may not be here any more hears nothing of it')
    } else t.ok(await socket.next('news'))
  }
})

t.test('who is asked about twice waits for both answers', async t => {
  let asks = false
  const judges: ((isRefused: boolean) => void)[] = []
  const { open, hub } = await serve(t, {
    async renew () {
      if (asks && await new Promise<boolean>(resolve => { judges.push(resolve) })) throw new Problem('unauthenticated')
      return actor
    }
  })
  for (const isRefused of [false, true]) {
    const socket = await open()
    asks = true
    for (const type of ['first', 'second']) {
      hub.revise(actor.id)
      hub.publish(chatId, encode({ type }))
    }
    const [judge, judgeAgain] = judges.splice(0)
    judge!(false)
    socket.socket.ping()
    await once(socket.socket, 'pong')
    t.same(socket.frames, [])
    judgeAgain!(isRefused)
    if (isRefused) t.match(await socket.closed, { code: 4401 })
    else await socket.next('second')
    t.same(socket.frames.map(({ type }) => type), isRefused ? [] : ['first'])
    asks = false
    socket.socket.terminate()
    while (hub.count().connections > 0) await new Promise(resolve => { setImmediate(resolve) })
  }
})

t.test('who is logged out while they are let in does not stay', async t => {
  let calls = 0
  const { url, hub } = await serve(t, {
    async renew () {
      if (++calls === 2) throw new Problem('unauthenticated')
      return actor
    }
  })
  const socket = await openSocket(t, url)
  t.match(await socket.closed, { code: 4401 })
  t.same(socket.frames.map(({ type }) => type), ['error'])
  t.match(hub.count(), { connections: 0, chats: 0 })
})

t.test('a socket that is gone when it is known whose it is counts for nobody', async t => {
  let judge: () => void = () => {}
  const asked = new EventEmitter()
  let isFirst = true
  const readers: (string | undefined)[] = []
  const { url, open, hub, server } = await serve(t, {
    async mayHear (reading: Actor | undefined) {
      readers.push(reading?.id)
      return true
    },
    async renew () {
      if (!isFirst) return actor
      isFirst = false
      await new Promise<void>(resolve => {
        judge = resolve
        asked.emit('asked')
      })
      return actor
    }
  })
  const waiting = once(asked, 'asked')
  const gone = await openSocket(t, url)
  await waiting
  const closed = once([...server.clients][0]!, 'close')
  gone.socket.terminate()
  await closed
  judge()
  const { socket } = await open()
  t.equal(hub.count().connections, 1)
  t.same(readers, [actor.id], 'nor is it asked what nobody may hear')
  socket.terminate()
  while (hub.count().connections > 0) await new Promise(resolve => { setImmediate(resolve) })
  t.equal(hub.count().chats, 0)
})

t.test('a database that is away does not end a socket that is open, but lets none in', async t => {
  let away = false
  const { url, open } = await serve(t, {
    async renew () {
      if (away) throw new Problem('database_unavailable')
      return actor
    }
  })
  const socket = await open()
  away = true
  socket.send({ type: 'ping', id: '1' })
  t.match(await socket.next('error'), { id: '1', code: 'database_unavailable', retryable: true })
  const late = await openSocket(t, url)
  t.match(await late.closed, { code: 1013 })
  away = false
  socket.send({ type: 'ping', id: '2' })
  t.match(await socket.next('pong'), { id: '2' })
})

t.test('frames are limited for each person', async t => {
  const { open } = await serve(t, { rateLimit: true })
  const socket = await open()
  for (let number = 0; number < 301; number++) socket.send({ type: 'ping' })
  t.match(await socket.next('error'), { code: 'rate_limited', retryable: true })
  t.equal(socket.frames.filter(({ type }) => type === 'pong').length, 300)
})

t.test('a client that is silent for two beats is let go', async t => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  t.teardown(() => mock.timers.reset())
  const { open, server } = await serve(t)
  const [answers, silent] = [await open(), await open()]
  const sides = [...server.clients]
  silent.socket.pong = () => {}
  ;(silent.socket as unknown as { _autoPong: boolean })._autoPong = false
  const answered = once(sides[0]!, 'pong')
  mock.timers.tick(30_000)
  await answered
  mock.timers.tick(30_000)
  t.match(await silent.closed, { code: 1006 })
  answers.send({ type: 'ping' })
  t.ok(await answers.next('pong'))
})

t.test('a reader that never reads again is cut off after a second', async t => {
  const { open, server, hub } = await serve(t)
  const slow = await open()
  slow.socket.pause()
  const closed = once([...server.clients][0]!, 'close')
  const frame = encode({ type: 'news', text: 'x'.repeat(200_000) })
  while (hub.count().connections > 0) {
    hub.publish(chatId, frame)
    await new Promise(resolve => { setImmediate(resolve) })
  }
  const watch = stopwatch()
  await closed
  t.ok(watch.stop() < 2500)
})

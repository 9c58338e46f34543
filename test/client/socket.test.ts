import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { ParleyError, unwrap } from '../../client/src/index.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'
import { clientOf, openSocket, startWire, tokenUntil } from './scene.ts'

const app = await startApp(t, { WS_SOCKETS_PER_USER: '8' })
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const annsApi = clientOf(app, ann)
const bobsApi = clientOf(app, bob)
const wire = await startWire(t, app)
t.afterEach(() => { Object.assign(wire, { silent: false, pass: () => 1 }) })

const newChat = async () => (await makeChat(app, ann, 'group', [bob])).id as string
const stored = async (chatId: string): Promise<string[]> => (await app.request('GET', `/chats/${chatId}/messages?order=asc&limit=100`, { token: ann.token })).body.items.map(({ content }: { content: string }) => content)
const sayAll = async (chatId: string, ...texts: string[]) => { for (const text of texts) await say(app, ann, chatId, text) }

t.test('hears a chat, sends, and is answered', async t => {
  const chatId = await newChat()
  const bobs = openSocket(t, bobsApi)
  t.match(bobs.socket.status, { state: 'closed', reason: 'not connected yet' })
  bobs.socket.connect()
  const { chat, seq } = await bobs.socket.subscribe(chatId)
  t.equal(chat.id, chatId)
  const { message, replayed } = await bobs.socket.send({ type: 'message', chat_id: chatId, content: 'hello' })
  t.match({ message, replayed }, { message: { content: 'hello', sender_id: bob.id, seq: seq + 1 }, replayed: false })
  t.match(bobs.frames.at(-1), { type: 'new_message', message: { id: message.id } }, 'it hears its own message before the answer')
  t.match(bobs.socket.place(chatId), { since: seq + 1, epoch: chat.epoch })
  t.match(await bobs.socket.send({ type: 'react', message_id: message.id, emoji: '👍' }), { message: { reactions: [{ emoji: '👍' }] } })
  t.match(await bobs.socket.send({ type: 'ping' }), { type: 'pong', heads: [{ chat_id: chatId, seq: seq + 2 }] })
  await t.rejects(bobs.socket.send({ type: 'message', chat_id: chatId, content: '' }), { name: 'ParleyError', code: 'validation_failed', errors: [{ path: '/content' }] })
  await t.rejects(bobs.socket.send({ type: 'message', chat_id: chatId, content: 'x'.repeat(70_000) }), { code: 'frame_too_large' })
  await t.rejects(bobs.socket.subscribe('f'.repeat(24)), { code: 'chat_not_found' })
  bobs.socket.sendRaw('{"type":"nonsense"}')
  await bobs.until(() => bobs.wire.some(({ frame }) => frame?.type === 'error' && frame.code === 'unknown_frame'))
  t.notMatch(JSON.stringify(bobs.wire), bob.token, 'no token is shown to who looks at the frames')
  await bobs.socket.unsubscribe(chatId)
  t.match(bobs.frames.at(-1), { type: 'unsubscribed', reason: 'requested' })
  t.equal(bobs.socket.place(chatId), undefined)
  bobs.socket.close()
  t.same(bobs.states.map(({ state }) => state), ['connecting', 'open', 'closed'])
  await t.rejects(bobs.socket.send({ type: 'message', chat_id: chatId, content: 'too late' }), { code: 'closed' })
})

t.test('what is lost on the way is noticed and read again, what comes twice is heard once', async t => {
  const chatId = await newChat()
  const bobs = openSocket(t, wire.of(bobsApi))
  bobs.socket.connect()
  await bobs.socket.subscribe(chatId)
  let lost = 0
  wire.pass = ({ type, message }) => {
    if (type !== 'new_message') return 1
    if (message.content === 'twice') return 2
    const isLost = ['two', 'three', 'last'].includes(message.content)
    if (isLost) lost++
    return isLost ? 0 : 1
  }
  await sayAll(chatId, 'one', 'twice', 'two', 'three', 'four')
  await bobs.until(() => bobs.texts().includes('four'))
  t.same(bobs.texts(), ['one', 'twice', 'two', 'three', 'four'])
  t.equal(lost, 2)
  await sayAll(chatId, 'last')
  const pings = openSocket(t, wire.of(bobsApi), { pingMs: 100 })
  pings.socket.connect()
  await pings.socket.subscribe(chatId, bobs.socket.place(chatId)!)
  t.same(pings.texts(), ['last'], 'from the place of somebody else')
  await sayAll(chatId, 'last')
  await pings.until(() => pings.texts().length === 2)
  t.equal(lost, 5, 'the end of a chat is found by the ping')
  for (const { states } of [bobs, pings]) t.same(states.map(({ state }) => state), ['connecting', 'open'], 'all on one connection')
})

t.test('comes back to the place where it was after each loss', async t => {
  const chatId = await newChat()
  const bobs = openSocket(t, wire.of(bobsApi))
  bobs.socket.connect()
  await bobs.socket.subscribe(chatId)
  const texts: string[] = []
  for (let round = 0; round < 3; round++) {
    texts.push(`${round} here`, `${round} away`)
    await say(app, ann, chatId, `${round} here`)
    const { length } = bobs.states
    wire.cut()
    await bobs.until(() => bobs.states.length > length)
    t.match(bobs.states[length], { state: 'waiting', code: 1006, reason: 'the connection was lost', retryAt: Number })
    await say(app, ann, chatId, `${round} away`)
    await bobs.until(() => bobs.texts().length === texts.length)
  }
  t.same(bobs.texts(), texts)
})

t.test('a message whose answer was lost is sent again and stored once, before those that follow', async t => {
  const chatId = await newChat()
  const bobs = openSocket(t, wire.of(bobsApi))
  bobs.socket.connect()
  await bobs.socket.subscribe(chatId)
  let sent = 0
  wire.pass = ({ type, message }, direction) => {
    if (direction === 'out' && type === 'message') sent++
    if (type !== 'ack' || !message || sent > 1) return 1
    queueMicrotask(() => { wire.cut() })
    return 0
  }
  const acks = await Promise.all(['one', 'two', 'three'].map(async content => await bobs.socket.send({ type: 'message', chat_id: chatId, content })))
  t.same(acks.map(({ replayed, message }) => [message.content, replayed]), [['one', true], ['two', false], ['three', false]])
  t.equal(sent, 4)
  t.same(await stored(chatId), ['one', 'two', 'three'])
  await bobs.until(() => bobs.texts().length === 3)
  t.same(bobs.texts(), ['one', 'two', 'three'])
  t.same(bobs.socket.unsent, [])
})

t.test('messages wait for a connection, anything else is refused without one', async t => {
  const chatId = await newChat()
  const bobs = openSocket(t, wire.of(bobsApi), { leastMs: 60_000, mostMs: 60_000 })
  bobs.socket.connect()
  await bobs.socket.subscribe(chatId)
  wire.cut()
  await bobs.reaches('waiting')
  t.ok(bobs.socket.status.retryAt! > Date.now() + 25_000)
  const sends = ['one', 'two'].map(async content => await bobs.socket.send({ type: 'message', chat_id: chatId, content }))
  await t.rejects(bobs.socket.send({ type: 'typing', chat_id: chatId, content: 'start' }), { name: 'ParleyError', code: 'offline', retryable: true })
  t.same(bobs.socket.unsent.map(({ content }) => content), ['one', 'two'])
  bobs.socket.retry()
  await Promise.all(sends)
  t.same(await stored(chatId), ['one', 'two'])

  wire.cut()
  await bobs.until(() => bobs.socket.state === 'waiting')
  const given = bobs.socket.send({ type: 'message', chat_id: chatId, content: 'never' })
  bobs.socket.close()
  await t.rejects(given, { code: 'closed', message: /closed by this side/ })
})

t.test('an answer that does not come in time, and a link that is dead', async t => {
  const chatId = await newChat()
  const bobs = openSocket(t, wire.of(bobsApi), { pingMs: 100, answerMs: 300 })
  bobs.socket.connect()
  await bobs.socket.subscribe(chatId)
  wire.pass = ({ type, heads }) => type === 'ack' && !heads ? 0 : 1
  await t.rejects(bobs.socket.send({ type: 'typing', chat_id: chatId, content: 'start' }), { code: 'timeout' })
  t.equal(bobs.socket.state, 'open', 'it hears the answers to its pings')
  wire.pass = () => 1
  wire.silent = true
  await bobs.reaches('waiting')
  t.equal(bobs.socket.status.reason, 'the server does not answer')
  const sent = bobs.socket.send({ type: 'message', chat_id: chatId, content: 'after the silence' })
  wire.silent = false
  t.match(await sent, { message: { content: 'after the silence' } })
})

t.test('a history that was cleared meanwhile has to be read again; a chat that one is out of is told', async t => {
  const chatId = await newChat()
  await say(app, ann, chatId, 'before')
  const other = await newChat()
  const bobs = openSocket(t, wire.of(bobsApi), { leastMs: 60_000, mostMs: 60_000 })
  bobs.socket.connect()
  const { epoch } = await bobs.socket.subscribe(chatId)
  await bobs.socket.subscribe(other)
  wire.cut()
  await bobs.reaches('waiting')
  await app.request('DELETE', `/chats/${chatId}/messages`, { token: ann.token })
  await app.request('DELETE', `/chats/${other}/participants/${bob.id}`, { token: ann.token })
  bobs.socket.retry()
  await bobs.until(() => bobs.frames.some(({ type }) => type === 'resync_required') && bobs.frames.some(({ type }) => type === 'unsubscribed'))
  t.match(bobs.frames.find(({ type }) => type === 'unsubscribed'), { chat_id: other })
  const now = bobs.socket.place(chatId)!
  t.not(now.epoch, epoch)
  await say(app, ann, chatId, 'behind it')
  await bobs.until(() => bobs.texts().includes('behind it'))
  t.same(bobs.frames.filter(({ type }) => type === 'sync'), [], 'and goes on from there')
  wire.cut()
  await bobs.reaches('waiting')
  bobs.socket.retry()
  await bobs.until(() => bobs.frames.some(({ type }) => type === 'sync'))
  t.equal(bobs.frames.filter(({ type }) => type === 'resync_required').length, 1, 'it knows the new epoch')
})

t.test('stays logged in on the same connection when its token ends', async t => {
  const kim = await register(app, 'kim')
  // A fifth of it is left for getting a new one, also on a busy machine.
  const end = Math.ceil(Date.now() / 1000) + 7
  const api = clientOf(app, kim, { tokens: { access_token: tokenUntil(app, kim, end), refresh_token: kim.refreshToken, expires_at: end * 1000 } })
  const kims = openSocket(t, api)
  kims.socket.connect()
  await kims.reaches('open')
  await kims.until(() => kims.wire.filter(({ frame, direction }) => direction === 'out' && frame?.type === 'authenticate').length === 2)
  // The server looks a few times a second.
  await delay(end * 1000 - Date.now() + 600)
  await kims.socket.send({ type: 'ping' })
  t.same(kims.states.map(({ state }) => state), ['connecting', 'open'])

  await t.test('comes back with a new one where the old one ended, and is closed for good with its session', async t => {
    await api.session.keep({ access_token: tokenUntil(app, kim, Math.floor(Date.now() / 1000) - 5), refresh_token: api.session.tokens!.refresh_token, expires_in: 600, token_type: 'bearer' })
    const late = openSocket(t, api)
    late.socket.connect()
    await late.reaches('open')
    t.match(late.states, [{ state: 'connecting' }, { state: 'waiting', code: 4401, error: { code: 'token_expired' } }, { state: 'connecting' }, { state: 'open' }])

    const { items } = await unwrap(api.GET('/api/v1/auth/sessions'))
    const sent = late.socket.send({ type: 'message', chat_id: 'f'.repeat(24), content: 'x' })
    await t.rejects(sent, { code: 'chat_not_found' })
    await unwrap(api.DELETE('/api/v1/auth/sessions/{session_id}', { params: { path: { session_id: items[0]!.id } } }))
    await late.reaches('closed')
    t.match(late.socket.status, { code: 4401, reason: 'the session has ended' })
    await kims.reaches('closed')
    await t.rejects(unwrap(api.GET('/api/v1/users/me')), { code: 'unauthenticated' })
    t.equal(api.session.tokens, undefined)
    const another = openSocket(t, api)
    another.socket.connect()
    await another.reaches('closed')
    t.match(another.socket.status, { error: { code: 'unauthenticated' } })
  })
})

t.test('a token that the server never takes ends it after one renewal', async t => {
  const api = clientOf(app, { ...bob, token: 'nonsense', refreshToken: 'nonsense' })
  const bobs = openSocket(t, api)
  bobs.socket.connect()
  await bobs.reaches('closed')
  t.match(bobs.states, [{ state: 'connecting' }, { state: 'waiting', code: 4401 }, { state: 'connecting' }, { state: 'closed', reason: 'the session has ended', error: { code: 'invalid_refresh_token' } }])
})

t.test('opens by a ticket, and hears at once when it may open no more', async t => {
  const bobs = openSocket(t, bobsApi, { auth: 'ticket' })
  bobs.socket.connect()
  await bobs.reaches('open')
  t.notOk(bobs.wire.some(({ frame }) => frame?.type === 'authenticate'))
  t.match(await bobs.socket.send({ type: 'ping' }), { type: 'pong' })
  const others = Array.from({ length: 8 }, () => openSocket(t, bobsApi))
  for (const { socket } of others) socket.connect()
  await Promise.all(others.map(async other => await other.until(() => ['open', 'closed'].includes(other.socket.state))))
  t.match(others.filter(({ socket }) => socket.state === 'closed').map(({ socket }) => socket.status), [{ code: 4409, reason: /too many sockets/, error: { code: 'too_many_sockets' } }])
})

t.test('a listener that throws hurts no other', async t => {
  const { socket, reaches } = openSocket(t, annsApi)
  const failure = new Promise(resolve => { process.once('uncaughtExceptionMonitor', resolve) })
  const original = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', () => {})
  let heard = 0
  socket.on('hello', () => { throw new Error('mine') })
  socket.on('hello', () => { heard++ })
  socket.connect()
  await reaches('open')
  t.match(await failure, { message: 'mine' })
  for (const listener of original) process.on('uncaughtException', listener)
  t.equal(heard, 1)
  t.type(new ParleyError('x', 'y'), Error)
})

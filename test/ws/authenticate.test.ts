import { createHash, createHmac } from 'node:crypto'
import t, { type Test } from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t, { WS_AUTH_MS: '700' })
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(app, ann, 'group', [bob])
const address = `${app.api}/ws`
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token of somebody's session that ends when the test wants it. */
function tokenUntil ({ id, token }: Person, exp: number) {
  const { sid } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'parley', aud: 'parley', sub: id, sid, typ: 'access', iat: exp - 60, exp })}`
  return `${text}.${createHmac('sha256', app.config.SECRET_KEY).update(text).digest('base64url')}`
}

const open = (t: Test) => openSocket(t, address)
const ticketOf = async ({ token }: { token: string }) => {
  const { status, body, headers } = await app.request('POST', '/auth/ws-ticket', { token })
  if (status !== 200) throw new Error(`a ticket was answered with ${status}`)
  return { ...body as { ticket: string, expires_in: number }, cache: headers.get('cache-control') }
}

t.test('the first frame says whose socket it is', async t => {
  const socket = await open(t)
  socket.send({ type: 'authenticate', token: ann.token, id: '1' })
  t.match(await socket.next('ack'), { id: '1', expires_at: /^\d{4}-.*Z$/ })
  socket.send({ type: 'subscribe', chat_id: chat.id, id: '2' })
  t.match(await socket.next('ack'), { id: '2' })
  const onChat = await openSocket(t, `${address}/${chat.id}`)
  onChat.send({ type: 'authenticate', token: bob.token })
  t.match(await onChat.next('subscribed'), { chat_id: chat.id })
})

t.test('what comes before it, and what is wrong in it, ends the socket', async t => {
  const cases: [frame: object, code: string, closeCode: number][] = [
    [{ type: 'ping' }, 'unauthenticated', 4401],
    [{ type: 'message', chat_id: chat.id, content: 'x' }, 'unauthenticated', 4401],
    [{ type: 'subscribe', chat_id: chat.id }, 'unauthenticated', 4401],
    [{ type: 'authenticate', token: 'nonsense' }, 'unauthenticated', 4401],
    [{ type: 'authenticate', token: tokenUntil(ann, Math.floor(Date.now() / 1000) - 5) }, 'token_expired', 4401]
  ]
  for (const [frame, code, closeCode] of cases) {
    const socket = await open(t)
    socket.send(frame)
    t.match(await socket.next('error'), { code }, code)
    t.match(await socket.closed, { code: closeCode })
  }
  const outsider = await register(app)
  const socket = await openSocket(t, `${address}/${chat.id}`)
  socket.send({ type: 'authenticate', token: outsider.token })
  t.match(await socket.next('error'), { code: 'chat_not_found' })
  t.match(await socket.closed, { code: 4404 })
  const rubbish = await open(t)
  for (let times = 0; times < 3; times++) rubbish.send('{')
  t.match(await rubbish.closed, { code: 4400 }, 'also of one who is nobody')
  t.equal(await app.connection.collection('messages').countDocuments({ content: 'x' }), 0)
})

t.test('who says nothing is closed with 4408', async t => {
  const [silent, wrong] = [await open(t), await open(t)]
  wrong.send({ type: 'authenticate' })
  t.match(await wrong.next('error'), { code: 'validation_failed' })
  for (const socket of [silent, wrong]) {
    t.match(await socket.next('error'), { code: 'authentication_timeout' })
    t.match(await socket.closed, { code: 4408 })
  }
})

t.test('a new token in time lets the socket go on', async t => {
  const exp = Math.floor(Date.now() / 1000) + 2
  const [extended, ended] = [await open(t), await open(t)]
  for (const socket of [extended, ended]) {
    socket.send({ type: 'authenticate', token: tokenUntil(bob, exp), id: '1' })
    await socket.next('ack')
    socket.send({ type: 'subscribe', chat_id: chat.id, id: '2' })
    await socket.next('ack')
  }
  extended.send({ type: 'authenticate', token: 'nonsense', id: '3' })
  t.match(await extended.next('error'), { id: '3', code: 'unauthenticated' }, 'a bad one changes nothing')
  extended.send({ type: 'authenticate', token: bob.token, id: '4' })
  t.ok(new Date((await extended.next('ack'))['expires_at']).getTime() > exp * 1000)
  t.match(await ended.closed, { code: 4401, reason: 'token_expired' })
  t.ok(Date.now() >= exp * 1000)
  await say(app, ann, chat.id, 'afterwards')
  t.match(await extended.next('new_message'), { message: { content: 'afterwards' } })
})

t.test('a socket stays that of one person', async t => {
  const socket = await open(t)
  socket.send({ type: 'authenticate', token: ann.token, id: '1' })
  await socket.next('ack')
  socket.send({ type: 'authenticate', token: bob.token, id: '2' })
  t.match(await socket.next('error'), { id: '2', code: 'forbidden' })
  t.match(await socket.closed, { code: 4403 })
})

t.test('a ticket opens one socket', async t => {
  const { ticket, expires_in: seconds, cache } = await ticketOf(ann)
  t.match({ seconds, cache }, { seconds: 30, cache: 'no-store' })
  const stored = await app.connection.collection('tickets').findOne({ _id: createHash('sha256').update(ticket).digest('base64url') as never })
  t.ok(stored, 'its hash is stored')
  t.notMatch(JSON.stringify(await app.connection.collection('tickets').find().toArray()), ticket, 'and nowhere itself')
  const indexes = await app.connection.collection('tickets').indexes()
  t.ok(indexes.some(({ expireAfterSeconds: seconds }) => seconds === 0), 'the database removes old ones')
  // Of twenty that come at once with the same ticket one is let in.
  const sockets = await Promise.all(Array.from({ length: 20 }, () => openSocket(t, `${address}/${chat.id}?ticket=${ticket}`)))
  const first = await Promise.all(sockets.map(socket => socket.next(({ type }) => type === 'subscribed' || type === 'error')))
  t.equal(first.filter(({ type }) => type === 'subscribed').length, 1)
  for (const [index, { type, code }] of first.entries()) {
    if (type === 'error') t.match([code, await sockets[index]!.closed], ['unauthenticated', { code: 4401 }])
  }
})

t.test('a ticket that is old, made up, or of an ended session opens nothing', async t => {
  const { ticket: old } = await ticketOf(ann)
  await app.connection.collection('tickets').updateMany({}, { $set: { expires_at: new Date(Date.now() - 1) } })
  const leaving = await register(app)
  const { ticket: ofEnded } = await ticketOf(leaving)
  await app.request('POST', '/auth/logout', { token: leaving.token })
  for (const ticket of [old, ofEnded, 'made-up', '']) {
    const socket = await openSocket(t, `${address}?ticket=${ticket}`)
    t.match(await socket.next('error'), { code: 'unauthenticated' })
    t.match(await socket.closed, { code: 4401 })
  }
  t.equal((await app.request('POST', '/auth/ws-ticket')).status, 401)
  t.match((await app.request('GET', `/ws?ticket=${'x'.repeat(201)}`)).status, 400)
  t.match(await app.request('GET', '/ws'), { status: 426 })
})

t.test('a socket by ticket ends with the token that asked for it', async t => {
  const exp = Math.floor(Date.now() / 1000) + 2
  const { ticket } = await ticketOf({ token: tokenUntil(bob, exp) })
  const socket = await openSocket(t, `${address}?ticket=${ticket}`)
  t.match(await socket.closed, { code: 4401, reason: 'token_expired' })
  t.ok(Date.now() >= exp * 1000)
})

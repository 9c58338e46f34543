import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Actor } from '../../src/platform/guard.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, registerAll } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t, { CORS_ORIGINS: 'https://friend.example' })
const [ann, bob, eve] = await registerAll(app, 'ann', 'bob', 'eve') as [Person, Person, Person]
type Person = Awaited<ReturnType<typeof registerAll>>[number]
const chat = await makeChat(app, ann, 'group', [bob])
const address = `${app.api}/ws/${chat.id}`
const open = (t: Test, person: Person) => openSocket(t, `${address}?token=${person.token}`)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const sidOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid

/** A token of ann's session with other times or claims than the server would give it. */
function token (claims: object) {
  const now = Math.floor(Date.now() / 1000)
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'parley', aud: 'parley', sub: ann.id, sid: sidOf(ann.token), typ: 'access', iat: now, exp: now + 60, ...claims })}`
  return `${text}.${createHmac('sha256', app.config.SECRET_KEY).update(text).digest('base64url')}`
}

/** The status and body that a handshake is refused with. */
async function refusal (url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
  socket.on('error', () => {})
  const [, answer] = await once(socket, 'unexpected-response')
  let text = ''
  for await (const part of answer) text += part
  socket.terminate()
  return { status: answer.statusCode, type: answer.headers['content-type'], body: JSON.parse(text) }
}

t.test('a token opens a socket, from the address or from the header', async t => {
  const byAddress = await open(t, ann)
  const byHeader = await openSocket(t, address, { headers: { authorization: `Bearer ${bob.token}` } })
  byAddress.send({ type: 'ping' })
  byHeader.send({ type: 'ping' })
  t.equal((await byAddress.next('pong')).type, 'pong')
  t.equal((await byHeader.next('pong')).type, 'pong')
})

t.test('without a valid token the socket is told why and closed with 4401', async t => {
  const now = Math.floor(Date.now() / 1000)
  const cases = {
    '?token=': 'unauthenticated',
    '?token=nonsense': 'unauthenticated',
    [`?token=${ann.token.slice(0, -2)}xx`]: 'unauthenticated',
    [`?token=${token({ typ: 'refresh' })}`]: 'unauthenticated',
    [`?token=${token({ iat: now - 90, exp: now - 30 })}`]: 'token_expired'
  }
  for (const [query, code] of Object.entries(cases)) {
    const socket = await openSocket(t, address + query)
    t.match(await socket.next('error'), { code, retryable: false })
    t.match(await socket.closed, { code: 4401, reason: code })
    t.same(socket.frames, [])
  }
})

t.test('an outsider, and one who asks for what does not exist, get the same 4404', async t => {
  const outsider = await open(t, eve)
  const nowhere = await openSocket(t, `${app.api}/ws/66f0c0ffee0000000000c001?token=${eve.token}`)
  const answers = await Promise.all([outsider, nowhere].map(async socket => [await socket.next('error'), await socket.closed]))
  t.same(answers[0], answers[1])
  t.match(answers[0], [{ code: 'chat_not_found' }, { code: 4404, reason: 'chat_not_found' }])
  t.same((await app.services.presence.online(chat.id)).filter(({ user_id }) => user_id === eve.id), [])
  t.match(await refusal(`${app.api}/ws/nonsense?token=${eve.token}`), { status: 400, body: { code: 'validation_failed', success: false } })
})

t.test('a plain request is told to upgrade', async t => {
  const { status, headers, body } = await app.request('GET', `/ws/${chat.id}?token=${ann.token}`)
  t.match({ status, upgrade: headers.get('upgrade'), type: headers.get('content-type'), body }, { status: 426, upgrade: 'websocket', type: /^application\/problem\+json/, body: { code: 'upgrade_required', success: false } })
  t.match(await refusal(`${app.api}/nowhere`), { status: 404, body: { code: 'route_not_found' } }, 'an upgrade elsewhere is a 404 like any other')
  t.match(await refusal(`${app.api}/users/me`), { status: 401, body: { code: 'unauthenticated' } })
})

t.test('a connection whose upgrade is refused is closed with the answer', async t => {
  for (const path of [`/api/v1/ws/nonsense?token=${ann.token}`, '/nowhere', '/livez', '/%zz']) {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`)
    let text = ''
    for await (const part of socket) text += part
    t.match(text, /^HTTP\/1\.1 [24]\d\d /, path)
  }
})

t.test('pages of foreign origins open no socket', async t => {
  for (const origin of ['https://evil.example', 'null', 'http://friend.example', 'https://friend.example.evil.example', app.url.replace(/\d+$/, '1')]) {
    t.match(await refusal(`${address}?token=${ann.token}`, { origin }), { status: 403, type: /^application\/problem\+json/, body: { code: 'origin_not_allowed' } }, origin)
  }
  for (const origin of [app.url, 'https://friend.example']) {
    const socket = await openSocket(t, `${address}?token=${ann.token}`, { headers: { origin } })
    socket.send({ type: 'ping' })
    t.ok(await socket.next('pong'), origin)
  }
  const everybody = await startApp(t, { CORS_ORIGINS: '*' })
  const socket = await openSocket(t, `${everybody.api}/ws/${chat.id}?token=x`, { headers: { origin: 'https://evil.example' } })
  t.match(await socket.closed, { code: 4401 }, 'with * any origin comes as far as the token')
})

t.test('what is sent before the token is judged is done afterwards, in order', async t => {
  const socket = new WebSocket(`${address}?token=${ann.token}`.replace(/^http/, 'ws'))
  t.teardown(() => socket.terminate())
  const answers: string[] = []
  const done = new Promise<void>(resolve => {
    socket.on('message', data => {
      const { type, id } = JSON.parse(String(data))
      if (type === 'pong' && answers.push(id) === 3) resolve()
    })
  })
  const judge = app.services.chats.access.find
  let judged: () => void = () => {}
  const arrived = new Promise<void>(resolve => { judged = resolve })
  app.services.chats.access.find = async (actor, chatId) => {
    await arrived
    return await judge(actor, chatId)
  }
  t.teardown(() => { app.services.chats.access.find = judge })
  await once(socket, 'open')
  for (const id of ['1', '2', '3']) socket.send(JSON.stringify({ type: 'ping', id }))
  // The pong of the protocol comes after the server has read the frames before it.
  socket.ping()
  await once(socket, 'pong')
  t.same(answers, [], 'nothing is done for one who may be nobody')
  judged()
  await done
  t.same(answers, ['1', '2', '3'])
})

t.test('a socket ends with its token', async t => {
  const exp = Math.floor(Date.now() / 1000) + 2
  const [short, long] = [await openSocket(t, `${address}?token=${token({ exp })}`), await open(t, ann)]
  short.send({ type: 'ping' })
  await short.next('pong')
  t.match(await short.next('error'), { code: 'token_expired' })
  t.ok(Date.now() >= exp * 1000, 'not before')
  t.match(await short.closed, { code: 4401, reason: 'token_expired' })
  t.ok(Date.now() < exp * 1000 + 1000, 'and not long after')
  long.send({ type: 'ping' })
  t.ok(await long.next('pong'), 'another token of the same session lives on')
})

t.test('whoever is removed or logged out while a socket is admitted hears nothing', async t => {
  const group = await makeChat(app, ann, 'group', [bob, eve])
  const { access } = app.services.chats
  const find = access.find
  /** Lets something happen between the first answer about somebody and its use. */
  function meanwhile (personId: string, happens: () => Promise<unknown>) {
    access.find = async (actor: Actor, chatId) => {
      const answer = await find(actor, chatId)
      if (actor.id === personId && chatId === group.id) {
        access.find = find
        await happens()
      }
      return answer
    }
  }
  const say = (content: string) => app.request('POST', `/chats/${group.id}/messages`, { token: ann.token, body: { content } })

  meanwhile(bob.id, async () => {
    await app.request('DELETE', `/chats/${group.id}/participants/${bob.id}`, { token: ann.token })
    await say('not for bob')
  })
  const removed = await openSocket(t, `${app.api}/ws/${group.id}?token=${bob.token}`)
  t.match(await removed.closed, { code: 4404 })
  t.same(removed.frames.map(({ type }) => type), ['error'])

  meanwhile(eve.id, async () => {
    await app.request('POST', '/auth/logout', { token: eve.token })
    await say('not for eve')
  })
  const loggedOut = await openSocket(t, `${app.api}/ws/${group.id}?token=${eve.token}`)
  t.match(await loggedOut.closed, { code: 4401 })
  t.same(loggedOut.frames, [])
  t.same(await app.services.presence.online(group.id), [])
})

import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Types } from 'mongoose'
import t from 'tap'
import { sessionRevoked } from '../../src/auth/events.ts'
import { createSessions } from '../../src/auth/sessions.ts'
import { openSocket, type TestSocket } from '../helpers/socket.ts'
import { isProblem, scene } from './scene.ts'

const refresh = (token: string) => ({ body: { refresh_token: token } })

t.test('a refresh gives tokens that work, and the next refresh token', async t => {
  const { call, person, sessions, sessionOf } = await scene()
  const { id, token, refreshToken } = await person()
  let current = refreshToken
  const seen = new Set([current])
  for (let i = 0; i < 3; i++) {
    const { status, body, headers } = await call('POST', '/auth/refresh', refresh(current))
    t.equal(status, 200)
    t.equal(headers.get('cache-control'), 'no-store')
    t.equal(sessionOf(body.access_token), sessionOf(token), 'the session stays the same')
    t.equal((await call('GET', '/users/me', { token: body.access_token })).body.id, id)
    current = body.refresh_token
    seen.add(current)
  }
  t.equal(seen.size, 4)
  const stored = JSON.stringify(await sessions.find().toArray())
  for (const text of seen) t.notOk(stored.includes(text.split('.')[1]!), 'no secret is stored')
  const hashes = [...seen].slice(-2).map(text => createHash('sha256').update(Buffer.from(text.split('.')[1]!, 'base64url')).digest('base64url'))
  t.match(await sessions.findOne(), { previous_hash: hashes[0], refresh_hash: hashes[1] }, 'but the hashes of the last two')
})

t.test('a hundred simultaneous refreshes of one token agree on one successor', async t => {
  const { call, person } = await scene()
  const { refreshToken } = await person()
  for (let round = 0, current = refreshToken; round < 3; round++) {
    const answers = await Promise.all(Array.from({ length: 100 }, async () => await call('POST', '/auth/refresh', refresh(current))))
    t.same([...new Set(answers.map(({ status }) => status))], [200])
    const successors = new Set<string>(answers.map(({ body }) => body.refresh_token))
    t.equal(successors.size, 1)
    current = [...successors][0]!
  }
})

t.test('a refresh is judged by when it came, however long it waits for its turn', async t => {
  const { connection, bus, config, person, sessions } = await scene()
  const { refreshToken } = await person()
  const service = createSessions({ connection: connection.useDb(config.MONGODB_DATABASE), bus, config, clock: { now: Date.now } })
  const came = Date.now()
  const client = { ip: '127.0.0.1', user_agent: undefined }
  let successor: string | undefined
  const { refreshToken: late } = await service.refresh(client, refreshToken, async () => {
    successor = (await service.refresh(client, refreshToken, async () => {})).refreshToken
    await sessions.updateOne({}, { $set: { rotated_at: new Date(came - 9_500) } })
    await wait(came + 501 - Date.now())
  })
  t.equal(late, successor)
})

t.test('a token whose answer was lost answers the same successor for ten seconds, then ends the session', async t => {
  const { call, person, sessions, sessionOf, bus } = await scene()
  const { id, token, refreshToken } = await person()
  const _id = new Types.ObjectId(sessionOf(token))
  const revoked: unknown[] = []
  bus.on(sessionRevoked, event => { revoked.push(event) })
  const passed = async (ms: number) => await sessions.updateOne({ _id }, { $set: { rotated_at: new Date(Date.now() - ms) } })

  const first = await call('POST', '/auth/refresh', refresh(refreshToken))
  await passed(9_000)
  const again = await call('POST', '/auth/refresh', refresh(refreshToken))
  t.equal(again.body.refresh_token, first.body.refresh_token)
  await passed(10_500)
  t.same(revoked, [])
  isProblem(t, await call('POST', '/auth/refresh', refresh(refreshToken)), 401, 'invalid_refresh_token')
  t.same(revoked, [{ session_id: String(_id), user_id: id }])
  isProblem(t, await call('POST', '/auth/refresh', refresh(first.body.refresh_token)), 401, 'invalid_refresh_token')
  isProblem(t, await call('GET', '/users/me', { token: first.body.access_token }), 401, 'unauthenticated')
  isProblem(t, await call('GET', '/users/me', { token }), 401, 'unauthenticated')
})

t.test('a token older than the last two ends the session too, with its sockets', async t => {
  const { api, call, person } = await scene()
  const { token, refreshToken, username, password } = await person()
  const other = (await call('POST', '/auth/login', { body: { username, password } })).body
  const [thief, victim, elsewhere] = await Promise.all([token, token, other.access_token].map(async token => {
    const socket = await openSocket(t, `${api}/ws?token=${token}`)
    socket.send({ type: 'ping' })
    await socket.next('pong')
    return socket
  })) as [TestSocket, TestSocket, TestSocket]
  const second = (await call('POST', '/auth/refresh', refresh(refreshToken))).body.refresh_token
  const third = (await call('POST', '/auth/refresh', refresh(second))).body.refresh_token
  isProblem(t, await call('POST', '/auth/refresh', refresh(refreshToken)), 401, 'invalid_refresh_token')
  isProblem(t, await call('POST', '/auth/refresh', refresh(third)), 401, 'invalid_refresh_token')
  for (const socket of [thief, victim]) t.match(await socket.closed, { code: 4401 })
  elsewhere.send({ type: 'ping', id: 'still' })
  t.match(await elsewhere.next('pong'), { id: 'still' }, 'another login of the same person goes on')
  t.equal((await call('POST', '/auth/refresh', refresh(other.refresh_token))).status, 200)
})

t.test('a session ends at its bound, however often it is refreshed', async t => {
  const { call, person, sessions, sessionOf } = await scene()
  const { token, refreshToken } = await person()
  const _id = new Types.ObjectId(sessionOf(token))
  const dayMs = 86_400_000
  const bound = Date.now() + 10 * dayMs
  await sessions.updateOne({ _id }, { $set: { created_at: new Date(bound - 90 * dayMs) } })
  const { body } = await call('POST', '/auth/refresh', refresh(refreshToken))
  t.equal((await sessions.findOne({ _id }))!.expires_at.getTime(), bound, 'not thirty days from now')
  await sessions.updateOne({ _id }, { $set: { expires_at: new Date(Date.now() - 1000) } })
  isProblem(t, await call('POST', '/auth/refresh', refresh(body.refresh_token)), 401, 'invalid_refresh_token')
})

t.test('made-up tokens are refused and end nothing', async t => {
  const { call, person, sessionOf } = await scene()
  const { token, refreshToken } = await person()
  const other = await person()
  const [, secret] = refreshToken.split('.') as [string, string]
  const made = [
    `${sessionOf(token)}.${'A'.repeat(43)}`,
    `${sessionOf(token)}.${secret.slice(0, -1)}`,
    `${sessionOf(token)}.${secret.slice(0, 10)}${secret[10] === 'A' ? 'B' : 'A'}${secret.slice(11)}`,
    `${sessionOf(other.token)}.${secret}`,
    `66f0c0ffee0000000000b001.${secret}`,
    `.${secret}`,
    'nonsense'
  ]
  for (const text of made) isProblem(t, await call('POST', '/auth/refresh', refresh(text)), 401, 'invalid_refresh_token')
  for (const body of [{}, { refresh_token: '' }, { refresh_token: 'a'.repeat(201) }, { refresh_token: { $ne: '' } }, { refresh_token: refreshToken, x: 1 }]) {
    isProblem(t, await call('POST', '/auth/refresh', { body }), 400, 'validation_failed')
  }
  t.equal((await call('POST', '/auth/refresh', refresh(refreshToken))).status, 200)
  t.equal((await call('POST', '/auth/refresh', refresh(other.refreshToken))).status, 200)
})

t.test('a refresh token is no access token, and an ended session refreshes no more', async t => {
  const { call, person, sessions, sessionOf } = await scene()
  const { token, refreshToken } = await person()
  isProblem(t, await call('GET', '/users/me', { token: refreshToken }), 401, 'unauthenticated')
  await sessions.updateOne({ _id: new Types.ObjectId(sessionOf(token)) }, { $set: { expires_at: new Date(Date.now() - 1000) } })
  const late = await call('POST', '/auth/refresh', refresh(refreshToken))
  isProblem(t, late, 401, 'invalid_refresh_token')
  t.notMatch(late.body.detail, 'used before', 'it is not called stolen')
  isProblem(t, await call('GET', '/users/me', { token }), 401, 'unauthenticated')
})

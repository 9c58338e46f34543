import t, { type Test } from 'tap'
import { createRateLimits, type LimitName } from '../../src/platform/rate-limit.ts'
import { Windows } from '../../src/platform/windows.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, registerAll, type Person } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

t.test('logins are counted for each address', async t => {
  const app = await startApp(t, { RATE_LIMIT: 'on', TRUST_PROXY: '127.0.0.1' })
  const login = (from: string) => app.request('POST', '/auth/login', { body: {}, headers: { 'x-forwarded-for': from } })
  const first = await login('192.0.2.1')
  t.match({ status: first.status, limit: first.headers.get('ratelimit-limit'), left: first.headers.get('ratelimit-remaining'), reset: first.headers.get('ratelimit-reset') }, { status: 400, limit: '60', left: '59', reset: /^(60|5\d)$/ })
  await Promise.all(Array.from({ length: 59 }, () => login('192.0.2.1')))
  const refused = await login('192.0.2.1')
  t.match({ ...refused, after: Number(refused.headers.get('retry-after')), left: refused.headers.get('ratelimit-remaining'), type: refused.headers.get('content-type') }, { status: 429, type: /^application\/problem\+json/, body: { code: 'rate_limited', success: false }, left: '0' })
  const after = Number(refused.headers.get('retry-after'))
  t.ok(after > 30 && after <= 60, `come again in ${after} s`)
  t.equal((await login('192.0.2.2')).status, 400, 'another address may')
  for (const path of ['/auth/token', '/auth/register', '/auth/refresh']) t.equal((await app.request('POST', path, { body: {}, headers: { 'x-forwarded-for': '192.0.2.1' } })).status, 429, `${path} counts with it`)
  const other = await app.root('GET', '/livez', { headers: { 'x-forwarded-for': '192.0.2.1' } })
  t.match({ status: other.status, limit: other.headers.get('ratelimit-limit') }, { status: 200, limit: '3000' }, 'the rest has a limit of its own')
})

t.test('an address that no trusted proxy says is not believed', async t => {
  const app = await startApp(t, { RATE_LIMIT: 'on' })
  const left = async (from: string) => Number((await app.request('POST', '/auth/login', { body: {}, headers: { 'x-forwarded-for': from } })).headers.get('ratelimit-remaining'))
  t.same([await left('192.0.2.1'), await left('192.0.2.2')], [59, 58])
})

t.test('sends are counted for each person, over REST and sockets together', async t => {
  const app = await startApp(t, { RATE_LIMIT: 'on' })
  const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(app, ann, 'direct', [bob])
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${ann.token}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  const post = (person: Person) => app.request('POST', `/chats/${chat.id}/messages`, { token: person.token, body: { content: 'rest' } })
  const rest = Array.from({ length: 13 }, () => post(ann))
  for (let number = 0; number < 13; number++) socket.send({ type: 'message', chat_id: chat.id, content: 'frame', id: String(number) })
  const answers = await Promise.all(rest)
  const frames = []
  for (let number = 0; number < 13; number++) frames.push(await socket.next(({ type }) => type === 'ack' || type === 'error'))
  t.equal(answers.filter(({ status }) => status === 201).length + frames.filter(({ type }) => type === 'ack').length, 20)
  for (const { status, headers } of answers.filter(({ status }) => status !== 201)) t.match({ status, after: headers.get('retry-after'), limit: headers.get('ratelimit-limit') }, { status: 429, after: /^[12]$/, limit: '20' })
  for (const frame of frames.filter(({ type }) => type !== 'ack')) t.match(frame, { code: 'rate_limited', retryable: true, message: /try again in [12] s/ })
  const other = await post(bob)
  t.match({ status: other.status, limit: other.headers.get('ratelimit-limit'), left: other.headers.get('ratelimit-remaining') }, { status: 201, limit: '20', left: '19' }, 'another person may')
  t.equal((await app.request('GET', `/chats/${chat.id}/messages`, { token: bob.token })).body.count, 21)
})

t.test('the windows, as time goes by', async t => {
  let now = 1000
  const limits = createRateLimits(true, undefined, undefined, () => now)
  const take = async (name: LimitName, who: string) => await limits.take([name], who)
  const refused = async (name: LimitName, who = 'ann') => await take(name, who).then(() => undefined, (problem: { code: string, headers: Record<string, string> }) => {
    t.equal(problem.code, 'rate_limited')
    return problem.headers
  })
  for (let burst = 0; burst < 5; burst++) {
    for (let sent = 0; sent < 20; sent++) await take('send', 'ann')
    t.match(await refused('send'), { 'Retry-After': burst < 4 ? '2' : /^(2|5\d)$/, 'RateLimit-Remaining': '0' })
    now += 2001
  }
  t.match(await refused('send'), { 'RateLimit-Limit': '100', 'Retry-After': /^(4\d|5\d)$/ }, '100 a minute')
  t.equal(await refused('send', 'bob'), undefined)
  now += 60_000
  t.equal(await refused('send'), undefined, 'a new minute')

  for (const [name, points] of [['address', 3000], ['login', 60], ['user', 1200], ['frame', 300]] as const) await bound(t, name, points)
  async function bound (t: Test, name: LimitName, points: number) {
    for (let number = 0; number < points; number++) await take(name, 'x')
    t.match(await refused(name, 'x'), { 'RateLimit-Limit': String(points) }, name)
  }
  const off = createRateLimits(false)
  for (let number = 0; number < 100; number++) t.equal(await off.take(['send'], 'ann'), undefined)
})

t.test('keys that come no more are forgotten, and those that do keep their count', t => {
  let now = 0
  const windows = new Windows(10, () => now)
  for (let key = 0; key < 1000; key++) windows.count(String(key))
  now = 9000
  t.same(windows.count('7'), { count: 2, msLeft: 1000 })
  t.same(windows.count('late'), { count: 1, msLeft: 10_000 })
  now = 10_000
  t.same(windows.count('7'), { count: 1, msLeft: 10_000 }, 'its window has ended')
  t.equal(windows.size, 2)
  t.same(windows.count('late'), { count: 2, msLeft: 9000 }, 'its own has not')
  t.end()
})

t.test('of several limits the last one is told, and each is taken from', async t => {
  const limits = createRateLimits(true)
  t.match(await limits.take(['user', 'send'], 'ann'), { points: 20, remaining: 19 })
  t.match(await limits.take(['user'], 'ann'), { points: 1200, remaining: 1198 })
})

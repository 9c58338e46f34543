// Found by test/faults: a process whose clock was set an hour back or ahead refused every token, or gave up what it was about to write.
import { mongo } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t, { WS_HEARTBEAT_MS: '200' })
const { services: { log }, request } = app
const ann = await register(app)
const chat = await makeChat(app, ann)
const hour = 3_600_000
const { now } = Date
const set = (ms: number) => { Date.now = () => now() + ms }
t.afterEach(() => { Date.now = now })

for (const [off, how] of [[hour, 'ahead'], [-hour, 'behind']] as const) {
  t.test(`${how}: tokens of others are good here, and ours elsewhere`, async t => {
    set(off)
    t.equal((await request('GET', '/users/me', { token: ann.token })).status, 200, 'a token from before')
    const login = await request('POST', '/auth/login', { body: { email: ann.email, password: ann.password } })
    const { body: { ticket } } = await request('POST', '/auth/ws-ticket', { token: ann.token })
    Date.now = now
    t.equal((await request('GET', '/users/me', { token: login.body.access_token })).status, 200, 'one that was signed meanwhile')
    const refreshed = await request('POST', '/auth/refresh', { body: { refresh_token: login.body.refresh_token } })
    t.equal(refreshed.status, 200)
    const key = await request('POST', '/auth/api-keys', { token: ann.token, body: { name: how, scopes: ['read'], expires_at: new Date(now() + hour / 2).toISOString() } })
    t.equal(key.status, 201)
    set(off)
    t.match(await request('GET', '/auth/api-keys', { token: ann.token }), { body: { items: [{ name: how }] } }, 'a key has not ended, and can be made')
    t.equal((await request('POST', '/auth/api-keys', { token: ann.token, body: { name: 'over', scopes: ['read'], expires_at: new Date(now() - 1000).toISOString() } })).status, 400)
    Date.now = now
    const socket = await openSocket(t, `${app.api}/ws?ticket=${ticket}`)
    socket.send({ type: 'ping' })
    t.ok(await socket.next('pong'), 'a ticket')
  })
}

t.test('what is being written goes on when the clock is set', async t => {
  const { inserts } = log
  const { insertMany } = inserts
  inserts.insertMany = async () => {
    inserts.insertMany = insertMany
    set(hour)
    throw new mongo.MongoNetworkError('the connection broke off')
  }
  const { status } = await request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x', client_id: 'one' } })
  t.equal(status, 201)
})

t.test('a socket that is gone is noticed after the clock was set back, and a live one stays when it is set ahead', async t => {
  const headers = { authorization: `Bearer ${ann.token}` }
  const gone = await openSocket(t, `${app.api}/ws`, { headers, autoPong: false })
  set(-hour)
  await gone.closed
  const live = await openSocket(t, `${app.api}/ws`, { headers })
  set(hour)
  await new Promise(resolve => { live.socket.once('ping', resolve) })
  live.send({ type: 'ping' })
  t.ok(await live.next('pong'))
})

import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const { url, fail } = await startFaultyMongo(t)
const app = await startApp(t, { MONGODB_URL: url })
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(app, ann, 'group', [bob])
const first = await say(app, ann, chat.id, 'first')
const own = await makeChat(app, ann)
const key = (await app.request('POST', '/auth/api-keys', { token: ann.token, body: { name: 'reader', scopes: ['read'] } })).body
const writes = ['insert', 'update', 'delete', 'findAndModify', 'bulkWrite', 'commitTransaction']

/** What each write of the API needs to be asked for. */
const requests = [
  ['POST', `/chats/${chat.id}/messages`, { content: 'during', client_id: 'during' }],
  ['PATCH', `/messages/${first.id}`, { content: 'edited' }],
  ['DELETE', `/messages/${first.id}`, undefined],
  ['PUT', `/messages/${first.id}/reactions/%F0%9F%91%8D`, undefined],
  ['POST', '/chats', { type: 'assistant', title: 'Another' }],
  ['PATCH', `/chats/${chat.id}`, { title: 'Renamed' }],
  ['PUT', `/chats/${chat.id}/read`, { seq: 1 }],
  ['POST', `/chats/${chat.id}/branches`, { message_id: first.id, name: 'side' }],
  ['POST', `/chats/${own.id}/completions`, { content: 'A question' }],
  ['DELETE', `/chats/${chat.id}/participants/${bob.id}`, undefined],
  ['POST', '/auth/login', { username: 'ann', password: ann.password }],
  ['POST', '/auth/refresh', { refresh_token: ann.refreshToken }],
  ['POST', '/auth/register', { email: 'cid@example.com', username: 'cid', password: ann.password }],
  ['PATCH', '/users/me', { username: 'anna' }]
] as const

// MongoDB's OutOfDiskSpace and UserWritesBlocked.
for (const [what, data] of [
  ['its own code', { errorCode: 14031 }],
  ['blocked writes', { errorCode: 371 }]
] as const) {
  t.test(`a full disk, told by ${what}: every write says so, reads go on`, async t => {
    await fail('alwaysOn', { failCommands: writes, ...data })
    for (const [method, path, body] of requests) {
      const before = performance.now()
      const answer = await app.request(method, path, { token: ann.token, body })
      const ms = Math.round(performance.now() - before)
      t.match(answer, { status: 503, body: { code: /^(database_unavailable|retry_same_client_id)$/, success: false } }, `${method} ${path}: ${answer.text.slice(0, 200)}`)
      t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
      t.ok(ms < 5000, `${path} after ${ms} ms`)
    }
    for (const [token, path] of [[ann.token, '/users/me'], [ann.token, '/chats'], [bob.token, `/chats/${chat.id}/messages`], [ann.token, `/chats/${chat.id}/changes?since=0`], [key.key, `/chats/${chat.id}`]] as const) {
      t.equal((await app.request('GET', path, { token })).status, 200, path)
    }
    for (const path of ['/livez', '/readyz']) t.equal((await app.root('GET', path)).status, 200, `${path}: others must still read`)
    const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}`)
    await socket.next('subscribed')
    socket.send({ type: 'message', id: 'm', chat_id: chat.id, content: 'by socket' })
    t.match(await socket.next('error'), { id: 'm', code: /^(database_unavailable|retry_same_client_id)$/, retryable: true })
    await fail('off')

    const { body: sent } = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'during', client_id: 'during' } })
    const { body: { items } } = await app.request('GET', `/chats/${chat.id}/messages`, { token: ann.token })
    t.equal(items[0].id, sent.id, 'as soon as there is room')
    const log = await app.connection.collection('messages').find().sort({ chat_id: 1, seq: 1 }).toArray()
    t.same(log.map(({ seq, kind, content }) => [seq, kind, content]), [[1, 'message', 'first'], [2, 'message', 'during']], 'nothing that was refused is kept, and no number is lost')
    t.match((await app.request('GET', `/chats/${chat.id}`, { token: ann.token })).body, { last_seq: 2, last_message: { id: sent.id } })
  })
}

t.test('what is derived from the log is written when there is room again', async t => {
  const { id } = await makeChat(app, ann)
  await fail('alwaysOn', { failCommands: ['update', 'bulkWrite'], errorCode: 14031 })
  const message = await say(app, ann, id, 'the last that fitted')
  await app.services.chats.summaries.flush()
  await fail('off')
  t.match((await app.request('GET', `/chats/${id}`, { token: ann.token })).body, { last_seq: 1, last_message: { id: message.id } })
})

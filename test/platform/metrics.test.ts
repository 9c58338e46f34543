import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const token = 'a-token-of-the-metrics'
const app = await startApp(t, { METRICS_TOKEN: token })
const read = async () => (await app.root('GET', '/metrics', { headers: { authorization: `Bearer ${token}` } })).text
const valueOf = (text: string, line: string) => Number(text.split('\n').find(each => each.startsWith(`${line} `))?.slice(line.length + 1))

t.test('requests are counted and timed by route and status, messages and sockets are counted', async t => {
  const ann = await register(app)
  const chat = await makeChat(app, ann)
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${ann.token}`)
  await socket.next('subscribed')
  for (let i = 0; i < 3; i++) await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x' } })
  await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: {} })
  for (const method of ['PATCH', 'PUT', 'PUT']) await app.request(method, '/users/me', { token: ann.token, body: { full_name: 'Ann' } })
  await app.root('GET', '/made-up/one')
  await app.root('GET', '/made-up/two')
  const text = await read()
  const requests = (labels: string) => valueOf(text, `http_request_duration_seconds_count{${labels}}`)
  t.equal(requests('method="POST",route="/api/v1/chats/:chat_id/messages",status="201"'), 3)
  t.equal(requests('method="POST",route="/api/v1/chats/:chat_id/messages",status="400"'), 1)
  for (const [method, count] of [['PATCH', 1], ['PUT', 2]]) t.equal(requests(`method="${method}",route="/api/v1/users/me",status="200"`), count, 'each method for itself')
  t.equal(requests('method="any",route="unknown",status="404"'), 2, 'whoever makes up addresses makes no labels')
  const seconds = valueOf(text, 'http_request_duration_seconds_sum{method="POST",route="/api/v1/chats/:chat_id/messages",status="201"}')
  t.ok(seconds > 0 && seconds < 60, `${seconds} s`)
  t.equal(valueOf(text, 'parley_messages_total'), 3)
  t.equal(valueOf(text, 'parley_sockets'), 1)
  t.equal(valueOf(text, 'parley_writes_waiting'), 0)
  t.ok(valueOf(text, 'process_resident_memory_bytes') > 1e7, 'the process is there, too')
  t.notMatch(text, new RegExp(`${chat.id}|${ann.id}`), 'nobody is named')
})

t.test('they are for who has the token', async t => {
  for (const headers of [{}, { authorization: 'Bearer another-token-of-metrics' }, { authorization: `Basic ${token}` }]) {
    t.match(await app.root('GET', '/metrics', { headers: headers as Record<string, string> }), { status: 401, body: { code: 'unauthenticated' } }, JSON.stringify(headers))
  }
  t.match((await app.root('GET', '/metrics', { headers: { authorization: `Bearer ${token}` } })).headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
})

t.test('without one they are open while one tries things out, and not there in production', async t => {
  const open = await startApp(t)
  t.match(await open.root('GET', '/metrics'), { status: 200, text: /process_cpu/ })
  const closed = await startApp(t, { NODE_ENV: 'production', SECRET_KEY: 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS' })
  t.match(await closed.root('GET', '/metrics'), { status: 404, body: { code: 'route_not_found' } })
})

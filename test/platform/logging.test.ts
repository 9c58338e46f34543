import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import t from 'tap'
import { redactUrl } from '../../src/platform/logging.ts'
import { client } from '../helpers/app.ts'
import { openSocket } from '../helpers/socket.ts'
import { freshDatabase } from '../helpers/run.ts'
import { addressOf, run } from './server.ts'

t.test('no secret and no text is logged, at the chattiest level, and a stop by signal tells the sockets and ends with 0', async t => {
  const key = 'planted-secret-key-0123456789abcdef'
  const { settings, db } = await freshDatabase(t)
  const server = await run(t, { ...settings, LOG_LEVEL: 'trace', SECRET_KEY: key })
  const url = await addressOf(server)
  const request = client(`${url}/api/v1`)
  const planted = { password: 'planted-password', wrong: 'planted-wrong-password', next: 'planted-next-password', text: 'planted-message-text', frame: 'planted-frame-text', edited: 'planted-edited-text', cookie: 'planted-cookie', bad: 'planted-bad-json', forged: 'planted.forged.token' }

  const account = (await request('POST', '/auth/register', { body: { username: 'ann', email: 'ann@example.com', password: planted.password }, headers: { cookie: `session=${planted.cookie}` } })).body
  const { access_token: token, refresh_token: refreshToken } = account
  await request('POST', '/auth/login', { body: { username: 'ann', password: planted.wrong } })
  await request('POST', '/auth/token', { body: new URLSearchParams({ username: 'ann', password: planted.password }) })
  const refreshed = (await request('POST', '/auth/refresh', { body: { refresh_token: refreshToken } })).body
  await request('POST', '/auth/refresh', { body: { refresh_token: `${refreshToken}x` } })
  await request('POST', '/auth/password', { token, body: { current_password: planted.password, new_password: planted.next } })
  await request('GET', '/users/me', { token: planted.forged })
  await request('GET', `/users/me?access_token=${token}`)
  const chat = (await request('POST', '/chats', { token, body: { title: 'A chat', system_prompt: planted.text } })).body
  const sent = (await request('POST', `/chats/${chat.id}/messages`, { token, body: { content: planted.text } })).body
  await request('PATCH', `/messages/${sent.id}`, { token, body: { content: planted.edited } })
  await request('POST', `/chats/${chat.id}/messages`, { token, body: { content: planted.text, [planted.bad]: 1 } })
  await request('POST', `/chats/${chat.id}/messages`, { token, body: `{"content":"${planted.bad}` })
  await request('POST', '/auth/login', { body: `{"password":"${planted.password}"` })
  for (const query of [`token=${token}`, `a=b&token=${token}&c=d`, `%74oken=${token}`, `TOKEN=${token}`]) await request('GET', `/ws/${chat.id}?${query}`)
  await request('GET', `/nowhere?token=${token}`)
  await fetch(`${url}/api/v1/users/%E0%A4%A?token=${token}`)
  const socket = await openSocket(t, `${url}/api/v1/ws/${chat.id}?token=${token}`)
  for (const frame of [{ type: 'message', chat_id: chat.id, content: planted.frame }, { type: 'message', chat_id: chat.id, content: { [planted.frame]: 1 } }, `{"content":"${planted.frame}"`]) socket.send(frame)
  await socket.next(({ code }) => code === 'malformed_json')
  await (await openSocket(t, `${url}/api/v1/ws/${chat.id}?token=${planted.forged}`)).closed
  const { key: apiKey } = (await request('POST', '/auth/api-keys', { token, body: { name: 'x', scopes: ['write'] } })).body
  await request('GET', '/users/me', { token: apiKey })
  await request('GET', '/admin/users', { token: apiKey })
  await request('GET', `/nowhere?token=${apiKey}&api_key=${apiKey}&key=${apiKey}`)
  const program = await openSocket(t, `${url}/api/v1/ws/${chat.id}?token=${apiKey}`)
  await program.next('subscribed')
  program.send({ type: 'authenticate', token: apiKey, id: 'again' })
  await program.next('ack')
  program.send({ type: 'authenticate', token: `${apiKey}x`, id: 'forged' })
  await program.next('error')
  await request('DELETE', '/users/me', { token })
  await socket.closed

  const bob = (await request('POST', '/auth/register', { body: { email: 'bob@example.com', password: planted.password } })).body
  const last = await openSocket(t, `${url}/api/v1/ws/${(await request('POST', '/chats', { token: bob.access_token, body: {} })).body.id}?token=${bob.access_token}`)
  last.send({ type: 'ping' })
  await last.next('pong')
  t.equal(await db.collection('users').countDocuments({ email: 'bob@example.com' }), 1, 'MONGODB_URL takes the place of the embedded MongoDB')
  const stopped = once(server.child, 'exit')
  server.child.kill('SIGTERM')
  t.match(await last.closed, { code: 1001, reason: 'shutdown' })
  t.same(await stopped, [0, null])
  await server.ended
  const { out, err } = server.output()
  t.match(out, /\nParley has stopped\.\n$/)
  t.notMatch(out, /embedded|mongod\b/)
  t.same(await readdir(server.folder), [])
  t.match(out, /"msg":"answered"/)
  t.match(out, /"url":"[^"]*\?token=\[redacted\]"/)
  const secrets = { ...planted, key, token, refreshToken, refreshed: refreshed.access_token, next_refresh: refreshed.refresh_token, signature: token.split('.')[2], api_key: apiKey, its_secret: apiKey.slice(32) }
  for (const [name, secret] of Object.entries<string>(secrets)) t.notOk(`${out}${err}`.includes(secret), name)
  t.equal(err, '')
})

t.test('a url keeps what is no secret', async t => {
  t.equal(redactUrl('/ws/1?a=1&token=x.y.z&b=2'), '/ws/1?a=1&token=[redacted]&b=2')
  t.equal(redactUrl('/x?ticket=1&access_token=2&Token=3&%74oken=4'), '/x?ticket=[redacted]&access_token=[redacted]&Token=[redacted]&%74oken=[redacted]')
  t.equal(redactUrl('/users/search?limit=5&q=ann'), '/users/search?limit=5&q=[redacted]')
  t.equal(redactUrl('/chats/1/context?content=secret&model=m'), '/chats/1/context?content=[redacted]&model=m')
  t.equal(redactUrl('/users?limit=5&freq=1'), '/users?limit=5&freq=1')
})

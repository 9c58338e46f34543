import t from 'tap'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer, type TestServer } from '../helpers/process.ts'
import { openSocket } from '../helpers/socket.ts'

const forged = `x.${'y'.repeat(20)}.z`

/** The lines of the log with this text that fit, once there is one. */
async function logged ({ lines }: TestServer, msg: string, fits: object): Promise<Record<string, unknown>[]> {
  for (;;) {
    const found = lines.filter(line => line.startsWith('{')).map((line): Record<string, unknown> => JSON.parse(line))
      .filter(entry => entry['msg'] === msg && Object.entries(fits).every(([name, value]) => entry[name] === value))
    if (found.length > 0) return found
    // The line comes by a pipe: it may be on its way when the answer is here.
    await new Promise<void>(resolve => { setImmediate(resolve) })
  }
}

t.test('who came in, who did not, and who was refused what stands in the log: when, from where, whose', async t => {
  const app = await startServer(t, { LOG_LEVEL: 'info' })
  const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(app, ann)
  const login = async (body: object) => (await app.request('POST', '/auth/login', { body })).body

  const { access_token: token, refresh_token: refreshToken } = await login({ username: 'ann', password: ann.password })
  const [entry] = await logged(app, 'logged in', { user_id: ann.id })
  t.match(entry, { ip: '127.0.0.1', session_id: /^[0-9a-f]{24}$/, reqId: String, time: Number })
  await login({ username: 'ann', password: 'mistaken' })
  t.match(await logged(app, 'login refused', { user_id: ann.id }), [{ code: 'invalid_credentials', ip: '127.0.0.1', level: 40 }])
  await login({ username: 'nobody', password: 'mistaken' })
  t.equal((await logged(app, 'login refused', { user_id: undefined })).length, 1, 'of a name that nobody has nothing but the attempt')
  await app.request('POST', '/auth/token', { body: new URLSearchParams({ username: 'bob', password: 'mistaken' }) })
  t.equal((await logged(app, 'login refused', { user_id: bob.id })).length, 1, 'by the form, too')

  let current = refreshToken
  for (let i = 0; i < 2; i++) current = (await app.request('POST', '/auth/refresh', { body: { refresh_token: current } })).body.refresh_token
  await app.request('POST', '/auth/refresh', { body: { refresh_token: refreshToken } })
  t.match(await logged(app, 'a refresh token came again: its session is ended', { user_id: ann.id }), [{ level: 40, session_id: entry!['session_id'], ip: '127.0.0.1' }])
  await app.request('GET', '/users/me', { token })
  t.match(await logged(app, 'answered', { url: '/api/v1/users/me', code: 'unauthenticated' }), [{ status: 401, ip: '127.0.0.1' }])

  for (const [path, code] of [['/admin/users', 'forbidden'], [`/chats/${chat.id}`, 'chat_not_found'], ['/chats?limit=0', 'validation_failed']] as const) {
    await app.request('GET', path, { token: bob.token })
    t.match(await logged(app, 'answered', { url: `/api/v1${path}`, code }), [{ user_id: bob.id, session_id: /./, ip: '127.0.0.1' }])
  }

  const socket = await openSocket(t, `${app.api}/ws?token=${bob.token}`)
  socket.send({ type: 'subscribe', chat_id: chat.id })
  await socket.next('error')
  t.match(await logged(app, 'frame failed', { user_id: bob.id }), [{ code: 'chat_not_found', ip: '127.0.0.1', session_id: /./ }])
  t.equal((await logged(app, 'socket opened', { user_id: bob.id })).length, 1)
  await (await openSocket(t, `${app.api}/ws?token=${forged}`)).closed
  t.match(await logged(app, 'socket refused', {}), [{ code: 'unauthenticated', ip: '127.0.0.1' }])
  for (const secret of ['mistaken', ann.password, token, current, forged, 'nobody']) t.notOk(app.lines.some(line => line.includes(secret)))
})

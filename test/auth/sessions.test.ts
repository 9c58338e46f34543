import t from 'tap'
import { sessionRevoked } from '../../src/auth/events.ts'
import type { Answer } from '../helpers/app.ts'
import { isProblem, scene } from './scene.ts'

const password = 'correct horse battery'

t.test('logout ends this session at once and no other', async t => {
  const { call, person } = await scene()
  const { token, refreshToken } = await person({ username: 'ada' })
  const other = (await call('POST', '/auth/login', { body: { username: 'ada', password } })).body
  t.equal((await call('GET', '/users/me', { token })).status, 200, 'the session is remembered')
  t.equal((await call('POST', '/auth/logout', { token })).status, 204)
  isProblem(t, await call('GET', '/users/me', { token }), 401, 'unauthenticated')
  isProblem(t, await call('POST', '/auth/refresh', { body: { refresh_token: refreshToken } }), 401, 'invalid_refresh_token')
  t.equal((await call('GET', '/users/me', { token: other['access_token'] })).status, 200)
})

t.test('sessions are listed to their person only, newest first, by pages', async t => {
  const { call, person, sessionOf } = await scene()
  const { token } = await person({ username: 'ada' })
  const stranger = await person()
  const ids = [sessionOf(token)]
  for (let i = 0; i < 4; i++) {
    const { body } = await call('POST', '/auth/login', { body: { username: 'ada', password }, headers: { 'user-agent': `Device ${i} ${'x'.repeat(400)}` } })
    ids.unshift(sessionOf(body.access_token))
  }
  const all = await call('GET', '/auth/sessions', { token })
  t.equal(all.status, 200)
  t.same(all.body.items.map(({ id }: { id: string }) => id), ids)
  t.same(all.body.items.map(({ is_current }: { is_current: boolean }) => is_current), [false, false, false, false, true])
  t.match(all.body.items[0], { ip: '127.0.0.1', user_agent: /^Device 3 x{291}$/ })
  t.notMatch(all.text, /hash/)
  t.equal(all.body.next_cursor, null)

  const paged: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: Answer = await call('GET', `/auth/sessions?limit=2${cursor && `&cursor=${cursor}`}`, { token })
    paged.push(...body.items.map(({ id }: { id: string }) => id))
    cursor = body.next_cursor
  }
  t.same(paged, ids)
  t.equal((await call('GET', '/auth/sessions', { token: stranger.token })).body.items.length, 1)
  isProblem(t, await call('GET', '/auth/sessions?cursor=nonsense', { token }), 400, 'invalid_cursor')
})

t.test('one ends a session of one\'s own, and no other\'s', async t => {
  const { call, person, sessionOf, bus } = await scene()
  const ada = await person({ username: 'ada' })
  const bob = await person()
  const lost = (await call('POST', '/auth/login', { body: { username: 'ada', password } })).body.access_token
  t.equal((await call('GET', '/users/me', { token: lost })).status, 200)
  const revoked: unknown[] = []
  bus.on(sessionRevoked, event => { revoked.push(event) })

  const foreign = await call('DELETE', `/auth/sessions/${sessionOf(lost)}`, { token: bob.token })
  isProblem(t, foreign, 404, 'session_not_found')
  const missing = await call('DELETE', '/auth/sessions/66f0c0ffee0000000000b001', { token: bob.token })
  const bare = ({ text }: typeof missing) => text.replace(/"(request_id|instance)":"[^"]*"/g, '')
  t.equal(bare(foreign), bare(missing), 'that it exists is not told')
  isProblem(t, await call('DELETE', '/auth/sessions/nonsense', { token: bob.token }), 400, 'validation_failed')
  t.same(revoked, [])

  t.equal((await call('DELETE', `/auth/sessions/${sessionOf(lost)}`, { token: ada.token })).status, 204)
  t.same(revoked, [{ session_id: sessionOf(lost), user_id: ada.id }])
  isProblem(t, await call('GET', '/users/me', { token: lost }), 401, 'unauthenticated')
  isProblem(t, await call('DELETE', `/auth/sessions/${sessionOf(lost)}`, { token: ada.token }), 404, 'session_not_found')
  t.equal((await call('GET', '/users/me', { token: ada.token })).status, 200)
})

t.test('a new password ends all other sessions and the old password', async t => {
  const { call, person, sessionOf, bus } = await scene()
  const { id, token } = await person({ username: 'ada' })
  const others = await Promise.all([0, 1].map(async () => (await call('POST', '/auth/login', { body: { username: 'ada', password } })).body))
  const revoked: { session_id: string, user_id: string }[] = []
  bus.on(sessionRevoked, event => { revoked.push(event) })
  const change = async (body: object) => await call('POST', '/auth/password', { token, body })

  isProblem(t, await change({ current_password: 'wrong password', new_password: 'another staple' }), 401, 'invalid_credentials')
  isProblem(t, await change({ current_password: password, new_password: 'short' }), 400, 'validation_failed')
  isProblem(t, await change({ current_password: password }), 400, 'validation_failed')
  t.same(revoked, [])

  t.equal((await change({ current_password: password, new_password: 'another staple' })).status, 204)
  t.same(new Set(revoked.map(({ session_id }) => session_id)), new Set(others.map(body => sessionOf(body.access_token))))
  t.ok(revoked.every(({ user_id }) => user_id === id))
  for (const body of others) {
    isProblem(t, await call('GET', '/users/me', { token: body.access_token }), 401, 'unauthenticated')
    isProblem(t, await call('POST', '/auth/refresh', { body: { refresh_token: body.refresh_token } }), 401, 'invalid_refresh_token')
  }
  t.equal((await call('GET', '/users/me', { token })).status, 200)
  isProblem(t, await call('POST', '/auth/login', { body: { username: 'ada', password } }), 401, 'invalid_credentials')
  t.equal((await call('POST', '/auth/login', { body: { username: 'ada', password: 'another staple' } })).status, 200)
})

t.test('logins with the old password beside its change leave no session behind', async t => {
  const { call, person } = await scene()
  const { token } = await person({ username: 'ada' })
  const login = async () => await call('POST', '/auth/login', { body: { username: 'ada', password } })
  const [changed, ...logins] = await Promise.all([
    call('POST', '/auth/password', { token, body: { current_password: password, new_password: 'another staple' } }),
    ...Array.from({ length: 20 }, login)
  ])
  t.equal(changed.status, 204)
  for (const { status, body } of logins) {
    if (status === 200) isProblem(t, await call('GET', '/users/me', { token: body.access_token }), 401, 'unauthenticated')
    else t.equal(body.code, 'invalid_credentials')
  }
  t.equal((await call('GET', '/auth/sessions', { token })).body.items.length, 1)
})

t.test('of simultaneous password changes one succeeds', async t => {
  const { call, person } = await scene()
  const { token } = await person({ username: 'ada' })
  const answers = await Promise.all(Array.from({ length: 8 }, async (_, i) =>
    await call('POST', '/auth/password', { token, body: { current_password: password, new_password: `new password ${i}` } })))
  t.equal(answers.filter(({ status }) => status === 204).length, 1)
  t.equal(answers.filter(({ status }) => status === 401).length, 7)
  const winner = answers.findIndex(({ status }) => status === 204)
  t.equal((await call('POST', '/auth/login', { body: { username: 'ada', password: `new password ${winner}` } })).status, 200)
})

import t from 'tap'
import { scene } from './scene.ts'

const password = 'correct horse battery'

t.test('the form of OAuth 2 logs in, with whatever else its clients send', async t => {
  const { call, person } = await scene()
  const { id } = await person({ email: 'ada@example.com', username: 'ada' })
  const forms: Record<string, string>[] = [
    { grant_type: 'password', username: 'ada@example.com', password },
    { username: 'ADA', password },
    { grant_type: 'password', username: 'ada', password, scope: 'a b', client_id: '', client_secret: '', resource: 'x', audience: 'y' }
  ]
  for (const form of forms) {
    const { status, body, headers } = await call('POST', '/auth/token', { body: new URLSearchParams(form), headers: { authorization: `Basic ${Buffer.from('swagger:').toString('base64')}` } })
    t.equal(status, 200)
    t.equal(headers.get('cache-control'), 'no-store')
    t.match(body, { token_type: 'bearer', expires_in: 1800 })
    t.equal((await call('GET', '/users/me', { token: body.access_token })).body.id, id)
  }
})

t.test('the form of OAuth 2 refreshes', async t => {
  const { call, person } = await scene()
  const { refreshToken } = await person()
  const { status, body } = await call('POST', '/auth/token', { body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken }) })
  t.equal(status, 200)
  t.not(body.refresh_token, refreshToken)
})

t.test('errors have the form of OAuth 2', async t => {
  const { call, person } = await scene()
  await person({ username: 'ada' })
  const faults: [Record<string, string>, string][] = [
    [{ grant_type: 'password', username: 'ada', password: 'wrong password' }, 'invalid_grant'],
    [{ grant_type: 'password', username: 'nobody', password }, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: 'nonsense' }, 'invalid_grant'],
    [{ grant_type: 'refresh_token' }, 'invalid_request'],
    [{ grant_type: 'password', username: 'ada' }, 'invalid_request'],
    [{ grant_type: 'password', username: 'ada', password: 'a'.repeat(129) }, 'invalid_request'],
    [{ grant_type: 'authorization_code', code: 'x' }, 'unsupported_grant_type'],
    [{}, 'invalid_request']
  ]
  for (const [form, error] of faults) {
    const { status, body, headers } = await call('POST', '/auth/token', { body: new URLSearchParams(form) })
    t.equal(status, 400)
    t.equal(headers.get('cache-control'), 'no-store')
    t.match(headers.get('content-type'), /^application\/json/)
    t.same(Object.keys(body), ['error', 'error_description'])
    t.equal(body.error, error)
  }
})

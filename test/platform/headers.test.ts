import t from 'tap'
import { startApp } from '../helpers/app.ts'

const app = await startApp(t)

t.test('pages may load only what this server serves', async t => {
  for (const path of ['/docs', '/redoc', '/', '/api/v1/chats', '/nowhere']) {
    const { headers } = await app.root('GET', path)
    const policy = Object.fromEntries((headers.get('content-security-policy') ?? '').split(';').map(part => part.trim().split(' ')).map(([name, ...sources]) => [name, sources])) as Record<string, string[]>
    t.match(policy, path.startsWith('/api/') ? { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] } : { 'default-src': ["'self'"], 'script-src': ["'self'"], 'object-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"] }, path)
    t.notOk(Object.values(policy).flat().some(source => /unsafe-eval|^\*$|https?:/.test(source)), 'nobody else')
    t.match(Object.fromEntries(headers), { 'x-content-type-options': 'nosniff', 'x-frame-options': /./, 'referrer-policy': 'no-referrer', 'strict-transport-security': 'max-age=31536000; includeSubDomains' })
    t.notOk(headers.has('x-powered-by') || headers.has('server'))
  }
})

t.test('what a person is told stays in no cache, and neither does a refusal', async t => {
  const { headers, body } = await app.request('POST', '/auth/register', { body: { email: 'ann@example.com', password: 'correct horse battery' } })
  t.equal(headers.get('cache-control'), 'no-store')
  for (const [method, path, status] of [['GET', '/users/me', 200], ['GET', '/chats', 200], ['GET', '/auth/sessions', 200], ['POST', '/auth/ws-ticket', 200], ['GET', '/chats/66f0c0ffee00000000009999', 404], ['GET', '/admin/users', 403], ['POST', '/auth/logout', 204], ['GET', '/users/me', 401]] as const) {
    const answer = await app.request(method, path, { token: body.access_token })
    t.same([answer.status, answer.headers.get('cache-control')], [status, 'no-store'], `${method} ${path}`)
  }
  for (const path of ['/redoc/redoc.standalone.js', '/docs/static/swagger-ui.css']) t.match((await app.root('GET', path)).headers.get('cache-control'), /^public/, 'but the programs of the pages may be kept')
})

import t from 'tap'
import { startApp } from '../helpers/app.ts'

const app = await startApp(t)

t.test('pages may load only what this server serves', async t => {
  for (const path of ['/docs', '/redoc', '/', '/api/v1/chats', '/nowhere']) {
    const { headers } = await app.root('GET', path)
    const policy = Object.fromEntries((headers.get('content-security-policy') ?? '').split(';').map(part => part.trim().split(' ')).map(([name, ...sources]) => [name, sources])) as Record<string, string[]>
    t.match(policy, { 'default-src': ["'self'"], 'script-src': ["'self'"], 'object-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"] }, path)
    t.notOk(Object.values(policy).flat().some(source => /unsafe-eval|^\*$|https?:/.test(source)), 'nobody else')
    t.match(Object.fromEntries(headers), { 'x-content-type-options': 'nosniff', 'x-frame-options': /./, 'referrer-policy': /./, 'strict-transport-security': /max-age=15552000/ })
    t.notOk(headers.has('x-powered-by') || headers.has('server'))
  }
})

t.test('tokens stay in no cache', async t => {
  const { headers } = await app.request('POST', '/auth/register', { body: { email: 'ann@example.com', password: 'correct horse battery' } })
  t.equal(headers.get('cache-control'), 'no-store')
})

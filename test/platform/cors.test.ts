import t, { type Test } from 'tap'
import { startApp, type TestApp } from '../helpers/app.ts'

const friend = 'https://friend.example'

const preflight = ({ request }: TestApp, origin: string, method = 'PATCH') => request('OPTIONS', '/users/me', { headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'authorization,content-type,idempotency-key' } })

t.test('pages of an origin that is named may call', async t => {
  const app = await startApp(t, { CORS_ORIGINS: `https://other.example,${friend}` })
  const { status, headers } = await preflight(app, friend)
  t.match({ status, headers: Object.fromEntries(headers) }, { status: 204, headers: { 'access-control-allow-origin': friend, 'access-control-allow-methods': /PATCH/, 'access-control-allow-headers': /authorization.*idempotency-key/, 'access-control-max-age': '600', vary: /Origin/i } })
  t.notOk(headers.has('access-control-allow-credentials'), 'without cookies')
  const answer = await app.request('GET', '/chats', { headers: { origin: friend } })
  t.match({ status: answer.status, headers: Object.fromEntries(answer.headers) }, { status: 401, headers: { 'access-control-allow-origin': friend, 'access-control-expose-headers': /Retry-After/ } }, 'errors can be read, too')
  for (const path of ['/nowhere', '/users/%E0%A4%A']) t.equal((await app.request('GET', path, { headers: { origin: friend } })).status, 404)

  await t.test('and those of no other', async t => {
    for (const origin of ['https://evil.example', 'http://friend.example', `${friend}.evil.example`, `${friend}:8443`, 'null']) await refused(t, app, origin)
  })
})

async function refused (t: Test, app: TestApp, origin: string) {
  const asked = await preflight(app, origin)
  t.notOk(asked.headers.has('access-control-allow-origin'), `preflight from ${origin}`)
  const answer = await app.root('GET', '/livez', { headers: { origin } })
  t.equal(answer.status, 200)
  t.notOk(answer.headers.has('access-control-allow-origin'), origin)
}

t.test('by default no other origin may', async t => {
  await refused(t, await startApp(t), 'https://evil.example')
})

t.test('with * any may', async t => {
  const app = await startApp(t, { CORS_ORIGINS: '*' })
  t.match((await preflight(app, 'https://any.example')).headers.get('access-control-allow-origin'), /^(\*|https:\/\/any\.example)$/)
})

t.test('who names no origin hears of origins only that answers may differ by them', async t => {
  const app = await startApp(t, { CORS_ORIGINS: friend })
  for (const path of ['/livez', '/api/v1/chats', '/nowhere']) {
    const { headers } = await app.root('GET', path)
    t.match(headers.get('vary'), /Origin/i, path)
    t.same([...headers.keys()].filter(name => name.startsWith('access-control-')), [], path)
  }
  const asked = await app.root('OPTIONS', '/api/v1/chats')
  t.match({ status: asked.status, allowed: asked.headers.get('access-control-allow-methods') }, { status: 204, allowed: /PATCH/ }, 'and whoever asks for the options is told them')
})

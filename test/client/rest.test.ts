import t from 'tap'
import { createClient, each, ParleyError, type Tokens, unwrap } from '../../client/src/index.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'
import { clientOf, tokenUntil } from './scene.ts'

const app = await startApp(t, { RATE_LIMIT: 'off' })
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const past = Math.floor(Date.now() / 1000) - 5

/** A fetch that notes where it was asked to go. */
function noting () {
  const asked: string[] = []
  return {
    asked,
    fetch: async (request: Request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname.replace('/api/v1', '')}`)
      return await globalThis.fetch(request)
    },
    count: (what: string) => asked.filter(text => text === what).length
  }
}

function storageOf (tokens?: Tokens) {
  const saved: (Tokens | undefined)[] = tokens ? [tokens] : []
  return { saved, load: () => saved.at(-1), save: (next: Tokens | undefined) => { saved.push(next) } }
}

t.test('registers, talks, logs out and logs in', async t => {
  const storage = storageOf()
  const api = createClient({ baseUrl: `${app.url}/`, storage })
  t.equal(api.baseUrl, app.url)
  const changes: (string | undefined)[] = []
  api.session.onChange(({ tokens, error }) => { changes.push(error ? error.code : tokens && 'tokens') })
  await t.rejects(unwrap(api.GET('/api/v1/users/me')), { code: 'unauthenticated', status: 401 })
  const { username } = await api.register({ email: 'kim@example.com', username: 'kim', password: 'correct horse battery' })
  t.equal(username, 'kim')
  const { id } = await unwrap(api.POST('/api/v1/chats', { body: { type: 'assistant', title: 'Mine' } }))
  const { data, error } = await api.GET('/api/v1/chats/{chat_id}', { params: { path: { chat_id: id } } })
  t.match(data, { title: 'Mine' })
  t.equal(error, undefined)
  t.ok(storage.saved.at(-1)!.expires_at! > Date.now() + 1_000_000)

  const again = createClient({ baseUrl: app.url, storage: { ...storage, load: async () => storage.saved.at(-1) } })
  t.match(await unwrap(again.GET('/api/v1/users/me')), { username: 'kim' }, 'from a storage that takes its time')
  await api.logout()
  t.equal(storage.saved.at(-1), undefined)
  t.equal(await unwrap(again.GET('/api/v1/users/me')).catch(({ code }: ParleyError) => code), 'unauthenticated')
  t.equal(again.session.tokens, undefined, 'who was logged out elsewhere is told by the next answer')
  await t.rejects(api.login({ username: 'kim', password: 'wrong' }), { code: 'invalid_credentials' })
  await api.login({ username: 'kim', password: 'correct horse battery' })
  t.same(changes, ['tokens', undefined, 'tokens'])
  t.match((await unwrap(api.GET('/api/v1/chats'))).items, [{ id }])
})

t.test('tells problems as they are', async t => {
  const api = clientOf(app, ann)
  const { error, response } = await api.POST('/api/v1/chats', { body: { type: 'group', title: '' } })
  t.match({ error, status: response.status }, { error: { code: 'validation_failed', errors: [{ path: '/title' }] }, status: 400 })
  const thrown = await unwrap(api.POST('/api/v1/chats', { body: { type: 'group', title: '' } })).catch((failure: unknown) => failure) as ParleyError
  t.type(thrown, ParleyError)
  t.match(thrown, { name: 'ParleyError', status: 400, code: 'validation_failed', detail: error!.detail, message: error!.detail, errors: [{ path: '/title' }], retryable: false, retryAfter: undefined, problem: { title: error!.title } })
  const form = await api.POST('/api/v1/auth/token', { body: { username: 'ann', password: 'wrong' }, bodySerializer: body => new URLSearchParams(body as Record<string, string>), headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  await t.rejects(unwrap(form), { code: 'invalid_grant', status: 400, message: /password is wrong/ })
  const away = createClient({ baseUrl: 'http://127.0.0.1:1' })
  await t.rejects(away.GET('/health'), { name: 'ParleyError', code: 'network_error', status: 0, retryable: true })
  const abort = new AbortController()
  abort.abort()
  await t.rejects(api.GET('/health', { signal: abort.signal }), { name: 'AbortError' })

  const limited = await startApp(t, { RATE_LIMIT: 'on' })
  const person = await register(limited, 'fast')
  const { id } = await makeChat(limited, person)
  const fast = clientOf(limited, person)
  const answers = await Promise.all(Array.from({ length: 25 }, async () => await unwrap(fast.POST('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: id } }, body: { content: 'x' } })).catch((failure: unknown) => failure)))
  const refused = answers.filter(answer => answer instanceof ParleyError)
  t.equal(refused.length, 5)
  for (const problem of refused) t.match(problem, { code: 'rate_limited', status: 429, retryable: true, retryAfter: Number })
})

t.test('renews an access token that has ended, once for all who ask', async t => {
  const { fetch, count } = noting()
  const storage = storageOf()
  const chat = await makeChat(app, ann)
  const api = clientOf(app, ann, { fetch, storage, tokens: { access_token: tokenUntil(app, ann, past), refresh_token: ann.refreshToken } })
  const path = { chat_id: chat.id as string }
  const sent = await Promise.all(Array.from({ length: 20 }, async (_, index) => await unwrap(api.POST('/api/v1/chats/{chat_id}/messages', { params: { path }, body: { content: `text ${index}` } }))))
  t.equal(new Set(sent.map(({ id }) => id)).size, 20, 'each body was sent again')
  t.equal(count('POST /auth/refresh'), 1)
  t.equal(count(`POST /chats/${chat.id}/messages`), 40)
  t.not(api.session.tokens!.refresh_token, ann.refreshToken, 'the refresh token is a new one')
  t.same(storage.saved, [api.session.tokens])
  await unwrap(api.GET('/api/v1/users/me'))
  t.equal(count('POST /auth/refresh'), 1)
  ann.refreshToken = api.session.tokens!.refresh_token
})

t.test('goes on with what another tab has renewed, and ends when the server refuses', async t => {
  const { fetch, count } = noting()
  const old = { access_token: tokenUntil(app, bob, past), refresh_token: bob.refreshToken }
  const storage = storageOf(old)
  const [one, two] = [clientOf(app, bob, { storage, tokens: old }), clientOf(app, bob, { storage, tokens: old, fetch })]
  await unwrap(one.GET('/api/v1/users/me'))
  await unwrap(two.GET('/api/v1/users/me'))
  t.equal(count('POST /auth/refresh'), 0)
  t.same(two.session.tokens, one.session.tokens)

  const changes: unknown[] = []
  const refused = clientOf(app, bob, { storage: storageOf(), tokens: { ...old, refresh_token: 'nonsense' } })
  refused.session.onChange(change => { changes.push(change) })
  await t.rejects(unwrap(refused.GET('/api/v1/users/me')), { code: 'invalid_refresh_token', status: 401 })
  t.match(changes, [{ tokens: undefined, error: { code: 'invalid_refresh_token' } }])
  await t.rejects(refused.session.accessToken(), { code: 'unauthenticated' })
})

t.test('without the server, the session stays', async t => {
  const tokens = { access_token: tokenUntil(app, ann, past), refresh_token: ann.refreshToken }
  let away = true
  const api = clientOf(app, ann, { tokens, fetch: async request => await globalThis.fetch(away && request.url.includes('refresh') ? new Request('http://127.0.0.1:1') : request) })
  await t.rejects(unwrap(api.GET('/api/v1/users/me')), { code: 'network_error' })
  away = false
  t.match(await unwrap(api.GET('/api/v1/users/me')), { username: 'ann' })
})

t.test('reads lists to their end', async t => {
  const chat = await makeChat(app, ann)
  for (let i = 0; i < 7; i++) await say(app, ann, chat.id, `text ${i}`)
  const { fetch, count } = noting()
  const api = clientOf(app, { ...ann, token: (await app.request('POST', '/auth/login', { body: { username: 'ann', password: ann.password } })).body.access_token }, { fetch })
  const read = () => each(page => api.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: chat.id }, query: { limit: 3, order: 'asc', ...page } } }))
  const texts: string[] = []
  for await (const { content } of read()) texts.push(content)
  t.same(texts, Array.from({ length: 7 }, (_, i) => `text ${i}`))
  t.equal(count(`GET /chats/${chat.id}/messages`), 3)
  for await (const { content } of read()) if (content === 'text 1') break
  t.equal(count(`GET /chats/${chat.id}/messages`), 4, 'no page is read that nobody takes')
  await t.rejects(each(() => api.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: 'f'.repeat(24) } } })).next(), { code: 'chat_not_found' })
})

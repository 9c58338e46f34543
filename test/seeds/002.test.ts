import t from 'tap'
import { endpointOf } from '../../src/ai/models.ts'
import { createProvider } from '../../src/ai/provider.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { makeAdmin, register } from '../helpers/people.ts'
import { plantedKey, startProvider } from '../helpers/provider.ts'
import { scene } from './scene.ts'

// What the document leaves to its fixtures: `npm test` is the one command, startApp gives each file a fresh database, and `auth` below is its `auth_headers`.
const provider = await startProvider(t)
const app = await scene(t, provider.settings)
const { request, root } = app
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const credentials = { email: 'user@example.com', password: 'password123' }
const nobody = '66f0c0ffee0000000000c001'
const auth = { token: '' }
let me: any
const stranger = await app.person('stranger')

t.test('register, login, /auth/token form, Swagger Authorize', async t => {
  const { status, body } = await request('POST', '/auth/register', { body: credentials })
  t.match({ status, body }, { status: 201, body: { token_type: 'bearer', user: { email: credentials.email, role: 'user' } } }, 'with an email and a password alone')
  me = body.user
  t.match(await request('POST', '/auth/register', { body: credentials }), { status: 409, body: { code: 'email_taken' } })
  const login = await request('POST', '/auth/login', { body: credentials })
  t.match(login, { status: 200, body: { access_token: /^ey/, token_type: 'bearer' } })
  t.match(await request('POST', '/auth/login', { body: { ...credentials, password: 'password124' } }), { status: 401, body: { code: 'invalid_credentials' } })

  const form = new URLSearchParams({ username: credentials.email, password: credentials.password })
  const token = await request('POST', '/auth/token', { body: form })
  t.match(token, { status: 200, body: { access_token: /^ey/, token_type: 'bearer' } })
  for (const { access_token: each } of [login.body, token.body]) t.equal((await request('GET', '/users/me', { token: each })).body.id, me.id)
  auth.token = token.body.access_token

  const { components, paths } = (await root('GET', '/openapi.json')).body
  t.match(components.securitySchemes.password, { type: 'oauth2', flows: { password: { tokenUrl: '/api/v1/auth/token' } } }, 'Authorize sends that form')
  t.ok(paths['/api/v1/chats'].post.security.some((way: object) => 'password' in way), 'and its token is what the operations take')
})

t.test('chats CRUD for the current user; PATCH title; messages of a chat', async t => {
  const path = `/chats/${nobody}`
  for (const [method, url] of [['POST', '/chats'], ['GET', '/chats'], ['GET', path], ['GET', `${path}/messages`], ['PATCH', path], ['DELETE', path], ['POST', `${path}/completions`]] as const) {
    t.match(await request(method, url), { status: 401, body: { code: 'unauthenticated' } }, `${method} ${url} without a token`)
  }
  const { status, body: chat } = await request('POST', '/chats', { ...auth, body: { title: 'My First Chat' } })
  t.match({ status, chat }, { status: 201, chat: { id: /^[0-9a-f]{24}$/, owner_id: me.id, title: 'My First Chat', created_at: iso, updated_at: iso } })
  const { body: untitled } = await request('POST', '/chats', { ...auth, body: {} })
  t.equal(untitled.title, null, 'a title is optional')
  t.same((await request('GET', '/chats', auth)).body.items.map(({ id }: { id: string }) => id), [untitled.id, chat.id])
  t.same((await request('GET', '/chats', { token: stranger.token })).body.items, [])
  t.same((await request('GET', `/chats/${chat.id}`, auth)).body, chat)
  t.same((await request('GET', `/chats/${chat.id}/messages`, auth)).body, { items: [], count: 0, next_cursor: null })
  t.match(await request('PATCH', `/chats/${chat.id}`, { ...auth, body: { title: 'Renamed' } }), { status: 200, body: { id: chat.id, title: 'Renamed', created_at: chat.created_at } })
  for (const [method, url, body] of [['GET', ''], ['GET', '/messages'], ['PATCH', '', { title: 'Mine' }], ['DELETE', '']] as const) {
    t.match(await request(method, `/chats/${chat.id}${url}`, { token: stranger.token, ...(body && { body }) }), { status: 404, body: { code: 'chat_not_found' } }, `${method} ${url} of somebody else's chat`)
  }
  t.equal((await request('GET', `/chats/${chat.id}`, auth)).body.title, 'Renamed')
  t.equal((await request('DELETE', `/chats/${chat.id}`, auth)).status, 204)
  for (const url of ['', '/messages']) t.equal((await request('GET', `/chats/${chat.id}${url}`, auth)).status, 404)
  t.same((await request('GET', '/chats', auth)).body.items.map(({ id }: { id: string }) => id), [untitled.id])
})

let chatId = ''
t.test('a message to the model, its reply stored: POST /chats/{id}/completions', async t => {
  chatId = (await request('POST', '/chats', { ...auth, body: { title: 'My First Chat' } })).body.id
  const other = (await request('POST', '/chats', { ...auth, body: { title: 'Another' } })).body.id
  const ask = async (chat: string, content: string, text: string) => {
    provider.next({ text })
    return await request('POST', `/chats/${chat}/completions`, { ...auth, body: { content } })
  }
  const { status, body } = await ask(chatId, 'Hello, AI!', 'Hello! How can I help?')
  t.match({ status, body }, {
    status: 200,
    body: { message: { chat_id: chatId, role: 'user', content: 'Hello, AI!', created_at: iso }, reply: { chat_id: chatId, role: 'assistant', content: 'Hello! How can I help?', status: 'complete', created_at: iso }, usage: { model: 'test-model' } }
  })
  await ask(other, 'Something else', 'Of course.')
  await ask(chatId, 'What did I say?', 'You said hello.')
  const contents = ({ role, content }: { role: string, content: string }) => [role, content]
  const asked = [['user', 'Hello, AI!'], ['assistant', 'Hello! How can I help?'], ['user', 'What did I say?']]
  t.match(provider.received.at(-1), { path: '/v1/chat/completions', headers: { authorization: `Bearer ${plantedKey}` }, body: { model: 'test-model' } })
  t.same(provider.received.at(-1)!.body.messages.map(contents), asked, 'the model is told this conversation, and no other')
  t.same((await request('GET', `/chats/${chatId}/messages?order=asc`, auth)).body.items.map(contents), [...asked, ['assistant', 'You said hello.']])
  const { length } = provider.received
  t.match(await request('POST', `/chats/${chatId}/completions`, { token: stranger.token, body: { content: 'Hello' } }), { status: 404, body: { success: false, code: 'chat_not_found' } })
  t.match(await request('POST', `/chats/${chatId}/completions`, { ...auth, body: { content: '' } }), { status: 400, body: { success: false, code: 'validation_failed' } })
  t.equal(provider.received.length, length, 'a refused message goes to no model')
})

t.test('Groq: GROQ_API_KEY alone is enough', async t => {
  const config = loadConfig({ SECRET_KEY: app.config.SECRET_KEY, GROQ_API_KEY: 'your_groq_api_key_here' }, '/nonexistent')
  t.match(endpointOf(config), { provider: 'groq', baseURL: 'https://api.groq.com/openai/v1', key: 'your_groq_api_key_here' })
  const { models, find } = createProvider({ config, log: app.app.log })
  t.match(models, [{ id: 'openai/gpt-oss-120b', provider: 'groq', is_language_model: true, is_default: true }])
  t.equal(models.length, 1)
  t.equal(find().id, 'openai/gpt-oss-120b')
})

t.test('memory service: /memories, /chats/{id}/context, and what the model is told', async t => {
  const { status, body: memory } = await request('POST', '/memories', { ...auth, body: { content: 'My cat is called Miso.' } })
  t.match({ status, memory }, { status: 201, memory: { id: /^[0-9a-f]{24}$/, content: 'My cat is called Miso.' } })
  t.same((await request('GET', '/memories', auth)).body.items, [memory])
  t.same((await request('GET', '/memories', { token: stranger.token })).body.items, [])
  const content = 'What is my cat called?'
  const shown = (await request('GET', `/chats/${chatId}/context?content=${encodeURIComponent(content)}`, auth)).body
  t.match(shown, { model: 'test-model', memories: { count: 1, cut: 0 }, messages: [{ role: 'system', content: /My cat is called Miso\./ }], included: { count: 4 } })
  const ask = async ({ token }: { token: string }, chat: string) => {
    t.equal((await request('POST', `/chats/${chat}/completions`, { token, body: { content } })).status, 200)
    return provider.received.at(-1)!.body.messages
  }
  t.same(await ask(auth, chatId), shown.messages, 'what the context shows is what the model is sent')
  const own = (await request('POST', '/chats', { token: stranger.token, body: {} })).body.id
  t.same(await ask(stranger, own), [{ role: 'user', content }], 'nobody else\'s model knows it')
  await request('DELETE', `/memories/${memory.id}`, auth)
  t.notMatch(JSON.stringify((await ask(auth, chatId))), /Miso/, 'what is deleted is told no more')
})

t.test('admin: users, role, a user\'s chats, any chat\'s messages', async t => {
  t.match(await request('POST', '/auth/register', { body: { email: 'eve@example.com', password: 'password123', role: 'admin' } }), { status: 400, body: { code: 'validation_failed' } }, 'nobody registers as an admin')
  const admin = await makeAdmin(app, await register(app, 'root'))
  const reads = ['/admin/users', `/admin/users/${me.id}/chats`, `/admin/chats/${chatId}/messages`]
  const setRole = async ({ token }: { token: string }, userId: string, role: string) => await request('PATCH', `/admin/users/${userId}/role`, { token, body: { role } })
  for (const path of reads) t.match(await request('GET', path, { token: stranger.token }), { status: 403, body: { code: 'forbidden' } }, path)
  t.equal((await setRole(stranger, stranger.id, 'admin')).status, 403)

  const users = (await request('GET', '/admin/users', admin)).body.items
  t.same(users.map(({ email, role }: any) => [email, role]), [[stranger.email, 'user'], [credentials.email, 'user'], [admin.email, 'admin']])
  const [chats, messages] = [await request('GET', reads[1]!, admin), await request('GET', reads[2]!, admin)]
  t.equal(chats.body.items.length, 3)
  t.same(chats.body, (await request('GET', '/chats', auth)).body, 'as that person sees them')
  t.match(messages.body, { count: 8, items: { length: 8 } })
  t.same(messages.body, (await request('GET', `/chats/${chatId}/messages`, auth)).body)

  t.match(await setRole(admin, stranger.id, 'admin'), { status: 200, body: { id: stranger.id, role: 'admin' } })
  for (const path of reads) t.equal((await request('GET', path, { token: stranger.token })).status, 200, path)
  t.match(await setRole(stranger, admin.id, 'user'), { status: 200, body: { role: 'user' } }, 'an admin may make another one a user again')
  t.equal((await request('GET', '/admin/users', admin)).status, 403)
  t.match(await setRole(stranger, me.id, 'owner'), { status: 400, body: { code: 'validation_failed' } })
})

t.test('/, /health, /docs, /redoc', async t => {
  t.match(await root('GET', '/'), { status: 200, body: { name: 'Parley', links: { docs: '/docs' } } })
  t.match(await root('GET', '/health'), { status: 200, body: { status: 'ok', database: 'up' } })
  for (const [path, words] of [['/docs', /swagger/i], ['/redoc', /redoc/i]] as const) t.match(await root('GET', path), { status: 200, text: words }, path)
})

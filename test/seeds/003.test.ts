import t from 'tap'
import { startApp } from '../helpers/app.ts'

// The seed document's operations in its order, with its own examples. Its path names are its own; ours are in the comments of each step.
const { request } = await startApp(t)
const question = 'What is the refund policy?'
const response = 'Refunds are available within 30 days of purchase.'
await request('POST', '/auth/register', { body: { email: 'testuser@example.com', username: 'testuser', password: 'testpassword' } })
let token = ''
const ask = async (method: string, path: string, body?: object) => await request(method, path, { token, ...(body && { body }) })

t.test('login, by username: POST /auth/login', async t => {
  const { status, body } = await request('POST', '/auth/login', { body: { username: 'testuser', password: 'testpassword' } })
  t.equal(status, 200)
  t.match(body, { access_token: /^ey/, token_type: 'bearer' })
  token = body.access_token
})

let chatId = ''
let main = ''
t.test('create a chat: POST /chats', async t => {
  const { status, body } = await ask('POST', '/chats', { title: 'Product Support Chat' })
  t.equal(status, 201)
  t.match(body, { title: 'Product Support Chat', created_at: /Z$/ })
  chatId = body.id
  main = body.active_branch_id
  const whole = (await ask('GET', `/chats/${chatId}?include=messages,branches`)).body
  t.same(whole.messages.items, [])
  t.same(whole.branches.items.map(({ name, is_active: active }: any) => [name, active]), [['main', true]])
})

let turn: any
t.test('add a question with its response: POST /chats/{id}/turns', async t => {
  const { status, body } = await ask('POST', `/chats/${chatId}/turns`, { question, response })
  t.equal(status, 201)
  t.match(body, { question, response, response_id: /^[0-9a-f]{24}$/, timestamp: /Z$/ })
  turn = body
})

t.test('get the chat with its messages: GET /chats/{id}?include=messages,branches', async t => {
  const { body } = await ask('GET', `/chats/${chatId}?include=messages,branches`)
  t.match(body.messages.items, [{ role: 'user', content: question }, { role: 'assistant', content: response, id: turn.response_id }])
  t.match((await ask('GET', `/chats/${chatId}/turns`)).body, { items: [{ question, response, timestamp: turn.timestamp }], count: 1 }, 'and as pairs: GET /chats/{id}/turns')
})

let branch: any
t.test('create a branch: POST /chats/{id}/branches; the seed counts pairs, so its message_index is our turn_index', async t => {
  const { status, body } = await ask('POST', `/chats/${chatId}/branches`, { turn_index: 0, name: 'Refund Flow' })
  t.equal(status, 201)
  t.match(body, { id: /^[0-9a-f]{24}$/, parent_chat_id: chatId, name: 'Refund Flow', parent_branch_id: main, created_from_message_index: 1, created_at: /Z$/ })
  branch = body
})

t.test('get all branches: GET /chats/{id}/branches', async t => {
  const { body } = await ask('GET', `/chats/${chatId}/branches`)
  t.match(body.items, [{ id: main, name: 'main' }, { id: branch.id, name: 'Refund Flow', created_from_message_index: 1, created_at: branch.created_at }])
})

t.test('set the active branch: PUT /chats/{id}/active-branch', async t => {
  const { status, body } = await ask('PUT', `/chats/${chatId}/active-branch`, { branch_id: branch.id })
  t.equal(status, 200)
  t.match(body, { id: branch.id, parent_chat_id: chatId, is_active: true })
  t.match(await ask('POST', `/chats/${chatId}/turns`, { question: 'And after 30 days?', response: 'Store credit.' }), { status: 201, body: { branch_id: branch.id, turn_index: 1 } })
})

t.test('the whole chat again: the active branch goes on, the other stays', async t => {
  const { body } = await ask('GET', `/chats/${chatId}?include=messages,branches`)
  t.equal(body.active_branch_id, branch.id)
  t.same(body.messages.items.map(({ content }: any) => content), [question, response, 'And after 30 days?', 'Store credit.'])
  t.same(body.branches.items.map(({ name, size }: any) => [name, size]), [['main', 2], ['Refund Flow', 4]])
  t.same((await ask('GET', `/chats/${chatId}/messages?branch_id=${main}&order=asc`)).body.items.map(({ content }: any) => content), [question, response])
})

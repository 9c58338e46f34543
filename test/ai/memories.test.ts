import { Types } from 'mongoose'
import t from 'tap'
import { memoryLimit } from '../../src/ai/context-schemas.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register, registerAll } from '../helpers/people.ts'

const app = await startApp(t)
const { request } = app
const [ann, bob] = await registerAll(app, 'ann.m', 'bob-m') as [Person, Person]

const keep = async ({ token }: Person, content: unknown) => await request('POST', '/memories', { token, body: { content } })
const listed = async ({ token }: Person, query = '') => (await request('GET', `/memories${query}`, { token })).body

t.test('a memory is made, read, changed, listed oldest first, and deleted', async t => {
  const made = await keep(ann, 'I am vegetarian.')
  t.equal(made.status, 201)
  t.match(made.body, { content: 'I am vegetarian.', created_at: made.body.updated_at })
  const path = `/memories/${made.body.id}`
  t.equal(made.headers.get('location'), `/api/v1${path}`)
  t.same((await request('GET', path, { token: ann.token })).body, made.body)
  const changed = await request('PATCH', path, { token: ann.token, body: { content: 'I am vegan.' } })
  t.equal(changed.status, 200)
  t.match(changed.body, { id: made.body.id, content: 'I am vegan.', created_at: made.body.created_at })
  const second = (await keep(ann, 'I live in Graz.')).body
  const first = await listed(ann, '?limit=1')
  t.same(first.items, [changed.body])
  t.same(await listed(ann, `?limit=1&cursor=${first.next_cursor}`), { items: [second], next_cursor: null })
  t.equal((await request('DELETE', path, { token: ann.token })).status, 204)
  t.equal((await request('DELETE', path, { token: ann.token })).body.code, 'memory_not_found')
  t.same((await listed(ann)).items, [second])
})

t.test('somebody else\'s memory is one that is not there', async t => {
  const { body: { id } } = await keep(ann, 'A secret of ann.')
  const none = '66f0c0ffee0000000000e001'
  for (const [method, body] of [['GET'], ['PATCH', { content: 'Mine now.' }], ['DELETE']] as [string, object?][]) {
    const [theirs, absent] = await Promise.all([id, none].map(async memory => await request(method, `/memories/${memory}`, { token: bob.token, ...(body && { body }) })))
    t.equal(theirs!.status, 404)
    t.equal(theirs!.body.code, 'memory_not_found')
    const { instance: _theirs, request_id: _id1, ...first } = theirs!.body
    const { instance: _absent, request_id: _id2, ...second } = absent!.body
    t.same(first, second, `${method} tells them not apart`)
  }
  t.same(await listed(bob), { items: [], next_cursor: null })
  t.equal((await request('GET', `/memories/${id}`, { token: ann.token })).body.content, 'A secret of ann.')
  const { next_cursor: cursor } = await listed(ann, '?limit=1')
  t.equal((await request('GET', `/memories?cursor=${cursor}`, { token: bob.token })).body.code, 'invalid_cursor')
})

t.test('a text is 1 to 500 characters and not white space alone', async t => {
  t.equal((await keep(bob, '🙂'.repeat(500))).status, 201)
  for (const content of ['', '  \n', 'x'.repeat(501), 5, null]) t.equal((await keep(bob, content)).body.code, 'validation_failed')
  t.equal((await request('POST', '/memories', { token: bob.token, body: { content: 'a', user_id: ann.id } })).body.code, 'validation_failed')
})

t.test('of many that are made at once, as many are kept as there is room for', async t => {
  const carl = await register(app, 'carl-m')
  const memories = app.connection.collection('memories')
  const now = new Date()
  await memories.insertMany(Array.from({ length: memoryLimit - 10 }, (_, slot) => ({ user_id: new Types.ObjectId(carl.id), slot, content: `Fact ${slot}.`, created_at: now, updated_at: now })))
  const outcomes = (await Promise.all(Array.from({ length: 25 }, async (_, i) => await keep(carl, `Fact, too: ${i}.`)))).map(({ status }) => status)
  t.equal(outcomes.filter(status => status === 201).length, 10)
  t.equal(outcomes.filter(status => status === 409).length, 15)
  t.equal(await memories.countDocuments({ user_id: new Types.ObjectId(carl.id) }), memoryLimit)
  const full = await keep(carl, 'One more.')
  t.equal(full.body.code, 'too_many_memories')
  const { items: [oldest] } = await listed(carl, '?limit=1')
  await request('DELETE', `/memories/${oldest.id}`, { token: carl.token })
  t.equal((await keep(carl, 'One more.')).status, 201, 'a deleted one makes room')
})

t.test('memories go with the account', async t => {
  const dora = await register(app, 'dora-m')
  await keep(dora, 'Forget me, by planted word.')
  const memories = app.connection.collection('memories')
  t.equal(await memories.countDocuments({ content: /planted word/ }), 1)
  t.equal((await request('DELETE', '/users/me', { token: dora.token })).status, 204)
  while (await memories.countDocuments({ content: /planted word/ }) > 0) await new Promise(resolve => { setImmediate(resolve) })
})

t.test('a chat says what an assistant may do and know in it', async t => {
  const chat = await makeChat(app, ann)
  t.match(chat, { memories_enabled: true, assistant_enabled: true })
  const change = async (person: Person, id: string, body: object) => await request('PATCH', `/chats/${id}`, { token: person.token, body })
  t.match((await change(ann, chat.id, { memories_enabled: false })).body, { memories_enabled: false, assistant_enabled: true, title: 'A chat' })
  t.match((await change(ann, chat.id, { assistant_enabled: false })).body, { code: 'validation_failed', errors: [{ path: '/assistant_enabled' }] })
  const fork = await request('POST', `/chats/${chat.id}/fork`, { token: ann.token, body: {} })
  t.match(fork.body, { memories_enabled: false, assistant_enabled: true }, 'a copy keeps it')

  const group = await makeChat(app, ann, 'group', [bob])
  t.equal(group.assistant_enabled, false)
  t.equal((await change(bob, group.id, { assistant_enabled: true })).body.code, 'forbidden')
  t.equal((await change(ann, group.id, { assistant_enabled: true })).body.assistant_enabled, true)
  t.equal((await app.services.chats.access.findNow({ id: bob.id, username: bob.username, role: 'user', session_id: '' }, group.id))?.assistantEnabled, true)
  t.equal((await request('POST', '/chats', { token: ann.token, body: { type: 'group', participant_ids: [bob.id], assistant_enabled: true } })).body.assistant_enabled, true)

  const direct = await makeChat(app, ann, 'direct', [bob])
  t.equal(direct.assistant_enabled, false)
  t.equal((await change(ann, direct.id, { assistant_enabled: true })).body.code, 'forbidden')
  t.equal((await request('POST', '/chats', { token: ann.token, body: { type: 'direct', participant_ids: [bob.id], assistant_enabled: true } })).body.code, 'validation_failed')

  await app.connection.collection('chats').updateMany({}, { $unset: { memories_enabled: 1, assistant_enabled: 1 } })
  t.match((await request('GET', `/chats/${chat.id}`, { token: ann.token })).body, { memories_enabled: true, assistant_enabled: true }, 'one from before has the defaults')
  t.match((await request('GET', `/chats/${group.id}`, { token: ann.token })).body, { memories_enabled: true, assistant_enabled: false })
})

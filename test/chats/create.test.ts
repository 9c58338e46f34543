import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob, cyd] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const create = async (body: unknown, token: string | undefined = ann.token) => await app.request('POST', '/chats', { ...(token && { token }), body })
const chats = app.connection.collection('chats')

t.test('the three types', async t => {
  const assistant = await create({ title: 'Mine', system_prompt: 'Be brief.' })
  t.match(assistant, { status: 201, body: { type: 'assistant', title: 'Mine', system_prompt: 'Be brief.', owner_id: ann.id, version: 1, last_seq: 0, last_message: null, participants: [{ user_id: ann.id, username: 'ann', is_admin: true }] } })
  t.equal(assistant.headers.get('location'), `/api/v1/chats/${assistant.body.id}`)
  t.match(await create({}), { status: 201, body: { type: 'assistant', title: null } }, 'nothing is needed')
  t.match((await create({ type: 'direct', participant_ids: [bob.id] })).body.participants, [{ user_id: ann.id, is_admin: false }, { user_id: bob.id, is_admin: false }])
  const group = await create({ type: 'group', title: 'We', participant_ids: [bob.id, cyd.id] })
  t.match(group.body.participants, [{ user_id: ann.id, is_admin: true }, { user_id: bob.id, is_admin: false }, { user_id: cyd.id, is_admin: false }])
  t.match(await app.connection.collection('branches').findOne({ _id: new Types.ObjectId(group.body.active_branch_id) }), { kind: 'main', name: 'main' }, 'born with a main branch')
  t.equal((await app.request('GET', `/chats/${group.body.id}`, { token: bob.token })).headers.get('etag'), '"1"')
})

t.test('what is refused leaves nothing behind', async t => {
  const before = await chats.countDocuments()
  const nobody = '0123456789abcdef01234567'
  for (const [what, body, path] of [
    ['an unknown type', { type: 'channel' }, '/type'],
    ['an unknown member', { admin: true }, ''],
    ['a member of the server', { owner_id: bob.id }, ''],
    ['an empty title', { title: '' }, '/title'],
    ['a blank title', { title: ' \n ' }, '/title'],
    ['a long title', { title: 'x'.repeat(201) }, '/title'],
    ['a title that is no text', { title: 7 }, '/title'],
    ['an empty prompt', { system_prompt: '' }, '/system_prompt'],
    ['a long prompt', { system_prompt: 'x'.repeat(10_001) }, '/system_prompt'],
    ['other people in an assistant chat', { participant_ids: [bob.id] }, '/participant_ids'],
    ['oneself in an assistant chat', { participant_ids: [ann.id] }, '/participant_ids'],
    ['nobody in a direct chat', { type: 'direct' }, '/participant_ids'],
    ['only oneself in a direct chat', { type: 'direct', participant_ids: [ann.id] }, '/participant_ids'],
    ['two others in a direct chat', { type: 'direct', participant_ids: [bob.id, cyd.id] }, '/participant_ids'],
    ['nobody else in a group', { type: 'group', title: 'We' }, '/participant_ids'],
    ['a double', { type: 'group', participant_ids: [bob.id, bob.id] }, '/participant_ids'],
    ['a hundred others', { type: 'group', participant_ids: Array.from({ length: 100 }, () => String(new Types.ObjectId())) }, '/participant_ids'],
    ['an id that is none', { type: 'direct', participant_ids: ['bob'] }, '/participant_ids/0'],
    ['an operator for an id', { type: 'direct', participant_ids: [{ $ne: null }] }, '/participant_ids/0'],
    ['an array for a body', [], ''],
    ['null for a body', null, '']
  ] as const) {
    const { status, body: problem } = await create(body === null ? 'null' : body)
    t.match({ status, code: problem.code, path: problem.errors?.[0]?.path }, { status: 400, code: 'validation_failed', path }, what)
  }
  t.match(await create({ type: 'direct', participant_ids: [nobody] }), { status: 404, body: { code: 'user_not_found' } })
  t.match(await create({ type: 'group', participant_ids: [bob.id, nobody] }), { status: 404, body: { code: 'user_not_found' } })
  t.match(await create({}, ''), { status: 401, body: { code: 'unauthenticated' } })
  t.match(await create('{"type":'), { status: 400, body: { code: 'malformed_json' } })
  t.equal(await chats.countDocuments(), before)
  t.match(await create({ type: 'group', title: 'x'.repeat(200), participant_ids: [ann.id, bob.id] }), { status: 201 }, 'oneself among the people of a group is no fault')
})

t.test('an outsider\'s chat and none at all answer the same bytes', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const message = await say(app, ann, chat.id, 'hidden')
  const secret = (text: string, id: string) => text.replaceAll(id, 'ID').replace(/"request_id":"[^"]+"/, '')
  const none = '0123456789abcdef01234567'
  for (const [method, path, body] of [
    ['GET', '/chats/ID'], ['PATCH', '/chats/ID', { title: 'x' }], ['PUT', '/chats/ID', { title: 'x' }], ['DELETE', '/chats/ID'], ['POST', '/chats/ID/leave'],
    ['GET', '/chats/ID/participants'], ['POST', '/chats/ID/participants', { user_ids: [cyd.id] }],
    ['PATCH', `/chats/ID/participants/${bob.id}`, { is_admin: true }], ['DELETE', `/chats/ID/participants/${bob.id}`],
    ['GET', '/chats/ID/messages'], ['GET', '/chats/ID/messages?cursor=x.y'], ['POST', '/chats/ID/messages', { content: 'x' }], ['DELETE', '/chats/ID/messages'], ['GET', '/chats/ID/online']
  ] as const) {
    const ask = async (id: string) => await app.request(method, path.replace('ID', id), { token: cyd.token, body })
    const [real, missing] = [await ask(chat.id), await ask(none)]
    t.equal(real.status, 404, `${method} ${path}`)
    t.equal(secret(real.text, chat.id), secret(missing.text, none), 'the same bytes')
  }
  for (const [method, body] of [['GET'], ['PATCH', { content: 'x' }], ['PUT', { content: 'x' }], ['DELETE']] as const) {
    const ask = async (id: string) => await app.request(method, `/messages/${id}`, { token: cyd.token, body })
    const [real, missing] = [await ask(message.id), await ask(none)]
    t.equal(real.status, 404, `${method} of a message`)
    t.equal(secret(real.text, message.id), secret(missing.text, none), 'the same bytes')
  }
  t.equal((await app.request('GET', '/chats/nonsense', { token: ann.token })).status, 400)
})

t.test('change and delete', async t => {
  const group = await makeChat(app, ann, 'group', [bob])
  const direct = await makeChat(app, ann, 'direct', [cyd])
  const mine = await makeChat(app, ann)
  const act = async (method: string, id: string, { token }: Person, body?: object) => (await app.request(method, `/chats/${id}`, { token, body })).status
  t.equal(await act('PATCH', group.id, bob, { title: 'x' }), 403, 'not who is no admin')
  t.equal(await act('DELETE', group.id, bob), 403)
  t.equal(await act('PATCH', direct.id, ann, { title: 'x' }), 403, 'a direct chat nobody')
  t.equal(await act('DELETE', direct.id, cyd), 403)
  t.equal(await act('PATCH', mine.id, ann, {}), 400, 'something must change')
  t.equal(await act('PATCH', mine.id, ann, { type: 'group' }), 400)
  const changed = await app.request('PUT', `/chats/${group.id}`, { token: ann.token, body: { title: 'New' } })
  t.match(changed.body, { title: 'New', version: 2, last_seq: 1, system_prompt: null })
  t.match((await app.request('PATCH', `/chats/${group.id}`, { token: ann.token, body: { system_prompt: 'Be kind.' } })).body, { title: 'New', system_prompt: 'Be kind.', version: 3 }, 'what is left out stays')
  t.match((await app.request('PATCH', `/chats/${group.id}`, { token: ann.token, body: { title: null } })).body, { title: null, system_prompt: 'Be kind.' })
  t.equal(await act('DELETE', group.id, ann), 204)
  t.equal(await act('GET', group.id, bob), 404)
  t.equal(await act('DELETE', group.id, ann), 404, 'again there is none')
  t.equal(await act('DELETE', mine.id, ann), 204)

  const racing = await makeChat(app, ann, 'group', [bob])
  const answers = await Promise.all(Array.from({ length: 20 }, async (_, i) => (await app.request('PATCH', `/chats/${racing.id}`, { token: ann.token, body: i % 2 ? { title: `t${i}` } : { system_prompt: `p${i}` } })).body.version))
  t.same(answers.sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i + 2), 'no change is lost')
})

import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { asRead, makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob, cyd, dan] = await registerAll(app, 'ann', 'bob', 'cyd', 'dan') as [Person, Person, Person, Person]
const entries = app.connection.collection('messages')
const ask = async (method: string, path: string, { token }: Person, body?: unknown, headers: Record<string, string> = {}) => await app.request(method, path, { token, body, headers })

t.test('a message, its edit and its end', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const sent = await ask('POST', `/chats/${chat.id}/messages`, bob, { content: 'secret word' })
  t.match(sent.body, { chat_id: chat.id, branch_id: chat.active_branch_id, seq: 1, rev: 1, message_index: 0, role: 'user', sender_id: bob.id, sender_username: 'bob', content: 'secret word', status: 'complete', is_edited: false, edited_at: null, is_deleted: false, timestamp: sent.body.created_at })
  const path = `/messages/${sent.body.id}`
  t.equal(sent.headers.get('location'), `/api/v1${path}`)
  t.equal(sent.headers.get('etag'), '"1"')
  const got = await ask('GET', path, ann)
  t.same(got.body, asRead(sent.body))
  t.equal(got.headers.get('etag'), '"1"')

  const edited = await ask('PATCH', path, bob, { content: 'new word' }, { 'if-match': '"1"' })
  t.match(edited, { status: 200, body: { ...sent.body, content: 'new word', rev: 2, is_edited: true, edited_at: String } })
  t.equal(edited.headers.get('etag'), '"2"')
  const stale = await ask('PUT', path, bob, { content: 'x' }, { 'if-match': '"1"' })
  t.match(stale, { status: 412, body: { code: 'stale_revision' } })
  t.equal(stale.headers.get('etag'), '"2"')
  t.equal((await ask('DELETE', path, bob, undefined, { 'if-match': '"1"' })).status, 412)
  for (const tag of ['2', 'W/"2"', '"two"', '"-2"', '', '"2", "3"']) t.equal((await ask('PATCH', path, bob, { content: 'x' }, { 'if-match': tag })).status, 400, `If-Match: ${tag}`)
  t.equal((await ask('PUT', path, bob, { content: 'again' }, { 'if-match': '*' })).status, 200)
  t.equal((await ask('PATCH', path, bob, {})).status, 400)
  t.equal((await ask('PATCH', path, bob, { content: 'x', role: 'system' })).status, 400)

  t.equal((await ask('DELETE', path, bob, undefined, { 'if-match': '"3"' })).status, 204)
  t.match((await ask('GET', path, ann)).body, { content: '', is_deleted: true, rev: 4, seq: 1, message_index: 0 })
  t.equal((await ask('DELETE', path, bob)).status, 204, 'again does nothing')
  t.equal((await ask('DELETE', path, ann, undefined, { 'if-match': '"1"' })).status, 204)
  t.match(await ask('PATCH', path, bob, { content: 'back' }), { status: 409, body: { code: 'message_deleted' } })
  const log = await entries.find({ chat_id: new Types.ObjectId(chat.id) }).sort({ seq: 1 }).toArray()
  t.same(log.map(({ seq, kind, type }) => [seq, type ?? kind]), [[1, 'message'], [2, 'message_edited'], [3, 'message_edited'], [4, 'message_deleted']])
  t.notMatch(JSON.stringify(log), /word|again/, 'no text is left')
  t.equal((await ask('GET', '/messages/x', ann)).status, 400)
})

t.test('who may change whose', async t => {
  // Ann is admin of the group and owner of the assistant chat.
  const group = await makeChat(app, ann, 'group', [bob, cyd])
  const direct = await makeChat(app, ann, 'direct', [bob])
  const mine = await makeChat(app, ann)
  for (const [what, chat, sender, actor, edit, remove] of [
    ['one\'s own', group, bob, bob, 200, 204],
    ['another\'s', group, bob, cyd, 403, 403],
    ['another\'s, as an admin', group, bob, ann, 403, 204],
    ['the admin\'s', group, ann, bob, 403, 403],
    ['the other\'s in a direct chat', direct, bob, ann, 403, 403],
    ['one\'s own in a direct chat', direct, bob, bob, 200, 204],
    ['an outsider\'s view', direct, bob, dan, 404, 404]
  ] as const) {
    const message = await say(app, sender, chat.id, 'x')
    t.equal((await ask('PATCH', `/messages/${message.id}`, actor, { content: 'y' })).status, edit, `edit ${what}`)
    t.equal((await ask('DELETE', `/messages/${message.id}`, actor)).status, remove, `delete ${what}`)
  }
  const reply = await say(app, ann, mine.id, 'an answer', { role: 'assistant' })
  t.match(await ask('PATCH', `/messages/${reply.id}`, ann, { content: 'y' }), { status: 200, body: { role: 'assistant', content: 'y' } })
  t.match(await app.request('GET', `/messages/${reply.id}`), { status: 401 })
})

t.test('edits at the same moment, each on what it had read', async t => {
  const chat = await makeChat(app, ann)
  const { id } = await say(app, ann, chat.id, 'x')
  const answers = await Promise.all([...Array(20).keys()].map(async i => await ask('PATCH', `/messages/${id}`, ann, { content: `${i}` }, { 'if-match': '"1"' })))
  t.equal(answers.filter(({ status }) => status === 200).length, 1, 'one wins')
  t.equal(answers.filter(({ status }) => status === 412).length, 19)
  t.equal((await ask('GET', `/messages/${id}`, ann)).body.content, answers.find(({ status }) => status === 200)!.body.content)
})

t.test('a deletion wins over edits, for good', async t => {
  const chat = await makeChat(app, ann)
  for (let round = 0; round < 5; round++) {
    const { id } = await say(app, ann, chat.id, 'x')
    const edits = [...Array(10).keys()].map(async () => (await ask('PATCH', `/messages/${id}`, ann, { content: 'revived' })).status)
    const [first, second, ...statuses] = await Promise.all([ask('DELETE', `/messages/${id}`, ann), ask('DELETE', `/messages/${id}`, ann), ...edits])
    t.same([first.status, second.status], [204, 204])
    t.same(statuses.filter(status => status !== 200 && status !== 409), [])
    t.match((await ask('GET', `/messages/${id}`, ann)).body, { is_deleted: true, content: '' })
    const log = await entries.find({ message_id: new Types.ObjectId(id) }).sort({ seq: 1 }).toArray()
    t.same(log.map(({ type }) => type), [...Array(statuses.filter(status => status === 200).length).fill('message_edited'), 'message_deleted'])
  }
  t.match((await ask('GET', `/chats/${chat.id}/messages`, ann)).body, { count: 0, items: [] }, 'two deletions count as one')
})

t.test('clearing', async t => {
  const group = await makeChat(app, ann, 'group', [bob])
  const direct = await makeChat(app, ann, 'direct', [bob])
  const clear = async (chat: { id: string }, person: Person) => (await ask('DELETE', `/chats/${chat.id}/messages`, person)).status
  t.equal(await clear(group, bob), 403)
  t.equal(await clear(direct, ann), 403)
  t.equal(await clear(group, dan), 404)
  const old = await say(app, bob, group.id, 'an old word', { client_id: 'key' })
  const gone = await say(app, bob, group.id, 'another old word')
  await ask('DELETE', `/messages/${gone.id}`, bob)
  t.equal(await clear(group, ann), 204)
  const { body: after } = await ask('GET', `/chats/${group.id}`, bob)
  t.not(after.epoch, group.epoch)
  t.not(after.active_branch_id, group.active_branch_id)
  t.match(after, { last_seq: 4, last_message: null })
  t.match((await ask('GET', `/chats/${group.id}/messages?include_deleted=true`, bob)).body, { items: [], count: 0, next_cursor: null })
  for (const [method, body] of [['GET'], ['PATCH', { content: 'x' }], ['DELETE']] as const) t.match(await ask(method, `/messages/${old.id}`, bob, body), { status: 404, body: { code: 'message_not_found' } }, method)
  t.match(await ask('POST', `/chats/${group.id}/messages`, bob, { content: 'x', reply_to: old.id }), { status: 404, body: { code: 'message_not_found' } })
  t.match(await ask('POST', `/chats/${group.id}/messages`, bob, { content: 'x', branch_id: group.active_branch_id }), { status: 404, body: { code: 'branch_not_found' } })
  t.match(await ask('GET', `/chats/${group.id}/messages?branch_id=${group.active_branch_id}`, bob), { status: 404, body: { code: 'branch_not_found' } })
  t.match(await ask('GET', `/chats/${group.id}/messages?before=${old.id}`, bob), { status: 404, body: { code: 'message_not_found' } })
  t.match(await ask('POST', `/chats/${group.id}/messages`, bob, { content: 'a new word', client_id: 'key' }), { status: 201, body: { seq: 5, message_index: 0, branch_id: after.active_branch_id } }, 'its client_id is free again')
  t.equal(await entries.countDocuments({ chat_id: new Types.ObjectId(group.id), content: /old/ }), 0)
  t.equal(await clear(group, ann), 204)
  t.equal(await clear(group, ann), 204, 'again')
  t.match((await ask('GET', `/chats/${group.id}/messages`, bob)).body, { count: 0 })
})

import { Types } from 'mongoose'
import t from 'tap'
import { makeChat, say } from '../helpers/people.ts'
import { branchScene, chatOf } from './scene.ts'

const { app, owner, other, chat, ...here } = await branchScene(t)
const main = chat.active_branch_id
await here.turn('q0', 'a0')
await here.turn('q1', 'a1')
const path = await here.path()

/** All that is stored of the chat: a refused request must leave it as it is. */
const stored = async () => JSON.stringify([
  await app.services.log.entries.find({ chat_id: new Types.ObjectId(chat.id) }).sort({ seq: 1 }).toArray(),
  await app.services.log.branches.find({ chat_id: chat.id }).sort({ _id: 1 }).lean(),
  await app.connection.collection('chats').findOne({ _id: new Types.ObjectId(chat.id) }, { projection: { active_branch_id: 1, version: 1, dropped_branch_ids: 1 } })
])

t.test('each selector names the same place and the answer echoes it', async t => {
  const [byId, byIndex, byTurn] = [
    await here.branch({ name: 'by id', message_id: path[1].id }),
    await here.branch({ name: 'by index', message_index: 1 }),
    await here.branch({ name: 'by turn', turn_index: 0 })
  ]
  for (const branch of [byId, byIndex, byTurn]) {
    t.match(branch, { kind: 'named', parent_chat_id: chat.id, parent_branch_id: main, fork_message_id: path[1].id, created_from_message_index: 1, is_active: false, size: 2, head_message_id: path[1].id, created_by: owner.id, message: null })
    t.same(await here.texts(`branch_id=${branch.id}`), ['q0', 'a0'])
  }
  const answer = await here.tryBranch({ name: 'where is it', message_index: 0 })
  t.equal(answer.status, 201)
  t.equal(answer.headers.get('location'), `/api/v1/chats/${chat.id}/branches/${answer.body.id}`)
  t.match((await here.ask('GET', `/chats/${chat.id}/branches/${answer.body.id}`)).body, { name: 'where is it', size: 1 })
  t.same((await here.branches()).map(({ name }: { name: string }) => name), ['main', 'by id', 'by index', 'by turn', 'where is it'], 'listed oldest first')
})

t.test('an index counts on the path that branch_id names, else on the active branch', async t => {
  const deep = await here.branch({ name: 'deep', message_index: 1 })
  await here.say('only here', { branch_id: deep.id })
  const onDeep = await here.branch({ name: 'on deep', message_index: 2, branch_id: deep.id })
  t.match(onDeep, { parent_branch_id: deep.id, size: 3 })
  t.match(await here.branch({ name: 'on main', message_index: 2 }), { parent_branch_id: main, fork_message_id: path[2].id })
  t.match(await here.branch({ name: 'above deep', message_index: 1, branch_id: onDeep.id }), { parent_branch_id: main, created_from_message_index: 1 }, 'the parent is the branch that holds the message')
  t.match(await here.branch({ name: 'told twice', message_id: path[1].id, branch_id: deep.id }), { parent_branch_id: main })
  t.match(await here.tryBranch({ name: 'elsewhere', message_id: path[2].id, branch_id: deep.id }), { status: 404, body: { code: 'message_not_found' } }, 'a message that is not on the path named')
})

t.test('what is wrong is refused with its own code and changes nothing', async t => {
  const elsewhere = await makeChat(app, owner)
  const foreign = await say(app, owner, elsewhere.id, 'elsewhere')
  const gone = await here.branch({ name: 'gone', message_index: 0 })
  const lost = await here.say('lost', { branch_id: gone.id })
  await here.must('DELETE', `/chats/${chat.id}/branches/${gone.id}`)
  const nobody = new Types.ObjectId().toHexString()
  const name = 'fine'
  const cases: [string, unknown, number, string][] = [
    ['no selector', { name }, 400, 'validation_failed'],
    ['two selectors', { name, message_index: 0, turn_index: 0 }, 400, 'validation_failed'],
    ['an id and an index', { name, message_index: 0, message_id: path[0].id }, 400, 'validation_failed'],
    ['three selectors', { name, message_index: 0, turn_index: 0, message_id: path[0].id }, 400, 'validation_failed'],
    ['no name', { message_index: 0 }, 400, 'validation_failed'],
    ['an empty name', { name: '', message_index: 0 }, 400, 'validation_failed'],
    ['white space for a name', { name: ' \t\n\u00a0', message_index: 0 }, 400, 'validation_failed'],
    ['a name of 101 characters', { name: 'n'.repeat(101), message_index: 0 }, 400, 'validation_failed'],
    ['a name taken', { name: 'by id', message_index: 0 }, 409, 'branch_name_taken'],
    ['the name of main', { name: 'main', message_index: 0 }, 409, 'branch_name_taken'],
    ['a member nobody knows', { name, message_index: 0, colour: 'red' }, 400, 'validation_failed'],
    ['an index as text', { name, message_index: '0' }, 400, 'validation_failed'],
    ['a negative index', { name, message_index: -1 }, 400, 'validation_failed'],
    ['half an index', { name, message_index: 0.5 }, 400, 'validation_failed'],
    ['an index off the path', { name, message_index: 4 }, 400, 'index_off_path'],
    ['an index far off', { name, message_index: Number.MAX_SAFE_INTEGER }, 400, 'index_off_path'],
    ['an index off the path, with a text', { message_index: 4, replace_with: 'x' }, 400, 'index_off_path'],
    ['a turn off the path', { name, turn_index: 2 }, 400, 'index_off_path'],
    ['a turn far off', { name, turn_index: Number.MAX_SAFE_INTEGER }, 400, 'index_off_path'],
    ['a message of another chat', { name, message_id: foreign.id }, 404, 'message_not_found'],
    ['a message nobody has', { name, message_id: nobody }, 404, 'message_not_found'],
    ['a message of a deleted branch', { name, message_id: lost.id }, 404, 'message_not_found'],
    ['a deleted branch', { name, message_index: 0, branch_id: gone.id }, 404, 'branch_not_found'],
    ['a branch of another chat', { name, message_index: 0, branch_id: elsewhere.active_branch_id }, 404, 'branch_not_found'],
    ['a branch nobody has', { name, message_index: 0, branch_id: nobody }, 404, 'branch_not_found'],
    ['an id of 23 digits', { name, message_id: 'a'.repeat(23) }, 400, 'validation_failed'],
    ['an empty text', { message_index: 0, replace_with: '' }, 400, 'validation_failed'],
    ['a text of white space', { message_index: 0, replace_with: '  ' }, 400, 'validation_failed'],
    ['a text too long', { message_index: 0, replace_with: 'x'.repeat(10_001) }, 400, 'validation_failed'],
    ['a list', [], 400, 'validation_failed']
  ]
  const before = await stored()
  for (const [what, body, status, code] of cases) t.match(await here.tryBranch(body), { status, body: { status, code } }, what)
  for (const [what, id] of [['a deleted branch', gone.id], ['a branch of another chat', elsewhere.active_branch_id]]) {
    t.match(await here.ask('POST', `/chats/${chat.id}/messages`, { content: 'x', branch_id: id }), { status: 404, body: { code: 'branch_not_found' } }, `sending to ${what}`)
    t.match(await here.ask('POST', `/chats/${chat.id}/turns`, { question: 'x', response: 'y', branch_id: id }), { status: 404, body: { code: 'branch_not_found' } }, `a turn to ${what}`)
    t.match(await here.ask('GET', `/chats/${chat.id}/messages?branch_id=${id}`), { status: 404, body: { code: 'branch_not_found' } }, `reading ${what}`)
    t.match(await here.ask('GET', `/chats/${chat.id}/turns?branch_id=${id}`), { status: 404, body: { code: 'branch_not_found' } }, `turns of ${what}`)
    t.match(await here.ask('PUT', `/chats/${chat.id}/active-branch`, { branch_id: id }), { status: 404, body: { code: 'branch_not_found' } }, `activating ${what}`)
    t.match(await here.ask('PATCH', `/chats/${chat.id}/branches/${id}`, { name: 'x' }), { status: 404, body: { code: 'branch_not_found' } }, `renaming ${what}`)
    t.match(await here.ask('DELETE', `/chats/${chat.id}/branches/${id}`), { status: 404, body: { code: 'branch_not_found' } }, `deleting ${what}`)
    t.match(await here.ask('GET', `/chats/${chat.id}/branches/${main}/diff/${id}`), { status: 404, body: { code: 'branch_not_found' } }, `comparing with ${what}`)
    t.match(await here.ask('POST', `/chats/${chat.id}/fork`, { branch_id: id }), { status: 404, body: { code: 'branch_not_found' } }, `copying ${what}`)
  }
  t.match(await here.ask('POST', `/chats/${chat.id}/messages`, { content: 'x', reply_to: lost.id }), { status: 404, body: { code: 'message_not_found' } }, 'answering a message of a deleted branch')
  t.equal(await stored(), before, 'nothing changed')
  t.equal((await here.tryBranch({ name: 'n'.repeat(100), message_index: 0 })).status, 201, 'a name of 100 characters is one')
})

t.test('for an outsider the chat does not exist: the same bytes as for an id nobody has', async t => {
  const nobody = new Types.ObjectId().toHexString()
  const plain = ({ text }: { text: string }, id: string) => text.replaceAll(id, 'ID').replace(/"request_id":"[^"]*"/, '')
  const before = await stored()
  for (const [method, path, body] of [
    ['POST', '/branches', { name: 'x', message_index: 0 }], ['GET', '/branches'], ['GET', `/branches/${main}`], ['PATCH', `/branches/${main}`, { name: 'x' }],
    ['DELETE', `/branches/${main}`], ['PUT', '/active-branch', { branch_id: main }], ['GET', '/tree'], ['GET', `/branches/${main}/diff/${main}`],
    ['POST', '/fork', {}], ['POST', '/turns', { question: 'q', response: 'a' }], ['GET', '/turns'], ['GET', '?include=messages,branches']
  ] as [string, string, object?][]) {
    const [real, none] = await Promise.all([chat.id, nobody].map(async id => await app.request(method, `/chats/${id}${path}`, { token: other.token, body })))
    t.equal(real!.status, 404, `${method} ${path}`)
    t.match(real!.body, { code: 'chat_not_found' })
    t.equal(plain(real!, chat.id), plain(none!, nobody))
  }
  t.equal(await stored(), before)
})

t.test('a branch has at most 100 ancestors', async t => {
  const chain = await makeChat(app, owner)
  const there = chatOf(app, owner, chain.id)
  await there.say('0')
  let last = { id: chain.active_branch_id }
  for (let depth = 1; depth <= 100; depth++) {
    last = await there.branch({ name: `depth ${depth}`, message_index: depth - 1, branch_id: last.id })
    await there.say(String(depth), { branch_id: last.id })
  }
  t.match(await there.tryBranch({ name: 'too deep', message_index: 100, branch_id: last.id }), { status: 409, body: { code: 'branch_too_deep' } })
  t.match(await there.tryBranch({ name: 'beside it', message_index: 99, branch_id: last.id }), { status: 201 }, 'beside the deepest there is room')
  t.equal((await there.branches()).length, 100, 'a page of branches')
  t.same((await there.path(last.id)).map(({ content }: { content: string }) => content), Array.from({ length: 101 }, (_, i) => String(i)), 'the deepest path is whole')
})

t.test('a chat has at most 1,000 branches', async t => {
  const full = await makeChat(app, owner)
  const there = chatOf(app, owner, full.id)
  const message = await there.say('0')
  const first = await there.branch({ name: 'one', message_index: 0 })
  const record = (await app.services.log.branches.findOne({ _id: first.id }).lean())!
  await app.services.log.branches.insertMany(Array.from({ length: 997 }, (_, i) => ({ ...record, _id: new Types.ObjectId(), name: `copy ${i}`, seq: 1000 + i })))
  t.match(await there.tryBranch({ name: 'the last', message_index: 0 }), { status: 201 })
  t.match(await there.tryBranch({ name: 'too many', message_index: 0 }), { status: 409, body: { code: 'too_many_branches' } })
  t.match(await there.tryBranch({ message_index: 0, replace_with: 'too many' }), { status: 409, body: { code: 'too_many_branches' } })
  t.equal(await app.services.log.branches.countDocuments({ chat_id: full.id }), 1000)
  t.same(await there.texts(), ['0'])
  await there.must('GET', `/messages/${message.id}`)
  await there.must('DELETE', `/chats/${full.id}/branches/${first.id}`)
  t.match(await there.tryBranch({ name: 'room again', message_index: 0 }), { status: 201 })
})

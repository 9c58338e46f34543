import { Types } from 'mongoose'
import t from 'tap'
import { makeChat, type Person } from '../helpers/people.ts'
import { branchScene, chatOf } from './scene.ts'

const { app, owner, other } = await branchScene(t)
async function newChat (type: 'assistant' | 'direct' | 'group' = 'assistant', others: Person[] = []) {
  const chat = await makeChat(app, owner, type, others)
  return { chat, url: `/chats/${chat.id}`, main: chat.active_branch_id as string, ...chatOf(app, owner, chat.id) }
}
const names = (items: any[]) => items.map(({ name }) => name)

t.test('a send that expects another head is refused and told the head', async t => {
  const { say, ask, branch, url, texts, chat } = await newChat()
  const [first, second] = [await say('a'), await say('b')]
  t.match(await ask('POST', `${url}/messages`, { content: 'stale', expected_head: first.id }), { status: 409, body: { code: 'head_moved', current_head: second.id } })
  t.equal((await say('c', { expected_head: second.id })).message_index, 2)
  const fork = await branch({ name: 'fork', message_index: 1 })
  t.equal((await say('d', { branch_id: fork.id, expected_head: second.id })).message_index, 2, 'a fork without messages has the head it was forked at')
  const empty = await newChat()
  t.match(await empty.ask('POST', `${empty.url}/messages`, { content: 'x', expected_head: first.id }), { status: 409, body: { code: 'head_moved', current_head: null } })
  const repeated = { content: 'e', client_id: 'e', expected_head: (await say('before e')).id }
  const stored = await ask('POST', `${url}/messages`, repeated)
  t.match(await ask('POST', `${url}/messages`, repeated), { status: 200, body: { id: stored.body.id } }, 'a repeat is not refused because it moved the head itself')
  const both = await Promise.all(['f', 'g'].map(async content => await ask('POST', `${url}/messages`, { content, expected_head: stored.body.id })))
  t.same(both.map(({ status }) => status).sort(), [201, 409], 'of two tabs one is refused')
  const won = both.find(({ status }) => status === 201)!.body
  t.equal(both.find(({ status }) => status === 409)!.body.current_head, won.id)
  // Both in one turn of the event loop, so that they share a batch.
  const actor = { id: owner.id, username: owner.username, role: 'user' as const, session_id: '' }
  const [replayed, next] = await Promise.all([{ content: 'e', client_id: 'e' }, { content: 'h', expected_head: won.id }].map(async message => await app.services.messages.send(actor, chat.id, message)))
  t.match([replayed, next], [{ replayed: true, message: { id: stored.body.id } }, { replayed: false, message: { content: 'h' } }], 'a repeat in the same batch moves no head')
  t.same(await texts(), ['a', 'b', 'c', 'before e', 'e', won.content, 'h'])
})

t.test('renaming', async t => {
  const { say, branch, ask, url, main, branches } = await newChat()
  await say('a')
  const { id } = await branch({ name: 'one', message_index: 0 })
  t.match(await ask('PATCH', `${url}/branches/${id}`, { name: 'two' }), { status: 200, body: { id, name: 'two' } })
  t.match(await ask('PATCH', `${url}/branches/${id}`, { name: 'two' }), { status: 200 }, 'the same name again')
  t.match(await ask('PATCH', `${url}/branches/${id}`, { name: 'main' }), { status: 409, body: { code: 'branch_name_taken' } })
  for (const body of [{ name: '' }, { name: ' ' }, { name: 'n'.repeat(101) }, {}, { name: 'x', kind: 'main' }]) t.match(await ask('PATCH', `${url}/branches/${id}`, body), { status: 400, body: { code: 'validation_failed' } })
  t.match(await ask('PATCH', `${url}/branches/${main}`, { name: 'trunk' }), { status: 200, body: { kind: 'main' } })
  await branch({ name: 'main', message_index: 0 })
  t.same(names(await branches()), ['trunk', 'two', 'main'])
})

t.test('deleting: refused while in use, else at once and for good', async t => {
  const { say, branch, ask, url, main, branches, activate, must, chat, page } = await newChat()
  await say('a')
  const one = await branch({ name: 'one', message_index: 0 })
  const secret = await say('a secret', { branch_id: one.id })
  const two = await branch({ name: 'two', message_id: secret.id })
  const deep = await say('a deep secret', { branch_id: two.id })
  const refused = { status: 409, body: { code: 'branch_in_use' } }
  t.match(await ask('DELETE', `${url}/branches/${main}`), refused)
  t.match(await ask('DELETE', `${url}/branches/${main}?cascade=true`), refused)
  t.match(await ask('DELETE', `${url}/branches/${one.id}`), refused, 'a parent')
  await activate(two.id)
  t.match(await ask('DELETE', `${url}/branches/${two.id}`), refused, 'the active one')
  t.match(await ask('DELETE', `${url}/branches/${one.id}?cascade=true`), refused, 'an ancestor of the active one')
  t.same(names(await branches()), ['main', 'one', 'two'])
  await activate(main)
  t.equal((await ask('DELETE', `${url}/branches/${one.id}?cascade=true`)).status, 204)
  t.same(names(await branches()), ['main'])
  for (const { id } of [secret, deep]) {
    t.match(await ask('GET', `/messages/${id}`), { status: 404, body: { code: 'message_not_found' } })
    t.match(await ask('PATCH', `/messages/${id}`, { content: 'x' }), { status: 404, body: { code: 'message_not_found' } })
    t.match(await ask('DELETE', `/messages/${id}`), { status: 404, body: { code: 'message_not_found' } })
    t.match(await ask('GET', `${url}/messages?around=${id}`), { status: 404, body: { code: 'message_not_found' } })
  }
  t.equal(await app.services.log.entries.countDocuments({ chat_id: new Types.ObjectId(chat.id), content: /secret/ }), 0, 'their text is gone from the database')
  t.equal((await app.connection.collection('chats').findOne({ _id: new Types.ObjectId(chat.id) }))!['dropped_branch_ids'], undefined)
  t.notMatch((await must('GET', url)).last_message.content, /secret/)
  t.match(await page(), { count: 1, items: [{ content: 'a' }] })
  t.equal((await branch({ name: 'one', message_index: 0 })).name, 'one', 'the name is free again')
  t.match(await ask('DELETE', `${url}/branches/${one.id}`), { status: 404, body: { code: 'branch_not_found' } })
})

t.test('text that a process could not remove goes at the next start', async t => {
  const { say, branch, chat, must, url } = await newChat()
  await say('a')
  const one = await branch({ name: 'one', message_index: 0 })
  await say('left behind', { branch_id: one.id })
  const { chats, log } = app.services
  const real = log.entries.updateMany
  log.entries.updateMany = async () => { throw new Error('the process died here') }
  t.teardown(() => { log.entries.updateMany = real })
  await must('DELETE', `${url}/branches/${one.id}`)
  log.entries.updateMany = real
  const left = async () => await log.entries.countDocuments({ chat_id: new Types.ObjectId(chat.id), content: 'left behind' })
  t.equal(await left(), 1)
  await chats.resumePurges()
  t.equal(await left(), 0)
})

t.test('who may: assistant, direct and group', async t => {
  const direct = await newChat('direct', [other])
  const their = chatOf(app, other, direct.chat.id)
  const first = await direct.say('hi')
  const fork = await their.branch({ name: 'his', message_id: first.id, activate: true })
  t.equal(fork.is_active, true, 'in a direct chat both may')
  await direct.activate(direct.main)
  await direct.must('DELETE', `${direct.url}/branches/${fork.id}`)

  const group = await newChat('group', [other])
  const member = chatOf(app, other, group.chat.id)
  const forbidden = { status: 403, body: { code: 'forbidden' } }
  const message = await group.say('hi')
  const hers = await group.branch({ name: 'hers', message_id: message.id, activate: true })
  await group.say('by her', { branch_id: hers.id })
  const his = await member.branch({ name: 'his', message_id: message.id })
  await member.say('by him', { branch_id: his.id })
  t.match(await member.tryBranch({ name: 'x', message_id: message.id, activate: true }), forbidden)
  t.match(await member.ask('PUT', `${group.url}/active-branch`, { branch_id: his.id }), forbidden)
  t.match(await member.ask('PATCH', `${group.url}/branches/${hers.id}`, { name: 'x' }), forbidden)
  t.match(await member.ask('DELETE', `${group.url}/branches/${hers.id}`), forbidden)
  t.equal((await member.ask('PATCH', `${group.url}/branches/${his.id}`, { name: 'his own' })).status, 200)
  const onHis = await group.branch({ name: 'hers on his', message_index: 1, branch_id: his.id })
  t.match(await member.ask('DELETE', `${group.url}/branches/${his.id}?cascade=true`), forbidden, 'not with what somebody else made')
  t.same(names(await group.branches()), ['main', 'hers', 'his own', 'hers on his'])
  await group.must('DELETE', `${group.url}/branches/${onHis.id}`)
  t.equal((await member.ask('DELETE', `${group.url}/branches/${his.id}`)).status, 204)

  const left = await member.branch({ name: 'left behind', message_id: message.id })
  await member.say('his words', { branch_id: left.id })
  await group.must('DELETE', `${group.url}/participants/${other.id}`)
  t.match(await member.tryBranch({ name: 'y', message_id: message.id }), { status: 404, body: { code: 'chat_not_found' } })
  t.same(await group.texts(`branch_id=${left.id}`), ['hi', 'his words'], 'what somebody made stays when they go')
  t.match(await group.must('GET', `${group.url}/branches/${left.id}`), { created_by: other.id })
})

t.test('the active branch takes what names none', async t => {
  const { say, branch, activate, ask, url, main, texts } = await newChat()
  await say('a')
  const one = await branch({ name: 'one', message_index: 0, activate: true })
  t.equal(one.is_active, true)
  await say('to one')
  t.same(await texts(), ['a', 'to one'])
  t.match(await ask('PUT', `${url}/active-branch`, { branch_id: main }), { status: 200, body: { id: main, is_active: true } })
  const version = (await ask('GET', url)).body.version
  t.match(await ask('PUT', `${url}/active-branch`, { branch_id: main }), { status: 200 }, 'again changes nothing')
  t.equal((await ask('GET', url)).body.version, version)
  await say('to main')
  t.same(await texts(), ['a', 'to main'])
  t.same(await texts(`branch_id=${one.id}`), ['a', 'to one'])
  const [raced] = await Promise.all([say('raced'), activate(one.id)])
  t.ok([main, one.id].includes(raced.branch_id))
  t.equal((await say('after')).branch_id, one.id)
})

t.test('clearing ends all branches', async t => {
  const { say, branch, must, url, branches, ask, page, chat } = await newChat()
  const first = await say('a')
  const one = await branch({ name: 'one', message_index: 0, activate: true })
  const { next_cursor: cursor } = await must('GET', `${url}/messages?limit=1&order=asc&branch_id=${(await say('b')).branch_id}`)
  await must('DELETE', `${url}/messages`)
  const [fresh, ...rest] = await branches()
  t.same(rest, [])
  t.match(fresh, { name: 'main', kind: 'main', is_active: true, size: 0, head_message_id: null })
  t.not(fresh.id, chat.active_branch_id)
  t.match(await page(), { items: [], count: 0 })
  t.match(await ask('GET', `${url}/messages?branch_id=${one.id}`), { status: 404, body: { code: 'branch_not_found' } })
  t.match(await ask('GET', `${url}/messages?cursor=${cursor}`), { status: 410, body: { code: 'resync_required' } })
  t.match(await ask('POST', `${url}/branches`, { name: 'x', message_id: first.id }), { status: 404, body: { code: 'message_not_found' } })
  t.match(await ask('POST', `${url}/branches`, { name: 'x', message_index: 0 }), { status: 400, body: { code: 'index_off_path' } })
  t.equal((await say('anew')).message_index, 0)
  t.equal((await branch({ name: 'one', message_index: 0 })).name, 'one')
})

t.test('a deleted message keeps its place on every branch, and the counts are exact', async t => {
  const { say, branch, must, page, main } = await newChat()
  const sent = [await say('0'), await say('1'), await say('2')]
  const early = await branch({ name: 'early', message_index: 0 })
  const late = await branch({ name: 'late', message_index: 2 })
  await say('3', { branch_id: late.id })
  await must('DELETE', `/messages/${sent[1].id}`)
  const afterwards = await branch({ name: 'afterwards', message_index: 2 })
  const between = await branch({ name: 'at a tombstone', message_index: 1 })
  const counts = async () => await Promise.all([main, early.id, late.id, afterwards.id, between.id].map(async id => (await page(`branch_id=${id}`)).count))
  t.same(await counts(), [2, 1, 3, 2, 1])
  t.equal((await say('4', { branch_id: between.id })).message_index, 2)
  await must('DELETE', `/messages/${sent[0].id}`)
  t.same(await counts(), [1, 0, 2, 1, 1])
  t.same((await page(`branch_id=${late.id}&order=asc`)).items.map(({ message_index: index }: any) => index), [2, 3])
})

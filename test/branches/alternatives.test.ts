import t from 'tap'
import { makeChat } from '../helpers/people.ts'
import { branchScene, chatOf } from './scene.ts'

const { app, owner, other } = await branchScene(t)
async function newChat () {
  const chat = await makeChat(app, owner)
  return { chat, main: chat.active_branch_id as string, ...chatOf(app, owner, chat.id) }
}
const rows = (items: any[]) => items.map(({ content, alternatives: { index, count } }) => `${content} ${index}/${count}`)

t.test('a linear chat has no alternatives', async t => {
  const { say, page, must } = await newChat()
  const first = await say('a')
  await say('b')
  t.same(rows((await page('order=asc')).items), ['a 0/1', 'b 0/1'])
  t.match(await must('GET', `/messages/${first.id}`), { alternatives: { index: 0, count: 1 } })
})

t.test('asking again in any place makes an alternative there, also of the first message', async t => {
  const { main, turn, branch, path, page, must, chat } = await newChat()
  await turn('q0', 'a0')
  await turn('q1', 'a1')
  const old = await path()
  const again = await branch({ message_id: old[2].id, replace_with: 'q1 again' })
  t.match(again, { kind: 'alternative', is_active: true, parent_branch_id: main, fork_message_id: old[1].id, created_from_message_index: 1, size: 3, message: { content: 'q1 again', role: 'user', message_index: 2, branch_id: again.id } })
  t.equal(again.head_message_id, again.message.id)
  t.equal(again.message.turn_id, again.message.id, 'it begins a turn of its own')
  t.same(rows((await page('order=asc')).items), ['q0 0/1', 'a0 0/1', 'q1 again 1/2'], 'the active branch is shown')
  t.same(rows((await page(`order=asc&branch_id=${main}`)).items), ['q0 0/1', 'a0 0/1', 'q1 0/2', 'a1 0/1'])
  const root = await branch({ message_index: 0, replace_with: 'q0 again' })
  t.match(root, { kind: 'alternative', parent_branch_id: null, fork_message_id: null, created_from_message_index: null, size: 1 })
  t.same(rows((await page('order=asc')).items), ['q0 again 1/2'])
  t.same(rows((await page(`order=asc&branch_id=${again.id}`)).items), ['q0 0/2', 'a0 0/1', 'q1 again 1/2'])
  const third = await branch({ message_id: root.message.id, replace_with: 'q0 once more' })
  t.match(third, { parent_branch_id: null, message: { alternatives: undefined } })
  for (const [id, index] of [[old[0].id, 0], [root.message.id, 1], [third.message.id, 2]]) t.match(await must('GET', `/messages/${id}`), { alternatives: { index, count: 3 } })
  t.equal((await must('GET', `/chats/${chat.id}`)).active_branch_id, third.id)
  t.match(await branch({ message_id: old[1].id, replace_with: 'a0 again', activate: false }), { is_active: false, message: { role: 'assistant', turn_id: old[0].id, reply_to: old[0].id } }, 'an answer again: of the same turn, to the same question')
  t.match(await must('GET', `/messages/${old[1].id}`), { alternatives: { index: 0, count: 2 } })
})

t.test('a named fork is an alternative of what follows, once it has a message', async t => {
  const { say, branch, page, main, chat, must } = await newChat()
  await say('a')
  await say('b')
  const one = await branch({ name: 'one', message_index: 0 })
  t.same(rows((await page('order=asc')).items), ['a 0/1', 'b 0/1'])
  const first = await say('b1', { branch_id: one.id })
  await say('c1', { branch_id: one.id })
  const two = await branch({ name: 'two', message_index: 0 })
  await say('b2', { branch_id: two.id })
  const nested = await branch({ name: 'nested', message_id: first.id })
  await say('c2', { branch_id: nested.id })
  t.same(rows((await page(`order=asc&branch_id=${main}`)).items), ['a 0/1', 'b 0/3'])
  t.same(rows((await page(`order=asc&branch_id=${one.id}`)).items), ['a 0/1', 'b1 1/3', 'c1 0/2'])
  t.same(rows((await page(`order=asc&branch_id=${nested.id}`)).items), ['a 0/1', 'b1 1/3', 'c2 1/2'])
  t.same(rows((await page(`order=asc&branch_id=${two.id}`)).items), ['a 0/1', 'b2 2/3'])
  t.same(rows((await page(`limit=1&branch_id=${nested.id}`)).items), ['c2 1/2'], 'a page of one that lacks what is before it')
  await must('DELETE', `/messages/${first.id}`)
  t.same(rows((await page(`order=asc&branch_id=${nested.id}`)).items), ['a 0/1', 'c2 1/2'], 'after a tombstone')
  t.same(rows((await page(`order=asc&branch_id=${nested.id}&include_deleted=true`)).items), ['a 0/1', ' 1/3', 'c2 1/2'], 'a tombstone keeps its place among the others')
  t.match(await branch({ message_id: first.id, replace_with: 'b3' }), { message: { message_index: 1 } }, 'in the place of a tombstone')
  t.same(rows((await page(`order=asc&branch_id=${main}`)).items), ['a 0/1', 'b 0/4'])
  await must('DELETE', `/chats/${chat.id}/branches/${two.id}`)
  t.same(rows((await page(`order=asc&branch_id=${main}`)).items), ['a 0/1', 'b 0/3'], 'a deleted branch counts no more')
})

t.test('a reply asked again still answers what it answered', async t => {
  const { say, branch } = await newChat()
  const first = await say('a')
  const reply = await say('re', { reply_to: first.id })
  t.match(await branch({ message_id: reply.id, replace_with: 're again' }), { message: { reply_to: first.id, turn_id: null } })
})

t.test('a name may be given to an alternative; one that somebody took does not hinder', async t => {
  const { say, branch, chat, must } = await newChat()
  await say('a')
  t.match(await branch({ name: 'mine', message_index: 0, replace_with: 'x' }), { kind: 'alternative', name: 'mine' })
  const { last_seq: seq } = await must('GET', `/chats/${chat.id}`)
  // The entry of this branch takes the next number, the alternative the one after.
  await branch({ name: `alternative ${seq + 2}`, message_index: 0 })
  t.match(await branch({ message_index: 0, replace_with: 'y' }), { kind: 'alternative', name: `alternative ${seq + 2} (2)` })
})

t.test('in a group one writes as oneself', async t => {
  const chat = await makeChat(app, owner, 'group', [other])
  const there = chatOf(app, other, chat.id)
  const message = await chatOf(app, owner, chat.id).say('hers')
  t.match(await there.branch({ message_id: message.id, replace_with: 'his' }), { is_active: false, message: { sender_id: other.id, sender_username: other.username, role: 'user' } }, 'who may not activate does not')
  await app.services.log.entries.updateOne({ branch_id: app.services.log.branches.base.Types.ObjectId.createFromHexString(message.branch_id) }, { $set: { role: 'assistant' } })
  t.match(await there.tryBranch({ message_id: message.id, replace_with: 'not mine to write' }), { status: 403, body: { code: 'role_not_allowed' } })
})

t.test('how many queries a page makes does not depend on what is on it', async t => {
  const { say, turn, branch, main } = await newChat()
  for (let i = 0; i < 10; i++) await turn(`q${i}`, `a${i}`)
  const { log, messages, chats } = app.services
  const actor = { id: owner.id, username: owner.username, role: 'user' as const, session_id: '' }
  let asked: string[] = []
  for (const method of ['find', 'findOne', 'aggregate', 'countDocuments'] as const) {
    for (const collection of [log.entries, log.branches.collection] as any[]) {
      const real = collection[method]
      collection[method] = function (...given: unknown[]) { asked.push(`${collection.collectionName}.${method}`); return real.apply(this, given) }
      t.teardown(() => { collection[method] = real })
    }
  }
  const db = log.branches.db.db!
  const { command } = db
  db.command = async function (given, ...rest) { asked.push(JSON.stringify(given)); return await command.call(this, given, ...rest) }
  t.teardown(() => { db.command = command })
  const count = async (chatId: string, query: object) => {
    await chats.access.find(actor, chatId)
    asked = []
    const page = await messages.list(actor, chatId, query)
    return { asked: asked.length, items: page.items.length }
  }
  const chatId = (await branch({ name: 'first', message_index: 0 })).parent_chat_id
  const few = await count(chatId, { branch_id: main, limit: 1 })
  for (let i = 1; i < 20; i++) await branch({ message_index: i, replace_with: `again ${i}`, branch_id: main, activate: false })
  await branch({ message_index: 0, replace_with: 'root again', branch_id: main, activate: false })
  await say('newest', { branch_id: main })
  const many = await count(chatId, { branch_id: main, limit: 100 })
  t.equal(many.items, 21)
  t.equal(few.asked, 2, `a page of one made ${few.asked} queries`)
  t.ok(many.asked <= 5, `a page of 21 with 20 forks made ${many.asked}: ${asked.join(', ')}`)
})

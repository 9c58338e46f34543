import { Types } from 'mongoose'
import t from 'tap'
import { makeChat } from '../helpers/people.ts'
import { branchScene, chatOf } from './scene.ts'

const { app, owner, other } = await branchScene(t)
const { log, chats } = app.services
const plain = (items: any[]) => items.map(({ content, role, message_index: index, is_deleted: deleted, is_edited: edited, alternatives, sender_username: name }) => ({ content, role, index, deleted, edited, alternatives, name }))

/** A chat with a turn, a tombstone, an edit, a reply, and branches on branches. */
async function original () {
  const chat = await makeChat(app, owner)
  const here = chatOf(app, owner, chat.id)
  await here.turn('q0', 'a0', { client_id: `copied-${chat.id}` })
  const gone = await here.say('to be deleted')
  await here.must('PATCH', `/messages/${(await here.say('draft')).id}`, { content: 'edited' })
  await here.must('DELETE', `/messages/${gone.id}`)
  await here.turn('q1', 'a1')
  const path = await here.path()
  const again = await here.branch({ message_id: path[5].id, replace_with: 'a1 again' })
  const nested = await here.branch({ name: 'nested', message_id: path[3].id })
  await here.say('on nested', { branch_id: nested.id, reply_to: path[5].id })
  const root = await here.branch({ message_index: 0, replace_with: 'q0 again', activate: false })
  const dropped = await here.branch({ name: 'dropped', message_index: 0 })
  await here.say('dropped', { branch_id: dropped.id })
  await here.must('DELETE', `/chats/${chat.id}/branches/${dropped.id}`)
  await here.branch({ name: 'empty', message_index: 0, branch_id: nested.id })
  return { chat, main: chat.active_branch_id as string, again, nested, root, ...here }
}
const source = await original()
const url = `/chats/${source.chat.id}`

t.test('a copy of one path is a linear chat', async t => {
  const copy = await source.must('POST', `${url}/fork`, { title: 'A copy' })
  t.match(copy, { type: 'assistant', title: 'A copy', owner_id: owner.id, last_seq: 6, participants: [{ user_id: owner.id }], last_message: { content: 'a1 again' } })
  t.match(copy.forked_from, { chat_id: source.chat.id, branch_id: source.again.id, seq: (await source.must('GET', url)).last_seq })
  const there = chatOf(app, owner, copy.id)
  const [before, after] = [await source.path(source.again.id), await there.path()]
  t.same(plain(after), plain(before).map(item => ({ ...item, alternatives: { index: 0, count: 1 } })))
  t.same(after.map(({ seq }: any) => seq), [1, 2, 3, 4, 5, 6])
  t.equal(new Set([...before, ...after].map(({ id }: any) => id)).size, 12, 'all ids are new')
  t.same((await there.branches()).map(({ name, kind, is_active: active }: any) => [name, kind, active]), [['main', 'main', true]])
  t.equal((await there.page()).count, 5)
  t.same((await there.must('GET', `/chats/${copy.id}/turns`)).items.map(({ question, response }: any) => [question, response]), [['q0', 'a0'], ['q1', 'a1 again']])
  t.equal(after[1].reply_to, after[0].id)
  t.equal((await there.say('goes on')).message_index, 6)
  t.equal((await there.turn('q0', 'a0', { client_id: `copied-${source.chat.id}` })).turn_index, 2, 'the client_ids were left behind')
  const nested = chatOf(app, owner, (await source.must('POST', `${url}/fork`, { branch_id: source.nested.id })).id)
  t.match((await nested.path()).at(-1), { content: 'on nested', reply_to: null }, 'what it answered is on another path')
})

t.test('a copy with all branches has the same shape', async t => {
  const copy = await source.must('POST', `${url}/fork`, { include: 'branches' })
  t.match(copy, { title: 'A chat', forked_from: { chat_id: source.chat.id, branch_id: null } })
  const there = chatOf(app, owner, copy.id)
  const [before, after] = [await source.tree(), await there.tree()]
  const shape = (items: any[]) => items.map(({ name, kind, depth, size, own_size: own, created_from_message_index: from, is_active: active, first_words: words, parent_branch_id: parent }) => ({ name, kind, depth, size, own, from, active, words, parent: items.find(({ id }) => id === parent)?.name ?? null }))
  t.same(shape(after), shape(before))
  t.equal(copy.active_branch_id, after.find(({ is_active: active }: any) => active).id)
  const seqs = new Map<number, string>()
  for (const [i, branch] of before.entries()) {
    const [theirs, ours] = [await source.path(branch.id), await there.path(after[i].id)]
    t.same(plain(ours), plain(theirs), `the path of ${branch.name}`)
    t.equal((await there.page(`branch_id=${after[i].id}`)).count, (await source.page(`branch_id=${branch.id}`)).count)
    const turns = async (chat: typeof there, id: string, chatId: string) => (await chat.must('GET', `/chats/${chatId}/turns?branch_id=${id}`)).items.map(({ question, response }: any) => [question, response])
    t.same(await turns(there, after[i].id, copy.id), await turns(source, branch.id, source.chat.id))
    t.same(ours.map(({ seq }: any) => seq), [...ours.map(({ seq }: any) => seq)].sort((a, b) => a - b))
    for (const { seq, id } of ours) seqs.set(seq, id)
  }
  t.same([...seqs.keys()].sort((a, b) => a - b), Array.from({ length: seqs.size }, (_, i) => i + 1), 'numbered without a hole')
  const message = (await there.path(after.find(({ name }: any) => name === 'nested').id)).at(-1)
  t.match(await there.must('GET', `/messages/${message.reply_to}`), { content: 'a1' }, 'a reply points into the copy')
  const more = await there.branch({ name: 'made in the copy', message_index: 0 })
  t.equal((await there.tree()).at(-1).id, more.id)
  for (const branch of await log.branches.find({ chat_id: copy.id }).lean()) {
    for (const { branch_id: id, upto_seq: seq, upto_index: index } of branch.lineage) {
      t.match(await log.entries.findOne({ chat_id: new Types.ObjectId(copy.id), seq }), { branch_id: id, message_index: index }, `the lineage of ${branch.name}`)
    }
  }
})

t.test('anybody in a group may copy it, and owns the copy', async t => {
  const group = await makeChat(app, owner, 'group', [other])
  await chatOf(app, owner, group.id).say('by her')
  const copy = await chatOf(app, other, group.id).must('POST', `/chats/${group.id}/fork`, {})
  t.match(copy, { type: 'assistant', owner_id: other.id, participants: [{ user_id: other.id }] })
  t.match(await chatOf(app, other, copy.id).path(), [{ content: 'by her', sender_id: owner.id }])
  t.equal((await source.ask('GET', `/chats/${copy.id}`)).status, 404)
  t.match(await chatOf(app, other, copy.id).must('POST', `/chats/${copy.id}/fork`, {}), { forked_from: { chat_id: copy.id } }, 'a copy of a copy')
  const empty = await makeChat(app, owner)
  t.match(await source.must('POST', `/chats/${empty.id}/fork`, { include: 'branches' }), { last_seq: 0, last_message: null })
})

/** Stops the next copy in its middle until `go` is called. */
function interrupt (fail?: Error) {
  let go = () => {}
  const real = log.entries.insertMany
  const reached = new Promise<string>(resolve => {
    log.entries.insertMany = async function (this: unknown, ...given: any[]) {
      log.entries.insertMany = real
      const done = await real.apply(log.entries, given as never)
      resolve(String(given[0][0].chat_id))
      await new Promise<void>(resolve => { go = resolve; if (fail) resolve() })
      if (fail) throw fail
      return done
    } as never
  })
  return { reached, go: () => go() }
}
const inAll = async (id: string) => [
  await log.entries.countDocuments({ chat_id: new Types.ObjectId(id) }),
  await log.branches.countDocuments({ chat_id: id }),
  await app.connection.collection('chats').countDocuments({ _id: new Types.ObjectId(id) })
]

t.test('nobody sees a copy before it is whole, and what happens meanwhile is not in it', async t => {
  const { ask, must, branch, say, chat, main, path } = await original()
  const before = plain(await path(main))
  const { reached, go } = interrupt()
  const copying = must('POST', `/chats/${chat.id}/fork`, { include: 'branches' })
  const id = await reached
  t.equal((await ask('GET', `/chats/${id}`)).status, 404)
  t.notOk((await must('GET', '/chats?limit=100')).items.some((item: any) => item.id === id))
  const copied = (await log.entries.findOne({ chat_id: new Types.ObjectId(id) }))!
  t.equal((await ask('GET', `/messages/${String(copied._id)}`)).status, 404)
  await say('meanwhile', { branch_id: main })
  await branch({ name: 'meanwhile', message_index: 6, branch_id: main })
  await must('DELETE', `/messages/${(await path(main))[0].id}`)
  go()
  const copy = await copying
  t.equal(copy.id, id)
  const there = chatOf(app, owner, id)
  const [copyOfMain] = await there.branches()
  t.same(plain(await there.path(copyOfMain.id)), before)
  t.equal((await there.page(`branch_id=${copyOfMain.id}`)).count, 5)
  t.notOk((await there.branches()).some(({ name }: any) => name === 'meanwhile'))
})

t.test('all that is copied is of one moment', async t => {
  const { must, say, chat, main, path } = await original()
  const before = plain(await path(main))
  const real = log.entries.countDocuments
  t.teardown(() => { log.entries.countDocuments = real })
  // Between reading the branches and reading the messages.
  log.entries.countDocuments = async function (...given: any[]) {
    log.entries.countDocuments = real
    await say('meanwhile', { branch_id: main })
    await must('DELETE', `/messages/${(await path(main))[0].id}`)
    return await real.apply(log.entries, given as never)
  } as never
  const there = chatOf(app, owner, (await must('POST', `/chats/${chat.id}/fork`, { include: 'branches' })).id)
  const [copyOfMain] = await there.branches()
  t.same(plain(await there.path(copyOfMain.id)), before)
  t.equal((await there.page(`branch_id=${copyOfMain.id}`)).count, 5)
})

t.test('a copy that fails leaves nothing', async t => {
  const { reached } = interrupt(new Error('a fault in the middle'))
  const copying = source.ask('POST', `${url}/fork`, { include: 'branches' })
  const id = await reached
  t.equal((await copying).status, 500)
  t.same(await inAll(id), [0, 0, 0])
})

t.test('a copy whose process died is removed at a later start, one that may still be made is not', async t => {
  const { owner_id: ownerId } = (await app.connection.collection('chats').findOne({ _id: new Types.ObjectId(source.chat.id) }))!
  const copy = await chats.copies.begin({ id: String(ownerId), username: '', role: 'user', session_id: '' }, { title: null, system_prompt: null }, { chat_id: new Types.ObjectId(source.chat.id), branch_id: null, seq: 1 })
  const id = String(copy._id)
  const row = (await log.entries.findOne({ chat_id: new Types.ObjectId(source.chat.id), seq: 1 }))!
  const { client_id: _client, client_digest: _digest, ...message } = row as any
  await log.entries.insertOne({ ...message, _id: new Types.ObjectId(), chat_id: copy._id })
  await log.branches.collection.insertOne({ ...(await log.branches.findOne({ _id: source.main }).lean())!, _id: new Types.ObjectId(), chat_id: copy._id })
  await chats.resumePurges()
  t.same(await inAll(id), [1, 1, 1])
  await app.connection.collection('chats').updateOne({ _id: copy._id }, { $set: { created_at: new Date(Date.now() - 3_600_000) } })
  await chats.resumePurges()
  t.same(await inAll(id), [0, 0, 0])
})

t.test('a chat that is too large is not copied', async t => {
  const chat = await makeChat(app, owner)
  const there = chatOf(app, owner, chat.id)
  await there.say('0')
  const row = (await log.entries.findOne({ chat_id: new Types.ObjectId(chat.id) })) as any
  const grow = async (index: number) => await log.entries.insertOne({ ...row, _id: new Types.ObjectId(), seq: index + 1, rev: index + 1, message_index: index })
  await grow(99_999)
  t.match(await there.ask('POST', `/chats/${chat.id}/fork`, {}), { status: 201 }, 'a path that ends at 100,000')
  await grow(100_000)
  const before = await app.connection.collection('chats').countDocuments()
  t.match(await there.ask('POST', `/chats/${chat.id}/fork`, {}), { status: 409, body: { code: 'chat_too_large' } })
  t.equal(await app.connection.collection('chats').countDocuments(), before)
})

import { Types } from 'mongoose'
import t from 'tap'
import { readMarked } from '../../src/chats/events.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const { services } = app
const [ann, bob, cyd, dan] = await registerAll(app, 'ann', 'bob', 'cyd', 'dan') as [Person, Person, Person, Person]
const entries = app.connection.collection('messages')
const ask = async (method: string, path: string, { token }: Person, body?: unknown) => await app.request(method, path, { token, ...(body !== undefined && { body }) })
const unread = async (chatId: string, person: Person) => (await ask('GET', `/chats/${chatId}`, person)).body.unread_count
const mark = async (chatId: string, person: Person, seq: unknown) => await ask('PUT', `/chats/${chatId}/read`, person, { seq })
const marks = async (chatId: string, person = ann) => (await ask('GET', `/chats/${chatId}/reads`, person)).body.items.map(({ user_id, seq }: any) => [user_id, seq])
const upTo = (n: number) => [...Array(n).keys()]

t.test('what is unread', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  t.same([await unread(chat.id, ann), await unread(chat.id, bob)], [0, 0])
  const sent = []
  for (const text of 'abcd') sent.push(await say(app, ann, chat.id, text))
  t.same([await unread(chat.id, ann), await unread(chat.id, bob)], [0, 4], 'one\'s own do not count')
  t.match((await ask('GET', '/chats', bob)).body.items, [{ id: chat.id, unread_count: 4 }])
  t.match(await mark(chat.id, bob, 2), { status: 200, body: { chat_id: chat.id, user_id: bob.id, seq: 2, unread_count: 2 } })
  await ask('PATCH', `/messages/${sent[1].id}`, ann, { content: 'b again' })
  await ask('PATCH', `/chats/${chat.id}`, ann, { title: 'x' })
  t.equal(await unread(chat.id, bob), 2, 'what is not a new message does not count')
  await ask('DELETE', `/messages/${sent[3].id}`, ann)
  t.equal(await unread(chat.id, bob), 1, 'nor does a deleted one')
  t.match((await mark(chat.id, bob, 1)).body, { seq: 2, unread_count: 1 }, 'a mark never moves back')
  const { body: branch } = await ask('POST', `/chats/${chat.id}/branches`, ann, { name: 'aside', message_index: 0 })
  const aside = await say(app, ann, chat.id, 'aside', { branch_id: branch.id })
  t.equal(await unread(chat.id, bob), 2, 'on whichever branch')
  await ask('DELETE', `/chats/${chat.id}/branches/${branch.id}`, ann)
  t.equal(await unread(chat.id, bob), 1, 'that is there')
  // As if the process had died before it took the text.
  await entries.updateOne({ chat_id: new Types.ObjectId(chat.id), branch_id: new Types.ObjectId(branch.id) }, { $set: { is_deleted: false } })
  await app.connection.collection('chats').updateOne({ _id: new Types.ObjectId(chat.id) }, { $set: { dropped_branch_ids: [new Types.ObjectId(branch.id)] } })
  t.equal(await unread(chat.id, bob), 1)
  const own = await say(app, bob, chat.id, 'mine')
  t.same([await unread(chat.id, ann), await unread(chat.id, bob)], [1, 0], 'whoever writes has read')
  t.same(await marks(chat.id), [[ann.id, aside.seq], [bob.id, own.seq]])
  await say(app, ann, chat.id, 'f')
  t.equal((await ask('DELETE', `/chats/${chat.id}/messages`, ann)).status, 204)
  t.same([await unread(chat.id, ann), await unread(chat.id, bob)], [0, 0], 'a cleared chat is read')
  await say(app, ann, chat.id, 'g')
  t.equal(await unread(chat.id, bob), 1)
})

t.test('which marks are refused', async t => {
  const chat = await makeChat(app, ann, 'direct', [bob])
  t.equal((await mark(chat.id, ann, 1)).status, 400, 'nothing is there')
  await say(app, ann, chat.id, 'x')
  t.match(await mark(chat.id, bob, 2), { status: 400, body: { code: 'validation_failed', errors: [{ path: '/seq' }] } })
  for (const seq of [0, -1, 1.5, '1', null, Number.MAX_SAFE_INTEGER]) t.equal((await mark(chat.id, bob, seq)).status, 400, String(seq))
  t.same(await marks(chat.id), [[ann.id, 1], [bob.id, 0]])
  t.match((await ask('GET', `/chats/${chat.id}/reads`, ann)).body.items[1], { at: null })
  t.equal((await mark(chat.id, bob, 1)).status, 200)
  t.match((await ask('GET', `/chats/${chat.id}/reads`, ann)).body.items[1], { seq: 1, at: String })
  for (const path of [chat.id, '66f0c0ffee0000000000c001']) {
    t.match(await mark(path, dan, 1), { status: 404, body: { code: 'chat_not_found' } })
    t.equal((await ask('GET', `/chats/${path}/reads`, dan)).status, 404)
  }
})

t.test('whoever comes in has nothing unread', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  for (const text of 'abc') await say(app, ann, chat.id, text)
  await ask('POST', `/chats/${chat.id}/participants`, ann, { user_ids: [cyd.id, dan.id] })
  t.same(await marks(chat.id, cyd), [[ann.id, 3], [bob.id, 0], [cyd.id, 5], [dan.id, 5]])
  t.same([await unread(chat.id, bob), await unread(chat.id, cyd)], [3, 0])
  await say(app, ann, chat.id, 'd')
  t.equal(await unread(chat.id, cyd), 1)
  await ask('DELETE', `/chats/${chat.id}/participants/${cyd.id}`, ann)
  t.equal((await mark(chat.id, cyd, 1)).status, 404)
  t.same(await marks(chat.id), [[ann.id, 6], [bob.id, 0], [dan.id, 5]], 'whoever went has no mark')
  await ask('POST', `/chats/${chat.id}/participants`, ann, { user_ids: [cyd.id] })
  t.equal(await unread(chat.id, cyd), 0)
})

t.test('the frame `read`, and what the others hear', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const listen = async ({ token }: Person) => {
    const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${token}`)
    socket.send({ type: 'ping', id: 'ready' })
    await socket.next('pong')
    return socket
  }
  const [hers, his] = [await listen(ann), await listen(bob)]
  for (const text of 'abc') await say(app, ann, chat.id, text)
  his.send({ type: 'read', id: '1', chat_id: chat.id, seq: 2 })
  t.match(await his.next('ack'), { id: '1', chat_id: chat.id, user_id: bob.id, seq: 2, unread_count: 1 })
  t.match(await hers.next('read_marked'), { chat_id: chat.id, user_id: bob.id, seq: 2 })
  await mark(chat.id, bob, 2)
  await mark(chat.id, bob, 1)
  await mark(chat.id, bob, 3)
  t.match(await hers.next('read_marked'), { seq: 3 }, 'only what moves a mark is told')
  his.send({ type: 'read', id: '2', chat_id: chat.id, seq: 4 })
  t.match(await his.next('error'), { id: '2', code: 'validation_failed' })
  const log = await entries.find({ chat_id: new Types.ObjectId(chat.id) }).toArray()
  t.equal(log.length, 3, 'marks take no number')
})

t.test('a hundred people read at once, some on several devices', async t => {
  const people = upTo(99).map((i): Actor & { _id: Types.ObjectId } => {
    const _id = new Types.ObjectId()
    return { _id, id: String(_id), username: `reader-${i}`, role: 'user', session_id: '', expires_at: 0 }
  })
  await app.connection.collection('users').insertMany(people.map(({ _id, username }) => ({ _id, username, is_active: true, username_key: username, email: `${username}@example.com`, email_key: `${username}@example.com` })))
  const owner = { id: ann.id, username: 'ann', role: 'user' as const, session_id: '', expires_at: 0 }
  const { chat } = await services.chats.create(owner, { type: 'group', participant_ids: people.map(({ id }) => id) })
  for (let i = 0; i < 20; i++) await services.messages.send(owner, chat.id, { content: 'x' })
  const { version, updated_at: updated } = await services.chats.get(owner, chat.id)
  const heard = new Map<string, number[]>()
  const end = services.bus.on(readMarked, ({ user_id, seq }) => { heard.set(user_id, [...heard.get(user_id) ?? [], seq]) })
  const last = new Map(people.map(({ id }, i) => [id, 5 + i % 15]))
  const markAll = async (some: typeof people, seqs: (most: number) => number[]) => {
    await Promise.all(some.flatMap(person => seqs(last.get(person.id)!).map(async seq => await services.chats.reads.mark(person, chat.id, seq))))
  }
  // As many at a time as the database's connections bear on a busy machine.
  await markAll(people.slice(0, 33), most => [3, most, 1])
  await markAll(people, most => [most])
  await markAll(people.slice(33, 66), most => [most - 1, 1])
  end()
  const found = await services.chats.reads.list(owner, chat.id)
  t.same(found.slice(1).map(({ user_id, seq }) => [user_id, seq]), [...last], 'each has the highest number')
  t.equal(await app.connection.collection('reads').countDocuments({ chat_id: new Types.ObjectId(chat.id) }), 100)
  t.ok(people.every(({ id }) => heard.get(id)!.includes(last.get(id)!)))
  t.match(await services.chats.get(owner, chat.id), { version, updated_at: updated }, 'and the chat itself was not written')
})

t.test('unread messages are counted by an index, up to a bound', async t => {
  const [much, little, noisy] = [await makeChat(app, ann, 'group', [dan, bob]), await makeChat(app, ann, 'group', [dan, bob]), await makeChat(app, ann, 'group', [dan, bob])]
  await say(app, ann, little.id, 'x')
  const { _id, ...row } = (await entries.findOne({ chat_id: new Types.ObjectId(little.id) }))!
  const chat = new Types.ObjectId(much.id)
  await say(app, ann, much.id, 'x')
  await entries.insertMany(upTo(1100).map(i => ({ ...row, chat_id: chat, seq: i + 2, rev: i + 2, message_index: i + 1 })))
  await say(app, bob, much.id, 'x')
  const { _id: first } = (await entries.findOne({ _id: new Types.ObjectId((await say(app, ann, noisy.id, 'x')).id) }))!
  await entries.insertMany(upTo(5100).map(i => ({ kind: 'change', chat_id: new Types.ObjectId(noisy.id), seq: i + 2, type: 'message_reacted', message_id: first, actor_id: row['sender_id'], created_at: new Date() })))
  await say(app, ann, noisy.id, 'y')
  const aggregates: any[] = []
  const { entries: log } = services.log
  const real = log.aggregate
  log.aggregate = function (pipeline: never) {
    aggregates.push(pipeline)
    return real.call(log, pipeline)
  } as never
  t.teardown(() => { log.aggregate = real })
  const { items } = (await ask('GET', '/chats', dan)).body
  log.aggregate = real
  const counts = new Map(items.map(({ id, unread_count: count }: any) => [id, count]))
  t.same([much, little, noisy].map(({ id }) => counts.get(id)), [1000, 1, 1])
  t.equal(aggregates.length, 1, 'one query for all chats')
  const unions = aggregates[0].filter((stage: any) => stage.$unionWith).map((stage: any) => stage.$unionWith.pipeline)
  const all = [aggregates[0].filter((stage: any) => !stage.$unionWith), ...unions]
  t.ok(all.length >= 3)
  for (const pipeline of all) {
    const plan = await real.call(log, pipeline).explain('executionStats') as any
    const { queryPlanner, executionStats } = plan.stages[0].$cursor
    t.notMatch(JSON.stringify(queryPlanner.winningPlan), /COLLSCAN|"SORT"/)
    const { totalKeysExamined: keys, totalDocsExamined: docs } = executionStats
    t.ok(keys <= 5000 && docs <= 5000, `${keys} keys and ${docs} documents`)
  }
  const find = await app.connection.collection('reads').find({ chat_id: { $in: [chat, new Types.ObjectId(little.id)] }, user_id: new Types.ObjectId(dan.id) }).explain('executionStats') as any
  t.ok(JSON.stringify(find.queryPlanner.winningPlan).includes('IXSCAN') && find.executionStats.totalDocsExamined <= 2)
  await mark(much.id, dan, 1000)
  t.equal(await unread(much.id, dan), 102)
  await mark(much.id, dan, 1102)
  t.equal(await unread(much.id, dan), 0)
})

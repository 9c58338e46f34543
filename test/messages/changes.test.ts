import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob, cyd] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const entries = app.connection.collection('messages')
const ask = async (method: string, path: string, { token }: Person, body?: unknown) => await app.request(method, path, { token, ...(body !== undefined && { body }) })
const changes = async (chatId: string, query: string, person = ann) => await ask('GET', `/chats/${chatId}/changes?${query}`, person)
const told = ({ body }: { body: any }) => body.changes.map(({ seq, type, message }: any) => [seq, message?.content ?? type])

t.test('what was missed, compacted', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  t.match(await changes(chat.id, 'since=0'), { status: 200, body: { chat_id: chat.id, epoch: chat.epoch, from: 0, to: 0, has_more: false, changes: [] } }, 'nothing yet')
  const first = await say(app, ann, chat.id, 'first')
  const second = await say(app, bob, chat.id, 'second')
  await ask('PATCH', `/messages/${first.id}`, ann, { content: 'first again' })
  await ask('PATCH', `/chats/${chat.id}`, ann, { title: 'Another' })
  await ask('PATCH', `/messages/${first.id}`, ann, { content: 'first for good' })
  await ask('POST', `/chats/${chat.id}/participants`, ann, { user_ids: [cyd.id] })
  await ask('DELETE', `/messages/${second.id}`, bob)
  const all = await changes(chat.id, `since=0&epoch=${chat.epoch}`)
  t.match(all.body, { from: 0, to: 7, has_more: false })
  t.same(all.body.changes, [
    { seq: 4, type: 'chat_updated', actor_id: ann.id },
    { seq: 5, type: 'message', message: (await ask('GET', `/messages/${first.id}`, ann)).body },
    { seq: 6, type: 'participant_added', user_id: cyd.id, actor_id: ann.id },
    { seq: 7, type: 'message', message: (await ask('GET', `/messages/${second.id}`, ann)).body }
  ].map(({ message, ...item }) => {
    const { alternatives: _, ...present } = message ?? {}
    return { ...item, ...(message && { message: present }) }
  }))
  t.match(all.body.changes[3].message, { is_deleted: true, content: '', rev: 7, seq: 2 }, 'a tombstone')
  t.notMatch(all.text, /second|again/)
  t.same(told(await changes(chat.id, 'since=5')), [[6, 'participant_added'], [7, '']])
  t.same(told(await changes(chat.id, 'since=0', cyd)), told(all), 'who was let in later sees all, as in the history')
  for (const [since, limit, to, items] of [[0, 3, 3, []], [3, 1, 4, [[4, 'chat_updated']]], [4, 2, 6, [[5, 'first for good'], [6, 'participant_added']]], [6, 1, 7, [[7, '']]], [7, 500, 7, []]] as const) {
    const page = await changes(chat.id, `since=${since}&limit=${limit}`)
    t.match(page.body, { from: since, to, has_more: to < 7 })
    t.same(told(page), items, `since ${since}, ${limit} numbers`)
  }
  for (const query of ['', 'since=-1', 'since=x', 'since=1.5', 'since=0&limit=0', 'since=0&limit=501', 'since=0&epoch=x', 'since=0&colour=red']) t.equal((await changes(chat.id, query)).status, 400, query)
})

t.test('what cannot be told whole is refused, never passed over', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const gone = async (query: string) => { t.match(await changes(chat.id, query), { status: 410, body: { code: 'resync_required' } }, query) }
  for (const text of 'abcdef') await say(app, ann, chat.id, text)
  await gone('since=7')
  await gone(`since=${Number.MAX_SAFE_INTEGER}`)
  await gone('since=6&epoch=0000000000000000')
  t.match(await changes(chat.id, 'since=6'), { status: 200, body: { to: 6, changes: [] } })

  const hidden = await entries.findOneAndDelete({ chat_id: new Types.ObjectId(chat.id), seq: 3 })
  await gone('since=0')
  await gone('since=2&limit=1')
  t.same(told(await changes(chat.id, 'since=3')), [[4, 'd'], [5, 'e'], [6, 'f']], 'what is behind the hole can be told')
  t.same(told(await changes(chat.id, 'since=0&limit=2')), [[1, 'a'], [2, 'b']], 'and what is before it')
  await entries.insertOne(hidden!)

  t.equal((await ask('DELETE', `/chats/${chat.id}/messages`, ann)).status, 204)
  for (const since of [0, 5, 6]) await gone(`since=${since}`)
  const { epoch } = (await ask('GET', `/chats/${chat.id}`, ann)).body
  await gone(`since=7&epoch=${chat.epoch}`)
  await say(app, ann, chat.id, 'g')
  t.match((await changes(chat.id, `since=7&epoch=${epoch}`)).body, { epoch, from: 7, to: 8, changes: [{ seq: 8, message: { content: 'g' } }] })
  // As after the purge, five minutes later.
  await entries.deleteMany({ chat_id: new Types.ObjectId(chat.id), seq: { $lt: 7 } })
  for (const since of [0, 5, 6]) await gone(`since=${since}`)
  t.same(told(await changes(chat.id, 'since=7')), [[8, 'g']])
})

t.test('a deleted branch', async t => {
  const chat = await makeChat(app, ann)
  await say(app, ann, chat.id, 'on main')
  const { body: branch } = await ask('POST', `/chats/${chat.id}/branches`, ann, { name: 'aside', message_index: 0 })
  await say(app, ann, chat.id, 'a word aside', { branch_id: branch.id })
  t.same(told(await changes(chat.id, 'since=0')), [[1, 'on main'], [2, 'branch_created'], [3, 'a word aside']])
  t.equal((await ask('DELETE', `/chats/${chat.id}/branches/${branch.id}`, ann)).status, 204)
  // Its text may be there for a moment longer: a process may have died before it took it.
  await entries.updateOne({ chat_id: new Types.ObjectId(chat.id), seq: 3 }, { $set: { content: 'a word aside', is_deleted: false } })
  const after = await changes(chat.id, 'since=0')
  t.match(after.body.changes, [{ seq: 1 }, { seq: 2, type: 'branch_created' }, { seq: 4, type: 'branch_deleted', branch_id: branch.id }])
  t.notMatch(after.text, /aside/)
})

t.test('rights', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  await say(app, ann, chat.id, 'x')
  t.equal((await changes(chat.id, 'since=0', bob)).status, 200)
  // Past all that is remembered of rights, as by another process.
  await app.connection.collection('chats').updateOne({ _id: new Types.ObjectId(chat.id) }, { $pull: { participants: { user_id: new Types.ObjectId(bob.id) } } } as never)
  const removed = await changes(chat.id, 'since=0', bob)
  t.match(removed, { status: 404, body: { code: 'chat_not_found' } }, 'a removal counts at once')
  const absent = await changes('66f0c0ffee0000000000c001', 'since=0', bob)
  t.equal(absent.body.detail, removed.body.detail, 'and looks like no chat at all')
  t.equal((await app.request('GET', `/chats/${chat.id}/changes?since=0`)).status, 401)
})

t.test('a page of long texts ends before it is too long for a frame', async t => {
  const chat = await makeChat(app, ann)
  for (let i = 0; i < 9; i++) await say(app, ann, chat.id, `${i} ${'😀'.repeat(9_990)}${'é'.repeat(5)}`)
  const sizes: number[] = []
  for (let since = 0; since < 9;) {
    const { body, text } = await changes(chat.id, `since=${since}`)
    sizes.push(body.changes.length)
    t.ok(Buffer.byteLength(text) < 512 * 1024, `${Buffer.byteLength(text)} bytes`)
    t.equal(body.has_more, body.to < 9)
    since = body.to
  }
  t.same(sizes, [6, 3])
})

import { type mongo, Types } from 'mongoose'
import t from 'tap'
import { isProblem } from '../auth/scene.ts'
import { type Answer, startApp } from '../helpers/app.ts'
import { makeAdmin, makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const { request, connection, services: { ai: { usage } } } = app
const client = connection.getClient()
const nobody = '66f0c0ffee0000000000a001'
const [root, ann, bob] = await registerAll(app, 'root', 'ann', 'bob') as [Person, Person, Person]
await makeAdmin(app, root)

const read = (path: string, { token } = root) => request('GET', `/admin${path}`, { token })
const contents = ({ body }: Answer): string[] => body.items.map(({ content }: { content: string }) => content)
const auditOf = async (chatId: string) => await connection.collection('audit').find({ 'target.chat_id': new Types.ObjectId(chatId) }).sort({ _id: 1 }).toArray()

async function walk (path: string): Promise<any[]> {
  const items = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body, text }: Answer = await read(`${path}${cursor && `&cursor=${cursor}`}`)
    if (status !== 200) throw new Error(text)
    items.push(...body.items)
    cursor = body.next_cursor
  }
  return items
}

t.test('the messages of any chat are read as its people read them, page by page', async t => {
  const chat = await makeChat(app, ann)
  const sent = []
  for (const content of ['one', 'two', 'three', 'four', 'five']) sent.push(await say(app, ann, chat.id, content))
  const own = await request('GET', `/chats/${chat.id}/messages`, { token: ann.token })
  const answer = await read(`/chats/${chat.id}/messages`)
  t.equal(answer.status, 200)
  t.same(answer.body, own.body)
  t.same((await walk(`/chats/${chat.id}/messages?limit=2`)).map(({ id }) => id), sent.map(({ id }) => id).reverse())
  t.same((await walk(`/chats/${chat.id}/messages?limit=2&order=asc`)).map(({ id }) => id), sent.map(({ id }) => id))

  const { body: branch } = await request('POST', `/chats/${chat.id}/branches`, { token: ann.token, body: { name: 'aside', message_id: sent[1].id } })
  await say(app, ann, chat.id, 'aside', { branch_id: branch.id })
  t.same(contents(await read(`/chats/${chat.id}/messages?order=asc&branch_id=${branch.id}`)), ['one', 'two', 'aside'])
  isProblem(t, await read(`/chats/${chat.id}/messages?branch_id=${nobody}`), 404, 'branch_not_found')
  isProblem(t, await read(`/chats/${chat.id}/messages?cursor=nonsense`), 400, 'invalid_cursor')
  isProblem(t, await read(`/chats/${nobody}/messages`), 404, 'chat_not_found')
  for (const query of ['include_deleted=true', `around=${sent[0].id}`, 'limit=0', 'limit=101']) isProblem(t, await read(`/chats/${chat.id}/messages?${query}`), 400, 'validation_failed')
})

t.test('each look is written down first: who, what, and which messages', async t => {
  const chat = await makeChat(app, ann, 'direct', [bob])
  for (const content of ['one', 'two', 'three']) await say(app, ann, chat.id, content)
  await connection.collection('audit').deleteMany({})
  const first = await read(`/chats/${chat.id}/messages?limit=2`)
  const second = await read(`/chats/${chat.id}/messages?limit=2&cursor=${first.body.next_cursor}`)
  const list = await read(`/users/${bob.id}/chats`)
  const looks = [first, second, list]
  const entries = await connection.collection('audit').find().sort({ _id: 1 }).toArray()
  t.match(entries, [
    { action: 'messages_read', actor_username: 'root', details: { count: 2, first_seq: 2, last_seq: 3 } },
    { action: 'messages_read', actor_username: 'root', details: { count: 1, first_seq: 1, last_seq: 1 } },
    { action: 'chats_read', actor_username: 'root', details: { count: 1 } }
  ])
  t.same(entries.map(({ actor_id, target, request_id }) => [String(actor_id), String(target.chat_id ?? target.user_id), request_id]),
    looks.map(({ headers }, i) => [root.id, i < 2 ? chat.id : bob.id, headers.get('x-request-id')]))
})

t.test('what cannot be written down is not shown', async t => {
  const chat = await makeChat(app, ann)
  await say(app, ann, chat.id, 'confidential')
  await connection.db!.command({ collMod: 'audit', validator: { never: { $exists: true } } })
  t.teardown(async () => await connection.db!.command({ collMod: 'audit', validator: {} }))
  for (const path of [`/chats/${chat.id}/messages`, `/users/${ann.id}/chats`]) {
    const answer = await read(path)
    isProblem(t, answer, 500, 'internal_error')
    t.notMatch(answer.text, 'confidential')
  }
})

t.test('what was deleted is shown nowhere', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  await say(app, bob, chat.id, 'stays')
  const { id } = await say(app, bob, chat.id, 'regretted')
  t.equal((await request('DELETE', `/messages/${id}`, { token: bob.token })).status, 204)
  const answers = [await read(`/chats/${chat.id}/messages`), await read(`/users/${bob.id}/chats`)]
  t.same(contents(answers[0]!), ['stays'])
  for (const { status, text } of answers) {
    t.equal(status, 200)
    t.notMatch(text, 'regretted')
  }
  t.equal((await request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })).status, 204)
  t.same(contents(await read(`/chats/${chat.id}/messages`)), [])
  t.equal((await request('DELETE', `/chats/${chat.id}`, { token: ann.token })).status, 204)
  isProblem(t, await read(`/chats/${chat.id}/messages`), 404, 'chat_not_found')
  t.notMatch((await read(`/users/${bob.id}/chats`)).text, chat.id)
})

t.test('a person\'s chats are those that they see, page by page', async t => {
  for (let i = 0; i < 3; i++) await makeChat(app, bob)
  const own = (await request('GET', '/chats', { token: bob.token })).body.items
  t.same(await walk(`/users/${bob.id}/chats?limit=2`), own)
  t.ok(own.length >= 4)
  isProblem(t, await read(`/users/${nobody}/chats`), 404, 'user_not_found')
})

t.test('in the chats themselves an administrator is nobody', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const { id } = await say(app, ann, chat.id, 'ours')
  const asked: [string, string, object?][] = [
    ['GET', `/chats/${chat.id}`], ['GET', `/chats/${chat.id}/messages`], ['GET', `/chats/${chat.id}/tree`], ['GET', `/chats/${chat.id}/branches`],
    ['POST', `/chats/${chat.id}/messages`, { content: 'x' }], ['PATCH', `/chats/${chat.id}`, { title: 'x' }], ['DELETE', `/chats/${chat.id}`],
    ['POST', `/chats/${chat.id}/participants`, { user_ids: [root.id] }], ['POST', `/chats/${chat.id}/leave`]
  ]
  for (const [method, path, body] of asked) isProblem(t, await request(method, path, { token: root.token, ...(body && { body }) }), 404, 'chat_not_found')
  for (const [method, body] of [['GET'], ['PATCH', { content: 'x' }], ['DELETE']] as const) isProblem(t, await request(method, `/messages/${id}`, { token: root.token, ...(body && { body }) }), 404, 'message_not_found')
  t.same(await auditOf(chat.id), [])
})

t.test('the audit log is read newest first, by who, what and whom, and can be changed by nobody', async t => {
  const [chat, other] = [await makeChat(app, ann), await makeChat(app, bob)]
  const deputy = await makeAdmin(app, (await registerAll(app, 'deputy'))[0]!)
  await connection.collection('audit').deleteMany({})
  for (const { id } of [chat, other, chat]) await read(`/chats/${id}/messages`)
  await read(`/users/${ann.id}/chats`, deputy)
  await request('PATCH', `/admin/users/${bob.id}`, { token: deputy.token, body: { full_name: 'Bob' } })
  const told = async (query = '') => (await read(`/audit?${query}`)).body.items.map(({ actor_username: who, action, target }: any) => `${who} ${action} ${target.chat_id ?? target.user_id}`)
  const all = [`deputy user_updated ${bob.id}`, `deputy chats_read ${ann.id}`, `root messages_read ${chat.id}`, `root messages_read ${other.id}`, `root messages_read ${chat.id}`]
  t.same(await told(), all)
  t.same(await told(`actor_id=${deputy.id}`), all.slice(0, 2))
  t.same(await told('action=messages_read'), all.slice(2))
  t.same(await told(`chat_id=${other.id}`), [all[3]])
  t.same(await told(`user_id=${bob.id}`), [all[0]])
  t.same(await told(`user_id=${bob.id}&action=chats_read`), [])
  const walked = await walk('/audit?limit=2')
  t.same(walked, (await read('/audit')).body.items)
  t.same(Object.keys(walked[2]).sort(), ['action', 'actor_id', 'actor_username', 'created_at', 'details', 'id', 'request_id', 'target'])
  const { next_cursor: cursor } = (await read('/audit?limit=1')).body
  isProblem(t, await read(`/audit?action=chats_read&cursor=${cursor}`), 400, 'invalid_cursor')

  t.equal((await request('DELETE', '/users/me', { token: deputy.token })).status, 204)
  t.same((await told()).slice(0, 2), all.slice(0, 2), 'the name stays when the account is gone')
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    t.ok([404, 405].includes((await request(method, '/admin/audit', { token: root.token, body: {} })).status))
    t.ok([404, 405].includes((await request(method, `/admin/audit/${walked[0].id}`, { token: root.token, body: {} })).status))
  }
})

const at = new Date('2026-11-21T23:59:59.999Z')
const run = (userId: string, more: object = {}) => ({ userId, model: 'gpt-small', promptTokens: 10, completionTokens: 5, at, ...more })

async function inTransaction (work: (session: mongo.ClientSession) => Promise<void>) {
  await client.withSession(async session => { await session.withTransaction(work) })
}

t.test('runs that end at the same moment are all counted, the first of a day too', async t => {
  for (let day = 1; day <= 5; day++) {
    const when = new Date(Date.UTC(2026, 0, day))
    await Promise.all(Array.from({ length: 8 }, async () => await inTransaction(async session => await usage.record(session, run(ann.id, { at: when })))))
    t.equal(await usage.spentOn(ann.id, `2026-01-0${day}`), 8 * 15)
  }
})

t.test('whoever loses the first record of a day to a rival is told to try again as a whole', async t => {
  const session = client.startSession()
  t.teardown(async () => await session.endSession())
  session.startTransaction()
  await app.connection.collection('usage').findOne({}, { session })
  await inTransaction(async rival => await usage.record(rival, run(bob.id)))
  await t.rejects(usage.record(session, run(bob.id)).catch((error: mongo.MongoError) => {
    t.ok(error.hasErrorLabel('TransientTransactionError'), error.message)
    throw error
  }))
  await session.abortTransaction()
  await inTransaction(async session => await usage.record(session, run(bob.id)))
  t.equal(await usage.spentOn(bob.id, '2026-11-21'), 30)
})

t.test('what an aborted transaction counted does not count, and a day is one of UTC', async t => {
  await t.rejects(client.withSession(async session => await session.withTransaction(async () => {
    await usage.record(session, run(bob.id, { at: new Date('2026-11-22T00:00:00.000Z') }))
    throw new Error('no')
  })))
  t.equal(await usage.spentOn(bob.id, '2026-11-22'), 0)
  t.equal(await usage.spentOn(bob.id, '2026-11-21'), 30)
})

t.test('administrators read the sums by person and model, page by page, of the days they name', async t => {
  await app.connection.collection('usage').deleteMany({})
  const day = (text: string) => new Date(`${text}T12:00:00.000Z`)
  const runs = [
    run(ann.id, { at: day('2026-03-01') }), run(ann.id, { at: day('2026-03-02'), promptTokens: 100 }), run(ann.id, { at: day('2026-03-02'), model: 'gpt-large' }),
    run(bob.id, { at: day('2026-03-03') }), run('66f0c0ffee0000000000a001', { at: day('2026-03-04') })
  ]
  for (const one of runs) await inTransaction(async session => await usage.record(session, one))
  const readUsage = async (query = '') => await read(`/usage?${query}`)
  const line = ({ username, model, runs, total_tokens: tokens }: any) => `${username} ${model} ${runs} ${tokens}`
  const lines = async (query = '') => (await readUsage(query)).body.items.map(line)
  const all = ['null gpt-small 1 15', ...[[ann.id, 'ann gpt-large 1 15'], [ann.id, 'ann gpt-small 2 120'], [bob.id, 'bob gpt-small 1 15']].sort().map(([, text]) => text)]
  t.same((await lines()).sort(), [...all].sort())
  t.match((await readUsage()).body, { totals: { runs: 5, prompt_tokens: 140, completion_tokens: 25, total_tokens: 165 }, next_cursor: null })
  t.same((await readUsage(`user_id=${ann.id}`)).body.items[1], { user_id: ann.id, username: 'ann', model: 'gpt-small', runs: 2, prompt_tokens: 110, completion_tokens: 10, total_tokens: 120 })
  t.same(await lines(`user_id=${ann.id}&from=2026-03-02`), ['ann gpt-large 1 15', 'ann gpt-small 1 105'])
  t.same(await lines('model=gpt-large'), ['ann gpt-large 1 15'])
  t.same(await lines('from=2026-03-03&to=2026-03-03'), ['bob gpt-small 1 15'])
  t.match((await readUsage('from=2027-01-01')).body, { items: [], totals: { runs: 0, prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, next_cursor: null })

  const walked = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const { body }: Answer = await readUsage(`limit=1${cursor && `&cursor=${cursor}`}`)
    walked.push(...body.items.map(line))
    t.equal(body.totals.runs, 5, 'the sums are of all pages')
    cursor = body.next_cursor
  }
  t.same(walked, await lines())
  t.equal((await readUsage(`model=gpt-large&cursor=${(await readUsage('limit=1')).body.next_cursor}`)).body.code, 'invalid_cursor')
  for (const query of ['from=2026-13-01', 'to=yesterday', 'from=2026-03-01T00:00:00Z', 'model=']) t.equal((await readUsage(query)).body.code, 'validation_failed')
})

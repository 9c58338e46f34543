import { Types } from 'mongoose'
import t from 'tap'
import type { Message } from '../../src/messages/schemas.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startPair } from '../helpers/process.ts'

// Neither is the test's own process: with 500 requests under way there, one of the two would come too late for everything.
const { one, two, servers, db } = await startPair(t)
const people = await registerAll(one, 'ann', 'bob', 'cyd', 'dan', 'eve')
const [ann, bob] = people as [Person, Person]
const entries = db.collection('messages')
const logOf = async (chatId: string) => await entries.find({ chat_id: new Types.ObjectId(chatId) }).sort({ seq: 1 }).toArray()
const upTo = (n: number, first = 0) => Array.from({ length: n }, (_, i) => i + first)
const send = async (server: typeof one, person: Person, chatId: string, body: object, headers: Record<string, string> = {}) =>
  await server.request('POST', `/chats/${chatId}/messages`, { token: person.token, body, headers })

async function wholeHistory (server: typeof one, chatId: string, query: string): Promise<Message[]> {
  const items: Message[] = []
  let cursor: string | null = null
  do {
    const { status, body }: { status: number, body: { items: Message[], next_cursor: string | null } } = await server.request('GET', `/chats/${chatId}/messages?limit=100&${query}${cursor ? `&cursor=${cursor}` : ''}`, { token: ann.token })
    if (status !== 200) throw new Error(`the history answered ${status}: ${JSON.stringify(body)}`)
    items.push(...body.items)
    cursor = body.next_cursor
  } while (cursor)
  return items
}

t.test('500 sends to one chat at once, through two processes', async t => {
  const chat = await makeChat(one, ann, 'group', people.slice(1))
  const answers = await Promise.all(upTo(500).map(async i => await send(servers[i % 2]!, people[i % 5]!, chat.id, { content: `text ${i}` })))
  t.same(new Set(answers.map(({ status }) => status)), new Set([201]))
  const log = await logOf(chat.id)
  t.same(log.map(({ seq }) => seq), upTo(500, 1), 'numbers without hole or double')
  t.same(log.map(({ message_index }) => message_index), upTo(500), 'and places')
  t.same(new Set(log.map(({ content }) => content)), new Set(upTo(500).map(i => `text ${i}`)), 'each text once')
  t.same(log.map(({ content }) => content), answers.map(({ body }) => body).sort((a, b) => a.seq - b.seq).map(({ content }) => content), 'each answer tells the number that was stored')
  for (const server of servers) {
    t.same((await wholeHistory(server, chat.id, 'order=asc')).map(({ seq }) => seq), upTo(500, 1), 'the pages tell the same')
    t.same((await wholeHistory(server, chat.id, 'order=desc')).map(({ seq }) => seq), upTo(500, 1).reverse())
  }
})

t.test('what one person sends one after the other keeps its order, whichever process takes it', async t => {
  const chat = await makeChat(one, ann, 'group', people.slice(1))
  await Promise.all(people.map(async person => {
    for (const i of upTo(20)) await send(servers[i % 2]!, person, chat.id, { content: `${i}` })
  }))
  const log = await logOf(chat.id)
  for (const { id } of people) t.same(log.filter(({ sender_id }) => String(sender_id) === id).map(({ content }) => content), upTo(20).map(String))
  t.same(log.map(({ seq }) => seq), upTo(100, 1))
})

t.test('sends, edits, deletions and changes of the chat mixed, through two processes', async t => {
  const chat = await makeChat(one, ann, 'group', people.slice(1))
  const first = await Promise.all(upTo(40).map(async i => (await send(servers[i % 2]!, ann, chat.id, { content: `old ${i}` })).body))
  const statuses = new Map<string, number>()
  const note = (what: string, { status, text }: { status: number, text: string }) => {
    statuses.set(`${what} ${status}`, (statuses.get(`${what} ${status}`) ?? 0) + 1)
    if (status >= 500) t.fail(text)
  }
  await Promise.all([
    ...upTo(120).map(async i => note('send', await send(servers[i % 2]!, people[i % 5]!, chat.id, { content: `new ${i}` }))),
    ...upTo(40).map(async i => note('edit', await servers[i % 2]!.request('PATCH', `/messages/${first[i % 20].id}`, { token: ann.token, body: { content: `edited ${i}` } }))),
    ...upTo(10).map(async i => note('delete', await servers[i % 2]!.request('DELETE', `/messages/${first[30 + i].id}`, { token: ann.token }))),
    ...upTo(4).map(async i => note('rename', await servers[i % 2]!.request('PATCH', `/chats/${chat.id}`, { token: ann.token, body: { title: `title ${i}` } })))
  ])
  t.same(Object.fromEntries(statuses), { 'send 201': 120, 'edit 200': 40, 'delete 204': 10, 'rename 200': 4 })
  const log = await logOf(chat.id)
  const messages = log.filter(({ kind }) => kind === 'message')
  const changes = log.filter(({ kind }) => kind === 'change')
  t.same(log.map(({ seq }) => seq), upTo(214, 1))
  t.same(messages.map(({ message_index }) => message_index), upTo(160))
  t.same(changes.map(({ type }) => type).sort(), [...Array(4).fill('chat_updated'), ...Array(10).fill('message_deleted'), ...Array(40).fill('message_edited')])
  t.notOk(changes.some(change => 'content' in change), 'a change holds no text')
  const newest = new Map(log.map(({ kind, _id, message_id, seq }) => [String(kind === 'message' ? _id : message_id), seq]))
  t.same(messages.filter(({ _id, rev }) => newest.get(String(_id)) !== rev), [], 'each rev is the number of the newest change')
  t.equal((await wholeHistory(two, chat.id, 'order=asc')).length, 150)
  t.equal((await one.request('GET', `/chats/${chat.id}/messages?limit=1`, { token: ann.token })).body.count, 150)
})

t.test('a client_id', async t => {
  const chat = await makeChat(one, ann, 'group', people.slice(1))
  const countOf = async (word: string) => await entries.countDocuments({ chat_id: new Types.ObjectId(chat.id), client_id: word })

  await t.test('30 times at once through two processes is one message', async t => {
    for (const round of upTo(4)) {
      const answers = await Promise.all(upTo(30).map(async i => await send(servers[i % 2]!, ann, chat.id, { content: 'once', client_id: `many-${round}` })))
      t.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
      t.equal(answers.filter(({ status, headers }) => status === 201 && !headers.has('idempotency-replayed')).length, 1, 'one is told that it is new')
      t.equal(answers.filter(({ status, headers }) => status === 200 && headers.get('idempotency-replayed') === 'true').length, 29)
      t.equal(await countOf(`many-${round}`), 1)
    }
  })

  await t.test('names its message for ever, and no other', async t => {
    const body = { content: 'mine', client_id: 'key' }
    const { body: message } = await send(one, ann, chat.id, body)
    const other = { ...body, content: 'another' }
    const conflict = { status: 409, body: { code: 'idempotency_conflict' } }
    t.match(await send(two, ann, chat.id, body), { status: 200, body: { id: message.id, seq: message.seq } })
    t.match(await send(two, ann, chat.id, other), conflict)
    t.match(await send(two, ann, chat.id, { ...body, reply_to: message.id }), conflict, 'every member counts')
    const others = await send(two, bob, chat.id, body)
    t.equal(others.status, 201, 'somebody else\'s is another')
    const elsewhere = await makeChat(one, ann)
    t.equal((await send(two, ann, elsewhere.id, body)).status, 201, 'and so is one in another chat')
    await one.request('PATCH', `/messages/${message.id}`, { token: ann.token, body: { content: 'edited' } })
    t.match(await send(two, ann, chat.id, body), { status: 200, body: { id: message.id, content: 'edited' } })
    t.match(await send(two, ann, chat.id, { ...body, content: 'edited' }), conflict, 'it is the first text that counts')
    await two.request('DELETE', `/messages/${message.id}`, { token: ann.token })
    t.match(await send(one, ann, chat.id, body), { status: 200, body: { id: message.id, content: '', is_deleted: true } })
    t.match(await send(one, ann, chat.id, other), conflict)
    t.equal(await countOf('key'), 2)
  })

  await t.test('with another text at the same moment: one wins, the others hear of it', async t => {
    const answers = await Promise.all(upTo(20).map(async i => await send(servers[i % 2]!, ann, chat.id, { content: `text ${i % 4}`, client_id: 'rivals' })))
    const [first] = answers.filter(({ status }) => status === 201)
    t.equal(answers.filter(({ status }) => status === 201).length, 1)
    t.equal(answers.filter(({ status, body }) => status === 200 && body.id === first?.body.id).length, 4)
    t.equal(answers.filter(({ status, body }) => status === 409 && body.code === 'idempotency_conflict').length, 15)
    t.equal(await countOf('rivals'), 1)
  })

  await t.test('is the same as the Idempotency-Key', async t => {
    const { body: message } = await send(one, ann, chat.id, { content: 'by header' }, { 'idempotency-key': 'header' })
    t.match(await send(two, ann, chat.id, { content: 'by header', client_id: 'header' }), { status: 200, body: { id: message.id } })
    t.equal((await send(two, ann, chat.id, { content: 'by header', client_id: 'header' }, { 'idempotency-key': 'header' })).status, 200)
    t.match(await send(one, ann, chat.id, { content: 'by header', client_id: 'header' }, { 'idempotency-key': 'differs' }), { status: 400, body: { code: 'validation_failed', errors: [{ path: '/client_id' }] } })
    t.equal((await send(one, ann, chat.id, { content: 'x' }, { 'idempotency-key': 'with space' })).status, 400)
    t.equal((await send(one, ann, chat.id, { content: 'x', client_id: 'x'.repeat(101) })).status, 400)
    t.equal((await send(one, ann, chat.id, { content: 'x', client_id: 'x'.repeat(100) })).status, 201)
    t.equal(await countOf('header'), 1)
  })
})

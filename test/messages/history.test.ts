import t from 'tap'
import type { Message } from '../../src/messages/schemas.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const read = async (chatId: string, query = '') => await app.request<{ items: Message[], count: number, next_cursor: string | null }>('GET', `/chats/${chatId}/messages?${query}`, { token: ann.token })
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
/** The places on a page, and those of all pages after it. */
const places = (items: Message[]) => items.map(({ message_index }) => message_index)
async function walk (chatId: string, query: string, between: (page: Message[]) => Promise<void> = async () => {}) {
  const pages: Message[][] = []
  let cursor: string | null = null
  do {
    const { status, body, text }: Awaited<ReturnType<typeof read>> = await read(chatId, cursor === null ? query : `${query.replace(/around=\w+&/, '')}&cursor=${cursor}`)
    if (status !== 200) throw new Error(text)
    pages.push(body.items)
    cursor = body.next_cursor
    await between(body.items)
  } while (cursor)
  return pages
}

const chat = await makeChat(app, ann, 'group', [bob])
const messages: Message[] = []
for (const i of upTo(21)) messages.push(await say(app, i % 2 ? bob : ann, chat.id, `text ${i}`))
for (const i of [3, 4, 12]) await app.request('DELETE', `/messages/${messages[i]!.id}`, { token: ann.token })
const visible = upTo(21).filter(i => ![3, 4, 12].includes(i))

t.test('pages', async t => {
  const newest = (await read(chat.id)).body
  t.same(places(newest.items), [...visible].reverse(), 'newest first')
  t.match(newest, { count: 18, next_cursor: null })
  t.match(newest.items[0], { sender_username: 'ann', content: 'text 20' })
  t.same(places((await read(chat.id, 'order=asc')).body.items), visible)
  for (const limit of [1, 2, 5, 9, 17, 18, 19]) {
    const down = await walk(chat.id, `limit=${limit}`)
    t.same(places(down.flat()), [...visible].reverse(), `of ${limit}`)
    t.equal(down.length, Math.ceil(18 / limit), 'and no page is empty')
    t.same(places((await walk(chat.id, `limit=${limit}&order=asc`)).flat()), visible)
    t.same(places((await walk(chat.id, `limit=${limit}&order=asc&include_deleted=true`)).flat()), upTo(21))
  }
  const all = (await read(chat.id, 'include_deleted=true&order=asc')).body
  t.equal(all.count, 18, 'the count is that of the visible ones')
  t.match(all.items[3], { is_deleted: true, content: '' })
})

t.test('before, after and around', async t => {
  const at = (i: number) => messages[i]!.id
  const of = async (query: string) => places((await read(chat.id, query)).body.items)
  t.same(await of(`before=${at(6)}`), [5, 2, 1, 0])
  t.same(await of(`before=${at(6)}&order=asc`), [0, 1, 2, 5])
  t.same(await of(`after=${at(17)}`), [20, 19, 18])
  t.same(await of(`after=${at(17)}&order=asc`), [18, 19, 20])
  t.same(await of(`after=${at(2)}&before=${at(6)}`), [5])
  t.same(await of(`after=${at(5)}&before=${at(5)}`), [])
  t.same(await of(`before=${at(4)}`), [2, 1, 0], 'a deleted one is a place too')
  t.same(await of(`before=${at(0)}`), [])
  t.same(places((await walk(chat.id, `after=${at(2)}&before=${at(20)}&limit=4`)).flat()), visible.filter(i => i > 2 && i < 20).reverse(), 'over several pages')
  t.same(await of(`around=${at(10)}&limit=5`), [13, 11, 10, 9, 8])
  t.same(await of(`around=${at(10)}&limit=5&order=asc`), [8, 9, 10, 11, 13])
  t.same(await of(`around=${at(10)}&limit=4&order=asc`), [9, 10, 11, 13])
  t.same(await of(`around=${at(0)}&limit=5&order=asc`), [0, 1, 2])
  t.same(await of(`around=${at(20)}&limit=3&order=asc`), [19, 20])
  t.same(await of(`around=${at(12)}&limit=3&order=asc`), [11, 13, 14], 'around a deleted one')
  t.same(await of(`around=${at(12)}&limit=3&order=asc&include_deleted=true`), [11, 12, 13])
  t.same(places((await walk(chat.id, `around=${at(10)}&limit=5&order=asc`)).flat()), visible.filter(i => i >= 8), 'goes on in its order')
  t.same(places((await walk(chat.id, `around=${at(10)}&limit=5`)).flat()), visible.filter(i => i <= 13).reverse())
  const other = await makeChat(app, ann)
  const foreign = await say(app, ann, other.id, 'x')
  for (const name of ['before', 'after', 'around']) {
    t.match(await read(chat.id, `${name}=${foreign.id}`), { status: 404, body: { code: 'message_not_found' } }, name)
    t.match(await read(chat.id, `${name}=0123456789abcdef01234567`), { status: 404, body: { code: 'message_not_found' } })
    t.equal((await read(chat.id, `${name}=x`)).status, 400)
  }
  for (const more of [`before=${at(1)}`, `after=${at(1)}`]) t.match(await read(chat.id, `around=${at(10)}&${more}`), { status: 400, body: { code: 'validation_failed' } })
})

t.test('what is no query', async t => {
  for (const query of ['limit=0', 'limit=101', 'limit=1.5', 'limit=x', 'order=up', 'include_deleted=maybe', 'branch_id=x', 'skip=3', 'limit[$gt]=1', 'cursor=']) t.match(await read(chat.id, query), { status: 400, body: { code: 'validation_failed' } }, query)
  t.match(await read(chat.id, 'branch_id=0123456789abcdef01234567'), { status: 404, body: { code: 'branch_not_found' } })
  t.equal((await read(chat.id, `branch_id=${chat.active_branch_id}`)).body.count, 18)
})

t.test('cursors that were altered, or are another chat\'s', async t => {
  const { next_cursor } = (await read(chat.id, 'limit=1')).body
  const [body, signature] = next_cursor!.split('.') as [string, string]
  const wide = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(body, 'base64url').toString()).with(4, 99))).toString('base64url')
  const other = await makeChat(app, ann)
  for (const cursor of ['x', 'x.y', '.', body, `${wide}.${signature}`, `${body}.${'A'.repeat(signature.length)}`, `${next_cursor}.x`, `${body}.`]) t.match(await read(chat.id, `cursor=${cursor}`), { status: 400, body: { code: 'invalid_cursor' } }, cursor)
  t.match(await read(other.id, `cursor=${next_cursor}`), { status: 400, body: { code: 'invalid_cursor' } })
  const chats = (await app.request('GET', '/chats?limit=1', { token: ann.token })).body.next_cursor
  t.match(await read(chat.id, `cursor=${chats}`), { status: 400, body: { code: 'invalid_cursor' } })
})

t.test('a cursor from before a clear', async t => {
  const cleared = await makeChat(app, ann)
  for (const i of upTo(3)) await say(app, ann, cleared.id, `${i}`)
  const { next_cursor } = (await read(cleared.id, 'limit=1')).body
  await app.request('DELETE', `/chats/${cleared.id}/messages`, { token: ann.token })
  for (const i of upTo(3)) await say(app, ann, cleared.id, `new ${i}`)
  t.match(await read(cleared.id, `cursor=${next_cursor}`), { status: 410, body: { code: 'resync_required' } })
})

t.test('pages while messages come and go', async t => {
  for (const order of ['asc', 'desc']) {
    const busy = await makeChat(app, ann)
    const start = await Promise.all(upTo(60).map(async i => await say(app, ann, busy.id, `${i}`)))
    const gone = new Set<string>()
    let turn = 0
    const pages = await walk(busy.id, `limit=7&order=${order}`, async page => {
      if (++turn > 12) return
      // One that was seen goes, one that was not seen goes, some come.
      const seen = page.find(({ id }) => !gone.has(id))!
      await app.request('DELETE', `/messages/${seen.id}`, { token: ann.token })
      gone.add(seen.id)
      await Promise.all(upTo(5).map(async i => await say(app, ann, busy.id, `late ${turn} ${i}`)))
    })
    const seen = pages.flat().map(({ id }) => id)
    t.equal(new Set(seen).size, seen.length, `${order}: none is seen twice`)
    t.same(start.filter(({ id }) => !seen.includes(id)), [], 'each that was there is seen')
    const { count } = (await read(busy.id, 'limit=1')).body
    t.equal(count, (await walk(busy.id, 'limit=100')).flat().length, 'and the count is exact')
  }
})

t.test('the count among concurrent sends and deletions', async t => {
  const busy = await makeChat(app, ann, 'group', [bob])
  const first = await Promise.all(upTo(30).map(async i => await say(app, ann, busy.id, `${i}`)))
  await Promise.all([
    ...first.slice(0, 20).flatMap(({ id }) => [ann, ann].map(async ({ token }) => await app.request('DELETE', `/messages/${id}`, { token }))),
    ...upTo(25).map(async i => await say(app, bob, busy.id, `more ${i}`))
  ])
  const { count } = (await read(busy.id)).body
  t.equal(count, 35)
  t.equal((await walk(busy.id, 'limit=100')).flat().length, 35)
})

t.test('a page that does not fit into one answer of the database is whole', async t => {
  const chat = await makeChat(app, ann, 'assistant', [])
  const { _id, ...first } = (await app.services.log.entries.findOne({ _id: app.services.log.branches.base.Types.ObjectId.createFromHexString((await say(app, ann, chat.id, 'first')).id) }))!
  const long = 'x'.repeat(500_000)
  await app.services.log.entries.insertMany(upTo(40).map(i => ({ ...first, _id: new app.services.log.branches.base.Types.ObjectId(), seq: i + 2, rev: i + 2, message_index: i + 1, content: long }) as typeof first & { _id: typeof _id }))
  const page = await app.services.messages.list({ id: ann.id, username: 'ann', role: 'user', session_id: '' }, chat.id, { limit: 50 })
  t.same(places(page.items), upTo(41).reverse())
})

import { Types } from 'mongoose'
import t from 'tap'
import type { Chat } from '../../src/chats/schemas.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const list = async (query = '', { token }: Person = ann): Promise<{ items: Chat[], next_cursor: string | null }> => (await app.request('GET', `/chats${query}`, { token })).body
const ids = ({ items }: { items: Chat[] }) => items.map(({ id }) => id)

t.test('newest activity first, each with its newest message', async t => {
  const [a, b, c] = [await makeChat(app, ann), await makeChat(app, ann, 'group', [bob]), await makeChat(app, ann, 'direct', [bob])]
  t.same(ids(await list()), [c.id, b.id, a.id])
  const first = await say(app, ann, a.id, 'x'.repeat(199) + '👍👍')
  t.same(ids(await list()), [a.id, c.id, b.id], 'a message moves its chat to the front at once')
  t.match((await list()).items[0], { last_seq: 1, last_message: { id: first.id, seq: 1, sender_id: ann.id, sender_username: 'ann', content: 'x'.repeat(199) + '👍' } }, 'cut between characters')
  await app.request('PATCH', `/chats/${b.id}`, { token: ann.token, body: { title: 'Renamed' } })
  t.same(ids(await list()), [b.id, a.id, c.id], 'and so does a change')
  const message = await say(app, bob, b.id, 'one')
  await app.request('PATCH', `/messages/${first.id}`, { token: ann.token, body: { content: 'edited' } })
  t.match((await list()).items, [{ id: b.id }, { id: a.id, last_seq: 2, last_message: { content: 'edited' } }], 'an edit shows, and moves nothing')
  await app.request('DELETE', `/messages/${message.id}`, { token: bob.token })
  t.match((await list()).items[0], { last_message: { id: message.id, is_deleted: true, content: '' } })
  await app.request('DELETE', `/chats/${b.id}/messages`, { token: ann.token })
  t.match((await list()).items[0], { id: b.id, last_message: null, last_seq: 4 })

  t.same(ids(await list('?type=direct')), [c.id])
  t.same(ids(await list('?type=group')), [b.id])
  t.same(ids(await list('?type=assistant')), [a.id])
  t.same(ids(await list('', bob)), [b.id, c.id], 'only one\'s own')
  for (const query of ['?limit=0', '?limit=101', '?limit=x', '?type=channel', '?page=2', '?cursor=']) t.equal((await app.request('GET', `/chats${query}`, { token: ann.token })).status, 400, query)
})

t.test('a message right before a change of its chat is not forgotten', async t => {
  for (let round = 0; round < 3; round++) {
    const chat = await makeChat(app, ann, 'group', [bob])
    const message = await say(app, ann, chat.id, 'newest')
    await app.request('PATCH', `/chats/${chat.id}`, { token: ann.token, body: { title: 'Renamed' } })
    t.match((await app.request('GET', `/chats/${chat.id}`, { token: ann.token })).body, { last_seq: 2, last_message: { id: message.id } })
  }
})

t.test('pages, while chats come, change and go', async t => {
  const [cyd] = await registerAll(app, 'cyd') as [Person]
  const made: Chat[] = []
  for (let i = 0; i < 23; i++) made.push(await makeChat(app, cyd))
  // Three have exactly the same time: the id decides between them.
  await app.connection.collection('chats').updateMany({ _id: { $in: made.slice(5, 8).map(({ id }) => new Types.ObjectId(id)) } }, { $set: { updated_at: new Date(made[6]!.updated_at) } })
  const seen: string[] = []
  const removed: string[] = []
  let page = await list('?limit=4', cyd)
  for (;;) {
    seen.push(...ids(page))
    if (!page.next_cursor) break
    await makeChat(app, cyd)
    await say(app, cyd, seen[0]!, 'to the front')
    const victim = seen.find(id => !removed.includes(id) && id !== seen[0])!
    removed.push(victim)
    await app.request('DELETE', `/chats/${victim}`, { token: cyd.token })
    page = await list(`?limit=4&cursor=${page.next_cursor}`, cyd)
  }
  t.same([...seen].sort(), made.map(({ id }) => id).sort(), 'each chat that was there is seen once')
})

t.test('cursors', async t => {
  const { next_cursor } = await list('?limit=1')
  t.ok(next_cursor)
  const refused = async (query: string, person = ann) => t.match(await app.request('GET', `/chats?${query}`, { token: person.token }), { status: 400, body: { code: 'invalid_cursor' } }, query)
  await refused(`cursor=${next_cursor}xxxx`)
  await refused(`cursor=A${next_cursor!.slice(1)}`)
  await refused('cursor=nonsense')
  await refused(`cursor=${next_cursor}`, bob)
  await refused(`type=group&cursor=${next_cursor}`)
})

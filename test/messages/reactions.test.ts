import { Types } from 'mongoose'
import t from 'tap'
import { emojiOf } from '../../src/messages/reactions.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { startApp } from '../helpers/app.ts'
import { asRead, makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const { services } = app
const [ann, bob, cyd] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const entries = app.connection.collection('messages')
const versions = app.connection.collection('message_versions')
const ask = async (method: string, path: string, { token }: Person, body?: unknown) => await app.request(method, path, { token, ...(body !== undefined && { body }) })
const react = async (id: string, person: Person, emoji: string, method = 'PUT') => await ask(method, `/messages/${id}/reactions/${encodeURIComponent(emoji)}`, person)
const logOf = async (chatId: string) => (await entries.find({ chat_id: new Types.ObjectId(chatId) }).sort({ seq: 1 }).toArray()).map(({ seq, type, kind }) => [seq, type ?? kind])
const upTo = (n: number) => [...Array(n).keys()]

t.test('what an emoji is', async t => {
  for (const emoji of ['👍', '❤️', '👍🏽', '👨‍👩‍👧‍👦', '🇩🇪', '#️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩🏽‍❤️‍💋‍👨🏿', '🫨', '👩‍🚀', '👽‍🚀']) t.equal(emojiOf(emoji), emoji)
  t.equal(emojiOf('❤'), '❤️', 'one heart, however it is typed')
  t.equal(emojiOf('☺'), '☺️')
  const long = '👩' + '\u200D👩'.repeat(11)
  for (const text of ['', ' ', 'a', '1', '#', '👍👍', '👍 ', ' 👍', 'a👍', '👍a', 'é', '\u200D', '\uFE0F', '🇩', '🏽a', '\uD83D', '<b>', '\u0000', long]) t.throws(() => emojiOf(text), { code: 'validation_failed' }, JSON.stringify(text))
})

t.test('a reaction comes and goes', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const { id } = await say(app, ann, chat.id, 'hello')
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${bob.token}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  const first = await react(id, bob, '👍')
  t.match(first, { status: 200, body: { id, rev: 2, content: 'hello', is_edited: false, reactions: [{ emoji: '👍', user_ids: [bob.id] }] } })
  t.equal(first.headers.get('etag'), '"2"')
  t.same((await socket.next('message_updated'))['message'], first.body, 'everybody hears the whole message')
  t.same((await ask('GET', `/messages/${id}`, ann)).body, asRead(first.body))
  t.match(await react(id, bob, '👍'), { status: 200, body: first.body }, 'again does nothing')
  t.match((await react(id, ann, '👍')).body.reactions, [{ emoji: '👍', user_ids: [bob.id, ann.id] }])
  t.match((await react(id, bob, '❤')).body.reactions, [{ emoji: '👍' }, { emoji: '❤️', user_ids: [bob.id] }])
  t.match((await react(id, bob, '❤️')).body, { rev: 4 })
  for (const _ of upTo(2)) t.equal((await react(id, bob, '👍', 'DELETE')).status, 204)
  t.equal((await react(id, bob, '❤', 'DELETE')).status, 204)
  t.match((await ask('GET', `/messages/${id}`, ann)).body, { rev: 6, reactions: [{ emoji: '👍', user_ids: [ann.id] }] })
  t.same(await logOf(chat.id), [[1, 'message'], ...[2, 3, 4, 5, 6].map(seq => [seq, 'message_reacted'])])
  t.match((await ask('GET', `/chats/${chat.id}/changes?since=1`, ann)).body, { to: 6, changes: [{ seq: 6, type: 'message', message: { id, rev: 6, reactions: [{ emoji: '👍' }] } }] })

  for (const [word, frame, status] of [['1', { emoji: '🎉' }, 'ack'], ['2', { emoji: '🎉', remove: true }, 'ack'], ['3', { emoji: 'x' }, 'error'], ['4', { emoji: '🎉', colour: 1 }, 'error']] as const) {
    socket.send({ type: 'react', id: word, message_id: id, ...frame })
    t.match(await socket.next(status), { id: word, ...(status === 'error' ? { code: 'validation_failed' } : { message: { id } }) })
  }
  t.equal((await ask('GET', `/messages/${id}`, ann)).body.rev, 8)
})

t.test('what is refused', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const { id } = await say(app, ann, chat.id, 'hello')
  for (const emoji of ['x', '👍👍', '%', '❤'.repeat(40)]) t.match(await react(id, bob, emoji), { status: 400, body: { code: 'validation_failed' } }, emoji)
  for (const [path, person] of [[id, cyd], ['66f0c0ffee0000000000d001', bob]] as const) {
    for (const method of ['PUT', 'DELETE']) t.match(await react(path, person, '👍', method), { status: 404, body: { code: 'message_not_found' } })
  }
  const emoji = upTo(21).map(i => String.fromCodePoint(0x1F600 + i))
  for (const one of emoji.slice(0, 20)) t.equal((await react(id, bob, one)).status, 200)
  t.match(await react(id, ann, emoji[20]!), { status: 409, body: { code: 'too_many_reactions' } })
  t.equal((await react(id, ann, emoji[0]!)).status, 200, 'one that is there can be joined')
  await react(id, bob, emoji[1]!, 'DELETE')
  t.equal((await react(id, ann, emoji[20]!)).status, 200)
  t.equal((await ask('DELETE', `/messages/${id}`, ann)).status, 204)
  for (const method of ['PUT', 'DELETE']) t.match(await react(id, bob, '👍', method), { status: 409, body: { code: 'message_deleted' } })
  t.match((await ask('GET', `/messages/${id}`, ann)).body, { reactions: [] })
})

t.test('fifty people react at once', async t => {
  const people = upTo(50).map((i): Actor & { _id: Types.ObjectId } => {
    const _id = new Types.ObjectId()
    return { _id, id: String(_id), username: `fan-${i}`, role: 'user', session_id: '', expires_at: 0 }
  })
  await app.connection.collection('users').insertMany(people.map(({ _id, username }) => ({ _id, username, is_active: true, username_key: username, email: `${username}@example.com`, email_key: `${username}@example.com` })))
  const owner = { id: ann.id, username: 'ann', role: 'user' as const, session_id: '', expires_at: 0 }
  const { chat } = await services.chats.create(owner, { type: 'group', participant_ids: people.map(({ id }) => id) })
  const { message: { id } } = await services.messages.send(owner, chat.id, { content: 'news' })
  await Promise.all(people.flatMap((person, i) => [services.messages.react(person, id, '🎉'), ...(i % 5 === 0 ? [services.messages.react(person, id, '🎉')] : [])]))
  const { reactions, rev } = await services.messages.get(owner, id)
  t.equal(reactions.length, 1)
  t.same([...reactions[0]!.user_ids].sort(), people.map(person => person.id).sort(), 'all are in, each once')
  t.equal(rev, 51)
  t.equal((await logOf(chat.id)).length, 51, 'one entry each')
})

t.test('what a message said before', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const sent = await say(app, ann, chat.id, 'one')
  const path = `/messages/${sent.id}`
  const history = async (person = bob) => await ask('GET', `${path}/history`, person)
  t.match(await history(), { status: 200, body: { items: [], next_cursor: null } })
  const second = (await ask('PATCH', path, ann, { content: 'two' })).body
  await react(sent.id, bob, '👍')
  await ask('PATCH', path, ann, { content: 'three' })
  t.same((await history()).body.items, [{ rev: 3, content: 'two', edited_at: second.edited_at }, { rev: 1, content: 'one', edited_at: sent.created_at }])
  t.match(await history(cyd), { status: 404, body: { code: 'message_not_found' } })
  const writer: Actor = { id: ann.id, username: 'ann', role: 'user', session_id: '', expires_at: 0 }
  for (const i of upTo(53)) await services.messages.edit(writer, sent.id, `text ${i}`)
  const { items } = (await history()).body
  t.same([items.length, items[0].content, items.at(-1).content], [50, 'text 51', 'text 2'])
  t.equal(await versions.countDocuments({ chat_id: new Types.ObjectId(chat.id) }), 50, 'no more are kept')
})

t.test('earlier texts go with the message', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const write = async (more: object = {}) => {
    const { id } = await say(app, ann, chat.id, 'a secret', more)
    await ask('PATCH', `/messages/${id}`, ann, { content: 'another secret' })
    return id
  }
  const left = async () => await versions.countDocuments({ chat_id: new Types.ObjectId(chat.id) })
  const first = await write()
  t.equal((await ask('DELETE', `/messages/${first}`, ann)).status, 204)
  t.equal(await left(), 0, 'when it is deleted')
  t.same((await ask('GET', `/messages/${first}/history`, ann)).body.items, [])
  const { body: branch } = await ask('POST', `/chats/${chat.id}/branches`, ann, { name: 'aside', message_index: 0 })
  const aside = await write({ branch_id: branch.id })
  const other = await write()
  t.equal(await left(), 2)
  t.equal((await ask('DELETE', `/chats/${chat.id}/branches/${branch.id}`, ann)).status, 204)
  t.equal(await left(), 1, 'when its branch is deleted')
  t.equal((await ask('GET', `/messages/${aside}/history`, ann)).status, 404)
  t.match((await ask('GET', `/messages/${other}/history`, ann)).body.items, [{ content: 'a secret' }])
  t.equal((await ask('DELETE', `/chats/${chat.id}/messages`, ann)).status, 204)
  t.equal(await left(), 0, 'when the chat is cleared')
  t.equal((await ask('GET', `/messages/${other}/history`, ann)).status, 404)
})

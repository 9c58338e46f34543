import t from 'tap'
import { asRead } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { scene } from './scene.ts'

const app = await scene(t)
const { request } = app
const [amy, ben, cat] = [await app.person('amy'), await app.person('ben'), await app.person('cat')]
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

t.test('create conversation (user_ids), conversations of a user', async t => {
  const pair = await request('POST', '/chats', { token: amy.token, body: { type: 'direct', participant_ids: [ben.id] } })
  t.match(pair, { status: 201, body: { id: /^[0-9a-f]{24}$/, created_at: iso, participants: [{ user_id: amy.id }, { user_id: ben.id }] } })
  const three = await request('POST', '/chats', { token: ben.token, body: { type: 'group', title: 'Three', participant_ids: [amy.id, cat.id] } })
  t.equal(three.status, 201)
  const conversations = async ({ token }: { token: string }) => (await request('GET', '/chats', { token })).body.items.map(({ id }: { id: string }) => id)
  t.same(await conversations(amy), [three.body.id, pair.body.id])
  t.same(await conversations(ben), [three.body.id, pair.body.id])
  t.same(await conversations(cat), [three.body.id], 'nobody sees those of others')
})

t.test('send message, conversation history, timestamps', async t => {
  const { id } = (await request('POST', '/chats', { token: amy.token, body: { type: 'direct', participant_ids: [ben.id] } })).body
  const socket = await openSocket(t, `${app.api}/ws/${id}?token=${ben.token}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  // The database's clock may be off from ours by some milliseconds.
  const off = 1000
  const before = new Date(Date.now() - off).toISOString()
  const sent = []
  for (const [person, content] of [[amy, 'Hello Ben'], [ben, 'Hello Amy'], [amy, 'How are you?']] as const) {
    const { status, body } = await request('POST', `/chats/${id}/messages`, { token: person.token, body: { content } })
    t.match({ status, body }, { status: 201, body: { id: /^[0-9a-f]{24}$/, sender_id: person.id, content, chat_id: id, timestamp: iso } })
    t.same((await socket.next('new_message'))['message'], body, 'and live')
    sent.push(body)
  }
  const times = [before, ...sent.map(({ timestamp }) => timestamp), new Date(Date.now() + off).toISOString()]
  t.same(times, [...times].sort(), 'each has its time')
  for (const { token } of [amy, ben]) t.same((await request('GET', `/chats/${id}/messages?order=asc`, { token })).body, { items: sent.map(asRead), count: 3, next_cursor: null })
  t.equal((await request('GET', `/chats/${id}/messages`, { token: cat.token })).status, 404)
})

import t from 'tap'
import { makeChat, registerAll, say, type Person } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { aiScene } from './scene.ts'

const { app, provider, ann, complete, history, request } = await aiScene(t, { AI_DAILY_TOKENS: '60' })
const [bob, cyd] = await registerAll(app, 'bob', 'cyd') as [Person, Person]

async function group () {
  const chat = (await makeChat(app, ann, 'group', [bob, cyd])).id as string
  t.equal((await request('PATCH', `/chats/${chat}`, { token: ann.token, body: { assistant_enabled: true } })).status, 200)
  return chat
}

t.test('in a group the assistant answers whoever mentions it, once its admin let it in', async t => {
  const chat = (await makeChat(app, ann, 'group', [bob, cyd])).id
  t.match(await request('PATCH', `/chats/${chat}`, { token: bob.token, body: { assistant_enabled: true } }), { status: 403 })
  await say(app, bob, chat, '@assistant are you there?')
  await request('PATCH', `/chats/${chat}`, { token: ann.token, body: { assistant_enabled: true } })
  const socket = await openSocket(t, `${app.api}/ws/${chat}?token=${cyd.token}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  await say(app, cyd, chat, 'mail me at cyd@assistant.example, or ask the @assistants')
  provider.next({ text: 'I am.' })
  const asked = await say(app, bob, chat, 'And now, @Assistant?')
  const { message } = await socket.next('reply_finished')
  t.match(message, { role: 'assistant', content: 'I am.', reply_to: asked.id, sender_id: bob.id })
  t.equal(provider.received.length, 1, 'what was no mention was not answered')
  const { messages } = provider.received[0]!.body
  t.same(messages.map(({ role, name }: any) => [role, name]), [['user', 'bob'], ['user', 'cyd'], ['user', 'bob']], 'everybody by name, as user')
  t.equal((await history(chat)).length, 4)

  t.match(await request('PATCH', `/messages/${message.id}`, { token: bob.token, body: { content: 'I am not.' } }), { status: 403, body: { code: 'forbidden' } }, 'nobody puts words into its mouth')
  provider.next({ text: 'One at a time.' })
  provider.next({ text: 'One at a time.' })
  const both = await Promise.all([say(app, bob, chat, '@assistant one'), say(app, cyd, chat, '@assistant two')])
  const replies = [await socket.next('reply_finished'), await socket.next('reply_finished')]
  t.same(replies.map(({ message }) => message.reply_to).sort(), both.map(({ id }) => id).sort(), 'of two at once each is answered')
})

t.test('a person of the group asks, and anybody there may end their own reply only', async t => {
  const chat = await group()
  const held = provider.hold({ after: 0 })
  const asked = complete(chat, { content: 'Take your time' }, bob)
  await held.arrived
  const [, reply] = await history(chat)
  t.match(await request('POST', `/runs/${reply.run_id}/cancel`, { token: cyd.token }), { status: 403, body: { code: 'forbidden' } })
  t.match(await request('POST', `/runs/${reply.run_id}/cancel`, { token: ann.token }), { status: 200, body: { status: 'stopped' } })
  t.match(await asked, { status: 200, body: { reply: { status: 'stopped', content: '' } } })
  await request('DELETE', `/chats/${chat}/participants/${bob.id}`, { token: ann.token })
  t.match(await request('GET', `/runs/${reply.run_id}`, { token: bob.token }), { status: 404, body: { code: 'run_not_found' } })
})

t.test('who was removed hears no more of a reply that is being written', async t => {
  const chat = await group()
  const held = provider.hold({ after: 1, text: 'One two three' })
  const asked = complete(chat, { content: 'Go on' }, cyd)
  await held.arrived
  const [, reply] = await history(chat)
  const events = await fetch(`${app.api}/runs/${reply.run_id}/events`, { headers: { authorization: `Bearer ${cyd.token}` } })
  await request('DELETE', `/chats/${chat}/participants/${cyd.id}`, { token: ann.token })
  held.release()
  const heard = await events.text().catch(() => 'cut off')
  t.notMatch(heard, 'three')
  t.match(await asked, { status: 404 })
})

t.test('who has used up the tokens of the day waits for the next one', async t => {
  const chat = (await makeChat(app, ann)).id
  provider.next({ text: 'word '.repeat(60).trim() })
  t.equal((await complete(chat, { content: 'Long' })).status, 200)
  const refused = await complete(chat, { content: 'More' })
  t.match(refused, { status: 429, body: { code: 'ai_budget_exhausted' } })
  const after = Number(refused.headers.get('retry-after'))
  t.ok(after > 0 && after <= 86_400, `come again in ${after} s`)
  t.equal((await history(chat)).length, 2)
})

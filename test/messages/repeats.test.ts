import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann] = await registerAll(app, 'ann') as [Person]
const { entries } = app.services.log
const conflict = { status: 409, body: { code: 'idempotency_conflict' } }
const stored = (id: string) => entries.findOne({ _id: new Types.ObjectId(id) })

/** A message under a `client_id`, and how to send something under the same. */
async function sent () {
  const chat = await makeChat(app, ann)
  const asked = await say(app, ann, chat.id, 'A question')
  const body = { content: 'first', client_id: 'key', reply_to: asked.id }
  const send = (more: object = {}) => app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { ...body, ...more } })
  const { status, body: message } = await send()
  t.equal(status, 201)
  return { chat, asked, message, send, change: (method: string, content?: string) => app.request(method, `/messages/${message.id}`, { token: ann.token, ...(content !== undefined && { body: { content } }) }) }
}

t.test('a repeat says what was sent, member by member', async t => {
  const { chat, asked, message, send } = await sent()
  const { body: branch } = await app.request('POST', `/chats/${chat.id}/branches`, { token: ann.token, body: { name: 'Another', message_id: asked.id } })
  const again = { status: 200, body: { id: message.id, seq: message.seq } }
  t.match(await send(), again)
  t.match(await send({ role: 'user' }), again, 'the usual role is the same named or not')
  t.match(await send({ branch_id: message.branch_id }), again, 'and so is the branch that it went to')
  t.match(await send({ content: 'second' }), conflict)
  t.match(await send({ role: 'assistant' }), conflict)
  t.match(await send({ branch_id: branch.id }), conflict)
  t.match(await send({ reply_to: message.id }), conflict)
  t.match(await send({ reply_to: undefined }), conflict)
  t.notMatch(await stored(message.id), { client_digest: String }, 'nothing more is kept of it')
})

t.test('the first text counts, also when it is another one now, or gone', async t => {
  for (const edits of [0, 1, 2]) {
    for (const isDeleted of [false, true]) {
      if (edits === 0 && !isDeleted) continue
      const { message, send, change } = await sent()
      for (let edit = 1; edit <= edits; edit++) t.equal((await change('PATCH', `edit ${edit}`)).status, 200)
      if (isDeleted) t.equal((await change('DELETE')).status, 204)
      const what = `${edits} edits, ${isDeleted ? 'then deleted' : 'not deleted'}`
      t.match(await send(), { status: 200, body: { id: message.id } }, what)
      t.match(await send({ content: edits > 0 ? `edit ${edits}` : '.' }), conflict, `${what}: not what it became`)
      t.match(await send({ reply_to: message.id }), conflict, `${what}: nor with another member`)
      t.notMatch(JSON.stringify(await stored(message.id)), /first/, `${what}: its first text is not in it`)
    }
  }
})

t.test('of a message without a client_id no trace is kept', async t => {
  const chat = await makeChat(app, ann)
  const message = await say(app, ann, chat.id, 'first')
  for (const [method, body] of [['PATCH', { content: 'edited' }], ['DELETE']] as const) {
    await app.request(method, `/messages/${message.id}`, { token: ann.token, ...(body && { body }) })
    t.notMatch(await stored(message.id), { client_digest: String }, method)
  }
  t.match(await stored(message.id), { is_deleted: true })
})

t.test('of a text that went with its branch nothing can be said: any repeat is answered with what is left', async t => {
  const chat = await makeChat(app, ann)
  const asked = await say(app, ann, chat.id, 'A question')
  const { body: branch } = await app.request('POST', `/chats/${chat.id}/branches`, { token: ann.token, body: { name: 'Another', message_id: asked.id } })
  const message = await say(app, ann, chat.id, 'first', { client_id: 'key', branch_id: branch.id })
  const send = (content: string) => app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content, client_id: 'key' } })
  t.match(await send('second'), conflict)
  t.equal((await app.request('DELETE', `/chats/${chat.id}/branches/${branch.id}`, { token: ann.token })).status, 204)
  for (const content of ['first', 'second']) t.match(await send(content), { status: 200, body: { id: message.id, content: '', is_deleted: true } })
})

t.test('what an earlier version stored is compared as it was', async t => {
  const { asked, message, send } = await sent()
  const digest = app.services.messages.digestOf(['first', 'user', null, asked.id])
  await entries.updateOne({ _id: new Types.ObjectId(message.id) }, { $set: { client_digest: digest } })
  t.match(await send(), { status: 200, body: { id: message.id } })
  t.match(await send({ content: 'second' }), conflict)
  t.match(await send({ branch_id: message.branch_id }), conflict)
})

t.test('what another operation did is no repeat', async t => {
  const { chat } = await sent()
  const turn = await app.request('POST', `/chats/${chat.id}/turns`, { token: ann.token, body: { question: 'Why?', response: 'So.', client_id: 'turn' } })
  t.equal(turn.status, 201)
  t.match(await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'Why?', client_id: 'turn' } }), conflict)
  t.match(await app.request('POST', `/chats/${chat.id}/turns`, { token: ann.token, body: { question: 'first', response: 'So.', client_id: 'key' } }), conflict)
})

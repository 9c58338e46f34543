import t from 'tap'
import type { Message } from '../../src/messages/schemas.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const { log, messages, branches } = app.services
const actor = { id: ann.id, username: ann.username, role: 'user' as const, session_id: '' }

t.test('what is written straight from the database is what the objects say, whatever a message holds', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const texts = ['plain', 'quotes " and \\ and / and </script>', 'line\nbreak\ttab\u0000\u001f', '👩‍👩‍👧‍👦 ü 漢字 \u2028\u2029', '{"a":[1,{"b":null}]}', 'x'.repeat(9000)]
  const sent: Message[] = []
  for (const text of texts) sent.push(await say(app, sent.length % 2 ? bob : ann, chat.id, text))
  await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'an answer', reply_to: sent[1]!.id, client_id: 'mine-1' } })
  await app.request('PATCH', `/messages/${sent[0]!.id}`, { token: ann.token, body: { content: 'edited "so"' } })
  await app.request('PUT', `/messages/${sent[2]!.id}/reactions/${encodeURIComponent('👍')}`, { token: bob.token })
  await app.request('DELETE', `/messages/${sent[4]!.id}`, { token: ann.token })
  await branches.create(actor, chat.id, { message_index: 2, replace_with: 'another', activate: false } as never)
  const _id = log.branches.base.Types.ObjectId.createFromHexString(sent[5]!.id)
  await log.entries.updateOne({ _id }, { $set: { usage: { model: 'm', prompt_tokens: 3, completion_tokens: 4, latency_ms: 5 }, error_code: 'internal_error', status: 'error', rev: 2 ** 40, run_id: _id } })

  for (const query of ['', 'include_deleted=true', 'order=asc', 'limit=2', `around=${sent[3]!.id}`]) {
    const { body, text, headers } = await app.request<{ items: Message[] }>('GET', `/chats/${chat.id}/messages?${query}`, { token: ann.token }) as any
    const { include_deleted, ...rest } = Object.fromEntries(new URLSearchParams(query)) as any
    const objects = await messages.list(actor, chat.id, { ...rest, ...(include_deleted && { include_deleted: true }), ...(rest.limit && { limit: Number(rest.limit) }) })
    t.same(body, JSON.parse(JSON.stringify(objects)), query)
    t.equal(JSON.parse(text).count, 6)
    t.match(headers['content-type'] ?? headers.get?.('content-type'), /^application\/json/)
  }
  const { body: { items } } = await app.request<{ items: Message[] }>('GET', `/chats/${chat.id}/messages?include_deleted=true&order=asc`, { token: ann.token })
  t.same(items.map(({ content }) => content), ['edited "so"', ...texts.slice(1, 4), '', texts[5], 'an answer'])
  t.match(items[2], { reactions: [{ emoji: '👍', user_ids: [bob.id] }], alternatives: { index: 0, count: 2 } })
  t.match(items[5], { usage: { model: 'm', completion_tokens: 4 }, rev: 2 ** 40, status: 'error' })
  t.match(items[6], { reply_to: sent[1]!.id })
  t.notMatch(JSON.stringify(items), /client_id|client_digest|"kind"/)
})

t.test('so are roles, statuses and times, whatever the neighbours of a message have', async t => {
  const chat = await makeChat(app, ann)
  const kinds = [
    { role: 'system', status: 'stopped', created_at: new Date('2024-02-29T23:59:59.999Z') },
    { role: 'assistant', status: 'streaming', created_at: new Date('2024-03-01T00:00:00.000Z') },
    { role: 'user', status: 'complete', created_at: new Date('1969-12-31T23:59:59.001Z'), edited_at: new Date('2026-11-22T09:05:07.030Z') },
    { role: 'assistant', status: 'error', created_at: new Date('2026-11-22T09:05:07.030Z') },
    { role: 'user', status: 'of a later version', created_at: new Date('2026-11-23T00:00:00.100Z') }
  ]
  for (const [n, kind] of kinds.entries()) {
    const { id } = await say(app, ann, chat.id, `message ${n}`)
    await app.connection.collection('messages').updateOne({ _id: log.branches.base.Types.ObjectId.createFromHexString(id) }, { $set: kind })
  }
  const { body } = await app.request<{ items: Message[] }>('GET', `/chats/${chat.id}/messages?order=asc`, { token: ann.token })
  t.match(body.items, kinds.map(({ role, status, created_at }) => ({ role, status, created_at: created_at.toISOString() })))
  t.same(body, JSON.parse(JSON.stringify(await messages.list(actor, chat.id, { order: 'asc' }))))
})

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Types } from 'mongoose'
import t from 'tap'
import { makeChat, register, say } from '../helpers/people.ts'
import { plantedKey, type Order } from '../helpers/provider.ts'
import { openSocket } from '../helpers/socket.ts'
import { aiScene } from './scene.ts'

const { app, provider, ann, newChat, complete, stream, history, request } = await aiScene(t, { AI_FIRST_TOKEN_MS: '1500', AI_TOTAL_MS: '30000', AI_RUNS_PER_USER: '20' })

const elsewhere = createServer((_request, response) => { response.end('{}') })
elsewhere.listen(0, '127.0.0.1')
await once(elsewhere, 'listening')
t.teardown(() => { elsewhere.close() })
const redirect = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/v1/chat/completions`
let strayed = 0
elsewhere.on('request', () => { strayed++ })

const cases: [string, Order, { status: number, code: string | null, content: RegExp, requests: number }][] = [
  ['429, with Retry-After', { fault: 'status', status: 429, retryAfter: 0, times: 3 }, { status: 503, code: 'ai_rate_limited', content: /^$/, requests: 3 }],
  ['429 once', { fault: 'status', status: 429, retryAfter: 0 }, { status: 200, code: null, content: /^Tell me$/, requests: 2 }],
  ['429 for longer than it may take', { fault: 'status', status: 429, retryAfter: 3600 }, { status: 503, code: 'ai_rate_limited', content: /^$/, requests: 1 }],
  ['500', { fault: 'status', status: 500, times: 3 }, { status: 502, code: 'ai_unavailable', content: /^$/, requests: 3 }],
  ['500 twice', { fault: 'status', status: 500, times: 2 }, { status: 200, code: null, content: /^Tell me$/, requests: 3 }],
  ['a key that is refused', { fault: 'status', status: 401 }, { status: 502, code: 'ai_refused', content: /^$/, requests: 1 }],
  ['a reset before the first token', { fault: 'reset_before', times: 3 }, { status: 502, code: 'ai_unavailable', content: /^$/, requests: 3 }],
  ['a reset after the first token', { fault: 'reset_after', after: 2, text: 'One two three' }, { status: 502, code: 'ai_unavailable', content: /^One two$/, requests: 1 }],
  ['one byte at a time, too slowly', { fault: 'slow', everyMs: 1000, times: 3 }, { status: 504, code: 'ai_timeout', content: /^$/, requests: 3 }],
  ['no token', { fault: 'stall', times: 3 }, { status: 504, code: 'ai_timeout', content: /^$/, requests: 3 }],
  ['a stream that never ends', { fault: 'endless' }, { status: 502, code: 'ai_bad_answer', content: /^ 0\.+ 1\.+ 2/, requests: 1 }],
  ['a stream that stays open behind its end', { fault: 'never_closes', text: 'All of it' }, { status: 200, code: null, content: /^All of it$/, requests: 1 }],
  ['invalid JSON', { fault: 'invalid_json', after: 1 }, { status: 502, code: 'ai_bad_answer', content: /^Tell$/, requests: 1 }],
  ['invalid UTF-8', { fault: 'invalid_utf8', after: 1 }, { status: 502, code: 'ai_bad_answer', content: /^Tell$/, requests: 1 }],
  ['10 MB in one chunk', { fault: 'huge_chunk', after: 1 }, { status: 502, code: 'ai_bad_answer', content: /^Tell$/, requests: 1 }],
  ['a redirect', { fault: 'redirect', to: redirect }, { status: 502, code: 'ai_bad_answer', content: /^$/, requests: 1 }],
  ['a doubled [DONE]', { fault: 'double_done' }, { status: 200, code: null, content: /^Tell me$/, requests: 1 }],
  ['no words at all', { text: ' ' }, { status: 502, code: 'ai_bad_answer', content: /^\s*$/, requests: 1 }]
]

t.test('however a model fails, the question is kept and the reply ends once', async t => {
  const bob = await register(app, 'bob')
  const aside = (await makeChat(app, bob)).id
  for (const [what, order, expected] of cases) {
    await t.test(what, async t => {
      const chat = await newChat()
      const socket = await openSocket(t, `${app.api}/ws/${chat}?token=${ann.token}`)
      socket.send({ type: 'ping' })
      await socket.next('pong')
      const before = provider.received.length
      provider.next(order)
      const asked = complete(chat, { content: 'Tell me' })
      await socket.next('reply_started')
      t.ok((await say(app, bob, aside, what)).id, 'others go on')
      const answer = await asked
      const [question, reply, ...more] = await history(chat)
      t.match({ status: answer.status, code: answer.body.code ?? null }, { status: expected.status, code: expected.code })
      t.match(question, { content: 'Tell me', status: 'complete' })
      t.match(reply, { status: expected.code ? 'error' : 'complete', content: expected.content, ...(expected.code && { error_code: expected.code }) })
      t.same(more, [])
      const run = (await request('GET', `/runs/${reply.run_id}`, { token: ann.token })).body
      t.match(run, { status: expected.code ? 'error' : 'complete', code: expected.code })
      if (expected.code) t.equal(answer.body.run_id, run.id)
      const finished = await socket.next('reply_finished')
      t.match(finished, { seq: 3, code: expected.code, message: { id: reply.id, rev: 3 } })
      t.notOk(socket.frames.some(({ type }) => type === 'reply_finished'), 'one final state')
      t.equal(provider.received.length - before, expected.requests, 'how often it was asked')
      t.notMatch(answer.text + JSON.stringify(reply), plantedKey)
    })
  }
  t.equal(strayed, 0, 'a redirect is not followed')
})

t.test('a stream tells of a failure, too', async t => {
  const chat = await newChat()
  provider.next({ fault: 'invalid_json', after: 1 })
  const answer = await stream(t, chat, { content: 'Tell me' })
  const events = await answer.rest()
  t.match(events.slice(-2), [{ event: 'error', data: { code: 'ai_bad_answer', message: String } }, { event: 'reply_finished', id: 'end', data: { run: { status: 'error' }, reply: { status: 'error', content: 'Tell' } } }])
})

t.test('a reply that is deleted, cleared away or dropped while it is written leaves no text', async t => {
  const cases: [string, (chat: string, reply: any) => Promise<{ status: number, text: string }>][] = [
    ['the message', async (_chat, reply) => await request('DELETE', `/messages/${reply.id}`, { token: ann.token })],
    ['the history', async chat => await request('DELETE', `/chats/${chat}/messages`, { token: ann.token })],
    ['the chat', async chat => await request('DELETE', `/chats/${chat}`, { token: ann.token })],
    ['the branch', async (chat, reply) => {
      const [main] = (await request('GET', `/chats/${chat}/branches`, { token: ann.token })).body.items
      await request('PUT', `/chats/${chat}/active-branch`, { token: ann.token, body: { branch_id: main.id } })
      return await request('DELETE', `/chats/${chat}/branches/${reply.branch_id}`, { token: ann.token })
    }]
  ]
  for (const [what, remove] of cases) {
    const chat = await newChat()
    await complete(chat, { content: 'Before' })
    const branch = (await request('POST', `/chats/${chat}/branches`, { token: ann.token, body: { name: 'aside', message_index: 0, activate: true } })).body
    const held = provider.hold({ after: 1, text: 'Planted word' })
    const answer = await stream(t, chat, { content: 'Tell me', branch_id: branch.id })
    const { run, reply } = (await answer.next())!.data
    await answer.next()
    const removed = await remove(chat, reply)
    t.equal(removed.status, 204, `${what}: ${removed.text}`)
    // Nobody reads on what a deleted reply would say; the others end by themselves.
    const given = what === 'the message'
    if (given) await held.disconnected
    held.release()
    await answer.rest().catch(() => {})
    const stored = async () => await app.connection.collection('runs').findOne({ status: { $ne: 'running' }, reply_id: new Types.ObjectId(reply.id as string) })
    let over = await stored()
    while (!over) over = await stored()
    t.equal(over['text'], undefined, what)
    if (given) t.equal(over['status'], 'stopped', 'it was given up, not waited for')
    const entry = await app.services.log.entries.findOne({ _id: new Types.ObjectId(reply.id as string) })
    t.notMatch(JSON.stringify(entry), /Planted/, what)
    t.ok(run.id)
  }
})

t.test('a branch that goes before its purge has reached the reply takes the text with it', async t => {
  const chat = await newChat()
  const held = provider.hold({ after: 1, text: 'Planted word' })
  const answer = await stream(t, chat, { content: 'Tell me' })
  const { reply } = (await answer.next())!.data
  await answer.next()
  await app.services.log.branches.deleteOne({ _id: new Types.ObjectId(reply.branch_id as string), chat_id: new Types.ObjectId(chat) })
  held.release()
  await answer.rest().catch(() => {})
  const runs = app.connection.collection('runs')
  const ended = async () => await runs.findOne({ status: 'complete', reply_id: new Types.ObjectId(reply.id as string) })
  while (!await ended()) await provider.idle()
  t.match(await app.services.log.entries.findOne({ _id: new Types.ObjectId(reply.id as string) }), { status: 'streaming', content: '' })
})

t.test('a reply that is being written cannot be edited', async t => {
  const chat = await newChat()
  const held = provider.hold({ after: 1 })
  const answer = await stream(t, chat, { content: 'Tell me' })
  const { reply } = (await answer.next())!.data
  t.match(await request('PATCH', `/messages/${reply.id}`, { token: ann.token, body: { content: 'Mine' } }), { status: 409, body: { code: 'run_in_progress' } })
  held.release()
  await answer.rest()
  t.match(await request('PATCH', `/messages/${reply.id}`, { token: ann.token, body: { content: 'Mine' } }), { status: 200 })
})

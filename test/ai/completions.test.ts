import t from 'tap'
import { dayOf } from '../../src/ai/usage.ts'
import { openEvents, textOf } from '../helpers/events.ts'
import { makeChat, register } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { aiScene } from './scene.ts'

const { app, provider, ann, newChat, complete, stream, history, request } = await aiScene(t)

t.test('a question and its reply are stored, and both are answered', async t => {
  const chat = await newChat()
  provider.next({ text: 'A log is a list that only grows.' })
  const { status, body } = await complete(chat, { content: 'What is a log?' })
  t.equal(status, 200)
  t.match(body.message, { role: 'user', content: 'What is a log?', seq: 1, message_index: 0, sender_id: ann.id })
  t.match(body.reply, { role: 'assistant', content: 'A log is a list that only grows.', status: 'complete', seq: 2, rev: 3, message_index: 1, reply_to: body.message.id, turn_id: body.message.id, run_id: body.run.id, sender_id: ann.id })
  t.match(body.run, { status: 'complete', code: null, model: 'test-model', message_id: body.message.id, reply_id: body.reply.id, ended_at: String })
  t.match(body.usage, { model: 'test-model', completion_tokens: 8, latency_ms: Number })
  t.same(body.reply.usage, body.usage)
  t.same((await history(chat)).map(({ alternatives: _, ...message }) => message), [body.message, body.reply].map(({ alternatives: _, ...message }) => message))
  t.same((await request('GET', `/runs/${body.run.id}`, { token: ann.token })).body, body.run)
  const turns = (await request('GET', `/chats/${chat}/turns`, { token: ann.token })).body
  t.match(turns.items, [{ question: 'What is a log?', response: 'A log is a list that only grows.' }], 'it is a turn like any other')
})

t.test('a reply is told as it is written, to its asker and to the sockets of the chat', async t => {
  const chat = await newChat()
  const socket = await openSocket(t, `${app.api}/ws/${chat}?token=${ann.token}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  const held = provider.hold({ after: 2, text: 'One two three four' })
  const answer = await stream(t, chat, { content: 'Count' })
  t.equal(answer.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const started = await answer.next()
  t.match(started, { event: 'reply_started', id: '0', data: { run: { status: 'running' }, reply: { status: 'streaming', content: '' } } })
  await held.arrived
  while (textOf(answer.seen) !== 'One two') await answer.next()
  t.match((await history(chat))[1], { status: 'streaming', content: '' }, 'the rest of the history reads it as under way')
  held.release()
  const events = await answer.rest()
  t.equal(textOf(events), 'One two three four')
  t.match(events.at(-1), { event: 'reply_finished', id: 'end', data: { run: { status: 'complete' }, reply: { status: 'complete', content: 'One two three four' } } })
  t.equal(events.at(-2)!.id, String('One two three four'.length))

  const finished = await socket.next('reply_finished')
  const { frames } = socket
  t.same(frames.filter(({ type }) => type !== 'reply_delta').map(({ type, seq }) => [type, seq]).filter(([type]) => type !== 'hello' && type !== 'subscribed'), [['new_message', 1], ['new_message', 2], ['reply_started', undefined]])
  t.equal(textOf(frames.map(frame => ({ event: frame.type, id: '', data: frame }))), 'One two three four', 'the pieces are whole on the socket, too')
  t.match(finished, { seq: 3, code: null, message: { content: 'One two three four', rev: 3 } })
})

t.test('a lost connection ends nothing, and the client goes on where it was', async t => {
  const chat = await newChat()
  const held = provider.hold({ after: 3, text: 'One two three four five 👩‍👩‍👧' })
  const first = await stream(t, chat, { content: 'Count' })
  const { run } = (await first.next())!.data
  while (textOf(first.seen) !== 'One two three') await first.next()
  first.cut()
  const events = async (lastEventId?: string) => await openEvents(t, `${app.api}/runs/${run.id}/events`, { token: ann.token, ...(lastEventId !== undefined && { headers: { 'last-event-id': lastEventId } }) })
  const again = await events(first.seen.at(-1)!.id)
  held.release()
  const whole = 'One two three four five 👩‍👩‍👧'
  t.equal(textOf(await again.rest(), 'One two three'), whole)
  t.equal(again.seen.at(-1)!.event, 'reply_finished')
  t.equal(textOf(await (await events()).rest()), whole, 'after its end, too')
  t.same((await (await events('end')).rest()).map(({ event }) => event), ['reply_finished'])
  t.equal((await (await events('25')).rest())[0]!.data.text, whole.slice(24), 'half a character is never sent')
  t.match(await (await events('all')).json(), { code: 'validation_failed' })
  const outsider = await register(app)
  t.match(await (await openEvents(t, `${app.api}/runs/${run.id}/events`, { token: outsider.token })).json(), { status: 404, code: 'run_not_found' })
})

t.test('a cancelled reply keeps what was written', async t => {
  const chat = await newChat()
  const held = provider.hold({ after: 2, text: 'One two three' })
  const answer = await stream(t, chat, { content: 'Count' })
  const { run } = (await answer.next())!.data
  while (textOf(answer.seen) !== 'One two') await answer.next()
  const outsider = await register(app)
  t.match(await request('POST', `/runs/${run.id}/cancel`, { token: outsider.token }), { status: 404, body: { code: 'run_not_found' } })
  const cancelled = await request('POST', `/runs/${run.id}/cancel`, { token: ann.token })
  t.match(cancelled, { status: 200, body: { status: 'stopped', code: null } })
  await held.disconnected
  t.match((await answer.rest()).at(-1), { event: 'reply_finished', data: { reply: { status: 'stopped', content: 'One two' } } })
  t.match(await request('POST', `/runs/${run.id}/cancel`, { token: ann.token }), { status: 409, body: { code: 'run_ended' } })
  t.match((await history(chat))[1], { status: 'stopped', content: 'One two', usage: { prompt_tokens: 8, completion_tokens: 2 } })
  t.equal((await complete(chat, { content: 'Go on' })).status, 200, 'the branch is free again')
})

t.test('who cancels before the first word has used what the model was told', async t => {
  const chat = await newChat()
  const held = provider.hold({ after: 0 })
  const answer = await stream(t, chat, { content: 'Read all of this' })
  const { run, reply } = (await answer.next())!.data
  await held.arrived
  const before = await app.services.ai.usage.spentOn(ann.id, dayOf(new Date()))
  t.match(await request('POST', `/runs/${run.id}/cancel`, { token: ann.token }), { status: 200, body: { status: 'stopped' } })
  await answer.rest()
  const { usage } = (await request('GET', `/messages/${reply.id}`, { token: ann.token })).body
  t.ok(usage.prompt_tokens >= 4, `${usage.prompt_tokens} tokens were told`)
  t.equal(usage.completion_tokens, 0)
  t.equal(await app.services.ai.usage.spentOn(ann.id, dayOf(new Date())) - before, usage.prompt_tokens)
})

t.test('a stream begins before the model does', async t => {
  const chat = await newChat()
  const held = provider.hold({ after: 0 })
  const asked = complete(chat, { content: 'Wait' })
  await held.arrived
  const [, reply] = await history(chat)
  const events = await fetch(`${app.api}/runs/${reply.run_id}/events`, { headers: { authorization: `Bearer ${ann.token}`, 'last-event-id': '0' } })
  const { value } = await events.body!.getReader().read()
  t.match(Buffer.from(value!).toString(), /^: here\n\n/, 'its headers come at once')
  held.release()
  await asked
})

t.test('one reply a branch, two a person, exactly', async t => {
  const chats = await Promise.all(Array.from({ length: 20 }, newChat))
  const held = [provider.hold({ after: 0 }), provider.hold({ after: 0 })]
  const asks = chats.map(async chat => await complete(chat, { content: 'All at once' }))
  // Two wait for the provider; the others are refused meanwhile.
  const refused: string[] = []
  const answered: any[] = []
  for (const ask of asks) {
    void ask.then(answer => {
      if (answer.status === 200) answered.push(answer)
      else refused.push(`${answer.status} ${answer.body.code}`)
      if (refused.length === 18) for (const { release } of held) release()
    })
  }
  await Promise.all(asks)
  t.same([answered.length, refused.length, new Set(refused)], [2, 18, new Set(['429 too_many_runs'])])
  const empty = await Promise.all(chats.map(async chat => (await history(chat)).length))
  t.same(empty.filter(length => length > 0), [2, 2], 'what is refused leaves nothing')

  const chat = await newChat()
  const branch = provider.hold({ after: 0 })
  const first = complete(chat, { content: 'First' })
  await branch.arrived
  t.match(await complete(chat, { content: 'Second' }), { status: 409, body: { code: 'run_in_progress' } })
  const other = (await request('POST', `/chats/${chat}/branches`, { token: ann.token, body: { name: 'aside', message_index: 0 } })).body
  t.match(await complete(chat, { content: 'Aside', branch_id: other.id }), { status: 200, body: { reply: { branch_id: other.id } } })
  branch.release()
  t.equal((await first).status, 200)
})

t.test('a repeat with the same client_id is the same question', async t => {
  const chat = await newChat()
  const held = provider.hold({ after: 0, text: 'Once' })
  const body = { content: 'Only once', client_id: 'c-1' }
  const all = Promise.all(Array.from({ length: 5 }, async () => await complete(chat, body)))
  await held.arrived
  t.match(await complete(chat, { ...body, content: 'Another' }), { status: 409, body: { code: 'idempotency_conflict' } })
  held.release()
  const answers = await all
  t.same(new Set(answers.map(({ status, body }) => `${status} ${body.reply.id} ${body.reply.content}`)).size, 1)
  t.equal(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true').length, 4)
  t.equal((await history(chat)).length, 2)
  const later = await stream(t, chat, body)
  t.equal(later.headers.get('idempotency-replayed'), 'true')
  t.equal(textOf(await later.rest()), 'Once')
})

t.test('a reply is written again on an alternative branch', async t => {
  const chat = await newChat()
  provider.next({ text: 'First try' })
  const { message, reply } = (await complete(chat, { content: 'Try' })).body
  await complete(chat, { content: 'And then?' })
  provider.next({ text: 'Second try' })
  const again = await request('POST', `/messages/${reply.id}/regenerate`, { token: ann.token, body: { model: 'test-model-2', client_id: 'again' } })
  t.match(again, { status: 200, body: { message: { id: message.id }, reply: { content: 'Second try', reply_to: message.id, message_index: 1, turn_id: message.id }, run: { model: 'test-model-2' } } })
  const sent = provider.received.at(-1)!.body
  t.match(sent.messages, [{ role: 'user', content: 'Try' }])
  t.equal(sent.messages.length, 1, 'neither the first reply nor what came after it is told')
  t.same((await history(chat)).map(({ content, alternatives }) => [content, alternatives]), [['Try', { index: 0, count: 1 }], ['Second try', { index: 1, count: 2 }]])
  t.match((await request('POST', `/messages/${reply.id}/regenerate`, { token: ann.token, body: { model: 'test-model-2', client_id: 'again' } })).body.reply, { id: again.body.reply.id }, 'a repeat is the same')
  t.match(await request('POST', `/messages/${message.id}/regenerate`, { token: ann.token, body: {} }), { status: 400 })
  const outsider = await register(app)
  t.match(await request('POST', `/messages/${reply.id}/regenerate`, { token: outsider.token, body: {} }), { status: 404, body: { code: 'message_not_found' } })
})

t.test('what a provider is sent is what the context shows', async t => {
  const chat = (await request('POST', '/chats', { token: ann.token, body: { type: 'assistant', system_prompt: 'Answer in rhyme.' } })).body.id
  const remembered = (await request('POST', '/memories', { token: ann.token, body: { content: 'Has a dog called Rex.' } })).body
  for (const content of ['Hello', 'How are you?']) await complete(chat, { content })
  const content = 'And "quoted" → \u2028 text?'
  const shown = (await request('GET', `/chats/${chat}/context?content=${encodeURIComponent(content)}`, { token: ann.token })).body
  await complete(chat, { content })
  t.match(shown.messages[0], { role: 'system', content: /Answer in rhyme/ })
  t.match(JSON.stringify(shown.messages), /Rex/)
  t.equal(JSON.stringify(shown.messages), JSON.stringify(provider.received.at(-1)!.body.messages))
  t.ok(provider.received.at(-1)!.raw.includes(JSON.stringify(shown.messages)), 'to the byte')
  await request('DELETE', `/memories/${remembered.id}`, { token: ann.token })
})

t.test('what cannot be asked is refused, and nothing is stored', async t => {
  const chat = await newChat()
  const bob = await register(app)
  const direct = (await makeChat(app, ann, 'direct', [bob])).id
  const group = (await makeChat(app, ann, 'group', [bob])).id
  const before = provider.received.length
  const cases: [string, string, object, number, string][] = [
    ['an unknown model', chat, { content: 'x', model: 'gpt-0' }, 400, 'model_not_found'],
    ['nothing', chat, { content: '' }, 400, 'validation_failed'],
    ['white space', chat, { content: ' \n' }, 400, 'validation_failed'],
    ['too much', chat, { content: 'x'.repeat(10_001) }, 400, 'validation_failed'],
    ['a role', chat, { content: 'x', role: 'system' }, 400, 'validation_failed'],
    ['a provider of one\'s own', chat, { content: 'x', base_url: 'http://127.0.0.1:1' }, 400, 'validation_failed'],
    ['a temperature', chat, { content: 'x', temperature: 2.1 }, 400, 'validation_failed'],
    ['an unknown branch', chat, { content: 'x', branch_id: 'f'.repeat(24) }, 404, 'branch_not_found'],
    ['another head', chat, { content: 'x', expected_head: 'f'.repeat(24) }, 409, 'head_moved'],
    ['no chat', 'f'.repeat(24), { content: 'x' }, 404, 'chat_not_found'],
    ['a direct chat', direct, { content: 'x' }, 403, 'assistant_not_allowed'],
    ['a group without an assistant', group, { content: 'x' }, 403, 'assistant_not_allowed']
  ]
  for (const [what, id, body, status, code] of cases) t.match(await complete(id, body), { status, body: { code } }, what)
  t.match(await complete(chat, { content: 'x' }, bob), { status: 404, body: { code: 'chat_not_found' } })
  t.same([await history(chat), await history(direct), await history(group)], [[], [], []])
  t.equal(provider.received.length, before)
})

t.test('over a socket it is the same', async t => {
  const chat = await newChat()
  const socket = await openSocket(t, `${app.api}/ws/${chat}?token=${ann.token}`)
  const held = provider.hold({ after: 1, text: 'One two' })
  socket.send({ type: 'complete', chat_id: chat, content: 'Count', id: '1' })
  const ack = await socket.next(({ type, id }) => type === 'ack' && id === '1')
  t.match(ack, { run: { status: 'running' }, message: { content: 'Count' }, reply: { status: 'streaming' }, replayed: false })
  await socket.next('reply_delta')
  socket.send({ type: 'cancel', run_id: ack['run'].id, id: '2' })
  t.match(await socket.next(({ type, id }) => type === 'ack' && id === '2'), { run: { status: 'stopped' } })
  await held.disconnected
  t.match(await socket.next('reply_finished'), { message: { content: 'One', status: 'stopped' } })
  socket.send({ type: 'cancel', run_id: ack['run'].id, id: '3' })
  t.match(await socket.next('error'), { id: '3', code: 'run_ended' })
})

import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { pino } from 'pino'
import { AiFault, createProvider, type ModelAsk, type ModelEnd, type Provider } from '../../src/ai/provider.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { plantedKey, startProvider } from '../helpers/provider.ts'

const secret = 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS'
const logged: string[] = []
const log = pino({ level: 'trace' }, { write: (line: string) => { logged.push(line) } })

// The client keeps the functions it finds at its first use.
const printed = (['error', 'warn', 'info', 'log', 'debug'] as const).map(method => t.capture(console, method))

/** A provider with the settings, as the server makes it. */
const make = (settings: Record<string, string>) =>
  createProvider({ config: loadConfig({ SECRET_KEY: secret, AI_FIRST_TOKEN_MS: '5000', ...settings }, '/nonexistent'), log, backoffMs: 4 })

const ask = (content = 'one two three four', extra: Partial<ModelAsk> = {}): ModelAsk =>
  ({ model: 'test-model', messages: [{ role: 'user', content }], signal: new AbortController().signal, ...extra })

interface Outcome { pieces: string[], end?: ModelEnd, error?: any }

/** A reply to its end, however it ends. */
async function hear (provider: Provider, asked: ModelAsk): Promise<Outcome> {
  const pieces: string[] = []
  const reply = provider.stream(asked)
  try {
    for (;;) {
      const { done, value } = await reply.next()
      if (done) return { pieces, end: value }
      pieces.push(value)
    }
  } catch (error) {
    return { pieces, error }
  }
}

async function scene (t: Test, settings: Record<string, string> = {}) {
  const stand = await startProvider(t)
  return { stand, provider: make({ ...stand.settings, ...settings }) }
}

const failsWith = (t: Test, { error }: Outcome, code: string) => {
  t.ok(error instanceof AiFault, String(error))
  t.equal(error?.code, code)
}

t.test('a reply comes in pieces, with its end and its usage', async t => {
  const { stand, provider } = await scene(t)
  t.intercept(process, 'env', { value: { ...process.env, OPENAI_ORG_ID: 'org-other', OPENAI_PROJECT_ID: 'proj-other', OPENAI_BASE_URL: 'http://127.0.0.1:1/' } })
  const messages = [{ role: 'system' as const, content: 'Be kind.' }, { role: 'user' as const, content: 'Hello there, model 👋', name: 'ann b' }]
  const { pieces, end } = await hear(provider, ask('', { messages, temperature: 0.5, maxTokens: 50, user: 'p-1' }))
  t.same(pieces, ['Hello', ' there,', ' model', ' 👋'])
  t.same(end, { finishReason: 'stop', usage: { prompt_tokens: 6, completion_tokens: 4 } })
  t.equal(stand.received.length, 1)
  t.same(stand.received[0]!.body, {
    model: 'test-model',
    messages: [messages[0], { role: 'user', content: 'Hello there, model 👋', name: 'ann_b' }],
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0.5,
    max_tokens: 50,
    user: 'p-1'
  })
  t.equal(stand.received[0]!.headers.authorization, `Bearer ${plantedKey}`)
  t.notMatch(JSON.stringify(stand.received[0]!.headers), /other/, 'nothing of the environment is sent')
  t.same((await hear(provider, ask('one two three', { maxTokens: 2 }))).end?.finishReason, 'length')
  t.throws(() => provider.stream(ask('', { model: 'other' })), { code: 'model_not_found' })
  t.equal(stand.received.length, 2, 'a model that is not offered is not asked')
})

t.test('what endpoints do differently is tolerated', async t => {
  const { stand, provider } = await scene(t)
  for (const fault of ['plain', 'double_done', 'never_closes'] as const) {
    stand.next({ fault })
    const { pieces, end } = await hear(provider, ask())
    t.equal(pieces.join(''), 'one two three four', fault)
    t.equal(end?.finishReason, 'stop')
    if (fault === 'plain') t.same(pieces, ['one two three four'])
  }
  stand.next({ text: 'scripted', usage: null })
  t.same(await hear(provider, ask()), { pieces: ['scripted'], end: { finishReason: 'stop', usage: null } })
})

t.test('without a key none is sent', async t => {
  const { stand } = await scene(t)
  const { AI_API_KEY: _, ...settings } = stand.settings
  failsWith(t, await hear(make(settings), ask()), 'ai_refused')
  t.notOk('authorization' in stand.received[0]!.headers)
})

t.test('what may pass is tried again twice before the first token, and never after it', async t => {
  const { stand, provider } = await scene(t)
  const passing = [
    [{ fault: 'status', status: 429 }, 'ai_rate_limited'],
    [{ fault: 'status', status: 500 }, 'ai_unavailable'],
    [{ fault: 'status', status: 503, retryAfter: 0 }, 'ai_unavailable'],
    [{ fault: 'reset_before' }, 'ai_unavailable'],
    [{ fault: 'invalid_json' }, 'ai_bad_answer'],
    [{ fault: 'invalid_utf8' }, 'ai_bad_answer'],
    [{ fault: 'wrong_shape' }, 'ai_bad_answer'],
    [{ fault: 'huge_chunk' }, 'ai_bad_answer'],
    [{ fault: 'cut_off', after: 0 }, 'ai_bad_answer'],
    [{ fault: 'reset_after', after: 0 }, 'ai_unavailable']
  ] as const
  for (const [order, code] of passing) {
    stand.received.length = 0
    stand.next({ ...order, times: 2 })
    t.equal((await hear(provider, ask())).pieces.join(''), 'one two three four', `${order.fault}: the third try`)
    t.equal(stand.received.length, 3)
    stand.next({ ...order, times: 3 })
    failsWith(t, await hear(provider, ask()), code)
    t.equal(stand.received.length, 6, `${order.fault}: no fourth`)
  }

  const late = [
    [{ fault: 'reset_after', after: 2 }, 'ai_unavailable'],
    [{ fault: 'cut_off', after: 2 }, 'ai_bad_answer'],
    [{ fault: 'invalid_json', after: 2 }, 'ai_bad_answer'],
    [{ fault: 'invalid_utf8', after: 2 }, 'ai_bad_answer'],
    [{ fault: 'wrong_shape', after: 2 }, 'ai_bad_answer'],
    [{ fault: 'huge_chunk', after: 2 }, 'ai_bad_answer']
  ] as const
  for (const [order, code] of late) {
    stand.received.length = 0
    stand.next(order)
    const outcome = await hear(provider, ask())
    failsWith(t, outcome, code)
    t.same(outcome.pieces, ['one', ' two'], `${order.fault}: what came before`)
    t.equal(stand.received.length, 1)
  }
  await stand.idle()
  t.pass('every connection was closed, that of the endless event among them')
})

t.test('silence has a limit, before the first token and between two', async t => {
  const { stand, provider } = await scene(t, { AI_FIRST_TOKEN_MS: '500' })
  stand.next({ fault: 'stall', times: 2 })
  t.equal((await hear(provider, ask())).pieces.length, 4, 'the third try')
  stand.next({ fault: 'stall', times: 3 })
  failsWith(t, await hear(provider, ask()), 'ai_timeout')
  t.equal(stand.received.length, 6)
  const held = stand.hold({ after: 2 })
  failsWith(t, await hear(provider, ask()), 'ai_timeout')
  await held.disconnected
  t.equal(stand.received.length, 7, 'after a token there is no other try')
  await stand.idle()
})

t.test('what will not pass is not tried again', async t => {
  const { stand, provider } = await scene(t)
  for (const status of [400, 401, 403, 404]) {
    stand.received.length = 0
    stand.next({ fault: 'status', status })
    failsWith(t, await hear(provider, ask()), 'ai_refused')
    t.equal(stand.received.length, 1)
    t.match(logged.map(line => JSON.parse(line)).at(-1), { level: 40, status, code: 'ai_refused' }, 'with a warning')
  }
  for (const [error, message] of [[{ code: 'context_length_exceeded' }, /too long for this model/], [{ param: 'temperature', code: 'unsupported_value' }, /no temperature/], [{ code: 'sesame', param: '__proto__' }, /^The model provider refused the request\.$/]] as const) {
    stand.next({ fault: 'status', status: 400, error })
    t.match((await hear(provider, ask())).error.message, message)
  }
  stand.received.length = 0
  stand.next({ fault: 'status', status: 429, retryAfter: 3600 })
  failsWith(t, await hear(provider, ask()), 'ai_rate_limited')
  stand.next({ fault: 'status', status: 503, retryAfter: new Date(Date.now() + 60_000).toUTCString() })
  failsWith(t, await hear(provider, ask()), 'ai_unavailable')
  t.equal(stand.received.length, 2, 'a long Retry-After is believed')
})

t.test('Retry-After is waited for', async t => {
  const { stand, provider } = await scene(t)
  stand.next({ fault: 'status', status: 429, retryAfter: 0.2 })
  const begun = performance.now()
  t.equal((await hear(provider, ask())).pieces.length, 4)
  t.ok(performance.now() - begun >= 200)
})

t.test('the whole reply has a limit, tries included', async t => {
  const { stand, provider } = await scene(t, { AI_TOTAL_MS: '800', AI_FIRST_TOKEN_MS: '240000' })
  stand.next({ fault: 'stall' })
  failsWith(t, await hear(provider, ask()), 'ai_timeout')
  stand.next({ fault: 'status', status: 500 })
  stand.next({ fault: 'stall' })
  failsWith(t, await hear(provider, ask()), 'ai_timeout')
  t.equal(stand.received.length, 3)
  stand.next({ fault: 'slow', everyMs: 5 })
  failsWith(t, await hear(provider, ask('word '.repeat(100))), 'ai_timeout')
  stand.next({ fault: 'status', status: 503, retryAfter: 1 })
  failsWith(t, await hear(provider, ask()), 'ai_unavailable')
  t.equal(stand.received.length, 5, 'no wait that cannot end in time')
  const held = stand.hold({ after: 1 })
  const reply = provider.stream(ask())
  await reply.next()
  await held.disconnected
  await t.rejects(reply.next(), { code: 'ai_timeout' }, 'a reader who never comes back keeps no connection')
})

t.test('an endless reply is left at its bound', async t => {
  const { stand, provider } = await scene(t)
  stand.next({ fault: 'endless' })
  const outcome = await hear(provider, ask())
  failsWith(t, outcome, 'ai_bad_answer')
  const { length } = outcome.pieces.join('')
  t.ok(length > 199_000 && length <= 200_000, String(length))
  await stand.idle()
})

t.test('a redirect is an error, and its target hears nothing', async t => {
  const { stand, provider } = await scene(t)
  let contacts = 0
  const target = createServer((_request, response) => { contacts++; response.end('{}') })
  target.on('connection', () => { contacts++ })
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  t.teardown(() => { target.close() })
  for (const status of [301, 302, 303, 307, 308]) {
    stand.next({ fault: 'redirect', status, to: `http://127.0.0.1:${(target.address() as AddressInfo).port}/v1/chat/completions` })
    failsWith(t, await hear(provider, ask()), 'ai_bad_answer')
  }
  t.equal(stand.received.length, 5)
  t.equal(contacts, 0)
})

t.test('an abort ends the reply with its reason and closes the connection', async t => {
  const { stand, provider } = await scene(t, { AI_FIRST_TOKEN_MS: '240000', AI_TOTAL_MS: '240000' })
  const reason = new Error('enough')
  const stop = new AbortController()
  const held = stand.hold({ after: 2 })
  const reply = provider.stream(ask(undefined, { signal: stop.signal }))
  t.equal((await reply.next()).value, 'one')
  t.equal((await reply.next()).value, ' two')
  const next = reply.next()
  stop.abort(reason)
  await t.rejects(next, reason)
  await held.disconnected

  const early = new AbortController()
  const silent = stand.hold()
  const waiting = hear(provider, ask(undefined, { signal: early.signal }))
  await silent.arrived
  early.abort(reason)
  t.equal((await waiting).error, reason, 'before the first token')
  await silent.disconnected

  const left = stand.hold({ after: 1 })
  const unread = provider.stream(ask())
  await unread.next()
  await unread.return({ finishReason: 'other', usage: null })
  await left.disconnected
  t.pass('a reader who leaves closes it, too')

  stand.next({ fault: 'status', status: 429, retryAfter: 9 })
  const between = new AbortController()
  const pausing = hear(provider, ask(undefined, { signal: between.signal }))
  await stand.requests(4)
  between.abort(reason)
  t.equal((await pausing).error, reason, 'while it waits for another try')
  t.equal((await hear(provider, ask(undefined, { signal: AbortSignal.abort(reason) }))).error, reason, 'at once')
  t.equal(stand.received.length, 4)
})

t.test('a reader who takes his time is not taken for a silent model', async t => {
  const { stand, provider } = await scene(t, { AI_FIRST_TOKEN_MS: '500' })
  const held = stand.hold({ after: 1 })
  const reply = provider.stream(ask('one two'))
  await reply.next()
  // The time itself is what is tried here: longer than a model may be silent.
  await new Promise(resolve => { setTimeout(resolve, 600) })
  held.release()
  t.equal((await reply.next()).value, ' two')
  t.ok((await reply.next()).done)
})

t.test('the text can be stored, wherever its pieces part', async t => {
  const { stand, provider } = await scene(t)
  for (const [tokens, text] of [
    [['a\0b', '\0', ' \ude00', 'c'], 'ab \ufffdc'],
    [['a\ud83d', '\ude00b'], 'a\u{1f600}b'],
    [['\ud83d', '\0', '\ude00'], '\u{1f600}'],
    [['a\ud83d', 'b\ud83d'], 'a\ufffdb\ufffd']
  ] as const) {
    stand.next({ tokens: [...tokens] })
    const { pieces, end } = await hear(provider, ask())
    t.equal(pieces.join(''), text)
    t.ok(pieces.every(piece => piece !== '' && piece.isWellFormed()))
    t.equal(end?.finishReason, 'stop')
  }
})

t.test('a closed port and an unknown name are the provider\'s absence', async t => {
  const { stand } = await scene(t)
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const { port } = closed.address() as AddressInfo
  await new Promise(resolve => { closed.close(resolve) })
  failsWith(t, await hear(make({ ...stand.settings, AI_BASE_URL: `http://127.0.0.1:${port}/v1` }), ask()), 'ai_unavailable')
  t.match(JSON.parse(logged.at(-1)!), { reason: 'ECONNREFUSED', tries: 3 })
})

t.test('no key, address or word of the provider is in an error or in the log', async t => {
  const { stand, provider } = await scene(t)
  stand.next({ fault: 'invalid_json', times: 3 })
  failsWith(t, await hear(provider, ask()), 'ai_bad_answer')
  for (const status of [400, 401, 429, 500]) {
    stand.next({ fault: 'status', status, times: status > 401 ? 3 : 1, retryAfter: 0 })
    const { error } = await hear(provider, ask('a planted word: sesame'))
    for (let at = error; at; at = at.cause) {
      t.notMatch(`${at.message} ${at.stack} ${JSON.stringify(at, Object.getOwnPropertyNames(at))}`, /planted|sesame|Told by|127\.0\.0\.1/)
    }
  }
  t.same(printed.flatMap(calls => calls()), [], 'the client prints nothing')
  t.ok(logged.length > 10, 'there is a log')
  t.notMatch(logged.join(''), /planted|sesame|Told by|127\.0\.0\.1/)
})

t.test('the offline model says what it is, and the same to the same', async t => {
  const provider = make({})
  const question = `What is \ud83d\ude00 a very long question? ${'x'.repeat(500)}`
  const offline = (extra: Partial<ModelAsk> = {}) => ask(question, { model: 'offline', ...extra })
  const first = await hear(provider, offline())
  t.same(await hear(provider, offline()), first)
  t.ok(first.pieces.length > 10, 'in pieces')
  const text = first.pieces.join('')
  t.match(text, /Parley's offline model and no language model/)
  t.match(text, /“What is 😀 a very long question\? x+…”/)
  t.match(text, /given 1 message\./)
  t.match(text, /GROQ_API_KEY/)
  t.ok(text.isWellFormed())
  t.equal(first.end!.finishReason, 'stop')
  t.ok(first.end!.usage!.completion_tokens > 50 && first.end!.usage!.prompt_tokens > 10)
  const short = await hear(provider, offline({ maxTokens: 5 }))
  t.equal(short.end!.finishReason, 'length')
  t.ok(short.end!.usage!.completion_tokens <= 5 && short.pieces.length > 0)
  const shortest = await hear(provider, offline({ maxTokens: 1 }))
  t.same([shortest.pieces, shortest.end], [['I'], { ...shortest.end!, finishReason: 'length' }], 'one token is a word, as of any model')

  const stop = new AbortController()
  const reason = new Error('enough')
  const reply = provider.stream(offline({ signal: stop.signal }))
  await reply.next()
  const next = reply.next()
  stop.abort(reason)
  await t.rejects(next, reason)
})

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'

/** A key that must be found nowhere but at the provider. */
export const plantedKey = 'sk-planted-0123456789-never-to-be-seen'

/** What a request brought. */
export interface Received { method: string, path: string, headers: IncomingHttpHeaders, raw: Buffer, body: any }

/** How one request is answered. `after` counts the tokens that are sent before the fault; nothing is sent before a status or a redirect. */
export type Fault =
  | { fault: 'status', status: number, retryAfter?: string | number, error?: { code?: string, param?: string } }
  | { fault: 'reset_before' | 'stall' }
  | { fault: 'reset_after' | 'cut_off' | 'invalid_json' | 'invalid_utf8' | 'wrong_shape' | 'huge_chunk', after?: number }
  | { fault: 'slow', everyMs?: number }
  | { fault: 'endless' | 'double_done' | 'never_closes' | 'plain' }
  | { fault: 'redirect', to: string, status?: number }

/** What the next request is answered with: a text (or its very tokens), a fault, or both; `times` for how many requests (1). */
export type Order = ({ text?: string, tokens?: string[], usage?: null, times?: number }) & (Fault | { fault?: undefined })

type Holding = { after: number, arrived: (request: Received) => void, gone: () => void, released: Promise<void> }
type Job = Order | { fault: 'hold', holding: Holding, text?: string, tokens?: string[], usage?: null }

const tokensOf = (text: string) => text.match(/\s*\S+|\s+$/g) ?? []
const chunk = (model: string, choices: object[], usage?: object | null) => `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1795255200, model, choices, ...(usage !== undefined && { usage }) })}\n\n`
const choice = (delta: object, finish: string | null = null) => [{ index: 0, delta, finish_reason: finish }]

function latch<T> () {
  let resolve!: (value: T) => void
  const promise = new Promise<T>(_resolve => { resolve = _resolve })
  return { promise, resolve }
}

/** Writes, and waits until it is wanted; false once the client is gone. */
async function send (response: ServerResponse, data: string | Buffer): Promise<boolean> {
  if (response.destroyed) return false
  if (!response.write(data)) {
    const { promise, resolve } = latch<void>()
    response.on('drain', resolve).on('close', resolve)
    await promise
    response.off('drain', resolve).off('close', resolve)
  }
  return !response.destroyed
}

const gone = async (response: ServerResponse) => { if (!response.destroyed) await once(response, 'close') }

async function streamReply (response: ServerResponse, model: string, tokens: string[], end: { finish: string, usage: object | null }, job: Job) {
  const { fault } = job
  if (fault === 'reset_before') return response.socket!.resetAndDestroy()
  if (fault === 'stall') return await gone(response)
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const say = async (text: string) => await send(response, chunk(model, choice({ content: text }), null))
  const sayAll = async (list: string[]) => { for (const token of list) await say(token) }
  const finish = async (last = 'data: [DONE]\n\n') => {
    await send(response, chunk(model, choice({}, end.finish), null) + (end.usage ? chunk(model, [], end.usage) : '') + last)
    response.end()
  }
  await send(response, chunk(model, choice({ role: 'assistant', content: '' }), null))

  switch (fault) {
    case 'hold': {
      await sayAll(tokens.slice(0, job.holding.after))
      await Promise.race([job.holding.released, gone(response)])
      await sayAll(tokens.slice(job.holding.after))
      return await finish()
    }
    case 'slow': {
      for (const byte of tokens.map(token => chunk(model, choice({ content: token }), null)).join('')) {
        if (!await send(response, byte)) return
        await wait(job.everyMs ?? 1000)
      }
      return await finish()
    }
    case 'endless': {
      for (let i = 0; await say(` ${i}`.padEnd(200, '.')); i++) await new Promise(resolve => { setImmediate(resolve) })
      return
    }
    case 'reset_after': {
      await sayAll(tokens.slice(0, job.after ?? 1))
      // A reset would take back what was sent and is not yet read.
      return response.socket!.end()
    }
    case 'cut_off': {
      await sayAll(tokens.slice(0, job.after ?? 1))
      return response.end()
    }
    case 'invalid_json': case 'invalid_utf8': case 'wrong_shape': {
      await sayAll(tokens.slice(0, job.after ?? 0))
      const garbage = { invalid_json: '{"choices": [{"delta": {"content": "half', wrong_shape: '{"choices": {"delta": "text"}}', invalid_utf8: '{"choices": [{"delta": {"content": "\xff\xfe"}}]}' }[fault]
      await send(response, Buffer.from(`data: ${garbage}\n\n`, 'latin1'))
      return await finish()
    }
    case 'huge_chunk': {
      await sayAll(tokens.slice(0, job.after ?? 0))
      await send(response, 'data: {"choices":[{"index":0,"delta":{"content":"')
      for (let sent = 0; sent < 10 * 1024 * 1024; sent += 65_536) if (!await send(response, 'x'.repeat(65_536))) return
      await send(response, '"},"finish_reason":null}]}\n\n')
      return await finish()
    }
    case 'double_done': {
      await sayAll(tokens)
      return await finish('data: [DONE]\n\ndata: [DONE]\n\n')
    }
    case 'never_closes': {
      await sayAll(tokens)
      await send(response, chunk(model, choice({}, end.finish), null))
      return await gone(response)
    }
    default: {
      await sayAll(tokens)
      return await finish()
    }
  }
}

/**
 * A server of its own that speaks OpenAI's chat completions, streamed and whole, and `GET /v1/models`. Unless told otherwise it
 * answers with what the newest message of the person says. It ends with the test.
 */
export async function startProvider (t: Pick<Test, 'teardown'>) {
  const received: Received[] = []
  const jobs: Job[] = []
  const waiting = new Set<() => void>()
  const open = new Set<ServerResponse>()
  let script = (body: any): string => String(body.messages?.findLast((turn: { role: string }) => turn.role === 'user')?.content ?? '')

  async function complete (request: Received, response: ServerResponse) {
    const { model, stream, max_tokens: older, max_completion_tokens: most = older } = request.body
    const job: Job = jobs.shift() ?? {}
    if (job.fault === 'hold') {
      job.holding.arrived(request)
      response.once('close', () => { if (!response.writableFinished) job.holding.gone() })
    }
    if (job.fault === 'status') {
      const headers = job.retryAfter === undefined ? {} : { 'retry-after': String(job.retryAfter) }
      return response.writeHead(job.status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify({ error: { message: `Told by the provider to ${request.headers.authorization ?? 'nobody'}`, type: 'error', ...job.error } }))
    }
    if (job.fault === 'redirect') return response.writeHead(job.status ?? 307, { location: job.to }).end()
    const all = job.tokens ?? tokensOf(job.text ?? script(request.body))
    const tokens = all.slice(0, most ?? all.length)
    const count = { prompt_tokens: request.body.messages.reduce((sum: number, { content }: { content: string }) => sum + tokensOf(content).length, 0), completion_tokens: tokens.length }
    const usage = job.usage === null ? null : { ...count, total_tokens: count.prompt_tokens + count.completion_tokens }
    const finish = tokens.length < all.length ? 'length' : 'stop'
    if (!stream || job.fault === 'plain') {
      const whole = { id: 'chatcmpl-1', object: 'chat.completion', created: 1795255200, model, choices: [{ index: 0, message: { role: 'assistant', content: tokens.join('') }, finish_reason: finish }], usage }
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
    }
    return await streamReply(response, model, tokens, { finish, usage }, job)
  }

  async function answer (incoming: IncomingMessage, response: ServerResponse) {
    response.on('error', () => {})
    open.add(response)
    response.once('close', () => { open.delete(response) })
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part)
    const raw = Buffer.concat(parts)
    const request = { method: incoming.method!, path: incoming.url!, headers: incoming.headers, raw, body: raw.length > 0 ? JSON.parse(raw.toString()) : undefined }
    received.push(request)
    for (const look of [...waiting]) look()
    if (incoming.headers.authorization !== `Bearer ${plantedKey}`) return response.writeHead(401).end()
    if (request.method === 'GET' && request.path === '/v1/models') return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ object: 'list', data: ['test-model', 'test-model-2'].map(id => ({ id, object: 'model', created: 1795255200, owned_by: 'test' })) }))
    if (request.method === 'POST' && request.path === '/v1/chat/completions') return await complete(request, response)
    return response.writeHead(404).end()
  }

  // A client that goes away while it sends is a client that went away.
  const server = createServer((incoming, response) => { answer(incoming, response).catch(() => { response.destroy() }) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    url,
    /** To spread into the settings of an app. */
    settings: { AI_BASE_URL: `${url}/v1`, AI_API_KEY: plantedKey, AI_MODEL: 'test-model', AI_MODELS: 'test-model-2' },
    /** Every request so far, in order. */
    received,

    /** Waits until `count` requests have come in all. */
    async requests (count: number): Promise<Received[]> {
      while (received.length < count) {
        await new Promise<void>(resolve => {
          const look = () => { waiting.delete(look); resolve() }
          waiting.add(look)
        })
      }
      return received
    },

    /** Waits until no request is under way: each has its whole answer, or its client is gone. */
    async idle () {
      for (const response of open) await gone(response)
    },

    /** What every request without an order is answered with: a text, or one made from the request's body. */
    script (text: string | ((body: any) => string)) { script = typeof text === 'string' ? () => text : text },

    /** How the next requests are answered; orders are kept in a line, one a request. */
    next ({ times = 1, ...order }: Order) {
      for (let i = 0; i < times; i++) jobs.push(order as Job)
    },

    /** The next request is answered with `after` tokens (0), and with the others when `release` is called. */
    hold ({ after = 0, text }: { after?: number, text?: string } = {}) {
      const arrival = latch<Received>()
      const departure = latch<void>()
      const release = latch<void>()
      jobs.push({ fault: 'hold', holding: { after, arrived: arrival.resolve, gone: departure.resolve, released: release.promise }, ...(text !== undefined && { text }) })
      return {
        /** Resolves with the request once it has come. */
        arrived: arrival.promise,
        /** Resolves when the client closes the connection before it has the whole reply. */
        disconnected: departure.promise,
        release: () => { release.resolve() }
      }
    }
  }
}

export type TestProvider = Awaited<ReturnType<typeof startProvider>>

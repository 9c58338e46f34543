import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type OpenAI from 'openai'
import { boundedFetch, type Heard } from './bounded-fetch.ts'
import { createCleaner, readChunk } from './chunks.ts'
import { AiFault } from './faults.ts'
import type { Endpoint } from './models.ts'
import type { ModelAsk, ModelEnd, Reply } from './reply.ts'

interface Needs {
  endpoint: Endpoint
  firstTokenMs: number
  totalMs: number
  backoffMs: number
  log: Pick<FastifyBaseLogger, 'warn'>
}

const tries = 3
/** A provider that wants to be left alone for longer is taken at its word at once, instead of keeping a person waiting. */
const longestWaitMs = 10_000
/** The most characters of a reply. */
const replyBound = 200_000
/** How long the token counts may take after the end was told. */
const usageMs = 2000

/** What a provider is sent, with what some of them do not take said in another way. */
export function requestBody ({ model, messages, temperature, maxTokens, user }: ModelAsk, { provider }: Pick<Endpoint, 'provider'>): OpenAI.ChatCompletionCreateParamsStreaming {
  const turns = messages.map(({ role, content, name }) => {
    if (name === undefined) return { role, content }
    // Groq refuses the member; OpenAI refuses some characters in it.
    return provider === 'groq' ? { role, content: `${name}: ${content}` } : { role, content, name: name.replace(/[\s<|\\/>]+/g, '_').slice(0, 64) }
  })
  return {
    model,
    messages: turns,
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature !== undefined && { temperature }),
    // The older name is refused by OpenAI's newer models, the newer one unknown to many other servers.
    ...(maxTokens !== undefined && (provider === 'compatible' ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens })),
    ...(user !== undefined && { user })
  }
}

/** The system's word for an error, wherever in its causes it stands: enough to find a wrong name or certificate by. */
function systemCode (error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(code)) return code
  }
  return undefined
}

/** Every name for what went wrong becomes one of ours; the error itself may hold an address or the provider's words, and goes no further. */
function toFault (error: unknown): AiFault {
  if (error instanceof AiFault) return error
  const { name, cause } = error as { name?: string, cause?: unknown }
  if (cause instanceof AiFault) return cause
  return new AiFault(name === 'SyntaxError' ? 'ai_bad_answer' : 'ai_unavailable', undefined, { again: true, reason: systemCode(error) })
}

/** Replies of an OpenAI-compatible endpoint, asked again where that can help as long as nothing was heard. */
export function createRemote ({ endpoint, firstTokenMs, totalMs, backoffMs, log }: Needs) {
  async function connect (heard: Heard): Promise<OpenAI> {
    const { default: Client } = await import('openai')
    return new Client({
      baseURL: endpoint.baseURL,
      apiKey: endpoint.key ?? 'none',
      ...(endpoint.key === undefined && { defaultHeaders: { Authorization: null } }),
      // Otherwise taken from the environment, and sent to whatever endpoint this is.
      adminAPIKey: null,
      organization: null,
      project: null,
      webhookSecret: null,
      logLevel: 'off',
      maxRetries: 0,
      timeout: totalMs + 1000,
      fetch: boundedFetch(heard)
    })
  }

  async function * attempt (ask: ModelAsk, deadline: number, onText: () => void): Reply {
    const heard: Heard = { done: false }
    const stop = new AbortController()
    const giveUp = () => { stop.abort() }
    const { clean, rest } = createCleaner()
    let late = false
    let timer: NodeJS.Timeout | undefined
    let length = 0
    let finishReason: ModelEnd['finishReason'] | undefined
    let usage: ModelEnd['usage'] = null
    const waitFor = (ms: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => { late = true; giveUp() }, Math.max(0, Math.min(ms, deadline - performance.now())))
    }
    ask.signal.addEventListener('abort', giveUp, { once: true })
    try {
      waitFor(firstTokenMs)
      const client = await connect(heard)
      const chunks = await client.chat.completions.create(requestBody(ask, endpoint), { signal: stop.signal })
      for await (const chunk of chunks) {
        const told = readChunk(chunk)
        usage = told.usage ?? usage
        finishReason = told.finishReason ?? finishReason
        const text = clean(told.text)
        length += text.length
        if (length > replyBound) throw new AiFault('ai_bad_answer', 'The reply of the model is too long.')
        if (text !== '') {
          // A reader who takes his time is not the model's fault; only the whole limit goes on.
          waitFor(Infinity)
          onText()
          yield text
          ask.signal.throwIfAborted()
        }
        if (finishReason) waitFor(Math.min(usageMs, firstTokenMs))
        else if (told.alive) waitFor(firstTokenMs)
      }
    } catch (error) {
      // Whatever breaks after the end was told cannot spoil the reply.
      if (length > replyBound || !(finishReason || late)) throw error
    } finally {
      clearTimeout(timer)
      ask.signal.removeEventListener('abort', giveUp)
      giveUp()
    }
    // The client ends its loop in silence when it is stopped.
    ask.signal.throwIfAborted()
    if (late && !finishReason) throw new AiFault('ai_timeout', undefined, { again: true })
    if (heard.fault && !finishReason) throw heard.fault
    if (!finishReason && !heard.done) throw new AiFault('ai_bad_answer', 'The reply of the model was cut off.', { again: true })
    const last = rest()
    if (last !== '') yield last
    return { finishReason: finishReason ?? 'other', usage }
  }

  return async function * reply (ask: ModelAsk): Reply {
    const deadline = performance.now() + totalMs
    let heard = false
    for (let made = 1; ; made++) {
      ask.signal.throwIfAborted()
      try {
        return yield * attempt(ask, deadline, () => { heard = true })
      } catch (error) {
        ask.signal.throwIfAborted()
        const fault = toFault(error)
        const { again = false, status, reason, afterMs } = fault.circumstances
        const pause = afterMs ?? backoffMs * 3 ** (made - 1) * (0.5 + Math.random() / 2)
        const left = deadline - performance.now()
        if (heard || !again || made >= tries || pause > longestWaitMs || pause >= left) {
          log.warn({ code: fault.code, status, reason, model: ask.model, tries: made, heard }, 'the model gave no whole reply')
          throw fault
        }
        await wait(pause, undefined, { signal: ask.signal }).catch(() => {})
      }
    }
  }
}

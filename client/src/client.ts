import createFetchClient from 'openapi-fetch'
import { errorOf, networkError, unwrap } from './error.ts'
import { followRun } from './events.ts'
import { randomKey } from './random.ts'
import type { CompletionCreate, Login, Me, NewAccount, paths, Problem, Regenerate } from './rest-types.ts'
import { createSession, type Tokens, type TokenStorage } from './session.ts'

export interface ClientOptions {
  /** Where the server is, without `/api/v1`: `https://chat.example.com`. In a browser also relative to the page: `/`. */
  baseUrl: string
  /** Instead of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>
  /** The tokens of a login that was made elsewhere. */
  tokens?: Tokens
  /** Where tokens are kept over a restart. */
  storage?: TokenStorage
}

interface Page<Item> { items: Item[], next_cursor: string | null }

/** Every item of a list, read page by page as they are taken: `for await (const chat of each(page => api.GET('/api/v1/chats', { params: { query: page } })))`. Throws ParleyError. */
export async function * each<Item> (read: (page: { cursor?: string }) => Promise<{ data?: Page<Item>, error?: unknown, response: Response }>): AsyncGenerator<Item, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await unwrap(read(cursor === undefined ? {} : { cursor })) as Page<Item>
    yield * page.items
    cursor = page.next_cursor
  }
}

interface Abortable { signal?: AbortSignal }

/** Asks for a stream, with a key by which the server knows the same question when it is asked again. */
function streamed<Body extends object> (body: Body, signal: AbortSignal | undefined, ask: (init: { body: Body & { client_id: string, stream: true }, parseAs: 'stream', signal?: AbortSignal }) => Promise<unknown>) {
  const init = { body: { client_id: randomKey(), ...body, stream: true as const }, parseAs: 'stream' as const, ...(signal && { signal }) }
  return async () => await ask(init)
}

/** A client of one server and, after `login` or `register`, of one person: `GET`, `POST`, `PUT`, `PATCH` and `DELETE` of openapi-fetch, and what a session and streamed replies need. */
export function createClient ({ baseUrl, fetch = async request => await globalThis.fetch(request), tokens, storage }: ClientOptions) {
  const base = new URL(baseUrl, (globalThis as { location?: { href: string } }).location?.href).href.replace(/\/$/, '')
  const session = createSession({ baseUrl: base, fetch, tokens, storage })

  /** Sends a request with the access token, and once more with a new one when that has ended. */
  async function send (request: Request): Promise<Response> {
    await session.loaded()
    const token = session.tokens?.access_token
    if (token === undefined || request.headers.has('authorization')) return await fetch(request)
    const again = request.clone()
    request.headers.set('authorization', `Bearer ${token}`)
    const answer = await fetch(request)
    if (answer.status !== 401) return answer
    const problem = await answer.clone().json().catch(() => undefined) as Partial<Problem> | undefined
    if (problem?.code === 'unauthenticated') await session.end(errorOf(answer, problem), token)
    if (problem?.code !== 'token_expired') return answer
    again.headers.set('authorization', `Bearer ${await session.refresh(token)}`)
    return await fetch(again)
  }

  const api = createFetchClient<paths>({ baseUrl: base, fetch: async request => await send(request).catch((error: unknown) => { throw networkError(error) }) })

  return Object.assign(api, {
    /** The server's address, absolute and without a slash at its end. */
    baseUrl: base,

    /** The login: its tokens, and who wants to hear of a change. */
    session,

    /** Begins a session by `username` or `email`, and `password`. Throws ParleyError. */
    async login (body: Login): Promise<void> {
      await session.keep(await unwrap(api.POST('/api/v1/auth/login', { body })))
    },

    /** Makes an account and begins a session. Throws ParleyError. */
    async register (body: NewAccount): Promise<Me> {
      const { user, ...set } = await unwrap(api.POST('/api/v1/auth/register', { body }))
      await session.keep(set)
      return user
    },

    /** Ends the session, here in any case. Throws ParleyError when the server could not be told. */
    async logout (): Promise<void> {
      try {
        if (session.tokens) await unwrap(api.POST('/api/v1/auth/logout'))
      } finally {
        await session.end()
      }
    },

    /** Asks a model, and tells what it writes as it is written, over lost connections, up to `reply_finished`. Throws ParleyError. */
    complete: (chatId: string, body: Omit<CompletionCreate, 'stream'>, { signal }: Abortable = {}) => followRun(api, {
      signal,
      begin: streamed(body, signal, async init => await unwrap(api.POST('/api/v1/chats/{chat_id}/completions', { ...init, params: { path: { chat_id: chatId } } })))
    }),

    /** Has a reply written again on an alternative branch, and tells of it as `complete` does. Throws ParleyError. */
    regenerate: (messageId: string, body: Omit<Regenerate, 'stream'> = {}, { signal }: Abortable = {}) => followRun(api, {
      signal,
      begin: streamed(body, signal, async init => await unwrap(api.POST('/api/v1/messages/{message_id}/regenerate', { ...init, params: { path: { message_id: messageId } } })))
    }),

    /** Tells of a run from its beginning, or behind the event `after`, as `complete` does; also when it has ended. Throws ParleyError. */
    events: (runId: string, { after, signal }: Abortable & { after?: string } = {}) => followRun(api, { signal, runId, after })
  })
}

export type Client = ReturnType<typeof createClient>

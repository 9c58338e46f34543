import { errorOf, networkError, ParleyError } from './error.ts'
import type { TokenSet } from './rest-types.ts'

/** What one acts with. */
export interface Tokens {
  access_token: string
  refresh_token: string
  /** When the access token ends, in milliseconds since 1970 by the clock of this machine. */
  expires_at?: number
}

/** Keeps the tokens over a restart, for example in `localStorage`. With one storage for several tabs, they share a session. */
export interface TokenStorage {
  load: () => Tokens | undefined | Promise<Tokens | undefined>
  /** Undefined when there is no session any more. */
  save: (tokens: Tokens | undefined) => void | Promise<void>
}

/** Who is logged in; `error` tells why nobody is any more, unless it was wished. */
export interface SessionChange { tokens: Tokens | undefined, error?: ParleyError }

interface Needs { baseUrl: string, fetch: (request: Request) => Promise<Response>, tokens?: Tokens | undefined, storage?: TokenStorage | undefined }

/** The server counts each refresh token as used once: the part before the dot stays the same within a session. */
const sessionOf = ({ refresh_token: token }: Tokens) => token.slice(0, token.indexOf('.'))

/** Keeps the tokens of one login and renews them. */
export function createSession ({ baseUrl, fetch, tokens: given, storage }: Needs) {
  const listeners = new Set<(change: SessionChange) => void>()
  let tokens = given
  let refreshing: Promise<string> | undefined

  async function change (next: Tokens | undefined, error?: ParleyError): Promise<void> {
    tokens = next
    for (const listener of [...listeners]) listener({ tokens, ...(error && { error }) })
    await storage?.save(next)
  }

  const loading = given ? undefined : storage?.load()
  const loaded = loading instanceof Promise ? loading.then(stored => { tokens ??= stored }) : undefined
  if (loading && !(loading instanceof Promise)) tokens = loading

  const keep = async ({ access_token, refresh_token, expires_in }: TokenSet) => await change({ access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 })

  async function exchange (old: Tokens): Promise<string> {
    const stored = await storage?.load()
    // Another tab was first; to use its old token again would end the session.
    if (stored && stored.refresh_token !== old.refresh_token && sessionOf(stored) === sessionOf(old)) {
      tokens = stored
      return stored.access_token
    }
    const answer = await fetch(new Request(`${baseUrl}/api/v1/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: old.refresh_token })
    })).catch((error: unknown) => { throw networkError(error) })
    const body: unknown = await answer.json().catch(() => undefined)
    // Somebody logged in or out meanwhile.
    if (tokens !== old) return tokens ? tokens.access_token : nobody()
    if (answer.ok) await keep(body as TokenSet)
    else {
      const error = errorOf(answer, body)
      if (error.status === 401 || error.status === 403) await change(undefined, error)
      throw error
    }
    return (body as TokenSet).access_token
  }

  function nobody (): never {
    throw new ParleyError('unauthenticated', 'Nobody is logged in.', { status: 401 })
  }

  /** Renews the tokens, once for all who ask meanwhile, unless `used` is none of them any more; answers the access token. Throws ParleyError; when the server refuses, the session has ended. */
  async function refresh (used?: string): Promise<string> {
    await loaded
    if (!tokens) nobody()
    if (used !== undefined && tokens.access_token !== used) return tokens.access_token
    refreshing ??= exchange(tokens).finally(() => { refreshing = undefined })
    return await refreshing
  }

  return {
    /** The tokens, while somebody is logged in. */
    get tokens () { return tokens },

    /** Resolves when the storage has been read. */
    loaded: async (): Promise<void> => { await loaded },

    /** Tells of every login, renewal and end; the answer ends that. */
    onChange (listener: (change: SessionChange) => void): () => void {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },

    /** An access token that is valid for at least so many milliseconds. Throws ParleyError: `unauthenticated` when nobody is logged in, and what refreshing throws. */
    async accessToken (leastMs = 1000): Promise<string> {
      await loaded
      if (!tokens) nobody()
      const { access_token: token, expires_at: end = Infinity } = tokens
      return end - Date.now() < leastMs ? await refresh(token) : token
    },

    refresh,
    keep,

    /** Forgets the tokens; `error` says why, unless it was wished. With `used`, only if that is still the access token. */
    async end (error?: ParleyError, used?: string): Promise<void> {
      if (tokens && (used === undefined || tokens.access_token === used)) await change(undefined, error)
    }
  }
}

export type ClientSession = ReturnType<typeof createSession>

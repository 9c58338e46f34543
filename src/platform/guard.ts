import type { FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'

/** Who acts: the first argument of every service call. */
export interface Actor {
  id: string
  username: string
  role: 'user' | 'admin'
  session_id: string
  /** When the token that says so ends, in milliseconds since 1970; absent for one who acts without a token. */
  expires_at?: number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler of a route that is not public. */
    actor: Actor
  }
}

export interface GuardOptions {
  /** Tells who sent a request. Throws `unauthenticated` or `token_expired`. */
  authenticate: (request: FastifyRequest) => Promise<Actor>
}

const needsToken = ({ schema, config }: RouteOptions) => {
  const security = (schema as { security?: unknown[] } | undefined)?.security
  return { marked: config?.public === true, documented: Array.isArray(security) && security.length > 0 }
}

/** Lets nobody past without a token, except where a route is marked public; a route that is neither stops the start. */
export const guard = fp<GuardOptions>((app, { authenticate }) => {
  const routes: RouteOptions[] = []
  app.decorateRequest('actor', null as unknown as Actor)
  app.addHook('onRoute', route => { routes.push(route) })
  app.addHook('onRequest', async request => {
    if (request.is404 || request.routeOptions.config.public || request.method === 'OPTIONS') return
    request.actor = await authenticate(request)
  })
  app.addHook('onReady', async () => {
    for (const route of routes) {
      const { marked, documented } = needsToken(route)
      if (marked === documented && route.method !== 'OPTIONS') throw new Error(`${String(route.method)} ${route.url} must be marked public or document that it needs a token, and not both.`)
    }
  })
}, { name: 'guard' })

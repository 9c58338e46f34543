import type { FastifyRequest, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { type Maybe, whenFound } from './maybe.ts'
import { type Requirement, requirementOf, requireScope, scopeFault, type Scope } from './scopes.ts'

/** Who acts: the first argument of every service call. */
export interface Actor {
  id: string
  username: string
  role: 'user' | 'admin'
  /** The session or the API key that it acts by. */
  session_id: string
  /** What its API key may be used for; absent for one who logged in. */
  scopes?: readonly Scope[]
  /** When the token that says so ends, in milliseconds since 1970; absent for one who acts without a token. */
  expires_at?: number
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any handler of a route that is not public. */
    actor: Actor
  }
  interface FastifyContextConfig {
    /** What it needs of an API key, where its method does not say so. */
    scope?: Requirement
    /** Members of its body that no API key may bring. */
    sessionMembers?: string[]
  }
}

export interface GuardOptions {
  /** Tells who sent a request, and before whether this server has signed their token. Throws `unauthenticated` or `token_expired`. */
  authenticate: (request: FastifyRequest, signed: () => void) => Maybe<Actor>
  /** Told of a route's parameters when its sender's token is one that this server has signed, before it is known who that is now. */
  foresee?: (params: object) => void
}

const needsToken = ({ schema, config }: RouteOptions) => {
  const security = (schema as { security?: unknown[] } | undefined)?.security
  return { marked: config?.public === true, documented: Array.isArray(security) && security.length > 0 }
}

/** Writes down what a route needs of an API key, for the guard and for the documents. */
function declareScope (route: RouteOptions) {
  const scope = requirementOf(route)
  route.config = { ...route.config, scope }
  const { sessionMembers } = route.config
  if (sessionMembers) {
    route.preHandler = [route.preHandler ?? [], async ({ actor, body }: FastifyRequest) => {
      if (sessionMembers.some(name => Object.hasOwn(body as object, name))) requireScope(actor, 'session')
    }].flat()
  }
  const { security, description } = (route.schema ?? {}) as { security?: unknown[], description?: string }
  // OpenAPI has scopes for OAuth alone: they are told in words, and under a name of our own for programs.
  if (security?.length) Object.assign(route.schema!, { description: `${description ?? ''}\n\n${scope === 'session' ? 'No API key can do this.' : `An API key needs the scope \`${scope}\`.`}`, 'x-api-key-scope': scope })
}

/**
 * Lets nobody past without a token, except where a route is marked public, nor with an API key that has not the route's scope. A route
 * that is neither public nor guarded, or whose scope cannot be right, stops the start.
 */
export const guard = fp<GuardOptions>((app, { authenticate, foresee }) => {
  const routes: RouteOptions[] = []
  const faults: string[] = []
  app.decorateRequest('actor', null as unknown as Actor)
  app.addHook('onRoute', route => {
    routes.push(route)
    if (route.config?.public === true) return
    const fault = scopeFault(route)
    if (fault !== undefined) faults.push(`${String(route.method)} ${route.url} ${fault}.`)
    else declareScope(route)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    const { public: isPublic, scope = 'session' } = request.routeConfig
    if (request.is404 || isPublic || request.method === 'OPTIONS') return done()
    whenFound(() => authenticate(request, () => foresee?.(request.params as object)), actor => {
      request.actor = actor
      requireScope(actor, scope)
    }, done)
  })
  app.addHook('onReady', async () => {
    if (faults.length > 0) throw new Error(faults.join('\n'))
    for (const route of routes) {
      const { marked, documented } = needsToken(route)
      if (marked === documented && route.method !== 'OPTIONS') throw new Error(`${String(route.method)} ${route.url} must be marked public or document that it needs a token, and not both.`)
    }
  })
}, { name: 'guard' })

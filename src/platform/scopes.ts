import { Problem } from './errors.ts'

/** What an API key can be let do. */
export const scopes = ['read', 'write', 'admin'] as const
export type Scope = typeof scopes[number]

/** What an operation or a command needs of an API key; `session` is what no key has: it takes a login. */
export type Requirement = Scope | 'session'

/**
 * What each scope is good for. Who may write may read, as on GitHub, where `write:org` satisfies `read:org`: a write answers what it
 * wrote. The administrators' operations are about other people's affairs, so `admin` stands beside the two, as GitHub's `site_admin` does.
 */
const grants: Record<Scope, readonly Requirement[]> = { read: ['read'], write: ['read', 'write'], admin: ['admin'] }

/** Whoever acts with an API key has its scopes; who logged in has none and may do all that is theirs. */
interface Bearer { scopes?: readonly Scope[] }

/** Throws `insufficient_scope` (RFC 6750, section 3.1) for one who acts with an API key that has not what is needed. */
export function requireScope ({ scopes: given }: Bearer, needed: Requirement): void {
  if (!given || given.some(scope => grants[scope].includes(needed))) return
  const isScope = needed !== 'session'
  throw new Problem('insufficient_scope', isScope ? `The API key lacks the scope "${needed}".` : 'No API key can do this: log in for it.', {
    headers: { 'WWW-Authenticate': `Bearer error="insufficient_scope"${isScope ? `, scope="${needed}"` : ''}` }
  })
}

interface Route { url: string, method: string | string[], config?: { scope?: Requirement } | undefined }

const isAdministrative = (url: string) => /\/admin(\/|$)/.test(url)
const reads = (method: string | string[]) => [method].flat().every(word => word === 'GET' || word === 'HEAD')

/** What a route needs of an API key: what it says itself, else what its address and its method say. */
export const requirementOf = ({ url, method, config }: Route): Requirement =>
  config?.scope ?? (isAdministrative(url) ? 'admin' : reads(method) ? 'read' : 'write')

/** What is wrong with what a route says of scopes; undefined when nothing is. A default would open what lies under /auth to keys. */
export function scopeFault ({ url, method, config }: Route): string | undefined {
  const declared = config?.scope
  if (declared !== undefined && declared !== 'session' && !scopes.includes(declared)) return `names no scope: ${String(declared)}`
  if (isAdministrative(url) !== ((declared ?? requirementOf({ url, method })) === 'admin')) return 'must have the scope admin if, and only if, it lies under /admin'
  if (/\/auth\//.test(url) && declared === undefined) return 'must declare its scope: it may be about credentials'
}

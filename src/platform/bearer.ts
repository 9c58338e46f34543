import type { IncomingMessage } from 'node:http'
import { Problem } from './errors.ts'

/** How an `Authorization` header names a token (RFC 6750, section 2.1); the scheme has no case (RFC 9110, section 11.1). */
const form = /^Bearer +([\w.~+/=-]+) *$/i

/**
 * The token of the `Authorization` header: undefined without one, empty where it is none that can be used. Two such headers are none:
 * whatever stands before this server might have looked at the other one.
 */
export function bearerToken ({ headers: { authorization }, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | undefined {
  if (authorization === undefined) return
  let count = 0
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place]!
    if (name.length === 13 && name.toLowerCase() === 'authorization') count++
  }
  return count === 1 ? form.exec(authorization)?.[1] ?? '' : ''
}

/** The same where there must be one. Throws `unauthenticated`. */
export function requireToken (request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string {
  const token = bearerToken(request)
  if (!token) throw new Problem('unauthenticated', 'Send one access token or API key as "Authorization: Bearer …".')
  return token
}

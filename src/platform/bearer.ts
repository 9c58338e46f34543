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
  const isOne = rawHeaders.filter((name, place) => place % 2 === 0 && name.toLowerCase() === 'authorization').length === 1
  return isOne ? form.exec(authorization)?.[1] ?? '' : ''
}

/** The same where there must be one. Throws `unauthenticated`. */
export function requireToken (request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string {
  const token = bearerToken(request)
  if (!token) throw new Problem('unauthenticated', 'Send one access token or API key as "Authorization: Bearer …".')
  return token
}

import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Config } from '../platform/config.ts'

/** Bytes of each half of a secret: 128 bits are beyond guessing. */
const half = 16

export interface RefreshToken { sessionId: string, secret: Buffer }

/** What is stored of a secret. A fast hash is enough: a secret of 128 random bits cannot be searched for. */
export const hashOf = (secret: Buffer) => createHash('sha256').update(secret).digest('base64url')

/**
 * Makes and reads refresh tokens: `<session id>.<32 bytes in base64url>`. The first half of the bytes is the secret, the
 * second half proves that this server issued it for this session. So any token of a session's past is known as such, although
 * only the hashes of its last two are stored, and somebody who merely knows a session's id cannot end it with a made-up one.
 */
export function createRefreshTokens ({ SECRET_KEY }: Pick<Config, 'SECRET_KEY'>) {
  const key = createHmac('sha256', SECRET_KEY).update('parley refresh token').digest()
  const digest = (purpose: string, sessionId: string, bytes: Buffer) =>
    createHmac('sha256', key).update(`${purpose}\n${sessionId}\n`).update(bytes).digest().subarray(0, half)
  const complete = (sessionId: string, start: Buffer): RefreshToken =>
    ({ sessionId, secret: Buffer.concat([start, digest('proof', sessionId, start)]) })

  return {
    /** The first token of a session. */
    first: (sessionId: string): RefreshToken => complete(sessionId, randomBytes(half)),

    /** The token that follows: always the same for the same token, so that simultaneous refreshes agree without storing it. */
    successor: ({ sessionId, secret }: RefreshToken): RefreshToken => complete(sessionId, digest('successor', sessionId, secret)),

    /** The text that a client keeps. */
    write: ({ sessionId, secret }: RefreshToken): string => `${sessionId}.${secret.toString('base64url')}`,

    /** A token that this server issued at some time; undefined for any other text. */
    read (text: string): RefreshToken | undefined {
      const [, sessionId, encoded] = /^([0-9a-f]{24})\.([\w-]{43})$/.exec(text) ?? []
      if (!sessionId || !encoded) return
      const secret = Buffer.from(encoded, 'base64url')
      const proof = digest('proof', sessionId, secret.subarray(0, half))
      return timingSafeEqual(secret.subarray(half), proof) ? { sessionId, secret } : undefined
    }
  }
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>

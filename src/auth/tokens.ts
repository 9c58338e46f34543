import type { FastifyJWTOptions, JWT } from '@fastify/jwt'
import { createCache } from '../platform/cache.ts'
import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { Problem } from '../platform/errors.ts'
import { isId } from '../platform/typebox.ts'

/** Who issues the access tokens and for whom they are: this server and nobody else. */
const party = 'parley'

/** What an access token says beside issuer, audience and times: whose it is and of which session. */
export interface Claims { sub: string, sid: string }

const lifetime = (config: Config) => config.ACCESS_TOKEN_EXPIRE_MINUTES * 60

/**
 * The options to register `@fastify/jwt` with. One algorithm signs and only that one is accepted, whatever a token's header says; its
 * cache, which would keep a verdict, is off. Whether a token has ended is judged by the clock that all processes share, where it is read.
 */
export const jwtOptions = (config: Config): FastifyJWTOptions => ({
  secret: config.SECRET_KEY,
  sign: { algorithm: config.ALGORITHM, iss: party, aud: party, expiresIn: lifetime(config) },
  verify: { algorithms: [config.ALGORITHM], allowedIss: party, allowedAud: party, ignoreExpiration: true, requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp'], cache: false }
})

/** How many seconds the clocks of two processes may be apart. */
const skew = 60

/** How many tokens are remembered. */
const rememberedTokens = 20_000

/** What a token says that this server has signed. */
interface Signed extends Claims { iat: number, exp: number }

const isTime = (value: unknown): value is number => Number.isSafeInteger(value)

/** Signs and reads access tokens; `jwt` is Fastify's, registered with `jwtOptions`. */
export function createAccessTokens ({ jwt, config, clock }: { jwt: JWT, config: Config, clock: Clock }) {
  // What is signed is signed for good. Whether it still holds, and whether the session does, is judged anew each time.
  const signed = createCache<Signed>({ atMost: rememberedTokens })

  function verify (token: string): Signed {
    let claims: Record<string, unknown>
    try {
      claims = jwt.verify<Record<string, unknown>>(token)
    } catch {
      throw new Problem('unauthenticated')
    }
    const { sub, sid, typ, iat, exp } = claims
    if (typ !== 'access' || !isId(sub) || !isId(sid) || !isTime(iat) || !isTime(exp)) throw new Problem('unauthenticated')
    const says = { sub, sid, iat, exp }
    signed.set(token, says)
    return says
  }

  return {
    /** How many seconds a token is valid. */
    lifetime: lifetime(config),

    /** An access token for a session. */
    sign: ({ sub, sid }: Claims): string => jwt.sign({ sub, sid, typ: 'access', iat: Math.floor(clock.now() / 1000) }),

    /** What a valid access token says, and when it ends in milliseconds since 1970. Throws `token_expired` for one that was valid, `unauthenticated` for anything else. */
    read (token: string): Claims & { expiresAt: number } {
      const { sub, sid, iat, exp } = signed.get(token) ?? verify(token)
      const now = clock.now() / 1000
      if (iat > now + skew) throw new Problem('unauthenticated')
      if (exp <= now) throw new Problem('token_expired')
      return { sub, sid, expiresAt: exp * 1000 }
    }
  }
}

import { createHmac, generateKeyPairSync, sign } from 'node:crypto'

interface Claims { sub: string, sid: string }

interface Needs {
  secret: string
  /** Those whose tokens are imitated. */
  victim: Claims & { token: string, refreshToken: string }
  /** A session of somebody else. */
  otherSession: string
  /** Tokens that were right once. */
  former: Record<'ended session' | 'switched off' | 'deleted account', string>
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
const publicKey = rsa.publicKey.export({ type: 'spki', format: 'pem' })

const hmac = (hash: string, key: string | Buffer) => (text: string) => createHmac(hash, key).update(text).digest('base64url')
const token = (header: object, claims: object, signature: (text: string) => string) => {
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${signature(text)}`
}

/** A token with every claim in order, and one that has expired. */
export function forge ({ sub, sid }: Claims, secret: string, changes: object = {}, header: object = {}): string {
  const now = Math.floor(Date.now() / 1000)
  return token({ alg: 'HS256', typ: 'JWT', ...header }, { sub, sid, typ: 'access', iat: now, exp: now + 600, iss: 'parley', aud: 'parley', ...changes }, hmac('sha256', secret))
}

/** Each thing that is no valid token of the victim's, by name; `undefined` is none at all. */
export function badTokens ({ secret, victim, otherSession, former }: Needs): Record<string, string | undefined> {
  const now = Math.floor(Date.now() / 1000)
  const claims = { sub: victim.sub, sid: victim.sid, typ: 'access', iat: now, exp: now + 600, iss: 'parley', aud: 'parley' }
  const [head = '', body = '', signature = ''] = victim.token.split('.')
  return {
    'no token': undefined,
    garbage: 'garbage',
    'a cut signature': `${head}.${body}.${signature.slice(0, -4)}`,
    'another\'s signature': `${head}.${encode({ ...claims, exp: now + 6000 })}.${signature}`,
    expired: forge(victim, secret, { iat: now - 7200, exp: now - 3600 }),
    'algorithm none': token({ alg: 'none', typ: 'JWT' }, claims, () => ''),
    'algorithm none with a signature': token({ alg: 'none', typ: 'JWT' }, claims, hmac('sha256', secret)),
    HS512: token({ alg: 'HS512', typ: 'JWT' }, claims, hmac('sha512', secret)),
    RS256: token({ alg: 'RS256', typ: 'JWT' }, claims, text => sign('sha256', Buffer.from(text), rsa.privateKey).toString('base64url')),
    'RS256 as HS256': token({ alg: 'HS256', typ: 'JWT' }, claims, hmac('sha256', publicKey as string)),
    'another key': forge(victim, 'another secret of this length or so'),
    'another audience': forge(victim, secret, { aud: 'somebody else' }),
    'no audience': forge(victim, secret, { aud: undefined }),
    'another issuer': forge(victim, secret, { iss: 'somebody else' }),
    'another typ': forge(victim, secret, { typ: 'refresh' }),
    'no end': forge(victim, secret, { exp: undefined }),
    'a session of another': forge({ sub: victim.sub, sid: otherSession }, secret),
    'refresh token': victim.refreshToken,
    ...former
  }
}

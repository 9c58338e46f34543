import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import t from 'tap'
import { createAccessTokens, jwtOptions } from '../../src/auth/tokens.ts'
import type { Clock } from '../../src/platform/clock.ts'
import type { Config } from '../../src/platform/config.ts'
import { isProblem, scene } from './scene.ts'

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hash: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }

/** A token with any header and claims, signed with any key. */
function forge (header: { alg: string, [name: string]: unknown }, claims: object, key: string) {
  const text = `${encode(header)}.${encode(claims)}`
  const digest = hash[header.alg]
  return `${text}.${digest ? createHmac(digest, key).update(text).digest('base64url') : ''}`
}

t.test('only a token that this server signed, for this use, in its time, is accepted', async t => {
  const { call, person, config, sessionOf } = await scene()
  const { id, token } = await person()
  const other = await person()
  const now = Math.floor(Date.now() / 1000)
  const right = { iss: 'parley', aud: 'parley', sub: id, sid: sessionOf(token), typ: 'access', iat: now, exp: now + 60 }
  const key = config.SECRET_KEY
  const header = { alg: 'HS256', typ: 'JWT' }
  const { sub: _sub, ...noSub } = right
  const { sid: _sid, ...noSid } = right
  const { exp: _exp, ...noExp } = right
  const { iss: _iss, ...noIss } = right
  const { aud: _aud, ...noAud } = right
  const { typ: _typ, ...noTyp } = right
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const rsaText = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(right)}`
  const [head, claims, signature] = token.split('.') as [string, string, string]

  t.equal((await call('GET', '/users/me', { token: forge(header, right, key) })).status, 200, 'the forger knows how to make a right one')
  t.equal((await call('GET', '/users/me', { token: other.token })).status, 200, 'the other session is remembered')

  const forgeries: Record<string, string> = {
    'algorithm none': forge({ alg: 'none', typ: 'JWT' }, right, key),
    'algorithm None': forge({ alg: 'None', typ: 'JWT' }, right, key),
    'the unsigned text': `${head}.${claims}.`,
    'no signature at all': `${head}.${claims}`,
    'another algorithm, right key': forge({ alg: 'HS512', typ: 'JWT' }, right, key),
    'a third algorithm, right key': forge({ alg: 'HS384', typ: 'JWT' }, right, key),
    'an algorithm with key pairs': `${rsaText}.${sign('sha256', Buffer.from(rsaText), rsa.privateKey).toString('base64url')}`,
    'the header says RS256, the signature is HS256': `${rsaText}.${createHmac('sha256', key).update(rsaText).digest('base64url')}`,
    'another key': forge(header, right, 'another key that is quite as long as the right one'),
    'an empty key': forge(header, right, ''),
    'a key in its own header': forge({ ...header, jwk: { kty: 'oct', k: encode('x') } }, right, 'x'),
    'a key by its file name': forge({ ...header, kid: '/dev/null' }, right, ''),
    'claims of another under the signature of one\'s own': `${head}.${encode({ ...right, sub: other.id })}.${signature}`,
    'a changed signature': `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    'another issuer': forge(header, { ...right, iss: 'other' }, key),
    'no issuer': forge(header, noIss, key),
    'another audience': forge(header, { ...right, aud: 'other' }, key),
    'no audience': forge(header, noAud, key),
    'another type': forge(header, { ...right, typ: 'refresh' }, key),
    'no type': forge(header, noTyp, key),
    'no end': forge(header, noExp, key),
    'an end that is no number': forge(header, { ...right, exp: 'never' }, key),
    'a time to come': forge(header, { ...right, nbf: now + 60 }, key),
    'no person': forge(header, noSub, key),
    'an operator for a person': forge(header, { ...right, sub: { $ne: null } }, key),
    'no session': forge(header, noSid, key),
    'an operator for a session': forge(header, { ...right, sid: { $ne: null } }, key),
    'the session of another': forge(header, { ...right, sid: sessionOf(other.token) }, key),
    'a session that never was': forge(header, { ...right, sid: '66f0c0ffee0000000000b001' }, key),
    'claims that are a list': forge(header, [right], key),
    'claims that are not JSON': `${head}.${Buffer.from('nonsense').toString('base64url')}.${signature}`,
    'one part': 'nonsense',
    'a part too many': `${token}.${signature}`
  }
  for (const [name, forgery] of Object.entries(forgeries)) {
    const answer = await call('GET', '/users/me', { token: forgery })
    t.match({ name, status: answer.status, code: answer.body.code, www: answer.headers.get('www-authenticate') }, { name, status: 401, code: 'unauthenticated', www: 'Bearer' })
  }
  isProblem(t, await call('GET', '/users/me', { token: forge(header, { ...right, iat: now - 90, exp: now - 30 }, key) }), 401, 'token_expired')
  isProblem(t, await call('GET', '/users/me', { token: forge(header, { ...right, iat: now - 90, exp: now - 30 }, 'another key, also long enough for this') }), 401, 'unauthenticated')
  t.equal((await call('GET', '/users/me', { token })).status, 200, 'none of them did harm')
})

t.test('a token is taken from a bearer header only', async t => {
  const { call, person } = await scene()
  const { token } = await person()
  isProblem(t, await call('GET', '/users/me'), 401, 'unauthenticated')
  for (const authorization of ['', 'Bearer', 'Bearer ', token, `Basic ${token}`, `Bearer ${token} ${token}`]) {
    isProblem(t, await call('GET', '/users/me', { headers: { authorization } }), 401, 'unauthenticated')
  }
  isProblem(t, await call('GET', `/users/me?access_token=${token}`), 401, 'unauthenticated')
  t.equal((await call('GET', '/users/me', { headers: { authorization: `bearer  ${token} ` } })).status, 200, 'the scheme has no case')
})

t.test('a token that was accepted ends in its time, and its session ends it at once', async t => {
  const config = { SECRET_KEY: 'a key of thirty-two characters, or more', ALGORITHM: 'HS256', ACCESS_TOKEN_EXPIRE_MINUTES: 1 } as Config
  const app = Fastify()
  await app.register(jwt, jwtOptions(config))
  let now = Date.now()
  const { sign, read } = createAccessTokens({ jwt: app.jwt, config, clock: { now: () => now } as Clock })
  const token = sign({ sub: '66f0c0ffee0000000000a001', sid: '66f0c0ffee0000000000b001' })
  const begun = now
  for (const seconds of [0, 59]) {
    now = begun + seconds * 1000
    t.match(read(token), { sub: '66f0c0ffee0000000000a001', sid: '66f0c0ffee0000000000b001' }, `after ${seconds} s`)
  }
  now = begun + 61_000
  t.throws(() => read(token), { code: 'token_expired' })
  now = begun - 120_000
  t.throws(() => read(token), { code: 'unauthenticated' }, 'signed in what is now the future')
  await app.close()

  const { call, person } = await scene()
  const ann = await person()
  t.equal((await call('GET', '/users/me', { token: ann.token })).status, 200)
  t.equal((await call('POST', '/auth/logout', { token: ann.token })).status, 204)
  t.equal((await call('GET', '/users/me', { token: ann.token })).status, 401)
})

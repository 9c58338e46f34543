import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { connect } from 'node:net'
import { crc32 } from 'node:zlib'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { register, registerAll, type Person } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const secret = app.config.SECRET_KEY
const now = Math.floor(Date.now() / 1000)
const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
const hash: Record<string, string> = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' }
const header = { alg: 'HS256', typ: 'JWT' }
const right = { iss: 'parley', aud: 'parley', sub: ann.id, sid: claimsOf(ann.token).sid, typ: 'access', iat: now, exp: now + 600 }

/** A token with any header and claims, signed with any key by the header's algorithm or by another one. */
function forge (head: Record<string, unknown>, claims: unknown = right, key: string | Buffer = secret, algorithm = String(head['alg'])) {
  const text = `${encode(head)}.${encode(claims)}`
  return `${text}.${hash[algorithm] ? createHmac(hash[algorithm], key).update(text).digest('base64url') : ''}`
}
const claiming = (changes: Record<string, unknown>) => forge(header, Object.fromEntries(Object.entries({ ...right, ...changes }).filter(([, value]) => value !== undefined)))

const [head, claims, signature] = ann.token.split('.') as [string, string, string]
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }) as string
const rsaText = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(right)}`

const { body: { id: keyId, key } } = await app.request('POST', '/auth/api-keys', { token: ann.token, body: { name: 'x', scopes: ['read'] } })
const { body: { ticket } } = await app.request('POST', '/auth/ws-ticket', { token: ann.token })
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** The text with the checksum that a key of this text would have. */
function summed (text: string) {
  let sum = ''
  for (let rest = crc32(text); sum.length < 6; rest = Math.floor(rest / 62)) sum = base62[rest % 62]! + sum
  return text + sum
}
const flipped = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
const body = key.slice(0, -6)

const forgeries: Record<string, string> = {
  'algorithm none, no signature': forge({ alg: 'none', typ: 'JWT' }),
  'algorithm None': forge({ alg: 'None', typ: 'JWT' }),
  'algorithm NONE, the signature of another token': `${forge({ alg: 'NONE', typ: 'JWT' })}${signature}`,
  'no algorithm': forge({ typ: 'JWT' }, right, secret, 'HS256'),
  'an algorithm that is a list': forge({ alg: ['HS256'], typ: 'JWT' }, right, secret, 'HS256'),
  'HS384 with the right key': forge({ alg: 'HS384', typ: 'JWT' }),
  'HS512 with the right key': forge({ alg: 'HS512', typ: 'JWT' }),
  'HS512 in the header, HS256 in the signature': forge({ alg: 'HS512', typ: 'JWT' }, right, secret, 'HS256'),
  'RS256 with a key pair': `${rsaText}.${sign('sha256', Buffer.from(rsaText), privateKey).toString('base64url')}`,
  'RS256 in the header, HS256 in the signature': forge({ alg: 'RS256', typ: 'JWT' }, right, secret, 'HS256'),
  'a public key for a secret': forge({ ...header, jwk: publicKey.export({ format: 'jwk' }) }, right, publicPem),
  'a key in its own header': forge({ ...header, jwk: { kty: 'oct', k: encode('x') } }, right, 'x'),
  'a key by its address': forge({ ...header, jku: 'https://attacker.example/jwks.json' }, right, 'x'),
  'a kid that names an empty file': forge({ ...header, kid: '../../../../dev/null' }, right, ''),
  'a kid that is a query': forge({ ...header, kid: "' UNION SELECT 'x" }, right, 'x'),
  'another secret': forge(header, right, 'another secret that is quite as long as the right one'),
  'an empty secret': forge(header, right, ''),
  'the secret as hexadecimal bytes': forge(header, right, Buffer.from(secret, 'hex')),
  'the claims of another': `${head}.${encode({ ...claimsOf(ann.token), sub: bob.id })}.${signature}`,
  'an end put off': `${head}.${encode({ ...claimsOf(ann.token), exp: now + 86_400 })}.${signature}`,
  'another issuer': claiming({ iss: 'other' }),
  'no issuer': claiming({ iss: undefined }),
  'another audience': claiming({ aud: 'other' }),
  'no audience': claiming({ aud: undefined }),
  'the type of another token': claiming({ typ: 'refresh' }),
  'no type': claiming({ typ: undefined }),
  'no end': claiming({ exp: undefined }),
  'an end that is text': claiming({ exp: String(now + 600) }),
  'an end that is beyond all numbers': `${encode(header)}.${encode(JSON.stringify(right).replace(/"exp":\d+/, '"exp":1e999'))}.${createHmac('sha256', secret).update(`${encode(header)}.${encode(JSON.stringify(right).replace(/"exp":\d+/, '"exp":1e999'))}`).digest('base64url')}`,
  'a beginning to come': claiming({ nbf: now + 60 }),
  'issued in time to come': claiming({ iat: now + 3600 }),
  'issued at a time that is text': claiming({ iat: 'now' }),
  'never issued': claiming({ iat: undefined }),
  'no person': claiming({ sub: undefined }),
  'an operator for a person': claiming({ sub: { $ne: null } }),
  'a person in capitals': claiming({ sub: ann.id.toUpperCase().replace(/\d$/, 'A') }),
  'a person and a new line': claiming({ sub: `${ann.id}\n` }),
  'no session': claiming({ sid: undefined }),
  'an operator for a session': claiming({ sid: { $gt: '' } }),
  'the session of another': claiming({ sid: claimsOf(bob.token).sid }),
  'a session that never was': claiming({ sid: '66f0c0ffee0000000000b001' }),
  'an API key for a session': claiming({ sub: bob.id, sid: keyId }),
  'claims that are a list': forge(header, [right]),
  'claims that are null': forge(header, null),
  'claims that are not JSON': forge(header, 'nonsense'),
  'a header that is not JSON': `${encode('nonsense')}.${claims}.${signature}`,
  'one part': 'nonsense',
  'a dot': '.',
  'three dots': '...',
  'two parts': `${head}.${claims}`,
  'no signature': `${head}.${claims}.`,
  'a part too many': `${ann.token}.${signature}`,
  'a dot too many': `${ann.token}.`,
  'a dot before': `.${ann.token}`,
  'half a signature': ann.token.slice(0, -21),
  'a signature without its end': ann.token.slice(0, -1),
  'a signature with more behind it': `${ann.token}AAAA`,
  'a signature of zeros': `${head}.${claims}.${'A'.repeat(43)}`,
  'a padded signature': `${ann.token}=`,
  'twice the token': `${ann.token}${ann.token}`,
  'a claim of look-alike letters': ann.token.replace(/^e/, 'е'),
  'a zero-width space': `${head}.\u200b${claims}.${signature}`,
  'a space within': `${head}. ${claims}.${signature}`,
  'a tab within': `${head}.\t${claims}.${signature}`,
  'a very long one': forge(header, { ...right, filler: 'x'.repeat(2500) }, 'another secret that is quite as long as the right one'),
  'a refresh token': ann.refreshToken,
  'a ticket': ticket,
  'a password': ann.password.replaceAll(' ', '-'),
  'an id': ann.id,
  'an API key with another checksum': flipped(key, key.length - 1),
  'an API key with another secret': flipped(key, 40),
  'an API key with another secret and its checksum': summed(flipped(body, 40)),
  'an API key with the id of another': summed(body.replace(keyId, ann.id)),
  'an API key of a session': summed(body.replace(keyId, right.sid)),
  'an API key without a secret': `parley_${keyId}_`,
  'an API key cut short': key.slice(0, -1),
  'an API key with more behind it': `${key}0`,
  'an API key in capitals': key.toUpperCase(),
  'an API key without its mark': key.slice(7)
}

/** What a server answers to these lines of a request, byte for byte as they are. */
const raw = (lines: string[], content = '') => new Promise<{ status: number, text: string }>((resolve, reject) => {
  const { port } = new URL(app.url)
  const socket = connect(Number(port), '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', chunk => chunks.push(chunk)).once('error', reject).once('close', () => {
    const text = Buffer.concat(chunks).toString()
    resolve({ status: Number(text.split(' ')[1]), text })
  })
  socket.write([...lines, 'Host: 127.0.0.1', 'Connection: close', '', content].join('\r\n'))
})
const me = 'GET /api/v1/users/me HTTP/1.1'
const ask = (...authorization: string[]) => raw([me, ...authorization.map(value => `Authorization: ${value}`)])

t.test('over REST', async t => {
  t.ok(Object.keys(forgeries).length >= 25)
  for (const token of [forge(header), forge({ ...header, kid: 'x' }), claiming({ exp: now + 60, nbf: now - 1 }), ann.token, bob.token, key]) t.equal((await ask(`Bearer ${token}`)).status, 200, 'the forger knows how to make a right one')
  for (const [name, forgery] of Object.entries(forgeries)) {
    const { status, text } = await ask(`Bearer ${forgery}`)
    t.match({ name, status, text }, { name, status: 401, text: /"code":"unauthenticated"/ })
    t.match(text, /^www-authenticate: Bearer\r$/im, name)
    t.notMatch(text, ann.email, name)
  }
  t.match(await ask(`Bearer ${claiming({ iat: now - 60, exp: Math.floor(Date.now() / 1000) - 1 })}`), { status: 401, text: /"code":"token_expired"/ }, 'expired by a second')
  t.match(await ask(`Bearer ${forge(header, { ...right, exp: now - 1 }, 'another secret that is quite as long as the right one')}`), { status: 401, text: /"code":"unauthenticated"/ }, 'of a forged one it is not told that it has expired')
})

t.test('a token is in one header, after one word', async t => {
  for (const scheme of ['Bearer', 'bearer', 'BEARER', 'bEaReR']) t.equal((await ask(`${scheme} ${ann.token}`)).status, 200, `${scheme}: the scheme has no case`)
  const forged = forge(header, right, 'x')
  const refused: Record<string, string[]> = {
    none: [],
    empty: [''],
    'the scheme alone': ['Bearer'],
    'the scheme and a space': ['Bearer '],
    'no scheme': [ann.token],
    'another scheme': [`Basic ${ann.token}`],
    'a scheme that begins alike': [`Bearers ${ann.token}`],
    'two tokens': [`Bearer ${ann.token} ${ann.token}`],
    'two with a comma': [`Bearer ${ann.token}, Bearer ${ann.token}`],
    'a parameter': [`Bearer token=${ann.token}`],
    quotes: [`Bearer "${ann.token}"`],
    'a forged header behind a right one': [`Bearer ${ann.token}`, `Bearer ${forged}`],
    'a right header behind a forged one': [`Bearer ${forged}`, `Bearer ${ann.token}`],
    'the same header twice': [`Bearer ${ann.token}`, `Bearer ${ann.token}`],
    'an empty header behind a right one': [`Bearer ${ann.token}`, '']
  }
  for (const [name, headers] of Object.entries(refused)) t.match({ name, ...await ask(...headers) }, { name, status: 401, text: /"code":"unauthenticated"/ })
  for (const query of [`token=${ann.token}`, `access_token=${ann.token}`, `ticket=${ticket}`, `token=${key}`]) t.equal((await raw([me.replace('/me ', `/me?${query} `)])).status, 401, 'an address is no place for a token')
  t.equal((await raw([me, `Cookie: token=${ann.token}; access_token=${ann.token}`])).status, 401, 'nor is a cookie')
  t.equal((await raw([me, `X-Api-Key: ${key}`])).status, 401, 'nor another header')
  const form = `access_token=${ann.token}`
  t.equal((await raw(['POST /api/v1/chats HTTP/1.1', 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${form.length}`], form)).status, 401, 'nor a body')
  t.match(await ask(`Bearer ${'x'.repeat(12_000)}`), { status: 401 }, 'long')
  t.match(await ask(`Bearer ${'x'.repeat(100_000)}`), { status: 400 }, 'longer than headers may be')
  t.equal((await ask(`Bearer ${ann.token}`)).status, 200, 'none of this did harm')
})

t.test('over sockets, in the address and in the first frame', async t => {
  const person = await register(app)
  const expired = forge(header, { ...right, sub: person.id, sid: claimsOf(person.token).sid, iat: now - 60, exp: now - 1 })
  const all = Object.entries(forgeries).map(([name, forgery]) => [name, forgery, 'unauthenticated']).concat([['expired', expired, 'token_expired']]) as [string, string, string][]
  const tryIt = async ([name, forgery, code]: [string, string, string]) => {
    const [inAddress, inFrame] = await Promise.all([openSocket(t, `${app.api}/ws?token=${encodeURIComponent(forgery)}`), openSocket(t, `${app.api}/ws`)])
    inFrame.send({ type: 'authenticate', token: forgery })
    for (const socket of [inAddress, inFrame]) {
      t.match({ name, frame: await socket.next('error') }, { name, frame: { code } })
      t.match(await socket.closed, { code: 4401 }, name)
    }
  }
  while (all.length > 0) await Promise.all(all.splice(0, 10).map(tryIt))
  const headers = await openSocket(t, `${app.api}/ws`, { headers: { authorization: `Basic ${ann.token}` } })
  t.match(await headers.closed, { code: 4401 })
  // A ticket lives for 30 seconds: the one above may be too old by now.
  const { body: { ticket: fresh } } = await app.request('POST', '/auth/ws-ticket', { token: ann.token })
  const socket = await openSocket(t, `${app.api}/ws?ticket=${fresh}`)
  socket.send({ type: 'ping' })
  t.ok(await socket.next('pong'), 'the ticket is good for what it is for')
  const again = await openSocket(t, `${app.api}/ws?ticket=${fresh}`)
  t.match(await again.closed, { code: 4401 }, 'once')
  const asTicket = await openSocket(t, `${app.api}/ws?ticket=${key}`)
  t.match(await asTicket.closed, { code: 4401 }, 'a key is no ticket')
})

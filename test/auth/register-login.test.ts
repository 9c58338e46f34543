import argon2 from 'argon2'
import t, { type Test } from 'tap'
import { userChanged } from '../../src/users/events.ts'
import { isProblem, scene } from './scene.ts'

const password = 'correct horse battery'

t.test('a newcomer gets an account and tokens that work at once', async t => {
  const { call } = await scene()
  const answer = await call('POST', '/auth/register', { body: { email: 'Ada@Example.com', password, username: 'Ada', full_name: ' Ada Lovelace ' } })
  t.equal(answer.status, 201)
  const { user, access_token: token, ...tokens } = answer.body
  t.match(user, { email: 'Ada@Example.com', username: 'Ada', full_name: 'Ada Lovelace', role: 'user', is_active: true, last_seen: null })
  t.match(tokens, { token_type: 'bearer', expires_in: 1800, refresh_token: /^[0-9a-f]{24}\.[\w-]{43}$/ })
  t.equal(answer.headers.get('location'), `/api/v1/users/${user.id}`)
  t.equal(answer.headers.get('cache-control'), 'no-store')
  const me = await call('GET', '/users/me', { token })
  t.same(me.body, user)
})

t.test('without a username one is made up that tells nothing of the email', async t => {
  const { call } = await scene()
  const { body } = await call('POST', '/auth/register', { body: { email: 'secret.address@example.com', password } })
  t.match(body.user.username, /^user-[0-9a-z]{8}$/)
  t.equal(body.user.full_name, null)
})

t.test('what a newcomer may not send is refused by name', async t => {
  const { call, connection } = await scene()
  const account = { email: 'ada@example.com', password, username: 'ada' }
  const faults: [object, RegExp][] = [
    [{ role: 'admin' }, /"role"/],
    [{ is_active: false }, /"is_active"/],
    [{ id: '66f0c0ffee0000000000a001' }, /"id"/],
    [{ password_hash: 'x' }, /"password_hash"/],
    [{ email: 'not an address' }, /email/],
    [{ email: { $gt: '' } }, /email/],
    [{ email: `${'a'.repeat(250)}@example.com` }, /email/],
    [{ password: 'seven77' }, /password/],
    [{ password: 'a'.repeat(129) }, /password/],
    [{ password: { $ne: '' } }, /password/],
    [{ username: 'ab' }, /username/],
    [{ username: 'a'.repeat(33) }, /username/],
    [{ username: 'a@b' }, /username/],
    [{ username: 'a b' }, /username/],
    [{ full_name: '   ' }, /full_name/],
    [{ full_name: 'a\nb' }, /full_name/],
    [{ full_name: 'a'.repeat(101) }, /full_name/]
  ]
  for (const [fault, named] of faults) {
    const answer = await call('POST', '/auth/register', { body: { ...account, ...fault } })
    isProblem(t, answer, 400, 'validation_failed')
    t.match(answer.body.detail, named)
    t.notMatch(answer.text, password, 'a password is not repeated')
  }
  isProblem(t, await call('POST', '/auth/register', { body: { email: account.email } }), 400, 'validation_failed')
  t.equal(await connection.collection('users').countDocuments(), 0)
})

t.test('an email and a username exist once, whatever their case', async t => {
  const { call, person } = await scene()
  await person({ email: 'ada@example.com', username: 'ada' })
  isProblem(t, await call('POST', '/auth/register', { body: { email: 'ADA@example.COM', password, username: 'other' } }), 409, 'email_taken')
  isProblem(t, await call('POST', '/auth/register', { body: { email: 'other@example.com', password, username: 'aDA' } }), 409, 'username_taken')
})

/** So many requests at once: exactly one is created, the others hear this code, most of them without a hash of their password. */
async function race (t: Test, requests: number, body: (i: number) => object, code: string) {
  const { call, connection } = await scene()
  const { hash } = argon2
  let hashes = 0
  argon2.hash = (async (password: string, options: object) => {
    hashes++
    return await hash(password, options)
  }) as typeof hash
  t.teardown(() => { argon2.hash = hash })
  const answers = await Promise.all(Array.from({ length: requests }, async (_, i) => await call('POST', '/auth/register', { body: { password: 'a password of their own', ...body(i) } })))
  const outcomes = new Map<string, number>()
  for (const { status, body } of answers) {
    const outcome = `${status} ${body.code ?? ''}`
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  t.same(Object.fromEntries(outcomes), { '201 ': 1, [`409 ${code}`]: requests - 1 })
  t.equal(await connection.collection('users').countDocuments(), 1)
  t.ok(hashes < requests / 2, `${hashes} hashes`)
}

/** The same letters, each time in another mixture of cases. */
const variant = (text: string, i: number) => [...text].map((letter, at) => i >> (at % 8) & 1 ? letter.toUpperCase() : letter).join('')

t.test('of 200 simultaneous registrations of one email one succeeds', async t => {
  await race(t, 200, i => ({ email: variant('grace@example.com', i) }), 'email_taken')
})

t.test('of 40 simultaneous registrations of one username one succeeds', async t => {
  await race(t, 40, i => ({ email: `person${i}@example.com`, username: variant('gracehopper', i) }), 'username_taken')
})

t.test('a login takes an email or a username, in any case', async t => {
  const { call, person } = await scene()
  const { id } = await person({ email: 'ada@example.com', username: 'ada' })
  for (const name of [{ email: 'ada@example.com' }, { email: 'ADA@Example.com' }, { username: 'ada' }, { username: 'ADA' }, { username: 'Ada@example.COM' }]) {
    const { status, body, headers } = await call('POST', '/auth/login', { body: { ...name, password } })
    t.equal(status, 200)
    t.equal(headers.get('cache-control'), 'no-store')
    t.same(Object.keys(body), ['access_token', 'token_type', 'expires_in', 'refresh_token'])
    t.equal((await call('GET', '/users/me', { token: body.access_token })).body.id, id)
  }
})

t.test('a password counts as the same however its letters are composed', async t => {
  const { call, person } = await scene()
  await person({ username: 'zoe', password: 'caf\u00e9 au lait' })
  t.equal((await call('POST', '/auth/login', { body: { username: 'zoe', password: 'cafe\u0301 au lait' } })).status, 200)
  isProblem(t, await call('POST', '/auth/login', { body: { username: 'zoe', password: 'CAF\u00c9 au lait' } }), 401, 'invalid_credentials')
})

t.test('an unknown name and a wrong password get the same answer', async t => {
  const { call, person } = await scene()
  await person({ email: 'ada@example.com', username: 'ada' })
  const texts = new Set<string>()
  for (const name of [{ email: 'ada@example.com' }, { email: 'bob@example.com' }, { username: 'ada' }, { username: 'bob' }, { username: 'bob@example.com' }]) {
    const answer = await call('POST', '/auth/login', { body: { ...name, password: 'wrong password' } })
    isProblem(t, answer, 401, 'invalid_credentials')
    t.equal(answer.headers.get('www-authenticate'), 'Bearer')
    texts.add(answer.text.replace(/"request_id":"[^"]*"/, ''))
  }
  t.equal(texts.size, 1)
})

t.test('a login needs exactly one name', async t => {
  const { call, person } = await scene()
  await person({ email: 'ada@example.com', username: 'ada' })
  for (const body of [{ password }, { email: 'ada@example.com', username: 'ada', password }, { username: 'ada' }, { username: { $ne: '' }, password }, { username: 'ada', password: ['x'] }, { username: 'ada', password, role: 'admin' }]) {
    isProblem(t, await call('POST', '/auth/login', { body }), 400, 'validation_failed')
  }
})

t.test('a deactivated account is told so only to who knows the password', async t => {
  const { call, person, connection, bus } = await scene()
  const { id, token, refreshToken } = await person({ username: 'ada' })
  t.equal((await call('GET', '/users/me', { token })).status, 200)
  await connection.collection('users').updateOne({ username: 'ada' }, { $set: { is_active: false } })
  bus.emit(userChanged, { user_id: id })
  isProblem(t, await call('GET', '/users/me', { token }), 401, 'unauthenticated')
  isProblem(t, await call('POST', '/auth/login', { body: { username: 'ada', password } }), 403, 'account_deactivated')
  isProblem(t, await call('POST', '/auth/login', { body: { username: 'ada', password: 'wrong password' } }), 401, 'invalid_credentials')
  isProblem(t, await call('POST', '/auth/refresh', { body: { refresh_token: refreshToken } }), 403, 'account_deactivated')
  t.match(await call('POST', '/auth/token', { body: new URLSearchParams({ username: 'ada', password }), headers: { 'content-type': 'application/x-www-form-urlencoded' } }), { status: 400, body: { error: 'invalid_grant' } }, 'OAuth 2 has no 403 for it')
})

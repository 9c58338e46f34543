import argon2 from 'argon2'
import t from 'tap'
import { createAdmin, readAccount, readArguments } from '../../src/admin-account.ts'
import { startApp } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'
import { freshDatabase, runScript } from '../helpers/run.ts'

const email = 'root@example.com'
const password = 'correct horse battery'

const app = await startApp(t)

/** What the command does between its start and its end. */
const create = async (...args: string[]) => await createAdmin(app.app, app.connection, await readAccount(readArguments(args)))

async function roleOf (login: object) {
  const { body, status, text } = await app.request('POST', '/auth/login', { body: login })
  if (status !== 200) return text
  return (await app.request('GET', '/users/me', { token: body.access_token })).body.role
}

t.test('makes the first account of an empty database, with its indexes and the password of the standard input, which is shown nowhere', async t => {
  const { settings, db } = await freshDatabase(t)
  const made = await runScript('admin-create', { settings, args: ['--email', email, '--username', 'root', '--password-stdin'], input: 'from the input\n' })
  t.match(made, { code: 0, lines: ['root@example.com is an administrator (username root).'] })
  t.notMatch(made.stdout + made.stderr, /from the input|Password/)
  t.ok((await db.collection('users').indexes()).some(({ name, unique }) => name === 'email_key' && unique))
  const users = await db.collection('users').find().toArray()
  t.match(users, [{ email, username: 'root', role: 'admin' }])
  t.ok(await argon2.verify(users[0]!['password_hash'], 'from the input'))
})

t.test('what it does counts at once on a server that runs beside it', async t => {
  const early = await register(app, 'early')
  const outcome = await runScript('admin-create', { args: ['--email', early.email], settings: { MONGODB_DATABASE: app.config.MONGODB_DATABASE } })
  t.match(outcome, { code: 0, stdout: /^early@example\.com is an administrator now/, stderr: '' })
  t.equal((await app.request('GET', '/users/me', { token: early.token })).body.role, 'admin')
})

t.test('makes an existing account an administrator, and its password stays', async t => {
  const ann = await register(app, 'ann')
  t.equal(await roleOf({ username: 'ann', password }), 'user')
  t.same(await create('--email', ann.email), ['ann@example.com is an administrator now (username ann).'])
  t.equal(await roleOf({ username: 'ann', password }), 'admin')
  process.env['ADMIN_PASSWORD'] = 'another staple entirely'
  t.teardown(() => { delete process.env['ADMIN_PASSWORD'] })
  t.same(await create('--email', ann.email), ['ann@example.com is an administrator already (username ann).', 'Its password stays as it was.'])
  t.equal(await roleOf({ username: 'ann', password }), 'admin')
})

t.test('takes the password from the environment and shows it nowhere', async t => {
  process.env['ADMIN_PASSWORD'] = 'from the environment'
  t.teardown(() => { delete process.env['ADMIN_PASSWORD'] })
  const lines = await create('--email', 'two@example.com')
  t.match(lines, [/^two@example\.com is an administrator \(username \S+\)\.$/])
  t.equal(lines.length, 1)
  t.equal(await roleOf({ email: 'two@example.com', password: 'from the environment' }), 'admin')
})

t.test('refuses what a registration would refuse, in one line, and makes nothing', async t => {
  const off = await register(app, 'off')
  await app.connection.collection('users').updateOne({ username: 'off' }, { $set: { is_active: false } })
  const before = await app.connection.collection('users').countDocuments()
  const cases: [string, string[], RegExp][] = [
    ['a username that is taken', ['--email', email, '--username', 'ANN'], /account with this username/],
    ['another username for an account', ['--email', 'ann@example.com', '--username', 'anna'], /username ann: leave --username out/],
    ['an account that is switched off', ['--email', off.email], /deactivated/],
    ['a password among the arguments', ['--email', email, '--password', 'my-own-secret'], /take no value/]
  ]
  for (const [what, args, message] of cases) await t.rejects(create(...args), { message }, what)
  const refused = await runScript('admin-create', { args: ['--email', email, '--username', 'ANN', '--password-stdin'], input: 'my-own-secret', settings: { MONGODB_DATABASE: app.config.MONGODB_DATABASE } })
  t.match(refused, { code: 1, stdout: '', stderr: /^[^\n]*account with this username[^\n]*\n$/ })
  t.equal(await app.connection.collection('users').countDocuments(), before)
})

t.test('says what is wrong with the arguments, all of it in one line', async t => {
  const read = async (...args: string[]) => await readAccount(readArguments(args))
  const cases: [string, string[], RegExp][] = [
    ['no email', [], /^--email is missing: npm run admin:create -- --email you@example\.com$/],
    ['not an email', ['--email', 'root'], /^email must match format "email"$/],
    ['a bad username', ['--email', email, '--username', 'a b'], /^username must match pattern .*$/],
    ['two faults', ['--email', 'root', '--username', 'a'], /email must.*; username must/],
    ['no terminal to ask at', ['--email', email, '--password'], /no terminal.*--password-stdin$/],
    ['a password with =', ['--email', email, '--password=my-own-secret'], /^The arguments are --email, [^=]*take no value, [^=]*$/],
    ['an unknown argument', ['--email', email, '--rank', 'king'], /^The arguments are/],
    ['something that is no argument', ['root@example.com'], /^The arguments are/]
  ]
  for (const [what, args, message] of cases) await t.rejects(async () => await read(...args), { name: 'StartupError', message }, what)
  process.env['ADMIN_PASSWORD'] = 'short'
  t.teardown(() => { delete process.env['ADMIN_PASSWORD'] })
  await t.rejects(read('--email', email), { message: 'password must NOT have fewer than 8 characters' })
})

t.test('three at once make one administrator, whose made-up password is shown once', async t => {
  const outcomes = await Promise.all(Array.from({ length: 3 }, async () => await create('--email', email)))
  const passwords = outcomes.flatMap(lines => /^Password, shown this once: (\S{24})$/m.exec(lines.join('\n'))?.[1] ?? [])
  t.equal(passwords.length, 1)
  t.equal(await roleOf({ email, password: passwords[0] }), 'admin', 'the password is the one that was shown')
  t.equal(await app.connection.collection('users').countDocuments({ email_key: email }), 1)
})

import t from 'tap'
import { createAdmin, readAccount, readArguments } from '../../src/admin-account.ts'
import { startApp } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { folder, freshDatabase, runScript } from './run.ts'

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

t.test('makes the first account of an empty database, with its indexes and a password that is shown once', async t => {
  const { settings, db } = await freshDatabase(t)
  const made = await runScript('admin-create', { settings, args: ['--email', email, '--username', 'root'] })
  t.match(made, { code: 0, lines: ['root@example.com is an administrator (username root).', /^Password, shown this once: \S{24}$/] })
  t.ok((await db.collection('users').indexes()).some(({ name, unique }) => name === 'email_key' && unique))
  t.match(await db.collection('users').find().toArray(), [{ email, username: 'root', role: 'admin' }])
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

t.test('takes the password from the standard input or the environment and shows it nowhere', async t => {
  const fromInput = await runScript('admin-create', { args: ['--email', 'one@example.com', '--password-stdin'], input: 'from the input\n', settings: { MONGODB_DATABASE: app.config.MONGODB_DATABASE } })
  t.match(fromInput, { code: 0, lines: [/^one@example\.com is an administrator/] })
  t.notMatch(fromInput.stdout + fromInput.stderr, 'from the input')
  process.env['ADMIN_PASSWORD'] = 'from the environment'
  t.teardown(() => { delete process.env['ADMIN_PASSWORD'] })
  t.match(await create('--email', 'two@example.com'), [/^two@example\.com is an administrator \(username \S+\)\.$/])
  t.equal(await roleOf({ email: 'one@example.com', password: 'from the input' }), 'admin')
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

t.test('three at once make one administrator', async t => {
  const outcomes = await Promise.all(Array.from({ length: 3 }, async () => await create('--email', email)))
  const passwords = outcomes.flatMap(lines => /^Password, .*: (\S+)$/m.exec(lines.join('\n'))?.[1] ?? [])
  t.equal(passwords.length, 1)
  t.equal(await roleOf({ email, password: passwords[0] }), 'admin', 'whose password is the one that was shown')
  t.equal(await app.connection.collection('users').countDocuments({ email_key: email }), 1)
})

t.test('works beside a running server on the embedded MongoDB, and counts there soon', async t => {
  const dataDir = await folder(t)
  const settings = { MONGODB_URL: '', MONGODB_DATABASE: 'parley', PARLEY_DATA_DIR: dataDir }
  const server = await startServer(t, settings)
  const ann = await register(server, 'ann')
  const outcome = await runScript('admin-create', { settings, args: ['--email', ann.email] })
  t.match(outcome, { code: 0, stdout: /^ann@example\.com is an administrator now/, stderr: 'MongoDB: the embedded one of the running server\n' })
  t.equal((await server.request('GET', '/users/me', { token: ann.token })).body.role, 'admin')
})

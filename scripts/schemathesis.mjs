// Tries the served OpenAPI document with Schemathesis, as a user and as an administrator: node scripts/schemathesis.mjs [seed]. Needs
// Python 3.11 or newer, and a fresh build in dist/. Fails on any 5xx, any status or shape that the document does not have, and any other
// check but one: a cursor, a name of a model, the one of two members that is wanted, not every rule can be said in a schema, so that what
// fits it can still be refused (test/security/limits.test.ts tries that validation does not). Another is made more exact in
// test/security/schemathesis_hooks.py. SCHEMATHESIS_EXAMPLES sets how many examples each operation gets (10).
import { spawn } from 'node:child_process'
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbeddedMongo } from '../dist/platform/embedded-mongo.js'

/** How long it may take in all, also where others keep the machine busy; alone on two cores it is a matter of some minutes. */
const PATIENCE_MS = 900_000
const begun = Date.now()
const seed = Number(process.argv[2] ?? process.env.SCHEMATHESIS_SEED ?? randomInt(2 ** 31))
const examples = process.env.SCHEMATHESIS_EXAMPLES ?? '10'
const pathOf = name => fileURLToPath(new URL(`../${name}`, import.meta.url))
const requirements = pathOf('test/security/requirements.txt')
const say = line => process.stdout.write(`${line}\n`)
const password = 'correct horse battery'

const folder = await mkdtemp(join(tmpdir(), 'parley-schemathesis-'))
const stops = []
const children = new Set()
let cleaned
const clean = () => {
  cleaned ??= (async () => {
    for (const child of children) child.kill('SIGKILL')
    for (const stop of stops.reverse()) await stop()
    await rm(folder, { recursive: true, force: true })
  })()
  return cleaned
}
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) process.once(signal, async () => { await clean(); process.exit(code) })

/** Runs a program; answers its exit code and what it printed. */
async function run (program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  children.add(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', part => { text += part })
  const code = await new Promise((resolve, reject) => { child.once('close', resolve).once('error', reject) })
  children.delete(child)
  return { code, text }
}

/** The program in a virtual environment of its own, which is made once for each state of the requirements. */
async function install () {
  const name = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const home = join(tmpdir(), `parley-schemathesis-${process.getuid?.() ?? 0}-${name}`)
  const program = join(home, 'bin', 'schemathesis')
  if (existsSync(program)) return program
  // Only a whole one gets the name; its scripts know their place, so it is made there and marked as whole by a file.
  rmSync(home, { recursive: true, force: true })
  for (const [tool, ...args] of [['python3', '-m', 'venv', home], [join(home, 'bin', 'python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', requirements]]) {
    const { code, text } = await run(tool, args)
    if (code !== 0) throw new Error(`${tool} ${args.slice(0, 2).join(' ')} ended with ${code}:\n${text}`)
  }
  return program
}

/** The built server on a database of its own; answers its address. */
async function serve () {
  const mongo = await startEmbeddedMongo({ dataDir: folder, say })
  stops.push(mongo.stop)
  const environment = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'test', HOST: '127.0.0.1', PORT: '0', MONGODB_URL: mongo.uri, SECRET_KEY: randomBytes(32).toString('hex'), RATE_LIMIT: 'off', LOG_LEVEL: 'error' }
  const child = spawn(process.execPath, [pathOf('dist/bin/server.js')], { stdio: ['ignore', 'pipe', 'inherit'], cwd: folder, env: environment })
  stops.push(async () => { if (child.kill()) await new Promise(resolve => { child.once('close', resolve) }) })
  return await new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', part => {
      text += part
      const { 1: port } = /:(\d+)\/docs\n/.exec(text) ?? []
      if (port) resolve({ url: `http://127.0.0.1:${port}`, environment })
    })
    child.once('close', code => { reject(new Error(`the server ended with ${code}:\n${text}`)) })
  })
}

/** A client of the API as one person; it throws what is no success. */
const clientOf = url => async (method, path, token, body) => {
  const answer = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { ...body && { 'content-type': 'application/json' }, ...token && { authorization: `Bearer ${token}` } },
    ...body && { body: JSON.stringify(body) }
  })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
  return await answer.json()
}

/** One object of each kind; answers their ids by the names of path parameters. */
async function furnish (ask, token, userId) {
  const chat = await ask('POST', '/chats', token, {})
  const message = await ask('POST', `/chats/${chat.id}/messages`, token, { content: 'the first message' })
  const branch = await ask('POST', `/chats/${chat.id}/branches`, token, { name: 'side', message_id: message.id })
  const memory = await ask('POST', '/memories', token, { content: 'I am vegetarian.' })
  const { run } = await ask('POST', `/chats/${chat.id}/completions`, token, { content: 'Are you there?', max_tokens: 10 })
  return { chat_id: chat.id, message_id: message.id, branch_id: branch.id, other_id: chat.active_branch_id, memory_id: memory.id, run_id: run.id, user_id: userId }
}

/** Tries every operation as one person; answers whether all is well. */
async function attempt ({ program, url, ask, spared }, who, token, objects) {
  const self = await ask('GET', '/users/me', token)
  const left = PATIENCE_MS - (Date.now() - begun)
  const args = ['--config-file', pathOf('test/security/schemathesis.toml'), 'run', `${url}/openapi.json`, '--checks', 'all', '--exclude-checks', 'positive_data_acceptance,ensure_resource_availability',
    '--max-examples', examples, '--seed', String(seed), '--generation-database', 'none', '--continue-on-failure', '--request-timeout', '30', '--no-color', '--warnings', 'off']
  const { code, text } = await run(program, args, {
    cwd: folder,
    timeout: Math.max(1, left),
    env: { PATH: process.env.PATH, HOME: folder, PYTHONDONTWRITEBYTECODE: '1', SCHEMATHESIS_HOOKS: pathOf('test/security/schemathesis_hooks.py'), PARLEY_API: `${url}/api/v1`, PARLEY_TOKEN: token, PARLEY_SPARED: JSON.stringify(spared), PARLEY_ROLE: self.role, PARLEY_OBJECTS: JSON.stringify(objects) }
  })
  say(`\n==> as ${who}\n${text}`)
  if (code === null) say('It did not end in time.')
  // Whoever lost the login, or the role, on the way has heard nothing but 401 or 403 from there on.
  const { role } = await ask('GET', '/users/me', token).catch(error => { say(error.message); return {} })
  if (role !== self.role) say(`The login of ${who} was lost on the way.`)
  return code === 0 && role === self.role
}

try {
  const program = await install()
  const { url, environment } = await serve()
  const ask = clientOf(url)
  const user = await ask('POST', '/auth/register', undefined, { email: 'user@example.com', username: 'user', password })
  const made = await run('sh', ['-c', `echo '${password}' | "$NODE" "$TOOL" --email root@example.com --password-stdin`], { env: { ...environment, NODE: process.execPath, TOOL: pathOf('dist/admin-create.js') } })
  if (made.code !== 0) throw new Error(made.text)
  // An administrator's own account must not be the one that is switched off.
  const victim = await ask('POST', '/auth/register', undefined, { email: 'victim@example.com', username: 'victim', password })
  say(`seed ${seed} (again with: npm run test:schemathesis -- ${seed}), ${examples} examples for each operation`)
  const admin = await ask('POST', '/auth/login', undefined, { email: 'root@example.com', password })
  const { id: adminId } = await ask('GET', '/users/me', admin.access_token)
  const at = { program, url, ask, spared: [user.user.id, adminId] }
  // Each of them has one core to itself, as nearly all of the work is that of one thread of Python.
  const [asUser, asAdmin] = await Promise.all([
    attempt(at, 'a user', user.access_token, await furnish(ask, user.access_token, user.user.id)),
    attempt(at, 'an administrator', admin.access_token, await furnish(ask, admin.access_token, victim.user.id))
  ])
  const results = { 'a user': asUser, 'an administrator': asAdmin }
  say(`\nseed ${seed}, ${((Date.now() - begun) / 1000).toFixed(0)} s`)
  for (const [who, isWell] of Object.entries(results)) say(`as ${who}: ${isWell ? 'nothing found' : 'FAILED'}`)
  process.exitCode = Object.values(results).every(Boolean) ? 0 : 1
} catch (error) {
  say(error.stack)
  process.exitCode = 1
} finally {
  await clean()
}

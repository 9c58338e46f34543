// Takes one guard at a time out of a copy of the source and lets the matrix look at it: npm run test:sabotage [-- --whole] [names…].
// Each time the matrix must turn red; a guard whose loss nobody sees, and one that is not found where it is looked for, end the run with 1.
// Only the rows that a guard concerns are run, up to the first that fails; with --whole all of them, each time.
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { startEmbeddedMongo } from '../../dist/platform/embedded-mongo.js'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const COPIED = ['src', 'test']
const LEFT_OUT = ['.git', '.parley']
const SECONDS_PER_RUN = 400

/** What is taken out: the guard, the file, what stands there (exactly once) and what comes in its place; and the rows that must see it. */
const SABOTAGES = [
  ['a token is needed', 'platform/guard.ts', [["|| request.method === 'OPTIONS') return", "|| request.method === 'OPTIONS' || !request.headers.authorization) return"]], '^listModels'],
  ['the audience of a token', 'auth/tokens.ts', [['allowedAud: party, ', '']], '^listModels'],
  ['the issuer of a token', 'auth/tokens.ts', [['allowedIss: party, ', '']], '^listModels'],
  ['the algorithm of a token', 'auth/tokens.ts', [['algorithms: [config.ALGORITHM]', "algorithms: ['HS256', 'HS384', 'HS512']"]], '^listModels'],
  ['the kind of a token', 'auth/tokens.ts', [["typ !== 'access' || ", '']], '^listModels'],
  ['the session of a token', 'auth/actors.ts', [[/owner !== (sub|userId) \|\| /, '']], '^listModels'],
  ['the account is switched on', 'auth/actors.ts', [[/ \|\| !account\?\.is_active\) return\n/, ' || !account) return\n']], '^listModels'],
  ['the role, as it is in the database', 'users/administration.ts', [["await model.exists({ _id: actor.id, role: 'admin', is_active: true }).session(session) !== null", "actor.role === 'admin'"]], "^(listAudit|deleteUser another's)"],
  ['only administrators read the audit log', 'admin/service.ts', [[/(async listAudit [^\n]+\n) +await requireAdmin\(actor\)\n/, '$1']], '^listAudit'],
  ['whose a session is', 'auth/sessions.ts', [['model.findOne({ _id: sessionId, user_id: userId })', 'model.findOne({ _id: sessionId })']], '^revokeSession'],
  ['one is in the chat: the chat', 'chats/access.ts', [['if (!chat?.participants.some(({ user_id }) => user_id.toHexString() === actor.id)) throw', 'if (!chat) throw']], '^getChat'],
  ['one is in the chat: what is in it', 'chats/access.ts', [['=> chat?.get(actor.id)', '=> chat?.get(actor.id) ?? chat?.values().next().value']], '^listMessages'],
  ['who is taken out is out', 'chats/participants.ts', [['const people = left.map(', 'const people = chat.participants.map(']], '^listBranches'],
  ['one is in the chats of the list', 'chats/service.ts', [["model.find({ 'participants.user_id': actor.id, ", 'model.find({ ']], '^listChats$'],
  ['one is in the chats of a sync', 'chats/sync.ts', [["$match: { 'participants.user_id': new Types.ObjectId(actor.id), ", '$match: { ']], '^sync$'],
  ['an admin of the group: the chat', 'chats/service.ts', [['if (!chat.participants.some(({ user_id, is_admin }) => is_admin && String(user_id) === actor.id)) throw', 'if (!chat) throw']], '^updateChat$'],
  ['an admin of the group: its people', 'chats/participants.ts', [['if (needsAdmin && ', 'if (!chat && ']], '^addParticipants$'],
  ['the author of a message', 'messages/edit.ts', [['if (!own && !(', 'if (!entry && !(']], "^(updateMessage|deleteMessage) another's$"],
  ['the history of a message', 'messages/locate.ts', [['const access = entry && await chats.access.find(actor, String(entry.chat_id))', 'const access = entry && await chats.access.ofStranger(String(entry.chat_id))']], '^listMessageVersions'],
  ['the role that one writes as', 'messages/service.ts', [["if (role !== 'user' && access.type !== 'assistant') throw", 'if (!access) throw']], '^(frame message|sendMessage) as'],
  ['branches of the chat one is in', 'branches/service.ts', [['await chats.access.find(actor, chatId)', 'await chats.access.ofStranger(chatId)']], '^listBranches'],
  ['a branch is one of this chat', 'branches/service.ts', [['findOne({ _id: branchId, chat_id: chatId }, null, transaction', 'findOne({ _id: branchId }, null, transaction']], '^getBranch foreign'],
  ['who made a branch', 'branches/service.ts', [["if (access.type === 'group' && !access.isAdmin && String(branch.created_by) !== actor.id) throw", 'if (!access) throw']], "^updateBranch another's"],
  ['who sets the active branch', 'branches/create.ts', [["(access: Access) => access.type !== 'group' || access.isAdmin", '(access: Access) => Boolean(access)']], '^(frame activate_branch|setActiveBranch) own'],
  ['a run is one of a chat one is in', 'ai/service.ts', [['if (!run || !await chats.access.find(actor, String(run.chat_id))) throw', 'if (!run) throw']], '^getRun own'],
  ['whose a run is', 'ai/service.ts', [['if (String(run.user_id) !== actor.id && !access?.isAdmin) throw', 'if (!access) throw']], "^(frame cancel|cancelRun) another's"],
  ['whose a memory is', 'ai/memories.ts', [['model.findOne({ _id: memoryId, user_id: actor.id })', 'model.findOne({ _id: memoryId })']], '^getMemory'],
  ['the assistant was let in', 'ai/completions.ts', [["if (access.type === 'group' && !access.assistantEnabled) throw", 'if (!access) throw']], '^(frame complete|createCompletion) not let in'],
  ['a socket hears chats of its person', 'ws/subscribe.ts', [["if (!await reader.mayHear(actor, chatId)) throw new Problem('chat_not_found')", ''], ['const chat = await reader.get(actor, chatId)', "const chat = await reader.get(actor, chatId).catch(() => ({ epoch: '0'.repeat(16) }))"]], '^frame subscribe$'],
  ['a socket types in chats of its person', 'chats/typing.ts', [["if (!await find(actor, chatId)) throw new Problem('chat_not_found')", '']], '^frame typing'],
  ['a ticket works once', 'auth/tickets.ts', [['model.findOneAndDelete(', 'model.findOne(']], 'used ticket$'],
  ['a socket stays that of one person', 'ws/connection.ts', [['if (owner.actor && known.id !== owner.actor.id) throw', 'if (!known) throw']], "^frame authenticate another's"]
]

const wanted = process.argv.slice(2).filter(word => !word.startsWith('--'))
const whole = process.argv.includes('--whole')
const chosen = SABOTAGES.filter(([guard]) => wanted.length === 0 || wanted.some(word => guard.includes(word)))
const folder = mkdtempSync(join(tmpdir(), 'parley-sabotage-'))
const say = line => process.stdout.write(`${line}\n`)
let child
let mongo
let cleaned
const clean = () => (cleaned ??= (async () => {
  child?.kill('SIGKILL')
  await mongo?.stop()
  rmSync(folder, { recursive: true, force: true })
})())
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) process.once(signal, async () => { await clean(); process.exit(code) })

/** A copy of what is patched, and links to all else. */
function copy () {
  const to = join(folder, 'copy')
  mkdirSync(to)
  for (const entry of readdirSync(root).filter(name => !LEFT_OUT.includes(name))) {
    if (COPIED.includes(entry)) cpSync(join(root, entry), join(to, entry), { recursive: true })
    else symlinkSync(join(root, entry), join(to, entry))
  }
  return to
}

/** Takes a guard out of the copy; answers what puts it back. Throws unless each piece stands there exactly once. */
function takeOut (copied, [guard, name, patches]) {
  const file = join(copied, 'src', name)
  if (!existsSync(file)) throw new Error(`${guard}: there is no src/${name}`)
  const before = readFileSync(file, 'utf8')
  let text = before
  for (const [from, to] of patches) {
    const found = typeof from === 'string' ? text.split(from).length - 1 : [...text.matchAll(new RegExp(from, 'g'))].length
    if (found !== 1) throw new Error(`${guard}: src/${name} holds ${found} times: ${String(from)}`)
    text = typeof from === 'string' ? text.split(from).join(to) : text.replace(from, to)
  }
  writeFileSync(file, text)
  return () => writeFileSync(file, before)
}

/** Runs the matrix in the copy; answers how many rows were green, and the first case that was not. */
async function look (copied, rows, toTheEnd) {
  const env = { ...process.env, TEST_MONGODB_URL: mongo.uri, TAP: '1', TAP_TIMEOUT: '0', ...(rows && { MATRIX_ROWS: rows }) }
  child = spawn(process.execPath, ['--import', 'tsx', 'test/security/matrix.test.ts'], { cwd: copied, env, stdio: ['ignore', 'pipe', 'ignore'] })
  const own = child
  const late = setTimeout(() => own.kill('SIGKILL'), SECONDS_PER_RUN * 1000)
  let green = 0
  let red
  createInterface(own.stdout).on('line', line => {
    const [, no, name] = /^ +(not )?ok \d+ - (.*?)(?: # time=.*)?$/.exec(line) ?? []
    if (no) red ??= name
    else if (name) green++
    if (red && !toTheEnd) own.kill('SIGKILL')
  })
  const code = await new Promise(resolve => { own.once('close', resolve) })
  clearTimeout(late)
  return { green, red, code }
}

const table = []
let failed = 0
try {
  const copied = copy()
  mongo = await startEmbeddedMongo({ dataDir: join(folder, 'data'), say: () => {} })
  // Nothing is proved by a copy that is red by itself.
  const sound = await look(copied, whole ? '' : chosen.map(([, , , rows]) => rows).join('|'), true)
  say(`nothing taken out: ${sound.red ?? `${sound.green} green`}`)
  if (sound.red || sound.code !== 0) throw new Error('the matrix is red, or did not end, with every guard in its place')
  for (const [i, sabotage] of chosen.entries()) {
    const [guard, , , rows] = sabotage
    const began = Date.now()
    let outcome
    try {
      const putBack = takeOut(copied, sabotage)
      const { red, green, code } = await look(copied, whole ? '' : rows, whole)
      putBack()
      outcome = red ?? (green === 0 ? `NOT RUN: the matrix ended with ${code} before its first row` : 'NOT SEEN: the matrix stays green')
      if (!red) failed++
    } catch (error) {
      outcome = `NOT TAKEN OUT: ${error.message}`
      failed++
    }
    table.push([guard, outcome])
    say(`${i + 1}/${chosen.length} ${guard}: ${outcome} (${Math.round((Date.now() - began) / 1000)} s)`)
  }
  const width = Math.max(...table.map(([guard]) => guard.length))
  say(`\n${'guard taken out'.padEnd(width)}   first failing case`)
  for (const [guard, outcome] of table) say(`${guard.padEnd(width)}   ${outcome}`)
  say(`\n${table.length - failed} of ${table.length} were seen`)
} catch (error) {
  failed++
  say(`FAIL ${error.message}`)
} finally {
  await clean()
}
process.exitCode = failed === 0 ? 0 : 1

// Runs the tests against one real MongoDB: node scripts/test.mjs [files or folders…]. Needs a fresh build in dist/. Without names it
// runs all but the folders that have a command of their own, because they take minutes.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Parser } from 'tap-parser'
import { startEmbeddedMongo } from '../dist/platform/embedded-mongo.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const SECONDS_PER_FILE = 150
const OF_THEIR_OWN = ['test/long', 'test/security'].map(normalize)
const PROGRAMS_AT_ONCE = Math.max(2, availableParallelism()) + 2
const FILES_TOGETHER = 6
// What tap tells of itself helps nobody who reads a failure.
const NOISE = new Set(['stdio', 'cwd', 'externalID', 'command', 'args', 'jobId'])
const counts = { passed: 0, failed: 0, skipped: 0 }
const say = line => process.stdout.write(`${line}\n`)

const files = wanted(process.argv.slice(2))
const started = Date.now()
const folder = await mkdtemp(join(tmpdir(), 'parley-test-'))
let mongo
const running = new Set()
/** Files that have not begun; a signal empties it. */
let waiting = []
let cleaned
const clean = () => {
  cleaned ??= (async () => {
    await mongo?.stop()
    await rm(folder, { recursive: true, force: true })
  })()
  return cleaned
}
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.once(signal, async () => {
    const ended = clean()
    waiting.length = 0
    for (const child of running) child.kill(signal)
    await ended
    process.exit(code)
  })
}

try {
  if (files.length === 0) failure('no test files', 'nothing matches test/**/*.test.ts or the files given')
  else {
    mongo = await startEmbeddedMongo({ dataDir: folder, say })
    await runAll(files, mongo.uri)
  }
} catch (error) {
  failure('the run itself', error.stack ?? String(error))
} finally {
  await clean()
}
say(`\n${((Date.now() - started) / 1000).toFixed(1)} s`)
say(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1

function wanted (names) {
  const list = names.length > 0 ? names.map(name => normalize(name)) : ['test']
  const isSetAside = file => names.length === 0 && OF_THEIR_OWN.includes(dirname(file))
  return list.flatMap(name => {
    const path = join(root, relative(root, name))
    if (!existsSync(path) || !statSync(path).isDirectory()) return [name]
    return readdirSync(path, { recursive: true }).filter(file => file.endsWith('.test.ts')).map(file => join(name, file)).sort()
  }).filter(file => !isSetAside(file))
}

// Files that start processes wait more than they compute, so two more programs run at a time than there are cores for; they begin
// first, so that no long one is left for the end. The others share a program with those beside them, which loads the server once.
async function runAll (files, url) {
  const startsProcesses = file => /startServer|startPair|runScript|startEmbeddedMongo|startFaultyMongo|spawn\(/.test(existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '')
  const quiet = new Map()
  for (const file of files.filter(file => !startsProcesses(file))) {
    const groups = quiet.get(dirname(file)) ?? quiet.set(dirname(file), [[]]).get(dirname(file))
    if (groups.at(-1).length === FILES_TOGETHER) groups.push([])
    groups.at(-1).push(file)
  }
  waiting = [...files.filter(startsProcesses).map(file => [file]), ...[...quiet.values()].flat()]
  const worker = async () => {
    for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) await runGroup(group, url)
  }
  await Promise.all(Array.from({ length: PROGRAMS_AT_ONCE }, worker))
}

/** Runs files in a program of their own and reports each as it ends. */
async function runGroup (names, url) {
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('test-files.mjs', import.meta.url)), ...names], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TEST_MONGODB_URL: url, TAP: '1', TAP_TIMEOUT: '0' }
  })
  running.add(child)
  let begun = Date.now()
  let late = false
  let patience
  const wait = () => {
    patience = setTimeout(() => {
      late = true
      child.kill('SIGTERM')
      setTimeout(() => child.kill('SIGKILL'), 5000).unref()
    }, SECONDS_PER_FILE * 1000)
  }
  const parser = new Parser()
  const left = [...names]
  let failures = 0
  const next = (ok, diag) => {
    clearTimeout(patience)
    failures += report({ name: left.shift(), ok, time: Date.now() - begun, diag }, found.take())
    begun = Date.now()
    if (left.length > 0) wait()
    return true
  }
  const found = tree(parser, [], name => name === `end of ${left[0]}` && next(true))
  wait()
  child.stdout.pipe(parser)
  const [code, signal] = await new Promise(resolve => {
    child.once('error', error => resolve([error.message]))
    child.once('close', (...outcome) => resolve(outcome))
  })
  clearTimeout(patience)
  running.delete(child)
  const diag = late ? { timeout: `${SECONDS_PER_FILE} s` } : { ended: signal ?? `exit code ${code}` }
  if (left.length === 0 && failures === 0 && !(code === 0 && parser.ok)) left.push(`after ${names.join(', ')}`)
  while (left.length > 0) next(false, diag)
}

/** Gathers what a stream of TAP tells; `ended` hears the name of each test of its first level. */
function tree (parser, path = [], ended = () => {}) {
  const nothing = () => ({ passed: 0, skipped: 0, failures: [], extra: [] })
  const found = {
    ...nothing(),
    /** What was found since the last time. */
    take () {
      const { passed, skipped, failures, extra } = this
      Object.assign(this, nothing())
      return { passed, skipped, failures, extra }
    }
  }
  let inner
  parser.on('extra', line => found.extra.push(line))
  parser.on('child', child => {
    inner = tree(child, [...path, child.name])
  })
  parser.on('assert', result => {
    const within = inner
    inner = undefined
    if (ended(result.name)) return
    if (within) {
      found.passed += within.passed
      found.skipped += within.skipped
      found.failures.push(...within.failures)
      found.extra.push(...within.extra)
      // The point that sums a subtest up counts only if it knows of a failure that no point inside has told.
      if (result.ok || within.failures.length > 0) return
    }
    if (result.skip || result.todo) found.skipped++
    else if (result.ok) found.passed++
    else found.failures.push({ name: [...path, result.name].join(' › '), details: result.diag })
  })
  parser.on('bailout', reason => found.failures.push({ name: [...path, 'bail out'].join(' › '), details: { reason } }))
  return found
}

/** Says how a file ended and answers how many failures it had. */
function report (result, { passed, skipped, failures, extra }) {
  const trouble = [...failures]
  if (trouble.length === 0 && (!result.ok || passed + skipped === 0)) {
    const reason = result.ok ? 'the file holds no tests' : 'the file crashed, timed out or ended early'
    trouble.push({ name: reason, details: result.diag })
  }
  counts.passed += passed
  counts.skipped += skipped
  counts.failed += trouble.length
  const sum = [`${passed} passed`, trouble.length > 0 && `${trouble.length} failed`, skipped > 0 && `${skipped} skipped`].filter(Boolean).join(', ')
  say(`${trouble.length > 0 ? 'FAIL' : 'ok  '} ${result.name.padEnd(48)} ${sum}, ${Math.round(result.time ?? 0)} ms`)
  for (const { name, details } of trouble) say(`\n  ✗ ${name}\n${indented(details)}`)
  if (trouble.length > 0 && extra.length > 0) say(`  output of ${result.name}:\n${extra.map(line => `    | ${line.trimEnd()}`).join('\n')}\n`)
  return trouble.length
}

function failure (name, reason) {
  counts.failed++
  say(`FAIL ${name}\n  ${reason}`)
}

function indented (value, depth = 4) {
  const pad = ' '.repeat(depth)
  return Object.entries(value ?? {}).filter(([key]) => !NOISE.has(key)).map(([key, item]) => {
    if (item !== null && typeof item === 'object') return `${pad}${key}:\n${indented(item, depth + 2)}`
    const text = String(item).trimEnd()
    return text.includes('\n') ? `${pad}${key}:\n${text.split('\n').map(line => `${pad}  ${line}`).join('\n')}\n` : `${pad}${key}: ${text}\n`
  }).join('')
}

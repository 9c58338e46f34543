// Runs the tests against one real MongoDB: node scripts/test.mjs [files or folders…]. Needs a fresh build in dist/. Without names it
// runs all but the folders that have a command of their own, because they take minutes. With TEST_TIMES=1 it says what each file took of the
// processor (Linux): the program that ran it with the processes it ended, and in all the MongoDB that all share.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, freemem, tmpdir } from 'node:os'
import { dirname, join, normalize, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { Parser } from 'tap-parser'
import { startEmbeddedMongo } from '../dist/platform/embedded-mongo.js'
import { sourceLines } from './source-lines.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const SECONDS_PER_FILE = 150
const OF_THEIR_OWN = ['test/long', 'test/security'].map(normalize)
/** What the tests start as a process of its own. */
const STARTED = ['server', 'db-init', 'db-restored', 'admin-create', 'demo']
/** Libraries that look for files beside their own. */
const WITH_FILES = ['argon2', 'pino', '@fastify/swagger-ui', '@fastify/static', 'mongodb-memory-server-core', 'openai', 'gpt-tokenizer', 'redoc']
const CORES = Math.max(2, availableParallelism())
/** Files that run several servers each: more of them at a time than there are cores would only wait for each other. */
const isLong = file => dirname(normalize(file)) === normalize('test/long')
// What tap tells of itself helps nobody who reads a failure.
const NOISE = new Set(['stdio', 'cwd', 'externalID', 'command', 'args', 'jobId'])
const TIMES = process.env.TEST_TIMES === '1'
const counts = { passed: 0, failed: 0, skipped: 0 }
const say = line => process.stdout.write(`${line}\n`)

const files = wanted(process.argv.slice(2))
const started = Date.now()
const data = await mkdtemp(join(roomInMemory() ? '/dev/shm' : tmpdir(), 'parley-test-'))
const code = await mkdtemp(join(root, 'dist', 'test-'))
const sources = sourceLines(root, code)
let mongo
const running = new Set()
/** Files that have not begun; a signal empties it. */
let waiting = []
let cleaned
const clean = () => {
  cleaned ??= (async () => {
    await mongo?.stop()
    for (const folder of [data, code]) await rm(folder, { recursive: true, force: true })
  })()
  return cleaned
}
for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.once(signal, async () => {
    const ended = clean()
    waiting.length = 0
    for (const child of running) child.kill(signal)
    await ended
    process.exit(exitCode)
  })
}

try {
  if (files.length === 0) failure('no test files', 'nothing matches test/**/*.test.ts or the files given')
  else {
    mongo = await startEmbeddedMongo({ dataDir: data, say })
    await compile()
    await runAll(files, mongo.uri)
    if (TIMES) say(`MongoDB: ${processorSeconds(mongod()).toFixed(1)} s of a core`)
  }
} catch (error) {
  failure('the run itself', error.stack ?? String(error))
} finally {
  await clean()
}
say(`\n${((Date.now() - started) / 1000).toFixed(1)} s`)
say(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`)
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1

/** What a process and those it ended took of the processor, in seconds (proc(5): utime, stime, cutime, cstime in hundredths). */
function processorSeconds (pid) {
  const file = `/proc/${pid}/stat`
  if (!TIMES || !existsSync(file)) return 0
  return readFileSync(file, 'utf8').replace(/^.*\)/s, '').trim().split(' ').slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100
}

/** The process whose data is in the folder of this run. */
function mongod () {
  return readdirSync('/proc').find(pid => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(data) && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('mongod')
    } catch {
      return false
    }
  })
}

/** Whether the files of a database of the tests fit into memory: nothing waits for a disk there. */
function roomInMemory () {
  if (!existsSync('/dev/shm')) return false
  const { bavail, bsize } = statfsSync('/dev/shm')
  return Math.min(bavail * bsize, freemem()) > 6 * 2 ** 30
}

function wanted (names) {
  const list = names.length > 0 ? names.map(name => normalize(name)) : ['test']
  const isSetAside = file => names.length === 0 && OF_THEIR_OWN.includes(dirname(file))
  return list.flatMap(name => {
    const path = join(root, relative(root, name))
    if (!existsSync(path) || !statSync(path).isDirectory()) return [name]
    return readdirSync(path, { recursive: true }).filter(file => file.endsWith('.test.ts')).map(file => join(name, file)).sort()
  }).filter(file => !isSetAside(file))
}

// Files that start processes wait more than they compute, so two more programs run at a time than there are cores for (none more where
// each runs several servers); they begin first, so that no long one is left for the end. A program runs file after file, so the server and its libraries load once in each.
async function runAll (files, url) {
  const startsProcesses = file => /startServer|startPair|runScript|startEmbeddedMongo|startFaultyMongo|spawn\(/.test(existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '')
  waiting = [...files.filter(startsProcesses), ...files.filter(file => !startsProcesses(file))]
  const worker = async () => {
    while (waiting.length > 0) await runProgram(url)
  }
  await Promise.all(Array.from({ length: Math.min(files.some(isLong) ? CORES : CORES + 2, files.length) }, worker))
}

/** Compiles the sources and the tests once for all programs, file by file, and what the tests start as processes with all it loads in one. */
async function compile () {
  const all = ['src', 'test', 'client/src', 'console/src', 'scripts', 'bench'].flatMap(folder => readdirSync(join(root, folder), { recursive: true }).map(file => join(folder, file)))
  const common = { absWorkingDir: root, platform: 'node', target: 'node20', format: 'esm', logLevel: 'silent', bundle: true, define: { 'import.meta.url': 'urlOfThisFile' } }
  const inPlace = {
    name: 'each file knows where it was written',
    setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: `const urlOfThisFile = ${JSON.stringify(pathToFileURL(path).href)};${readFileSync(path, 'utf8')}`
    }))
  }
  const apart = {
    name: 'files stay files',
    setup: ({ onResolve }) => onResolve({ filter: /./ }, ({ kind, path }) => kind === 'entry-point' ? undefined : { path: path.replace(/^(\..*)\.ts$/, '$1.js'), external: true })
  }
  await Promise.all([
    build({
      ...common,
      entryPoints: [...new Set([...all.filter(file => file.endsWith('.ts')), ...files.filter(file => existsSync(join(root, file)))])],
      outbase: root,
      outdir: code,
      sourcemap: true,
      plugins: [inPlace, apart]
    }),
    // Half of what a process takes to start is looking for some eight hundred files of libraries.
    build({
      ...common,
      entryPoints: STARTED.map(name => `src/${name}.ts`),
      outdir: join(code, 'started'),
      splitting: true,
      external: WITH_FILES,
      banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
      plugins: [inPlace]
    })
  ])
}

/** Runs the files that wait, in a program of its own, and reports each as it ends; comes back early when the program did. */
async function runProgram (url) {
  const child = spawn(process.execPath, ['--max-semi-space-size=64', fileURLToPath(new URL('test-files.mjs', import.meta.url))], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, TEST_MONGODB_URL: url, TEST_STARTED: join(code, 'started'), TAP: '1', TAP_TIMEOUT: '0' }
  })
  running.add(child)
  /** Files that were begun and not yet reported: the point that ends one is told when the next one has begun. */
  const left = []
  let late = false
  let patience
  let failures = 0
  child.on('message', ({ ready }) => {
    // tap has messages of its own.
    if (!ready) return
    clearTimeout(patience)
    const spent = processorSeconds(child.pid)
    if (left.length > 0) Object.assign(left.at(-1), { time: Date.now() - left.at(-1).begun, processor: spent - left.at(-1).spent })
    const name = waiting.shift()
    // A program that has ended meanwhile is told of below.
    child.send(name === undefined ? {} : { name, path: join(code, name.replace(/\.ts$/, '.js')) }, () => {})
    if (name === undefined) return
    left.push({ name, begun: Date.now(), spent })
    patience = setTimeout(() => {
      late = true
      child.kill('SIGTERM')
      setTimeout(() => {
        child.kill('SIGKILL')
        // What the program started may live on and hold the other ends.
        for (const stream of [child.stdout, child.stderr]) stream.destroy()
      }, 5000).unref()
    }, SECONDS_PER_FILE * 1000)
  })
  const end = (ok, diag) => {
    const { name, begun, processor, time = Date.now() - begun } = left.shift()
    failures += report({ name, ok, time, processor, diag }, found.take())
  }
  const parser = new Parser()
  const found = tree(parser, [], (test, ok) => {
    if (left.length > 0 && test === `end of ${left[0].name}`) {
      end(true)
      return true
    }
    // Of a file that ended its program, what waited behind it tells nothing.
    return ok ? ['next file', 'teardown'].includes(test) : /^child test left in queue: (teardown|end of .*|next file)$/.test(test)
  })
  child.stdout.pipe(parser)
  createInterface(child.stderr).on('line', line => { process.stderr.write(`${sources.text(line)}\n`) })
  const [exitCode, signal] = await new Promise(resolve => {
    child.once('error', error => resolve([error.message]))
    child.once('close', (...outcome) => resolve(outcome))
  })
  clearTimeout(patience)
  running.delete(child)
  const diag = late ? { timeout: `${SECONDS_PER_FILE} s` } : { ended: signal ?? `exit code ${exitCode}` }
  if (left.length === 0 && failures === 0 && !(exitCode === 0 && parser.ok)) left.push({ name: 'the end of a program', begun: Date.now() })
  while (left.length > 0) end(left[0].time !== undefined, diag)
}

/** Gathers what a stream of TAP tells; `ended` hears of each test of its first level, and answers whether it is none that counts. */
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
    if (ended(result.name, result.ok)) return
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
  say(`${trouble.length > 0 ? 'FAIL' : 'ok  '} ${result.name.padEnd(48)} ${sum}, ${Math.round(result.time ?? 0)} ms${result.processor === undefined || !TIMES ? '' : `, ${result.processor.toFixed(1)} s of a core`}`)
  for (const { name, details } of trouble) say(`\n  ✗ ${sources.text(name)}\n${indented(sources.details(details))}`)
  if (trouble.length > 0 && extra.length > 0) say(`  output of ${result.name}:\n${extra.map(line => `    | ${sources.text(line.trimEnd())}`).join('\n')}\n`)
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

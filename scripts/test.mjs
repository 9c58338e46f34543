// Runs the tests against one real MongoDB: node scripts/test.mjs [files or folders…]. Needs a fresh build in dist/.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Parser } from 'tap-parser'
import { startEmbeddedMongo } from '../dist/platform/embedded-mongo.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const SECONDS_PER_FILE = 150
// How tap started a file helps nobody who reads its failure.
const NOISE = new Set(['stdio', 'cwd', 'externalID', 'command', 'args', 'jobId'])
const counts = { passed: 0, failed: 0, skipped: 0 }
const say = line => process.stdout.write(`${line}\n`)

const files = wanted(process.argv.slice(2))
const started = Date.now()
const folder = await mkdtemp(join(tmpdir(), 'parley-test-'))
let mongo
let runner
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
    if (runner?.exitCode === null && runner.signalCode === null) {
      const ended = new Promise(resolve => runner.once('close', resolve))
      runner.kill(signal)
      await ended
    }
    await clean()
    process.exit(code)
  })
}

try {
  if (files.length === 0) failure('no test files', 'nothing matches test/**/*.test.ts or the files given')
  else {
    mongo = await startEmbeddedMongo({ dataDir: folder, say })
    await runTap(files, mongo.uri)
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
  return list.flatMap(name => {
    const path = join(root, relative(root, name))
    if (!existsSync(path) || !statSync(path).isDirectory()) return [name]
    return readdirSync(path, { recursive: true }).filter(file => file.endsWith('.test.ts')).map(file => join(name, file)).sort()
  })
}

async function runTap (files, url) {
  const tap = join(dirname(createRequire(import.meta.url).resolve('tap/package.json')), 'dist/esm/run.mjs')
  const options = ['run', '--disable-coverage', '--reporter=tap', '--jobs=2', `--timeout=${SECONDS_PER_FILE}`]
  runner = spawn(process.execPath, [tap, ...options, ...files], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TEST_MONGODB_URL: url }
  })
  const seen = new Set()
  const parser = new Parser()
  follow(parser, (result, file) => {
    seen.add(normalize(result.name))
    report(result, file)
  })
  runner.stdout.pipe(parser)
  const [code, signal] = await new Promise((resolve, reject) => {
    runner.once('error', reject)
    runner.once('close', (...outcome) => resolve(outcome))
  })
  for (const file of files) {
    if (!seen.has(file)) failure(file, 'the file did not report: it was not found, or the run ended before it')
  }
  if (code !== 0 && counts.failed === 0) failure('tap', `ended with ${signal ?? `exit code ${code}`}`)
}

// Each top-level point of tap's output is a file; the parser of its inner output arrives just before the point itself.
function follow (parser, done) {
  let file
  parser.on('child', child => {
    file = tree(child)
  })
  parser.on('assert', result => {
    done(result, file ?? { passed: 0, skipped: 0, failures: [], extra: [] })
    file = undefined
  })
}

function tree (parser, path = []) {
  const found = { passed: 0, skipped: 0, failures: [], extra: [] }
  let inner
  parser.on('extra', line => found.extra.push(line))
  parser.on('child', child => {
    inner = tree(child, [...path, child.name])
  })
  parser.on('assert', result => {
    const within = inner
    inner = undefined
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

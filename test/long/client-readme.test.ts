import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import ts from 'typescript'
import { startApp } from '../helpers/app.ts'

const run = promisify(execFile)
const blocks = [...(await readFile('client/README.md', 'utf8')).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language: language!, code: code! }))
const examples = blocks.filter(({ language, code }) => language === 'js' && code.startsWith('import')).map(({ code }) => code)
const printed = blocks.filter(({ language }) => language === 'text').map(({ code }) => code)

const host = ts.createCompilerHost({})
/** What the compiler has read: it reads the same declarations for what it builds and for what it checks. */
const sources = new Map<string, ts.SourceFile | undefined>()

function readConfig (file: string) {
  const { config } = ts.readConfigFile(file, name => ts.sys.readFile(name))
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(resolve(file)))
}

function program (files: string[], options: ts.CompilerOptions) {
  const shared: ts.CompilerHost = {
    ...ts.createCompilerHost(options),
    getSourceFile (name, version) {
      if (!/\/typescript\/lib\/lib\..*\.d\.ts$/.test(name)) return host.getSourceFile(name, version)
      if (!sources.has(name)) sources.set(name, host.getSourceFile(name, version))
      return sources.get(name)
    }
  }
  return ts.createProgram(files, options, shared)
}

t.test('the examples run as they are, with the package as it is built', async t => {
  const { url } = await startApp(t)
  const folder = await mkdtemp(join(tmpdir(), 'parley-client-'))
  t.teardown(async () => { await rm(folder, { recursive: true }) })
  const installed = join(folder, 'node_modules', '@parley', 'client')
  await mkdir(installed, { recursive: true })
  await cp('client/package.json', join(installed, 'package.json'))
  const { options, fileNames } = readConfig('client/tsconfig.json')
  const { emitSkipped } = program(fileNames, { ...options, noEmit: false, noCheck: true, outDir: join(installed, 'dist') }).emit()
  t.notOk(emitSkipped)
  for (const name of ['openapi-fetch', 'ws', 'openapi-typescript-helpers']) await symlink(resolve('node_modules', name), join(folder, 'node_modules', name))

  t.equal(examples.length, 3)
  const outputs: string[] = []
  for (const example of examples) {
    await writeFile(join(folder, 'example.mjs'), example.replace('http://localhost:8000', url))
    const { stdout, stderr } = await run(process.execPath, ['example.mjs'], { cwd: folder })
    t.equal(stderr, '')
    outputs.push(stdout)
  }
  const [conversation, live, reply] = outputs
  t.same([conversation, live].map(text => text!.replaceAll(/ +$/gm, '')), printed)
  t.match(reply, /^I am Parley's offline model .*“What is a message log\?”.*\ncomplete, \d+ tokens\n$/)

  // Whoever writes TypeScript gets the types of the package.
  await writeFile(join(folder, 'example.mts'), 'import { createClient, unwrap, type Message } from \'@parley/client\'\nconst api = createClient({ baseUrl: \'\' })\nconst { title } = await unwrap(api.GET(\'/api/v1/chats/{chat_id}\', { params: { path: { chat_id: \'x\' } } }))\nexport const text: string | null = title\n// @ts-expect-error a message has an id\nexport const { identity }: Message = null!\n')
  const strict = ts.convertCompilerOptionsFromJson({ module: 'NodeNext', target: 'ES2022', strict: true, noEmit: true, lib: ['ES2023', 'DOM'], types: [], skipDefaultLibCheck: true }, folder).options
  const faults = ts.getPreEmitDiagnostics(program([join(folder, 'example.mts')], strict))
  t.equal(ts.formatDiagnostics(faults, host), '')
})

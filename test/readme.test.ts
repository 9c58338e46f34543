import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ConfigSchema } from '../src/platform/config.ts'
import { startApp } from './helpers/app.ts'

const run = promisify(execFile)
const readme = await readFile('README.md', 'utf8')
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code: code! }))

t.test('the curl conversation and the socket client work as written', async t => {
  const { url } = await startApp(t)
  const host = url.replace('http://', '')
  const conversation = blocks.find(({ code }) => code.startsWith('api='))!.code.replace('localhost:8000', host)
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', `${conversation}\necho; echo "$token $chat"`])
  const lines = stdout.trim().split('\n')
  const [sent, page] = lines[0]!.split('}{"items"').length === 2 ? [JSON.parse(`${lines[0]!.split('}{"items"')[0]}}`), JSON.parse(`{"items"${lines[0]!.split('}{"items"')[1]}`)] : []
  t.equal(sent.content, 'Hello, Parley')
  t.equal(page.items[0].id, sent.id)

  const [token, chat] = lines.at(-1)!.split(' ') as [string, string]
  const folder = await mkdtemp('listen-')
  t.teardown(async () => { await rm(folder, { recursive: true }) })
  const file = join(folder, 'listen.mjs')
  await writeFile(file, blocks.find(({ language, code }) => language === 'js' && code.includes('listen.mjs'))!.code)
  const listening = run('node', [file, token, chat, host], { timeout: 20_000 })
  const heard = await new Promise<string>((resolve, reject) => {
    listening.child.stdout!.once('data', data => resolve(String(data)))
    listening.catch(reject)
  })
  listening.child.kill()
  await listening.catch(() => {})
  t.match(heard, /^user-\w+: Hello from a socket\n$/)
})

t.test('the table of configuration is that of the code', async t => {
  const rows = Object.entries(ConfigSchema.properties).map(([name, { default: value, description }]) =>
    `| \`${name}\` | ${value === undefined || value === '' ? '' : `\`${String(value)}\``} | ${String(description)} |`)
  const table = ['| variable | default | what it is |', '|---|---|---|', ...rows].join('\n')
  t.equal(/<!-- configuration -->\n([\s\S]*?)\n<!-- \/configuration -->/.exec(readme)?.[1], table)
})

t.test('every npm command that is named exists', async t => {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const named = new Set([...readme.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!))
  t.ok(named.size >= 4)
  for (const name of named) t.ok(scripts[name], name)
})

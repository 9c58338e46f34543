import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ConfigSchema } from '../src/platform/config.ts'
import { startApp, testSettings } from './helpers/app.ts'
import { type ServerEvent, textOf } from './helpers/events.ts'
import { program } from './helpers/process.ts'

const run = promisify(execFile)
const readme = await readFile('README.md', 'utf8')
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({ language, code: code! }))

/** JSON objects that stand one behind the other. */
const jsonOf = (text: string): any[] => text.trim().split(/(?<=\})(?=\{)/).map(object => JSON.parse(object))
const eventsOf = (text: string): ServerEvent[] => [...text.matchAll(/^event: (.+)\nid: (.+)\ndata: (.+)$/gm)].map(([, event, id, data]) => ({ event: event!, id: id!, data: JSON.parse(data!) }))
const eventNames = (text: string) => [...new Set([...text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name!))]

t.test('the curl conversation, the replies, the administrator\'s commands and the socket client work as written', async t => {
  const { url, config: { MONGODB_DATABASE } } = await startApp(t)
  const host = url.replace('http://', '')
  // In their order in one shell, as a reader would; the tool is built already, and building it again would pull it from under other tests.
  const commands = blocks.filter(({ language, code }) => language === 'sh' && code.includes('$api/'))
    .map(({ code }) => code.replace('localhost:8000', host).replaceAll('npm run --silent admin:create --', `node ${program('admin-create')}`))
  const cut = '\n-- the next block --\n'
  const script = [...commands, 'echo "$token $chat"'].join(`\nprintf '${cut.replaceAll('\n', '\\n')}'\n`)
  const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { env: { ...process.env, ...testSettings(), MONGODB_DATABASE } })
  const [conversation, streamed, again, administered, last, ...more] = stdout.split(cut)
  t.equal(more.length, 0)

  const [sent, page] = jsonOf(conversation!)
  t.equal(sent.content, 'Hello, Parley')
  t.equal(page.items[0].id, sent.id)

  const told = eventsOf(streamed!)
  t.match(textOf(told), /^I am Parley's offline model .*What is a message log\?/)
  const shown = blocks.find(({ language }) => language === 'text')!.code
  t.same(eventNames(shown), eventNames(streamed!), 'what is shown of it is what comes')
  const pieces = eventsOf(shown.replaceAll('6b01…', '6b01').replaceAll(/^data: .*….*\n/gm, ''))
  t.same(pieces.map(({ event, id, data }) => [event, id, data.offset + data.text.length]), [['reply_delta', '2', 2], ['reply_delta', '5', 5]])
  t.ok(textOf(told).startsWith(textOf(pieces)))
  for (const [, name] of shown.matchAll(/"(\w+)":/g)) t.ok(streamed!.includes(`"${name!}":`), name!)

  const [branches] = jsonOf(again!.slice(again!.lastIndexOf('\n{')))
  const { data: { reply } } = eventsOf(again!).at(-1)!
  t.match(branches.items, [{ kind: 'main', is_active: false }, { id: reply.branch_id, kind: 'alternative', is_active: true }])
  t.same(reply.reply_to, told.at(-1)!.data.reply.reply_to)

  const [, ...lines] = administered!.trim().split('\n')
  const [users, messages, usage, audit] = lines.map(line => JSON.parse(line))
  t.match(users.items, [{ email: 'ann@example.com', role: 'user' }, { email: 'root@example.com', role: 'admin' }])
  t.match(messages.items, [{ id: reply.id }, { content: 'What is a message log?' }, { content: 'Hello, Parley' }])
  t.match(usage, { items: [{ user_id: sent.sender_id, model: 'offline', runs: 2 }], totals: { runs: 2 } })
  t.match(audit.items, [{ action: 'messages_read', target: { chat_id: sent.chat_id }, details: { count: 3 } }])

  const [token, chat] = last!.trim().split(' ') as [string, string]
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

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import t from 'tap'
import type { Answer } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'

/** Prints, at each SIGWINCH, how late the event loop of a process was at most for 99 of 100 looks, in milliseconds, and begins anew. */
const probe = `data:text/javascript,${encodeURIComponent("import { monitorEventLoopDelay } from 'node:perf_hooks'; const delay = monitorEventLoopDelay({ resolution: 10 }); delay.enable(); process.on('SIGWINCH', () => { console.log('p99 ' + delay.percentile(99) / 1e6); delay.reset() })")}`

t.test('hundreds of logins at once are each answered rightly, and the server stays awake', async t => {
  const server = await startServer(t, { NODE_OPTIONS: `--import=${probe}` })
  // How late a process is that has nothing to do is the machine's fault.
  const idle = spawn(process.execPath, [`--import=${probe}`, '--eval', 'process.stdin.resume()'], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => { idle.kill() })
  const idleLines = createInterface(idle.stdout)[Symbol.asyncIterator]()
  const lateness = async () => {
    const seen = server.lines.length
    server.kill('SIGWINCH')
    idle.kill('SIGWINCH')
    const idleLine = String((await idleLines.next()).value)
    let line: string | undefined
    for (const deadline = Date.now() + 10_000; line === undefined && Date.now() < deadline; await new Promise(resolve => setTimeout(resolve, 5))) line = server.lines.slice(seen).find(text => text.startsWith('p99 '))
    return { server: Number(line?.slice(4)), idle: Number(idleLine.slice(4)) }
  }
  const { username, password } = await register(server)
  await lateness()
  const login = (right: boolean) => server.request('POST', '/auth/login', { body: { username, password: right ? password : 'some other password' } })
  const count = (answers: Answer[]) => Object.fromEntries([...new Set(answers.map(({ status }) => status))].map(status => [status, answers.filter(answer => answer.status === status).length]))

  const answers = await Promise.all(Array.from({ length: 500 }, async (_, i) => ({ right: i % 5 !== 0, answer: await login(i % 5 !== 0) })))
  const late = await lateness()
  t.comment(`500 logins: ${JSON.stringify(count(answers.map(({ answer }) => answer)))}, p99 ${late.server.toFixed(1)} ms, of an idle process ${late.idle.toFixed(1)} ms`)
  for (const { right, answer: { status, body, headers } } of answers) {
    if (status === 503 || status === 429) t.match({ code: body.code, after: headers.get('retry-after') }, { code: /^(overloaded|request_timeout|rate_limited)$/, after: /^\d+$/ })
    else t.match({ right, status, token: body.access_token !== undefined }, { right, status: right ? 200 : 401, token: right })
  }
  t.ok(answers.filter(({ answer: { status } }) => status === 200).length > 0)
  // Where even who has nothing to do waits for a core, the machine is full of others, whose part is not the server's.
  t.ok(late.server < 100 + (late.idle < 25 ? 0 : late.idle), `${late.server} ms, idle ${late.idle} ms`)

  const [more, alive] = await Promise.all([Promise.all(Array.from({ length: 700 }, () => login(true))), server.root('GET', '/livez')])
  t.equal(alive.status, 200)
  const refused = more.filter(({ body }) => body.code === 'overloaded')
  t.comment(`700 logins: ${JSON.stringify(count(more))}, ${refused.length} overloaded`)
  t.ok(refused.length > 0, 'more than may wait are told to come again')
  for (const { status, headers } of refused) t.match({ status, after: headers.get('retry-after') }, { status: 503, after: /^\d+$/ })
  let last = await login(true)
  // Those who were told that it took too long are still in the queue.
  for (const deadline = Date.now() + 30_000; last.status === 503 && Date.now() < deadline;) {
    await new Promise(resolve => setTimeout(resolve, 1000 * Number(last.headers.get('retry-after'))))
    last = await login(true)
  }
  t.equal(last.status, 200, 'who comes again as told is let in')
  idle.kill()
  await once(idle, 'exit')
})

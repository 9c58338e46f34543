import cluster from 'node:cluster'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startWorkers } from '../../src/cluster.ts'
import { makeChat, register, say } from '../helpers/people.ts'
import { startServer, type TestServer } from '../helpers/process.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'
import { freshDatabase, runScript } from '../helpers/run.ts'

/** Asks on a connection of its own, so that any worker may answer. */
const ask = async (url: string) => await new Promise<{ status: number, body: Record<string, unknown> }>((resolve, reject) => {
  get(url, { agent: new Agent({ keepAlive: false }) }, answer => {
    text(answer).then(body => resolve({ status: answer.statusCode!, body: JSON.parse(body) }), reject)
  }).once('error', reject)
})

/** The processes that a process started. Only Linux tells. */
const childrenOf = (pid: number): number[] => readdirSync('/proc').filter(name => {
  try {
    return /^\d+$/.test(name) && Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]) === pid
  } catch {
    return false
  }
}).map(Number)

/** The workers that have answered something, by their lines in the log. */
const answering = ({ lines }: TestServer) => new Set(lines.filter(line => line.includes('"msg":"answered"')).map(line => (JSON.parse(line) as { pid: number }).pid))

t.test('two workers serve; one that is killed comes back; SIGTERM ends all', { skip: noRedis || (process.platform !== 'linux' && 'only Linux tells of processes') }, async t => {
  const redis = await startRedis(t)
  const { settings } = await freshDatabase(t)
  const server = await startServer(t, { ...settings, REDIS_URL: redis.url, LOG_LEVEL: 'info' }, { args: ['--workers', '2'] })
  t.match(server.lines.find(line => line.startsWith('Parley')), /^Parley is ready, with 2 workers\. Try it at /)
  const workers = childrenOf(server.pid)
  t.equal(workers.length, 2)
  const ann = await register(server)
  const chat = await makeChat(server, ann)
  await say(server, ann, chat.id, 'hello')

  /** Asks again and again until it holds. */
  async function askUntil (what: string, holds: () => boolean) {
    for (const deadline = Date.now() + 30_000; !holds(); await delay(50)) {
      if (Date.now() > deadline) throw new Error(`${what} did not come:\n${server.lines.join('\n')}`)
      t.equal((await ask(`${server.url}/livez`)).status, 200, what)
    }
  }
  const allAnswer = async (pids: number[]) => await askUntil(`an answer of each of ${pids.join()}`, () => pids.every(pid => answering(server).has(pid)))
  await allAnswer(workers)
  t.match(await ask(`${server.url}/readyz`), { status: 200, body: { redis: 'up' } })

  process.kill(workers[0]!, 'SIGKILL')
  const others = () => childrenOf(server.pid).filter(pid => pid !== workers[0])
  await askUntil('another worker', () => others().length === 2)
  const next = others()
  t.ok(next.includes(workers[1]!))
  await allAnswer(next)
  t.ok(server.lines.includes(`A worker (process ${workers[0]}) ended with SIGKILL: starting another`))

  const before = Date.now()
  server.kill('SIGTERM')
  t.same(await server.stopped, { code: 0, signal: null })
  t.ok(Date.now() - before < 20_000)
  t.equal(server.lines.at(-1), 'Parley has stopped.')
  for (const pid of [...workers, ...next]) t.notOk(existsSync(`/proc/${pid}`), `process ${pid} is gone`)
})

t.test('what cannot be started with is one line', async t => {
  const refusal = async (...args: string[]) => await runScript('server', { args })
  const [alone, none, option] = await Promise.all([refusal('--workers', '2'), refusal('--workers', 'none'), refusal('--worker', '2')])
  t.match(alone, { code: 1, stdout: '', stderr: /^--workers 2 needs a Redis, .*: set REDIS_URL .*\n$/ })
  t.match(none, { code: 1, stderr: /^--workers wants a number of processes from 1 to 64, not "none"\n$/ })
  t.match(option, { code: 1, stderr: /^Unknown option '--worker'\..*\n$/ })
})

t.test('workers that end as fast as they are started are given up, but not while another serves', async t => {
  const folder = t.testdir({
    'worker.mjs': `
      import { existsSync } from 'node:fs'
      import { createServer } from 'node:http'
      if (existsSync(new URL('broken', import.meta.url))) process.exit(3)
      createServer().listen(0, '127.0.0.1')
    `
  })
  cluster.setupPrimary({ exec: join(folder, 'worker.mjs'), args: [], execArgv: [], silent: true })
  const lines: string[] = []
  const pids = () => Object.values(cluster.workers ?? {}).map(worker => worker!.process.pid!)
  let giveUp: (error: Error) => void
  const gaveUp = new Promise<Error>(resolve => { giveUp = resolve })
  let wait: { count: number, resolve: () => void } | undefined
  const said = async (count: number) => await new Promise<void>(resolve => {
    wait = { count, resolve }
    if (lines.length >= count) resolve()
  })
  const workers = startWorkers({ count: 2, env: {}, say: line => { if (lines.push(line) >= (wait?.count ?? Infinity)) wait!.resolve() }, gaveUp: error => giveUp(error) })
  t.teardown(workers.stop)
  t.ok(await workers.port > 0)
  writeFileSync(join(folder, 'broken'), '')
  const [first, second] = pids() as [number, number]
  process.kill(first, 'SIGKILL')
  await said(6)
  t.match(lines.slice(1), Array(5).fill(/ended with exit code 3: starting another$/))
  t.ok(pids().includes(second))
  process.kill(second, 'SIGKILL')
  t.match((await gaveUp).message, /^The workers ended \d times as soon as they were started: giving up/)
})

t.test('a first worker that cannot start ends the start', async t => {
  const folder = t.testdir({ 'worker.mjs': 'process.exit(1)' })
  cluster.setupPrimary({ exec: join(folder, 'worker.mjs'), args: [], execArgv: [] })
  const workers = startWorkers({ count: 2, env: {}, say: line => t.fail(line), gaveUp: error => t.fail(error.message) })
  await t.rejects(workers.port, { name: 'StartupError', message: /a worker ended before it listened/ })
  await workers.stop()
})

import { spawn } from 'node:child_process'
import { resolve as pathOf } from 'node:path'
import { createInterface } from 'node:readline'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import { client, type TestApp, testMongoUrl, testSettings } from './app.ts'

/** The built program `name`. */
export const program = (name: 'server' | 'db-init' | 'db-restored' | 'admin-create' | 'demo'): string => pathOf(`dist/bin/${name}.js`)

/** A test file that is ended from outside runs no teardown: its servers end when nobody holds the other end of their stdin. */
const endWithParent = `data:text/javascript,${encodeURIComponent("process.stdin.resume().once('close', () => process.exit(1)).unref()")}`

/** How long a start may take: a first start of the embedded MongoDB elects itself, one after a crash repairs. */
const startPatienceMs = 60_000

/**
 * The server as a process of its own, on a free port of 127.0.0.1, with the tests' settings and `settings` on top (an
 * empty one unsets). It ends, by its process id, with the test. Throws with all it printed when it does not get ready.
 */
export async function startServer (t: Test, settings: Record<string, string> = {}, { cwd, args = [] }: { cwd?: string, args?: string[] } = {}) {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const child = spawn(process.execPath, ['--import', endWithParent, program('server'), ...args], {
    ...(cwd !== undefined && { cwd }),
    env: { ...inherited, ...testSettings(), ...settings },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  const lines: string[] = []
  const stopped = new Promise<{ code: number | null, signal: NodeJS.Signals | null }>(resolve => {
    child.once('close', (code, signal) => { resolve({ code, signal }) })
  })
  const kill = (signal: NodeJS.Signals = 'SIGTERM') => child.kill(signal)
  t.teardown(async () => {
    kill()
    const patience = setTimeout(kill, 10_000, 'SIGKILL')
    await stopped
    clearTimeout(patience)
  })

  let patience: NodeJS.Timeout | undefined
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string) => { reject(new Error(`the server ${why}:\n${lines.join('\n')}`)) }
    patience = setTimeout(fail, startPatienceMs, 'did not get ready in time')
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', line => {
        lines.push(line)
        const port = /^Parley is ready.*:(\d+)\/docs$/.exec(line)?.[1]
        if (port) resolve(`http://127.0.0.1:${port}`)
      })
    }
    child.once('error', error => { fail(`did not start: ${error.message}`) })
    stopped.then(({ code, signal }) => { fail(`ended with ${signal ?? `exit code ${code}`}`) }, reject)
  }).finally(() => { clearTimeout(patience) })

  return {
    url,
    api: `${url}/api/v1`,
    request: client(`${url}/api/v1`),
    root: client(url),
    pid: child.pid!,
    /** What it printed so far. */
    lines,
    kill,
    /** How it ended. */
    stopped
  }
}

export type TestServer = Awaited<ReturnType<typeof startServer>>

/** A server as a process of its own beside an app: on its database, with its secret. */
export const startBeside = async (t: Test, { config }: Pick<TestApp, 'config'>, settings: Record<string, string> = {}): Promise<TestServer> =>
  await startServer(t, { MONGODB_DATABASE: config.MONGODB_DATABASE, SECRET_KEY: config.SECRET_KEY!, ...settings })

/** Two servers on one fresh database with one secret, as behind a load balancer, and a look into that database. */
export async function startPair (t: Test, settings: Record<string, string> = {}) {
  const shared = { ...testSettings(), ...settings }
  const client = new mongoose.mongo.MongoClient(shared['MONGODB_URL'] ?? testMongoUrl(), { readConcernLevel: 'majority' })
  const db = client.db(shared['MONGODB_DATABASE']!)
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })
  // One after the other: two that make the same indexes at once would only wait for each other.
  const one = await startServer(t, shared)
  const two = await startServer(t, shared)
  return { one, two, servers: [one, two] as const, db, settings: shared }
}

export type Pair = Awaited<ReturnType<typeof startPair>>

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { freePort } from '../../src/platform/port.ts'

/** Why tests with Redis are skipped, or false where they can run. */
export const noRedis: string | false = spawnSync('redis-server', ['--version']).status === 0 ? false : 'there is no redis-server on PATH'

/**
 * A real Redis on a free port of 127.0.0.1 that keeps nothing on disk; it ends, by its process id, with the test. With `away` it is not
 * running yet: `restart` starts it.
 */
export async function startRedis (t: Pick<Test, 'teardown'>, { away = false } = {}) {
  const port = await freePort()
  let child: ChildProcess | undefined
  // A test file that is ended early runs no teardown.
  const end = () => { child?.kill('SIGKILL') }
  process.once('exit', end)

  async function start () {
    const own = child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no', '--dir', '/tmp'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const lines: string[] = []
    await new Promise<void>((resolve, reject) => {
      createInterface(own.stdout!).on('line', line => {
        lines.push(line)
        if (line.includes('Ready to accept connections')) resolve()
      })
      own.once('error', reject)
      own.once('close', code => { reject(new Error(`redis-server ended with ${code}:\n${lines.join('\n')}`)) })
    })
  }

  async function kill () {
    const own = child
    if (!own || own.exitCode !== null || own.signalCode !== null) return
    const closed = once(own, 'close')
    own.kill('SIGKILL')
    await closed
  }

  t.teardown(async () => {
    process.off('exit', end)
    await kill()
  })
  if (!away) await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid () { return child!.pid! },
    /** Ends it at once, with all it held. */
    kill,
    /** Starts it again on the same port, empty. */
    async restart () {
      await kill()
      await start()
    }
  }
}

export type TestRedis = Awaited<ReturnType<typeof startRedis>>

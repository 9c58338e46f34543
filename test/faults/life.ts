import { spawn, spawnSync, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'

/** What was begun and must end: the last first. It fits where a helper of the tests wants a test. */
export interface Life { teardown: (end: () => unknown) => void }

/** A life that is ended by `end`, as often as one likes; what fails in between hinders nothing. */
export function createLife () {
  const ends: (() => unknown)[] = []
  return {
    teardown (end: () => unknown) { ends.push(end) },
    async end () {
      for (const end of ends.splice(0).reverse()) await Promise.resolve().then(end).catch((error: unknown) => { process.stderr.write(`while ending: ${String(error)}\n`) })
    }
  }
}

/** Linux ends a process with its parent if it is asked to: nothing stays behind when this program itself is killed. */
const withParent = spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 ? ['setpriv', '--pdeathsig', 'KILL'] : []

/** A process of ours; it ends with `life`, and with this program however that ends. */
export function startProcess (life: Life, command: string, args: string[], { env, stdio = 'ignore' }: { env?: NodeJS.ProcessEnv, stdio?: StdioOptions } = {}) {
  const [program, ...rest] = [...withParent, command, ...args]
  // In a group of its own: Ctrl-C reaches this program alone, which ends the others in order.
  const child = spawn(program!, rest, { detached: true, stdio, ...(env && { env }) })
  const ended = once(child, 'exit').then(([code, signal]: (string | number | null)[]) => `${signal ?? `exit code ${code}`}`)
  const isAlive = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined
  const signal = (name: NodeJS.Signals) => { if (isAlive()) child.kill(name) }
  const end = () => { signal('SIGKILL') }
  process.once('exit', end)
  ended.finally(() => { process.off('exit', end) }).catch(() => {})
  life.teardown(async () => {
    end()
    await ended
  })
  return { child, pid: child.pid!, ended, isAlive, signal }
}

export type OwnProcess = ReturnType<typeof startProcess>

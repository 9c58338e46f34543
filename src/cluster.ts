import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { StartupError } from './platform/startup-error.ts'

/** The most processes that one start makes. */
const workerBound = 64
/** How long workers have to end before they are killed, in milliseconds: something of the 20 s must be left for the database. */
const stopPatienceMs = 16_000
/** A worker that lived for less than this counts as failed, in milliseconds. */
const shortLifeMs = 10_000
/** So many failures in a row, with nobody left who serves, end it all. */
const failureBound = 5
/** Until a worker is replaced: twice as long after each failure, in milliseconds. */
const backOffMs = { first: 100, longest: 30_000 }

export interface Workers {
  /** The port they listen on, as soon as all do. Rejects with StartupError when the first to start ends before (it has said why). */
  port: Promise<number>
  /** Ends them all, at any time: gently, after 16 s by force. */
  stop: () => Promise<void>
}

interface Needs {
  count: number
  /** Settings of the workers, beside the environment of this process. */
  env: Record<string, string>
  say: (line: string) => void
  /** Told, at the most once, that workers end as fast as they are started. */
  gaveUp: (error: StartupError) => void
}

/** How many processes the command line asks for; undefined for the usual one. Throws StartupError. */
export function readWorkers (args: string[]): number | undefined {
  let text
  try {
    text = parseArgs({ args, options: { workers: { type: 'string' } } }).values.workers
  } catch (error) {
    throw new StartupError(`${(error as Error).message.split('. ')[0]}. The one option there is: --workers <number of processes>`)
  }
  if (text === undefined) return undefined
  const count = Number(text)
  if (!/^\d+$/.test(text) || count < 1 || count > workerBound) throw new StartupError(`--workers wants a number of processes from 1 to ${workerBound}, not "${text}"`)
  return count
}

/** Runs copies of this program that share one port, and replaces those that die. */
export function startWorkers ({ count, env, say, gaveUp }: Needs): Workers {
  const timers = new Set<NodeJS.Timeout>()
  let started = false
  let stopping = false
  let failures = 0

  const living = () => Object.values(cluster.workers ?? {}) as Worker[]
  const listening = new WeakSet<Worker>()

  function replace () {
    if (failures >= failureBound && !living().some(worker => listening.has(worker))) {
      stopping = true
      return gaveUp(new StartupError(`The workers ended ${failures} times as soon as they were started: giving up. What is above tells why`))
    }
    const wait = failures === 0 ? 0 : Math.min(backOffMs.longest, backOffMs.first * 2 ** (failures - 1))
    const timer = setTimeout(() => {
      timers.delete(timer)
      fork()
    }, wait)
    timers.add(timer)
  }

  function fork (): Worker {
    const worker = cluster.fork(env)
    const born = Date.now()
    worker.once('listening', () => { listening.add(worker) })
    worker.once('exit', (code, signal) => {
      if (stopping || !started) return
      failures = Date.now() - born < shortLifeMs ? failures + 1 : 0
      say(`A worker (process ${worker.process.pid}) ended with ${signal ?? `exit code ${code}`}: starting another`)
      replace()
    })
    return worker
  }

  const ready = async (worker: Worker): Promise<number> => await new Promise((resolve, reject) => {
    worker.once('listening', ({ port }) => { resolve(port) })
    worker.once('exit', () => { reject(new StartupError('Parley could not start: a worker ended before it listened')) })
  })

  async function stop () {
    stopping = true
    for (const timer of timers) clearTimeout(timer)
    const patience = setTimeout(() => { for (const worker of living()) worker.process.kill('SIGKILL') }, stopPatienceMs)
    await Promise.all(living().map(async worker => {
      const ended = once(worker, 'exit')
      worker.process.kill('SIGTERM')
      await ended
    }))
    clearTimeout(patience)
  }

  async function start (): Promise<number> {
    // One makes the indexes that the others find.
    const port = await ready(fork())
    await Promise.all(Array.from({ length: count - 1 }, () => ready(fork())))
    started = true
    return port
  }

  return { port: start(), stop }
}

import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../src/platform/port.ts'
import { type Life, type OwnProcess, startProcess } from './life.ts'
import { startProxy } from './proxy.ts'

/** How long a start may take, in milliseconds; a supervisor tries again when it fails. */
const startPatienceMs = 40_000
/** Lines of each process that are kept, to be shown when something is wrong. */
const keptLines = 300

/** One Parley process, always on the same port, with a proxy for those who are to feel bad connections. */
export async function startParley (life: Life, { index, server, preload, env }: { index: number, server: string, preload: string, env: Record<string, string> }) {
  const port = await freePort()
  const proxy = await startProxy(life, port)
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const lines: string[] = []
  /** What it says of each answer 500. */
  const failures: string[] = []
  /** When it could not answer, in milliseconds since 1970; the last one may still last. */
  const outages: { from: number, to: number }[] = []
  /** How long each stop took that it was asked for. */
  const stops: { from: number, to: number, how: string }[] = []
  let own: OwnProcess
  let isWanted = false
  let unexpected = 0

  const down = () => { outages.push({ from: Date.now(), to: Infinity }) }
  const up = () => { for (const outage of outages) if (outage.to === Infinity) outage.to = Date.now() }

  async function attempt (): Promise<boolean> {
    own = startProcess(life, process.execPath, ['--import', preload, server], {
      env: { ...inherited, ...env, PORT: String(port), TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    const mine = own
    return await new Promise(resolve => {
      const late = setTimeout(() => { mine.signal('SIGKILL') }, startPatienceMs)
      for (const stream of [mine.child.stdout!, mine.child.stderr!]) {
        createInterface(stream).on('line', line => {
          if (lines.push(line) > keptLines) lines.shift()
          if (line.includes('"code":"internal_error"')) failures.push(line)
          if (line.startsWith('Parley is ready')) {
            clearTimeout(late)
            resolve(true)
          }
        })
      }
      mine.ended.then(how => {
        clearTimeout(late)
        if (lines.push(`it ended with ${how}`) > keptLines) lines.shift()
        resolve(false)
        if (isWanted && mine === own && outages.every(({ to }) => to < Infinity)) {
          unexpected++
          down()
        }
      }, () => { resolve(false) })
    })
  }

  /** Starts it, as a supervisor does: again when it ends before it is ready. */
  async function start (): Promise<void> {
    const deadline = Date.now() + 2 * startPatienceMs
    isWanted = true
    while (!await attempt()) {
      if (Date.now() > deadline) throw new Error(`Parley ${index} does not start:\n${lines.slice(-20).join('\n')}`)
      await delay(300)
    }
    up()
  }

  down()
  await start()
  outages.length = 0

  return {
    index,
    port,
    proxy,
    lines,
    failures,
    stops,
    outages,
    url: `http://127.0.0.1:${port}`,
    get pid () { return own.pid },
    get unexpected () { return unexpected },
    isUp: () => outages.every(({ to }) => to < Infinity),
    /** Whether it could answer all the time between two moments. */
    couldAnswer: (from: number, to: number) => outages.every(outage => outage.to < from || outage.from > to),
    start,
    signal: (name: NodeJS.Signals) => { own.signal(name) },

    /** Ends it and waits until it is gone; answers how it ended. */
    async end (name: 'SIGKILL' | 'SIGTERM'): Promise<string> {
      isWanted = false
      // One that is asked to stop answers to the end of what was begun; whether it does is for its clients to see.
      down()
      const from = Date.now()
      own.signal(name)
      const late = setTimeout(() => { own.signal('SIGKILL') }, 40_000)
      const how = await own.ended
      clearTimeout(late)
      if (name === 'SIGTERM') stops.push({ from, to: Date.now(), how })
      return how
    },

    freeze () {
      down()
      own.signal('SIGSTOP')
    },

    thaw () {
      own.signal('SIGCONT')
      up()
    }
  }
}

export type Parley = Awaited<ReturnType<typeof startParley>>

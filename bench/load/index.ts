import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { pathOf } from '../run.ts'
import type { Stage } from '../types.ts'
import type { Load, Seen } from './http.ts'

export type { Load, Seen } from './http.ts'

let program: ChildProcess | undefined

/** The running load program, started at first use and ended with the stage. */
function loadProgram (stage: Stage): ChildProcess {
  if (program?.connected) return program
  const child = fork(pathOf('bench/load/http.ts'), { execArgv: ['--import', 'tsx'], cwd: pathOf('.'), detached: true })
  stage.later(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'exit')
    child.disconnect()
    await closed
  })
  program = child
  return child
}

/** Puts load on a server. Throws when an answer was no success. */
export async function putLoad (stage: Stage, load: Load): Promise<Seen> {
  const child = loadProgram(stage)
  const answered = once(child, 'message')
  child.send(load)
  const [seen] = await answered as [Seen | { error: string }]
  if ('error' in seen) throw new Error(`the load program failed: ${seen.error}`)
  if (Object.keys(seen.failures).length > 0) throw new Error(`${load.urls[0]} answered ${JSON.stringify(seen.failures)}`)
  return seen
}

/** The value below which so many per cent of sorted values lie. */
export const percentile = (sorted: number[], percent: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * percent / 100) - 1)]!

import { type ChildProcess, spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A file or folder of this project. */
export const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url))

export interface Running { pid: number, child: ChildProcess, stop: () => Promise<void> }

/**
 * Starts a program whose output goes to a file. Its own process group: Ctrl-C reaches the bench only, which stops what it started.
 * Throws when there is no such program.
 */
export async function start (program: string, args: string[], { env, cwd, log }: { env: Record<string, string>, cwd?: string, log: string }): Promise<Running> {
  const file = openSync(log, 'a')
  const child = spawn(program, args, { env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env }, cwd, stdio: ['ignore', file, file, 'ignore'], detached: true })
  await once(child, 'spawn')
  const closed = once(child, 'close')
  return {
    pid: child.pid!,
    child,
    async stop () {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await closed
      clearTimeout(patience)
    }
  }
}

/** Asks until the address answers with a success; answers the milliseconds that took. Throws when the program ends before. */
export async function untilAnswers (url: string, { child }: Running, log: string): Promise<number> {
  const begun = performance.now()
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`a server ended while it was starting; see ${log}`)
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return performance.now() - begun
    if (performance.now() - begun > 60_000) throw new Error(`no success at ${url} within a minute; see ${log}`)
    await delay(5)
  }
}

/** Runs a program to its end. Throws with what it printed when it does not end well. */
export async function runToEnd (program: string, args: string[], options: { cwd?: string, env?: NodeJS.ProcessEnv } = {}): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => { text += String(part) })
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} ended with ${code}:\n${text}`)
  return text
}

/** Asks as a client of JSON. Throws what is no success. */
export async function ask (url: string, { method = 'GET', token, body }: { method?: string, token?: string, body?: unknown } = {}): Promise<any> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`)
  return text ? JSON.parse(text) : undefined
}

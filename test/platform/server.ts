import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import mongoose from 'mongoose'
import { testMongoUrl, testSettings } from '../helpers/app.ts'

export interface Run { child: ChildProcess, /** It runs in. */ folder: string, output: () => { out: string, err: string }, ended: Promise<number | null> }

/** Runs the built server in a process and a folder of its own. */
export async function run (t: Test, settings: Record<string, string | undefined>, args: string[] = []): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-run-'))
  const { PATH, HOME } = process.env
  const given = { PATH, HOME, ...testSettings(), ...settings }
  const env = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as NodeJS.ProcessEnv
  const child = spawn(process.execPath, [resolve('dist/bin/server.js'), ...args], { cwd: folder, env })
  let out = ''
  let err = ''
  child.stdout.on('data', text => { out += text })
  child.stderr.on('data', text => { err += text })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
    if (!settings['MONGODB_URL']) {
      const connection = await mongoose.createConnection(testMongoUrl(), { dbName: env['MONGODB_DATABASE']! }).asPromise()
      await connection.dropDatabase()
      await connection.close()
    }
  })
  return { child, folder, output: () => ({ out, err }), ended }
}

/** The address of a server that is ready. Throws with its words when it ends before. */
export async function addressOf ({ child, output, ended }: Run): Promise<string> {
  for (;;) {
    const address = /(http:\S+)\/docs/.exec(output().out)?.[1]
    if (address) return address
    const over = await Promise.race([once(child.stdout!, 'data').then(() => false), ended.then(() => true)])
    if (over) throw new Error(`the server ended: ${output().out}${output().err}`)
  }
}

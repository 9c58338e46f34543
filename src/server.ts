import cluster from 'node:cluster'
import { EventEmitter, once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import closeWithGrace from 'close-with-grace'
import { readWorkers, startWorkers } from './cluster.ts'
import { type Config, loadConfig } from './platform/config.ts'
import { untilItWorks } from './platform/patient-start.ts'
import { assertPortFree } from './platform/port.ts'
import { StartupError } from './platform/startup-error.ts'

// V8 would learn from what a start makes that lists of listeners live long, and from then on keep each request until a full collection (docs/decisions/0025-v8-does-not-pretenure.md).
setFlagsFromString('--no-allocation-site-pretenuring')

/** How long a stop may take before the process ends anyway, in milliseconds: with its end it keeps within 20 s. A worker leaves its primary some of it. */
const stopPatienceMs = cluster.isPrimary ? 19_000 : 15_000

/** A start that takes longer than this answers probes while it goes on, in milliseconds. */
const quietStartMs = 1000

// What a worker has to say its primary says for all.
const say = (line: string) => { if (cluster.isPrimary) process.stdout.write(`${line}\n`) }
const stops: (() => Promise<void>)[] = []
let isStopping = false
const stopAll = async () => { for (const stop of stops.splice(0).reverse()) await stop() }

const sayWaiting = (what: string) => { say(`Waiting for MongoDB, and trying again until it can be used: ${what}`) }

/** Says what this process waits for, or lets its primary say it for all; empty when that is not known yet, undefined when it is ready. */
function tellWaiting (what: string | undefined) {
  if (cluster.isWorker) process.send!({ waitsFor: what ?? null })
  else if (what) sayWaiting(what)
}

async function fail (error: unknown): Promise<void> {
  process.stderr.write(error instanceof StartupError ? `${error.message}\n` : `Parley could not start: ${(error as Error).stack}\n`)
  await stopAll().catch(() => {})
  process.exit(1)
}

/** The connection string of the database: that of the settings, or of a MongoDB started here. */
async function database (config: Config): Promise<string> {
  if (config.MONGODB_URL) return config.MONGODB_URL
  // Whoever has a MongoDB need not wait until what starts one is loaded.
  const { startEmbeddedMongo } = await import('./platform/embedded-mongo.ts')
  const starting = startEmbeddedMongo({ dataDir: config.PARLEY_DATA_DIR, say, mongod: config.PARLEY_MONGOD })
  // Known before it runs: a signal that comes meanwhile must not leave it behind.
  stops.push(async () => { await (await starting.catch(() => undefined))?.stop() })
  const { uri } = await starting
  say(`MongoDB: embedded, its data in ${config.PARLEY_DATA_DIR}/ (set MONGODB_URL for your own)`)
  return uri
}

/** Serves from this process; answers the port when it is ready. One that waits for its database answers probes meanwhile. */
async function serve (config: Config, uri: string): Promise<number> {
  // The primary of several workers never loads what only they need.
  const [{ connectMongo, createConnection }, { buildApp }] = await Promise.all([import('./platform/mongo.ts'), import('./app.ts')])
  const connection = createConnection()
  stops.push(async () => { await connection.close() })
  const app = await buildApp({ config, connection })
  stops.push(app.drain)
  let listening: Promise<string> | undefined
  const listen = async () => { await (listening ??= app.listen({ host: config.HOST, port: config.PORT })) }
  const patience = setTimeout(() => {
    tellWaiting('')
    listen().catch(fail)
  }, quietStartMs)
  stops.push(async () => { clearTimeout(patience) })
  let isConnected = false
  await untilItWorks(async () => {
    if (!isConnected) await connectMongo({ ...config, MONGODB_URL: uri }, connection)
    isConnected = true
    await app.prepare()
  }, {
    isStopping: () => isStopping,
    waits (error) {
      app.waitsFor(error)
      tellWaiting(error.message)
    }
  })
  clearTimeout(patience)
  await listen()
  tellWaiting(undefined)
  return (app.server.address() as { port: number }).port
}

/** Serves from several processes; answers their port when all are ready. */
async function share (config: Config, uri: string, count: number): Promise<number> {
  const waiting = new Map<number, string>()
  const changed = new EventEmitter()
  cluster.on('message', (worker, news: { waitsFor?: string | null }) => {
    if (news.waitsFor === undefined) return
    // One line for all of them.
    if (news.waitsFor && ![...waiting.values()].includes(news.waitsFor)) sayWaiting(news.waitsFor)
    if (news.waitsFor === null) waiting.delete(worker.id)
    else waiting.set(worker.id, news.waitsFor)
    changed.emit('changed')
  })
  cluster.on('exit', worker => {
    waiting.delete(worker.id)
    changed.emit('changed')
  })
  const workers = startWorkers({ count, env: { MONGODB_URL: uri, SECRET_KEY: config.SECRET_KEY }, say, gaveUp: error => { void fail(error) } })
  stops.push(workers.stop)
  const port = await workers.port
  while (waiting.size > 0) await once(changed, 'changed')
  return port
}

async function start () {
  const workers = cluster.isPrimary ? readWorkers(process.argv.slice(2)) : undefined
  const config = loadConfig(process.env)
  if (workers !== undefined && workers > 1 && !config.REDIS_URL) throw new StartupError(`--workers ${workers} needs a Redis, by which the processes hear of each other: set REDIS_URL (for example redis://127.0.0.1:6379), or leave --workers out`)
  if (cluster.isPrimary) await assertPortFree(config.HOST, config.PORT)
  const starting = database(config)
  // A MongoDB of our own takes a while to start: meanwhile the server is loaded.
  if (workers === undefined && !config.MONGODB_URL) void import('./app.ts')
  const uri = await starting
  const port = workers === undefined ? await serve(config, uri) : await share(config, uri, workers)
  const shownHost = config.HOST === '0.0.0.0' || config.HOST === '::' ? 'localhost' : config.HOST
  say(`Parley is ready${workers === undefined ? '' : `, with ${workers} workers`}. Try it at ${config.PUBLIC_URL ?? `http://${shownHost}:${port}`}/docs`)
}

// Ctrl-C reaches all processes of a terminal; a worker ends when its primary says so, not twice.
if (cluster.isWorker) process.on('SIGINT', () => {})
closeWithGrace({ delay: stopPatienceMs, logger: false, ...(cluster.isWorker && { skip: ['SIGINT' as const] }) }, async ({ err, signal }) => {
  isStopping = true
  if (err) process.stderr.write(`Parley ends because of an error it did not expect:\n${err.stack}\n`)
  if (signal) say(`${signal}: finishing what was begun …`)
  await stopAll()
  if (signal) say('Parley has stopped.')
})

start().catch(async (error: unknown) => {
  // What fails because it is being stopped is no failure.
  if (!isStopping) await fail(error)
})

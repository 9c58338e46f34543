import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { loadConfig } from './platform/config.ts'
import { type EmbeddedMongo, startEmbeddedMongo } from './platform/embedded-mongo.ts'
import { connectMongo } from './platform/mongo.ts'
import { assertPortFree } from './platform/port.ts'
import { StartupError } from './platform/startup-error.ts'

/** How long a stop may take before the process ends anyway, in milliseconds. */
const stopPatienceMs = 20_000

const say = (line: string) => { process.stdout.write(`${line}\n`) }
const stops: (() => Promise<void>)[] = []
let isStopping = false
const stopAll = async () => { for (const stop of stops.splice(0).reverse()) await stop() }

async function start () {
  const config = loadConfig(process.env)
  await assertPortFree(config.HOST, config.PORT)
  let embedded: EmbeddedMongo | undefined
  if (!config.MONGODB_URL) {
    const starting = startEmbeddedMongo({ dataDir: config.PARLEY_DATA_DIR, say, mongod: config.PARLEY_MONGOD })
    // Known before it runs: a signal that comes meanwhile must not leave it behind.
    stops.push(async () => { await (await starting.catch(() => undefined))?.stop() })
    embedded = await starting
    say(`MongoDB: embedded, its data in ${config.PARLEY_DATA_DIR}/ (set MONGODB_URL for your own)`)
  }
  const connection = await connectMongo({ ...config, MONGODB_URL: config.MONGODB_URL ?? embedded!.uri })
  stops.push(async () => { await connection.close() })
  const app = await buildApp({ config, connection })
  stops.push(app.drain)
  await app.prepare()
  await app.listen({ host: config.HOST, port: config.PORT })
  const { port } = app.server.address() as { port: number }
  const shownHost = config.HOST === '0.0.0.0' || config.HOST === '::' ? 'localhost' : config.HOST
  say(`Parley is ready. Try it at ${config.PUBLIC_URL ?? `http://${shownHost}:${port}`}/docs`)
}

closeWithGrace({ delay: stopPatienceMs, logger: false }, async ({ err, signal }) => {
  isStopping = true
  if (err) process.stderr.write(`Parley ends because of an error it did not expect:\n${err.stack}\n`)
  if (signal) say(`${signal}: finishing what was begun …`)
  await stopAll()
  if (signal) say('Parley has stopped.')
})

try {
  await start()
} catch (error) {
  // What fails because it is being stopped is no failure.
  if (isStopping) await new Promise(() => {})
  process.stderr.write(error instanceof StartupError ? `${error.message}\n` : `Parley could not start: ${(error as Error).stack}\n`)
  await stopAll().catch(() => {})
  process.exit(1)
}

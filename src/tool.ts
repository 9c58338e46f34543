import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Connection } from 'mongoose'
import type { App } from './app.ts'
import { type Config, loadConfig } from './platform/config.ts'
import { Problem } from './platform/errors.ts'
import { connectMongo } from './platform/mongo.ts'
import { StartupError } from './platform/startup-error.ts'

/** How long a server that starts or stops at this moment is waited for, in milliseconds. */
const patienceMs = 20_000

type Stop = () => Promise<void>

// What a tool finds goes to stdout, and only that.
const say = (line: string) => { process.stderr.write(`${line}\n`) }

/** The connection string of the embedded MongoDB: of a running server if it has the data folder, else of one started for this tool. */
async function embeddedUrl (config: Config, stops: Stop[]): Promise<string> {
  const { startEmbeddedMongo } = await import('./platform/embedded-mongo.ts')
  const dataDir = config.PARLEY_DATA_DIR
  for (const deadline = Date.now() + patienceMs; ; await delay(300)) {
    try {
      const starting = startEmbeddedMongo({ dataDir, say, mongod: config.PARLEY_MONGOD })
      // Known before it runs: a signal that comes meanwhile must not leave it behind.
      stops.push(async () => { await (await starting.catch(() => undefined))?.stop() })
      return (await starting).uri
    } catch (error) {
      if (!(error instanceof StartupError) || !error.message.includes('in use by another Parley')) throw error
      const port = (await readFile(join(dataDir, 'mongodb-port'), 'utf8').catch(() => '')).trim()
      const uri = `mongodb://127.0.0.1:${port}/?replicaSet=parley`
      const running = port && await connectMongo({ MONGODB_URL: uri, MONGODB_DATABASE: config.MONGODB_DATABASE }).catch(() => undefined)
      if (running) {
        await running.close()
        say('MongoDB: the embedded one of the running server')
        return uri
      }
      if (Date.now() > deadline) throw error
    }
  }
}

/** The line a person reads when a tool fails: what was wrong, or where it happened if nobody expected it. */
function reasonOf (error: unknown): string {
  const { name, message, stack } = error as Error
  if (error instanceof StartupError || error instanceof Problem) return message
  return name.startsWith('Mongo') ? `The database failed: ${message.replaceAll(/\s*\n\s*/g, ' ')}` : stack ?? String(error)
}

/**
 * Runs `work` on the database of the settings (MONGODB_URL or the embedded one, also beside a running server) and ends the
 * process: with 0, or with one line on stderr and 1. Nothing listens meanwhile, and nothing stays running. `check` may throw a
 * StartupError before any of it.
 */
export async function runTool (work: (app: App, connection: Connection, config: Config) => Promise<void>, check: (config: Config) => void = () => {}): Promise<never> {
  const stops: Stop[] = []
  const stopAll = async () => { for (const stop of stops.splice(0).reverse()) await stop() }
  let isStopping = false
  closeWithGrace({ delay: patienceMs, logger: false }, async ({ signal, err }) => {
    isStopping = true
    await stopAll()
    if (err) say(reasonOf(err))
    if (signal || err) process.exit(signal ? 128 + constants.signals[signal] : 1)
  })
  let code = 0
  try {
    // Nothing that outlives a tool is signed with the key.
    const config = loadConfig({ ...process.env, SECRET_KEY: randomBytes(32).toString('hex'), LOG_LEVEL: 'silent' })
    check(config)
    const url = config.MONGODB_URL ?? await embeddedUrl(config, stops)
    const connection = await connectMongo({ ...config, MONGODB_URL: url })
    stops.push(async () => { await connection.close() })
    const { buildApp } = await import('./app.ts')
    const app = await buildApp({ config, connection })
    stops.push(app.drain)
    await work(app, connection, config)
  } catch (error) {
    // What fails because it is being stopped is no failure.
    if (isStopping) await new Promise(() => {})
    say(reasonOf(error))
    code = 1
  }
  await stopAll()
  process.exit(code)
}

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import mongoose from 'mongoose'
import { startProvider } from '../helpers/provider.ts'
import { startRedis } from '../helpers/redis.ts'
import type { Life } from './life.ts'
import { startReplicaSet } from './mongo-set.ts'
import { startParley } from './parley.ts'

const processes = 3
const clock = fileURLToPath(new URL('clock.mjs', import.meta.url))

/** Everybody on the stage: three mongod, a Redis, three Parley from the program `server`, and the stand-in of a model. They end with `life`. */
export async function startCast (life: Life, { folder, server }: { folder: string, server: string }) {
  const provider = await startProvider(life)
  const redis = await startRedis(life)
  const mongo = await startReplicaSet(life, folder)
  const database = `faults_${randomBytes(4).toString('hex')}`
  const env = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    MONGODB_URL: mongo.url,
    MONGODB_DATABASE: database,
    REDIS_URL: redis.url,
    SECRET_KEY: randomBytes(32).toString('hex'),
    RATE_LIMIT: 'off',
    LOG_LEVEL: 'error',
    ...provider.settings,
    AI_RUNS_PER_USER: '20',
    WS_SOCKETS_PER_USER: '100',
    WS_HEARTBEAT_MS: '3000',
    WS_COMPARE_MS: '5000'
  }
  const parleys = []
  // One makes the indexes that the others find.
  for (let index = 0; index < processes; index++) parleys.push(await startParley(life, { index, server, preload: clock, env }))

  // Past the proxies, and from whoever is the primary.
  const client = new mongoose.mongo.MongoClient(mongo.url, { readConcernLevel: 'majority', serverSelectionTimeoutMS: 30_000 })
  life.teardown(async () => { await client.close() })
  return { provider, redis, mongo, parleys, db: client.db(database), database }
}

export type Cast = Awaited<ReturnType<typeof startCast>>

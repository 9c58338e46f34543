// A database that went away after the indexes were made, and before the server was ready, ended the start with a stack.
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { connectMongo } from '../../src/platform/mongo.ts'
import { testSettings } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'

const interruptedAtShutdown = 11600

t.test('what a start has to prepare can be tried again, whichever part of it the database refused', async t => {
  const mongo = await startFaultyMongo(t)
  const config = loadConfig({ ...testSettings(), MONGODB_URL: mongo.url }, '/nonexistent')
  const connection = await connectMongo({ ...config, MONGODB_URL: mongo.url })
  const app = await buildApp({ config, connection })
  t.teardown(async () => {
    await app.drain()
    await connection.close()
  })
  const client = connection.getClient()
  const listeners = client.listenerCount('serverHeartbeatSucceeded')
  for (const collection of ['origins', 'messages']) {
    await mongo.fail('alwaysOn', { failCommands: ['find'], errorCode: interruptedAtShutdown, namespace: `${config.MONGODB_DATABASE}.${collection}` })
    await t.rejects(app.prepare(), { name: 'StartupError', mayPass: true }, collection)
    t.equal((await app.inject('/readyz')).statusCode, 503, 'it is not ready')
  }
  await mongo.fail('off')
  await app.prepare()
  t.equal((await app.inject('/readyz')).statusCode, 200)
  t.equal(client.listenerCount('serverHeartbeatSucceeded'), listeners + 1, 'nothing is done twice')
})

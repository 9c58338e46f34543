import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import t, { type Test } from 'tap'
import { startEmbeddedMongo } from '../../src/platform/embedded-mongo.ts'
import { connectMongo, databaseState } from '../../src/platform/mongo.ts'
import { explainMongoError } from '../../src/platform/mongo-trouble.ts'
import { findMongod } from '../../src/platform/mongod-binary.ts'
import { freePort } from '../../src/platform/port.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const MONGODB_DATABASE = 'trial'
const PASSWORD = 'sw0rdfish:/?'
const encoded = encodeURIComponent(PASSWORD)

async function folder (t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'parley-mongo-'))
  t.teardown(async () => await rm(path, { recursive: true, force: true }))
  return path
}

async function mongod (t: Test, ...args: string[]): Promise<{ port: number, child: ChildProcess }> {
  const dbPath = await folder(t)
  const port = await freePort()
  const child = spawn((await findMongod(() => {})).path, ['--port', String(port), '--dbpath', dbPath, '--bind_ip', '127.0.0.1', '--nounixsocket', '--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', lines => { if (/Waiting for connections/.test(String(lines))) resolve() })
    child.once('exit', code => reject(new Error(`mongod ended with ${code}`)))
  })
  return { port, child }
}

/** The message of the refusal, after looking that it is one line and holds no password. */
async function refusal (t: Test, MONGODB_URL: string, files: { MONGODB_TLS_CERT_FILE?: string, MONGODB_TLS_CA_FILE?: string } = {}): Promise<string> {
  const watch = stopwatch()
  const error = await connectMongo({ MONGODB_URL, MONGODB_DATABASE, ...files }).then(async connection => {
    await connection.close()
    return new Error('it connected')
  }, (error: Error) => error)
  t.equal(error.name, 'StartupError', error.message)
  t.notMatch(error.message, /\n/, 'one line')
  for (const secret of [PASSWORD, encoded, 'sw0rdfish']) t.notOk(`${error.message}${error.stack}`.includes(secret), 'no password')
  t.ok(watch.stop() < 6000, 'soon')
  return error.message
}

t.test('an address that is of no use is refused in words', async t => {
  const port = await freePort()
  await Promise.all([
    refusal(t, `mongodb://ann:${encoded}@127.0.0.1:${port}/?replicaSet=rs`).then(message => t.match(message, `cannot use the MongoDB at 127.0.0.1:${port}: nothing listens there`)),
    refusal(t, `mongodb://ann:${encoded}@no-such-host.invalid/`).then(message => t.match(message, /no-such-host\.invalid: the name cannot be resolved/))
  ])
  for (const url of [`mongodb://ann:${PASSWORD}@127.0.0.1:1/`, `mongodb://ann:${encoded}@`, `http://ann:${encoded}@127.0.0.1/`, `mongodb://ann:${encoded}@127.0.0.1:99999/`, 'mongodb']) {
    t.match(await refusal(t, url), /^MONGODB_URL is not a valid connection string .*mongodb:\/\/user:password@host/, url.replace(/:.*@/, ''))
  }
})

t.test('whatever the driver says, the password is taken out', async t => {
  const url = `mongodb://ann:${encoded}@127.0.0.1:1/`
  for (const words of [`connect to ${url} failed`, `"${PASSWORD}" is not the password`, `bad login ann:${encoded}`, `line\n${encoded}`]) {
    const told = explainMongoError(new Error(words), url, { certificate: false, authority: false })
    t.notMatch(told, /sw0rdfish|\n/, 'no password, one line')
    t.match(told, /^cannot use the MongoDB at 127\.0\.0\.1:1: /)
  }
})

t.test('files that are of no use are refused by the name of their variable', async t => {
  const dir = await folder(t)
  const rubbish = join(dir, 'rubbish.pem')
  await writeFile(rubbish, 'no certificate')
  for (const variable of ['MONGODB_TLS_CERT_FILE', 'MONGODB_TLS_CA_FILE']) {
    t.match(await refusal(t, 'mongodb://127.0.0.1/', { [variable]: join(dir, 'none.pem') }), new RegExp(`^${variable}: the file .*none.pem cannot be read \\(ENOENT\\)`))
    t.match(await refusal(t, 'mongodb://127.0.0.1/', { [variable]: rubbish }), new RegExp(`^${variable}: the file .* does not hold`))
  }
})

t.test('a server that cannot do transactions is refused', async t => {
  const standalone = await mongod(t)
  t.match(await refusal(t, `mongodb://127.0.0.1:${standalone.port}/`), /is a standalone MongoDB, and transactions need a replica set: start it with --replSet/)
  const waiting = await mongod(t, '--replSet', 'rs')
  t.match(await refusal(t, `mongodb://127.0.0.1:${waiting.port}/?replicaSet=rs`), /its replica set is not initiated; run rs\.initiate\(\)/)
})

t.test('a connection', async t => {
  const mongo = await startEmbeddedMongo({ dataDir: await folder(t), say () {} })
  t.teardown(mongo.stop)
  const connection = await connectMongo({ MONGODB_URL: mongo.uri, MONGODB_DATABASE })
  t.teardown(async () => await connection.close())
  t.equal(connection.name, MONGODB_DATABASE)
  t.equal(mongoose.connections.length, 1, 'the global mongoose has no connection but its empty default')
  // A schema of the global mongoose, as the features make them.
  const Thing = connection.model('Thing', new mongoose.Schema({ name: { type: String, index: true }, n: Number, inner: { a: Number } }))

  await t.test('makes nothing by itself', async t => {
    await Thing.init()
    t.same(await connection.listCollections(), [])
    await Thing.createIndexes()
    t.equal((await Thing.listIndexes()).length, 2)
  })

  await t.test('refuses operators and unknown paths in filters', async t => {
    await Thing.create({ name: 'x', n: 1 })
    t.equal(await Thing.findOne({ name: { $ne: null } } as never).catch((error: Error) => error.name), 'CastError', 'an operator is a value')
    t.equal(await Thing.countDocuments({ n: mongoose.trusted({ $gt: 0 }) }), 1, 'ours is trusted')
    await t.rejects(Thing.findOne({ nmae: 'x' } as never), { name: 'StrictModeError' })
    await t.rejects(Thing.updateOne({ 'inner.b': 1 } as never, { n: 2 }), { name: 'StrictModeError' })
    await t.rejects(Thing.deleteMany({ $where: 'true' } as never))
    t.equal(await Thing.countDocuments({}), 1)
  })

  await t.test('acknowledges by majority and knows transactions', async t => {
    const { writeConcern, readConcern, retryWrites } = connection.getClient().options
    t.match({ ...writeConcern }, { w: 'majority', journal: true })
    t.match({ ...readConcern }, { level: 'majority' })
    t.equal(retryWrites, true)
    await t.rejects(connection.transaction(async session => {
      await Thing.create([{ name: 'gone' }], { session })
      throw new Error('changed my mind')
    }), /changed my mind/)
    t.equal(await Thing.countDocuments({ name: 'gone' }), 0)
    await connection.transaction(async session => await Thing.create([{ name: 'kept' }], { session }))
    t.equal(await Thing.countDocuments({ name: 'kept' }), 1)
  })

  await t.test('gives a slow query up, here and on the server', async t => {
    const watch = stopwatch()
    const endless = ['a', 'b', 'c'].flatMap(name => [{ $set: { [name]: { $range: [0, 100_000] } } }, { $unwind: `$${name}` }])
    const told = await Thing.aggregate([...endless, { $count: 'n' }] as mongoose.PipelineStage[]).catch((error: { codeName?: string }) => error.codeName)
    t.equal(told, 'MaxTimeMSExpired')
    t.ok(watch.stop() < 5000, 'within 5 s')
    await connection.db!.command({ profile: 2 })
    await Thing.find({ name: 'x' })
    await Thing.countDocuments({ name: 'x' })
    await Thing.findOneAndUpdate({ name: 'x' }, { n: 3 })
    await connection.db!.command({ profile: 0 })
    const limits = await connection.collection('system.profile').find({ ns: 'trial.things' }).map(entry => entry['command'].maxTimeMS).toArray()
    t.same(limits, [4000, 4000, 4000], 'every query carries the limit')
  })

  await t.test('gives a write up that the server does not begin', async t => {
    const Other = connection.model('Other', new mongoose.Schema({ n: Number }))
    await Other.createCollection()
    const admin = connection.getClient().db('admin')
    const watch = stopwatch()
    await admin.command({ fsync: 1, lock: true })
    try {
      await t.rejects(Other.create({ n: 1 }), { name: 'MongoNetworkTimeoutError' })
      t.ok(watch.stop() < 12_000, 'after the attempt and its one repetition')
    } finally {
      await admin.command({ fsyncUnlock: 1 })
    }
  })

  await t.test('tells the state of a database that hangs, ends and comes back', async t => {
    t.equal(await databaseState(connection), 'up')
    process.kill(mongo.pid, 'SIGSTOP')
    const before = Date.now()
    const hanging = stopwatch()
    try {
      // The signal may take effect after the first answer.
      let state
      let asked
      let ms
      do {
        asked = Date.now()
        const asking = stopwatch()
        state = await databaseState(connection)
        ms = asking.stop()
      } while (state === 'up' && asked - before < 1000)
      t.equal(state, 'down')
      t.ok(ms < 1500, 'within a second')
      await t.rejects(Thing.countDocuments({}).exec())
      t.ok(hanging.stop() < 12_000, 'an operation does not wait for ever')
      t.comment(`a hung server cost ${Date.now() - before} ms`)
    } finally {
      process.kill(mongo.pid, 'SIGCONT')
    }
    await once(connection.getClient(), 'serverHeartbeatSucceeded')
    t.equal(await Thing.countDocuments({}), 2, 'and goes on')
    t.equal(await databaseState(connection), 'up')
    await mongo.stop()
    t.equal(await databaseState(connection), 'down')
    const without = stopwatch()
    await t.rejects(Thing.countDocuments({}).exec())
    t.ok(without.stop() < 5000, 'without a primary an operation fails within 5 s')
  })
})

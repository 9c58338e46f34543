import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import mongoose from 'mongoose'
import t, { type Test } from 'tap'
import { openDataFolder } from '../../src/platform/data-folder.ts'
import { type EmbeddedMongo, startEmbeddedMongo } from '../../src/platform/embedded-mongo.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

async function folder (t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'parley-embedded-'))
  t.teardown(async () => await rm(path, { recursive: true, force: true }))
  return path
}

async function start (t: Test, dataDir: string): Promise<EmbeddedMongo & { lines: string[] }> {
  const lines: string[] = []
  const mongo = await startEmbeddedMongo({ dataDir, say: line => lines.push(line) })
  t.teardown(mongo.stop)
  return { ...mongo, lines }
}

async function withCollection<T> (uri: string, work: (collection: mongoose.mongo.Collection<{ _id: number }>) => Promise<T>): Promise<T> {
  const client = new mongoose.mongo.MongoClient(uri, { writeConcern: { w: 'majority' }, serverSelectionTimeoutMS: 1000 })
  try {
    return await work(client.db('trial').collection('things'))
  } finally {
    await client.close()
  }
}

const put = async (uri: string, _id: number) => await withCollection(uri, async things => await things.insertOne({ _id }))
const ids = async (uri: string) => await withCollection(uri, async things => (await things.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id))

// In a container nobody may collect a dead process whose parent is gone: it counts as ended.
function alive (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function ended (pid: number, patience = 10_000): Promise<boolean> {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await delay(20)) if (!alive(pid)) return true
  return false
}

/** A process of its own that runs embedded MongoDBs from the build and tells their connection strings. */
async function otherParley (t: Test, ...dataDirs: string[]) {
  const program = `
    import { startEmbeddedMongo } from ${JSON.stringify(new URL('../../dist/platform/embedded-mongo.js', import.meta.url).href)}
    import mongoose from ${JSON.stringify(import.meta.resolve('mongoose'))}
    const mongos = await Promise.all(${JSON.stringify(dataDirs)}.map(dataDir => startEmbeddedMongo({ dataDir, say () {} })))
    process.on('SIGINT', async () => {
      for (const mongo of mongos) {
        const client = new mongoose.mongo.MongoClient(mongo.uri)
        await client.db('trial').collection('things').insertOne({ _id: 99 })
        await client.close()
        await mongo.stop()
      }
      console.log('drained')
    })
    console.log(JSON.stringify(mongos.map(({ uri, pid }) => ({ uri, pid }))))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'], detached: true, env: { ...process.env, NODE_OPTIONS: '' } })
  t.teardown(() => { child.kill('SIGKILL') })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  return { child, next, mongos: JSON.parse(await next()) as { uri: string, pid: number }[] }
}

t.test('the life of one data folder', async t => {
  const dataDir = await folder(t)
  const first = await start(t, dataDir)
  await put(first.uri, 1)

  await t.test('words of a message in the log of mongod do not stop it', async t => {
    const client = new mongoose.mongo.MongoClient(first.uri)
    t.teardown(async () => await client.close())
    const words = client.db('words')
    await words.command({ profile: 0, slowms: -1 })
    const things = words.collection('things')
    for (const text of ['address already in use', '***aborting after', 'x']) {
      await things.updateOne({ text }, { $set: { text } }, { upsert: true })
      await things.find({ text }).toArray()
    }
    t.equal(await things.countDocuments(), 3)
    t.notOk(await ended(first.pid, 2500), 'it goes on')
    await words.command({ profile: 0, slowms: 100 })
  })

  await t.test('data and port stay over a restart, and stop is quick and may be called twice', async t => {
    const watch = stopwatch()
    await Promise.all([first.stop(), first.stop()])
    t.ok(watch.stop() < 5000, 'stops within 5 s')
    t.notOk(alive(first.pid), 'mongod has ended')
  })

  const second = await start(t, dataDir)
  t.equal(second.uri, first.uri, 'same address')
  t.same(await ids(second.uri), [1])
  t.match(new URL(second.uri).host, /^127\.0\.0\.1:\d+$/)

  const acknowledged: number[] = []
  let next = 100
  let enough = () => {}
  const written = new Promise<void>(resolve => { enough = resolve })
  await withCollection(second.uri, async things => {
    const writers = Array.from({ length: 8 }, async () => {
      for (;;) {
        const _id = next++
        await things.insertOne({ _id })
        if (acknowledged.push(_id) >= 200) enough()
      }
    })
    await written
    process.kill(second.pid, 'SIGKILL')
    await Promise.allSettled(writers)
  })
  t.ok(await ended(second.pid))
  await second.stop()
  t.match(second.lines.at(-1), /ended unexpectedly: SIGKILL/, 'the end is told')

  // That it is taken, too, does not keep the next start from repairing what the crash left.
  const port = Number(await readFile(join(dataDir, 'mongodb-port'), 'utf8'))
  // A server of another protocol; a silent one would cost mongod half a minute.
  const squatter = createServer(socket => socket.on('data', () => socket.end('what?\r\n')).on('error', () => {})).listen(port, '127.0.0.1')
  await once(squatter, 'listening')
  t.teardown(() => squatter.close())
  const third = await start(t, dataDir)
  t.not(third.uri, first.uri)
  t.match(third.lines.join('\n'), new RegExp(`port ${port} .* is taken by another program`))
  const found = new Set(await ids(third.uri))
  t.same(acknowledged.filter(id => !found.has(id)), [], `all of ${acknowledged.length} that were acknowledged survived SIGKILL of mongod`)
  t.ok(found.has(1))
  await put(third.uri, 2)
  await third.stop()

  await writeFile(join(dataDir, 'parley.lock'), JSON.stringify({ pid: 2 ** 30, identity: 'x' }))
  const fourth = await start(t, dataDir)
  t.equal(fourth.uri, third.uri, 'the new port is remembered')
  t.same((await ids(fourth.uri)).slice(0, 2), [1, 2])
  await fourth.stop()
  t.same((await readdir(dataDir)).sort(), ['mongodb', 'mongodb-port'], 'a lock that was left behind is in nobody\'s way')
})

t.test('a lock left behind is no hindrance, and of three that want a folder at once one gets it', async t => {
  const dataDir = await folder(t)
  for (const [name, lock] of [
    ['of a process that is gone', { pid: 2 ** 30, identity: 'x' }],
    ['of a process whose id went to another', { pid: process.pid, identity: 'another boot' }],
    ['that is not readable', 'rubbish']
  ] as const) {
    await writeFile(join(dataDir, 'parley.lock'), JSON.stringify(lock))
    await (await openDataFolder(dataDir)).release()
    t.same(await readdir(dataDir), [], `a lock ${name}`)
  }
  const outcomes = await Promise.allSettled([openDataFolder(dataDir), openDataFolder(dataDir), openDataFolder(dataDir)])
  t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1, 'of three starts at once one wins')
})

t.test('a folder in use is refused; Ctrl-C reaches the server first, and mongod still serves it', async t => {
  const dataDir = await folder(t)
  const other = await otherParley(t, dataDir)
  const { pid } = other.mongos[0]!
  const refused = new RegExp(`^the data folder .* is in use by another Parley \\(process ${other.child.pid}\\); stop it or set PARLEY_DATA_DIR$`)
  await t.rejects(startEmbeddedMongo({ dataDir, say () {} }), { name: 'StartupError', message: refused })
  t.ok(alive(pid), 'the other is unharmed')
  // What a terminal does: the signal goes to the whole process group.
  process.kill(-other.child.pid!, 'SIGINT')
  t.equal(await other.next(), 'drained')
  t.notOk(alive(pid))
  t.same(await ids((await start(t, dataDir)).uri), [99])
})

t.test('a killed parent: its mongod neither stays nor stands in the way', async t => {
  const dataDir = await folder(t)
  const other = await otherParley(t, dataDir, await folder(t))
  const [orphan, lonely] = [other.mongos[0]!, other.mongos[1]!]
  await put(orphan.uri, 7)
  other.child.kill('SIGKILL')
  await once(other.child, 'exit')
  t.ok(alive(orphan.pid), 'an orphan is there')
  const mongo = await start(t, dataDir)
  t.match(mongo.lines.join('\n'), new RegExp(`left behind \\(process ${orphan.pid}\\)`))
  t.notOk(alive(orphan.pid), 'the orphan is gone')
  t.same(await ids(mongo.uri), [7])
  t.ok(await ended(lonely.pid), 'without a new start it ends by itself')
})

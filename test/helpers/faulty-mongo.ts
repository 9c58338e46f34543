import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import { findMongod } from '../../src/platform/mongod-binary.ts'
import { freePort } from '../../src/platform/port.ts'

/** A mongod of its own that can be told to fail: it knows test commands, which no other test should have. It ends with the test. */
export async function startFaultyMongo (t: Test) {
  const folder = await mkdtemp(join(tmpdir(), 'parley-faults-'))
  const port = await freePort()
  const pidFile = join(folder, 'pid')
  const { path } = await findMongod(() => {})
  // The shell ends it when nobody holds its stdin any more, as when a test file is ended from outside.
  const shell = spawn('sh', ['-c', '"$@" & cat; kill -9 $!', 'sh', path, '--dbpath', folder, '--port', String(port), '--bind_ip', '127.0.0.1', '--pidfilepath', pidFile, '--replSet', 'faults', '--nounixsocket', '--quiet', '--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '50', '--setParameter', 'enableTestCommands=1', '--setParameter', 'diagnosticDataCollectionEnabled=false'], { stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(shell, 'exit')
  t.teardown(async () => {
    shell.stdin.end()
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: 20_000 })
  t.teardown(async () => { await client.close() })
  const admin = client.db('admin')
  await admin.command({ replSetInitiate: { _id: 'faults', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } })
  while (!(await admin.command({ hello: 1 }))['isWritablePrimary']) await new Promise(resolve => { setImmediate(resolve) })
  const pid = Number(await readFile(pidFile, 'utf8'))

  return {
    url: `mongodb://127.0.0.1:${port}/?replicaSet=faults`,
    /** Sets the fail point `failCommand` of MongoDB: which commands fail, and how. */
    async fail (mode: object | 'alwaysOn' | 'off', data: object = {}) { await admin.command({ configureFailPoint: 'failCommand', mode, data }) },
    /** Lets it fall silent, its connections open. */
    pause () { process.kill(pid, 'SIGSTOP') },
    resume () { process.kill(pid, 'SIGCONT') }
  }
}

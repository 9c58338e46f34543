import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import mongoose from 'mongoose'
import type { Test } from 'tap'
import { findMongod } from '../../src/platform/mongod-binary.ts'

interface Place { port: number, dbPath: string, args?: string[] }

const replicaSet = 'own'

/**
 * A mongod of its own on a port and a folder, a member of a replica set that `initiate` founds; it ends with the test, or when nobody holds
 * its stdin any more. Started again on the same folder it goes on.
 */
export async function startMongod (t: Test, { port, dbPath, args = [] }: Place) {
  const { path } = await findMongod(() => {})
  const shell: ChildProcess = spawn('sh', ['-c', '"$@" & cat; kill -9 $!; wait', 'sh', path, '--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', replicaSet, '--nounixsocket', '--quiet', '--wiredTigerCacheSizeGB', '0.25', '--oplogSize', '50', '--setParameter', 'diagnosticDataCollectionEnabled=false', ...args], { stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(shell, 'exit')
  const stop = async () => {
    shell.stdin!.end()
    await ended
  }
  t.teardown(stop)
  return {
    url: `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSet}`,
    /** Ends it without a farewell. */
    stop
  }
}

/** Makes a mongod the only member of its replica set; resolves when it takes writes. */
export async function initiate (port: number): Promise<void> {
  const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: 20_000 })
  try {
    const admin = client.db('admin')
    await admin.command({ replSetInitiate: { _id: replicaSet, members: [{ _id: 0, host: `127.0.0.1:${port}` }] } })
    while (!(await admin.command({ hello: 1 }))['isWritablePrimary']) await new Promise(resolve => { setImmediate(resolve) })
  } finally {
    await client.close()
  }
}

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import mongoose from 'mongoose'
import { findMongod } from '../../src/platform/mongod-binary.ts'
import { freePort } from '../../src/platform/port.ts'
import { type Life, type OwnProcess, startProcess } from './life.ts'
import { startProxy } from './proxy.ts'
import { createOwners } from './sockets-of.ts'

const setName = 'faults'
/** Until the others choose a new primary, in milliseconds; heartbeats come much more often, so that a busy machine is no fault. */
const electionMs = 2000
const heartbeatMs = 400

/** When a member was found to be the primary that had not been it before, and when a write that was given to it alone was first kept by a majority. */
export interface Election { at: number, member: number, commitsAt?: number }

/**
 * Three real mongod as one replica set, each behind a proxy of its own, by whose address Parley and the other members know it.
 * They end with `life`.
 */
export async function startReplicaSet (life: Life, folder: string) {
  const { path, version } = await findMongod(() => {})
  const elections: Election[] = []
  let primary = -1

  /** Writes to a new primary until a majority has it, or there is another one: how soon Parley could. */
  async function tryOut (election: Election, client: mongoose.mongo.MongoClient) {
    const canaries = client.db('canary').collection('canaries', { writeConcern: { w: 'majority', wtimeoutMS: 500 } })
    while (elections.at(-1) === election && election.commitsAt === undefined) {
      await canaries.insertOne({ at: election.at }).then(() => { election.commitsAt = Date.now() }, async () => { await delay(50) })
    }
  }

  async function startMember (index: number) {
    const port = await freePort()
    const proxy = await startProxy(life, port)
    const dbPath = join(folder, `mongod-${index}`)
    await mkdir(dbPath, { recursive: true })
    const args = ['--dbpath', dbPath, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', setName, '--nounixsocket', '--quiet', '--logpath', `${dbPath}.log`, '--logappend',
      '--wiredTigerCacheSizeGB', '0.5', '--oplogSize', '500',
      // A member that follows one which fell silent looks for another after this and not only after 5 s: until then a set of three has no majority.
      '--setParameter', 'oplogNetworkTimeoutBufferSeconds=1',
      '--setParameter', 'diagnosticDataCollectionEnabled=false', '--setParameter', 'transactionLifetimeLimitSeconds=10', '--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100']
    let own: OwnProcess
    const start = () => { own = startProcess(life, path, args) }
    start()
    const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { serverSelectionTimeoutMS: 2000, socketTimeoutMS: 4000, connectTimeoutMS: 2000, heartbeatFrequencyMS: 500, maxPoolSize: 2 })
    client.on('serverDescriptionChanged', ({ previousDescription, newDescription }) => {
      if (newDescription.type !== 'RSPrimary' || previousDescription.type === 'RSPrimary') return
      // One that was only out of sight comes back as the primary that it was.
      if (primary === index) return
      primary = index
      const election: Election = { at: Date.now(), member: index }
      elections.push(election)
      void tryOut(election, client)
    })
    life.teardown(async () => {
      elections.push({ at: Date.now(), member: -1 })
      await client.close()
    })
    return {
      index,
      port,
      proxy,
      admin: client.db('admin'),
      get pid () { return own.pid },
      isAlive: () => own.isAlive(),
      signal: (name: NodeJS.Signals) => { own.signal(name) },
      /** Ends it at once and waits until it is gone. */
      async kill () {
        own.signal('SIGKILL')
        await own.ended
      },
      start
    }
  }

  const members = [await startMember(0), await startMember(1), await startMember(2)]
  const config = {
    _id: setName,
    members: members.map(({ index, proxy }) => ({ _id: index, host: `127.0.0.1:${proxy.port}` })),
    settings: { electionTimeoutMillis: electionMs, heartbeatIntervalMillis: heartbeatMs }
  }

  /** What a member says of all of them. */
  async function states (): Promise<string[]> {
    for (const { admin } of members) {
      const status = await admin.command({ replSetGetStatus: 1 }).catch(() => undefined)
      if (status) return status['members'].map(({ stateStr }: { stateStr: string }) => stateStr)
    }
    return []
  }

  const set = {
    version,
    members,
    elections,
    url: `mongodb://${config.members.map(({ host }) => host).join(',')}/?replicaSet=${setName}`,

    /** The member that says it is the primary, asked now; undefined when none does. Of two the one of the newer term. */
    async primary () {
      const found = await Promise.all(members.map(async member => ({ member, hello: await member.admin.command({ hello: 1 }).catch(() => undefined) })))
      const rank = (hello: mongoose.mongo.Document | undefined) => String(hello?.['electionId'] ?? '')
      return found.filter(({ hello }) => hello?.['isWritablePrimary']).sort((one, other) => rank(one.hello) < rank(other.hello) ? 1 : -1)[0]?.member
    },

    /** Resolves when one is the primary and the others follow. Throws after a minute. */
    async isWhole (): Promise<void> {
      const deadline = Date.now() + 60_000
      for (;;) {
        const all = await states()
        if (all.length === members.length && all.filter(state => state === 'PRIMARY').length === 1 && all.every(state => state === 'PRIMARY' || state === 'SECONDARY')) return
        if (Date.now() > deadline) throw new Error(`the replica set is not whole after a minute: ${all.join(' ')}`)
        await delay(100)
      }
    },

    /** Which member a connection comes from, by its port; undefined for others. */
    ownerOf: createOwners(() => members.map(({ pid }) => pid))
  }

  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      await members[0]!.admin.command({ replSetInitiate: config })
      break
    } catch (error) {
      if (Date.now() > deadline) throw error
      await delay(100)
    }
  }
  await set.isWhole()
  return set
}

export type ReplicaSet = Awaited<ReturnType<typeof startReplicaSet>>
export type Member = ReplicaSet['members'][number]

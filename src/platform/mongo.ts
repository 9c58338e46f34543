import { createSecureContext } from 'node:tls'
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { type ConnectOptions, type Connection, Mongoose } from 'mongoose'
import { explainMongoError, isLasting, rootCause } from './mongo-trouble.ts'
import { StartupError } from './startup-error.ts'

export interface MongoConfig {
  MONGODB_URL: string
  MONGODB_DATABASE: string
  /** PEM with the client's certificate and its key. */
  MONGODB_TLS_CERT_FILE?: string | undefined
  /** PEM with the authority that signed the server's certificate. */
  MONGODB_TLS_CA_FILE?: string | undefined
}

// The driver's one deadline for everything (timeoutMS) has no effect since its version 7.6, so each way of waiting has
// its own. All are below the 5 s in which a caller is told: no primary, a full pool, no majority, a slow query.
/** How long anything is waited for, in milliseconds. */
export const waitMs = 4000

const OPTIONS: ConnectOptions = {
  serverSelectionTimeoutMS: waitMs,
  waitQueueTimeoutMS: waitMs,
  connectTimeoutMS: waitMs,
  // Per command, not per transaction, and idle connections are left alone. It is the last resort for a server that
  // went silent: it comes after `maxTimeMS` (of queries) and `wtimeoutMS`, which end the work on the server too and say why.
  socketTimeoutMS: 5000,
  // How soon a silent server is noticed; one that closes its connections is noticed at once.
  heartbeatFrequencyMS: 2000,
  maxPoolSize: 20,
  retryWrites: true,
  retryReads: true,
  // What was acknowledged must survive a crash and an election.
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: waitMs },
  readConcern: { level: 'majority' },
  readPreference: 'primary',
  appName: 'parley',
  // Commands that wait in Mongoose's own queue would escape these limits.
  bufferCommands: false,
  autoIndex: false,
  autoCreate: false,
  sanitizeFilter: true
}

/**
 * A connection that is not open yet, of a Mongoose instance of its own (never the global one). Filters are sanitized (operators of
 * ours need `mongoose.trusted`) and unknown paths in a filter throw; indexes and collections are made only when asked for.
 */
export function createConnection (): Connection {
  const own = new Mongoose({ autoIndex: false, autoCreate: false, sanitizeFilter: true, strictQuery: 'throw', bufferCommands: false, maxTimeMS: waitMs })
  const connection = own.createConnection()
  // Every failure reaches the caller as a rejection; an 'error' event without a listener would end the process.
  connection.on('error', () => {})
  return connection
}

/**
 * Connects to a replica set or a sharded cluster; after a failure the same connection can be tried again.
 * Throws StartupError, one line without any secret, when the address, the certificates, the server or its rights do not fit; it
 * tells whether that may pass.
 */
export async function connectMongo (config: MongoConfig, connection = createConnection()): Promise<Connection> {
  const { options, subject } = await tlsOptions(config)
  const attempt = async (extra: ConnectOptions) => await connect(config, connection, { ...OPTIONS, dbName: config.MONGODB_DATABASE, ...options, ...extra })
  if (subject === undefined || namesLogin(config.MONGODB_URL)) {
    return await attempt({}).catch(error => fail(config, error))
  }
  try {
    // What Atlas wants of somebody who has a certificate and no password.
    return await attempt({ authMechanism: 'MONGODB-X509', authSource: '$external' })
  } catch (error) {
    if (!isLoginRefused(error)) return fail(config, error)
    // A server that demands certificates only to let a client in, and has no users.
    return await attempt({}).catch((second: unknown) => isForbidden(second)
      ? fail(config, error, subject)
      : fail(config, second, subject))
  }
}

/** Whether the database answers within one second. */
export async function databaseState (connection: Connection): Promise<'up' | 'down'> {
  const deadline = new AbortController()
  const ping = async () => {
    await connection.db?.command({ ping: 1 })
    return connection.db ? 'up' : 'down'
  }
  try {
    return await Promise.race([ping(), delay(1000, 'down' as const, { signal: deadline.signal, ref: false })])
  } catch {
    return 'down'
  } finally {
    deadline.abort()
  }
}

async function connect (config: MongoConfig, connection: Connection, options: ConnectOptions): Promise<Connection> {
  try {
    await connection.openUri(config.MONGODB_URL, options)
    const database = connection.db!
    const hello = await database.command({ hello: 1 })
    if (!hello['setName'] && hello['msg'] !== 'isdbgrid') {
      throw new StartupError('is a standalone MongoDB, and transactions need a replica set: start it with --replSet and run rs.initiate(), or unset MONGODB_URL for the embedded one')
    }
    // Connecting needs no rights; this does.
    await database.listCollections({}, { nameOnly: true, authorizedCollections: false }).toArray()
    return connection
  } catch (error) {
    await connection.close().catch(() => {})
    throw error
  }
}

async function tlsOptions (config: MongoConfig): Promise<{ options: ConnectOptions, subject?: string }> {
  const { MONGODB_TLS_CERT_FILE: certFile, MONGODB_TLS_CA_FILE: caFile } = config
  if (certFile) {
    const pem = await pemOf('MONGODB_TLS_CERT_FILE', certFile, 'a certificate and the key that fits it', text => createSecureContext({ cert: text, key: text }))
    await caOf(caFile)
    return {
      options: { tls: true, tlsCertificateKeyFile: certFile, ...(caFile && { tlsCAFile: caFile }) },
      subject: new X509Certificate(pem).subject.split('\n').reverse().join(',')
    }
  }
  await caOf(caFile)
  return { options: caFile ? { tls: true, tlsCAFile: caFile } : {} }
}

async function caOf (file: string | undefined): Promise<void> {
  if (file) await pemOf('MONGODB_TLS_CA_FILE', file, 'a certificate', text => new X509Certificate(text))
}

async function pemOf (variable: string, file: string, content: string, check: (text: string) => unknown): Promise<string> {
  let text
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw new StartupError(`${variable}: the file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}); correct the path or its rights`)
  }
  try {
    check(text)
  } catch {
    throw new StartupError(`${variable}: the file ${file} does not hold ${content} in PEM format`)
  }
  return text
}

function namesLogin (url: string): boolean {
  return /[?&]authMechanism=/i.test(url) || /^[^/]+\/\/[^/?]*@/.test(url)
}

function isLoginRefused (error: unknown): boolean {
  const { code, codeName } = rootCause(error) as { code?: unknown, codeName?: unknown }
  // 18 is AuthenticationFailed; 8000 is Atlas's own code for the same; 11 is UserNotFound.
  return code === 18 || code === 8000 || code === 11 || codeName === 'AuthenticationFailed'
}

function isForbidden (error: unknown): boolean {
  return (rootCause(error) as { code?: unknown }).code === 13
}

function fail (config: MongoConfig, error: unknown, subject?: string): never {
  const told = explainMongoError(error, config.MONGODB_URL, { certificate: Boolean(config.MONGODB_TLS_CERT_FILE), authority: Boolean(config.MONGODB_TLS_CA_FILE), subject })
  throw new StartupError(told, { mayPass: subject === undefined && !isLasting(error) })
}

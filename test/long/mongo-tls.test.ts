import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mongoose from 'mongoose'
import t, { type Test } from 'tap'
import { connectMongo } from '../../src/platform/mongo.ts'
import { findMongod } from '../../src/platform/mongod-binary.ts'

const run = promisify(execFile)
const MONGODB_DATABASE = 'trial'

interface Papers { dir: string, ca: string, server: string, client: string, stranger: string, otherCa: string }

/** A certificate authority, a server's and a client's certificate, and the same from an authority nobody knows. */
async function papers (t: Test): Promise<Papers> {
  const dir = await mkdtemp(join(tmpdir(), 'parley-tls-'))
  t.teardown(async () => await rm(dir, { recursive: true, force: true }))
  const file = (name: string) => join(dir, name)
  const openssl = async (...args: string[]) => await run('openssl', args, { cwd: dir })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const authority = async (name: string) =>
    await openssl('req', '-x509', ...key, '-subj', `/O=Trial/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`)
  const signed = async (name: string, by: string, subject: string, usage: string) => {
    await writeFile(file(`${name}.ext`), `extendedKeyUsage=${usage}\nsubjectAltName=IP:127.0.0.1,DNS:localhost\n`)
    await openssl('req', ...key, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    await openssl('x509', '-req', '-in', `${name}.csr`, '-CA', `${by}.crt`, '-CAkey', `${by}.key`, '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`, '-out', `${name}.crt`)
    await writeFile(file(`${name}.pem`), await readFile(file(`${name}.crt`), 'utf8') + await readFile(file(`${name}.key`), 'utf8'))
  }
  await Promise.all([authority('ca'), authority('other')])
  await signed('server', 'ca', '/O=Trial/OU=Servers/CN=127.0.0.1', 'serverAuth,clientAuth')
  await signed('client', 'ca', '/O=Trial/OU=Clients/CN=parley', 'clientAuth')
  await signed('stranger', 'other', '/O=Trial/OU=Clients/CN=parley', 'clientAuth')
  return { dir, ca: file('ca.crt'), server: file('server.pem'), client: file('client.pem'), stranger: file('stranger.pem'), otherCa: file('other.crt') }
}

/** A replica set of one that demands TLS and a client certificate. */
async function demanding (t: Test, { dir, ca, server, client }: Papers, ...args: string[]): Promise<{ url: string, admin: mongoose.mongo.MongoClient }> {
  const dbPath = await mkdtemp(join(dir, 'db-'))
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  const tls = ['--tlsMode', 'requireTLS', '--tlsCAFile', ca, '--tlsCertificateKeyFile', server]
  const child = spawn((await findMongod(() => {})).path, ['--port', String(port), '--dbpath', dbPath, '--bind_ip', '127.0.0.1', '--nounixsocket', '--wiredTigerCacheSizeGB', '0.25', '--setParameter', 'diagnosticDataCollectionEnabled=false', '--replSet', 'rs', ...tls, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  let primary = () => {}
  const elected = new Promise<void>(resolve => { primary = resolve })
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', lines => {
      if (/Waiting for connections/.test(String(lines))) resolve()
      if (/database writes are now permitted/.test(String(lines))) primary()
    })
    child.once('exit', code => reject(new Error(`mongod ended with ${code}`)))
  })
  const admin = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, { tls: true, tlsCAFile: ca, tlsCertificateKeyFile: client })
  t.teardown(async () => await admin.close())
  await admin.db('admin').command({ replSetInitiate: { _id: 'rs', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } })
  await elected
  return { url: `mongodb://127.0.0.1:${port}/?replicaSet=rs`, admin }
}

async function refusal (t: Test, MONGODB_URL: string, MONGODB_TLS_CERT_FILE?: string, MONGODB_TLS_CA_FILE?: string): Promise<string> {
  const error = await connectMongo({ MONGODB_URL, MONGODB_DATABASE, MONGODB_TLS_CERT_FILE, MONGODB_TLS_CA_FILE }).then(async connection => {
    await connection.close()
    return new Error('it connected')
  }, (error: Error) => error)
  t.equal(error.name, 'StartupError', error.message)
  t.notMatch(error.message, /\n/, 'one line')
  return error.message
}

async function writes (t: Test, MONGODB_URL: string, cert: string, ca: string): Promise<void> {
  const connection = await connectMongo({ MONGODB_URL, MONGODB_DATABASE, MONGODB_TLS_CERT_FILE: cert, MONGODB_TLS_CA_FILE: ca })
  const Thing = connection.model('Thing', new mongoose.Schema({ n: Number }))
  const n = Math.random()
  await connection.transaction(async session => await Thing.create([{ n }], { session }))
  t.equal(await Thing.countDocuments({ n }), 1, 'writes in a transaction')
  await connection.close()
}

t.test('a server that lets nobody in without a certificate', async t => {
  const p = await papers(t)
  const { url } = await demanding(t, p)
  await writes(t, url, p.client, p.ca)
  const elsewhere = url.replace('127.0.0.1', '127.0.0.2').replace('?replicaSet=rs', '?directConnection=true')
  const cases: Array<[RegExp, string, (string | undefined)?, string?]> = [
    [/the server ended the connection .* add tls=true to MONGODB_URL, and set MONGODB_TLS_CA_FILE and MONGODB_TLS_CERT_FILE/, url],
    [/it may demand a client certificate: set MONGODB_TLS_CERT_FILE/, url, undefined, p.ca],
    [/certificate is not signed by an authority that is known here .* set MONGODB_TLS_CA_FILE/, url, p.client, p.otherCa],
    [/certificate is not signed by an authority that is known here .* set MONGODB_TLS_CA_FILE/, url, p.client],
    [/TLS handshake failed .* the server may not trust the certificate in MONGODB_TLS_CERT_FILE/, url, p.stranger, p.ca],
    [/nothing listens there/, elsewhere, p.client, p.ca]
  ]
  await Promise.all(cases.map(async ([expected, ...given]) => t.match(await refusal(t, ...given), expected)))
})

t.test('a server whose user is the certificate\'s subject, as on Atlas', async t => {
  const p = await papers(t)
  const keyFile = join(p.dir, 'members.key')
  await writeFile(keyFile, 'only members of the replica set know this')
  await chmod(keyFile, 0o600)
  const { url, admin } = await demanding(t, p, '--auth', '--keyFile', keyFile, '--setParameter', 'authenticationMechanisms=SCRAM-SHA-256,MONGODB-X509')
  t.match(await refusal(t, url, p.client, p.ca), /it knows no user for the certificate in MONGODB_TLS_CERT_FILE; create the user "CN=parley,OU=Clients,O=Trial" in \$external/)

  await admin.db('admin').command({ createUser: 'root', pwd: 'trial-password', roles: ['root'] })
  const root = new mongoose.mongo.MongoClient(url.replace('//', '//root:trial-password@'), { authSource: 'admin', tls: true, tlsCAFile: p.ca, tlsCertificateKeyFile: p.client })
  t.teardown(async () => await root.close())
  await root.db('$external').command({ createUser: 'CN=parley,OU=Clients,O=Trial', roles: [{ role: 'readWrite', db: MONGODB_DATABASE }] })

  await writes(t, url, p.client, p.ca)
  await writes(t, `${url}&authMechanism=MONGODB-X509&authSource=%24external`, p.client, p.ca)
  await writes(t, `${url.replace('//', '//root:trial-password@')}&authSource=admin`, p.client, p.ca)
  const wrong = await refusal(t, `${url.replace('//', '//root:trial-passwort@')}&authSource=admin`, p.client, p.ca)
  t.match(wrong, /authentication failed; check the user, the password and authSource/)
  t.notMatch(wrong, /passwort/)
  t.match(await refusal(t, `${url}&authMechanism=MONGODB-X509`, p.stranger, p.ca), /TLS handshake failed/)
})

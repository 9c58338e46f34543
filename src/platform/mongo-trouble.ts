import { StartupError } from './startup-error.ts'

interface Trouble extends Error { code?: unknown, codeName?: string, reason?: { servers?: Map<string, { error?: Error | null, type?: string }> } }

/** The error at the bottom: what a server answered or a socket met, below the driver's wrappings. */
export function rootCause (error: unknown): Trouble {
  const trouble = error as Trouble
  const behind = [...trouble.reason?.servers?.values() ?? []].find(server => server.error)?.error ?? trouble.cause
  return behind instanceof Error && behind !== error ? rootCause(behind) : trouble
}

/** The driver's words for a connection string that can never be used. */
const unusableUrl = /MongoParseError|MongoInvalidArgument|MongoMissing|MongoAPIError|TypeError/
/** AuthenticationFailed, Atlas's own code for the same, UserNotFound, and what a server without them answers. */
const loginCodes = new Set(['18', '8000', '11', '8'])
const certificateCodes = /SELF_SIGNED|UNABLE_TO_|CERT_|ISSUER|EPROTO|ERR_SSL|ERR_TLS/

/** Whether trying again is of no use: the settings are wrong, whatever the database does. A login without rights may be given them, a name may be known later. */
export function isLasting (error: unknown): boolean {
  const cause = rootCause(error)
  const code = String(cause.code ?? '')
  return error instanceof StartupError || unusableUrl.test(cause.name) || code === 'ERR_INVALID_URL' || loginCodes.has(code) || certificateCodes.test(code) || /certificate|alert/.test(cause.message)
}

/**
 * One line for the person who starts the server: where, what is wrong, what to do. Names the hosts of `url` only,
 * never a user or password.
 */
export function explainMongoError (error: unknown, url: string, tls: { certificate: boolean, authority: boolean, subject?: string | undefined }): string {
  const hosts = /^[^/]*\/\/(?:[^/?]*@)?([^/?]+)/.exec(url)?.[1]?.replace(/^.*@/, '') ?? ''
  if (error instanceof StartupError) return `MONGODB_URL: ${hosts} ${error.message}`
  const cause = rootCause(error)
  const code = String(cause.code ?? '')
  const text = withoutSecrets(cause.message, url)
  const wantsTls = tls.certificate || tls.authority || /[?&](?:tls|ssl)=true/i.test(url) || url.startsWith('mongodb+srv:')
  const at = `cannot use the MongoDB at ${hosts}: `

  if (unusableUrl.test(cause.name) || code === 'ERR_INVALID_URL') {
    return `MONGODB_URL is not a valid connection string (${text}); it looks like mongodb://user:password@host:27017/?replicaSet=name, with special characters in the password percent-encoded`
  }
  if (loginCodes.has(code) || code === '13') {
    if (tls.subject !== undefined) return `${at}it knows no user for the certificate in MONGODB_TLS_CERT_FILE; create the user "${tls.subject}" in $external with readWrite on the database`
    return code === '13'
      ? `${at}the user may not use the database; grant readWrite on it, or give user and password in MONGODB_URL`
      : `${at}authentication failed; check the user, the password and authSource in MONGODB_URL`
  }
  if (/ENOTFOUND|EAI_AGAIN|ENODATA|ESERVFAIL/.test(code)) return `${at}the name cannot be resolved; check the host in MONGODB_URL`
  if (code === 'ECONNREFUSED' || /ECONNREFUSED/.test(text)) return `${at}nothing listens there (connection refused); start it or correct MONGODB_URL`
  if (code === 'CERT_HAS_EXPIRED') return `${at}the server's certificate has expired; renew it`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `${at}the server's certificate is for another name (${text})`
  if (/SELF_SIGNED|UNABLE_TO_|CERT_|ISSUER/.test(code)) {
    return `${at}the server's certificate is not signed by an authority that is known here (${text}); set MONGODB_TLS_CA_FILE to the authority's certificate`
  }
  if (/certificate required|alert|EPROTO|ERR_SSL|ECONNRESET|EPIPE|disconnected|closed/i.test(`${code} ${text}`)) {
    if (/wrong version number|packet length/i.test(text)) return `${at}it does not speak TLS; remove tls=true and the MONGODB_TLS_… variables, or turn TLS on there`
    if (tls.certificate) return `${at}the TLS handshake failed (${text}); the server may not trust the certificate in MONGODB_TLS_CERT_FILE`
    return wantsTls
      ? `${at}the server ended the TLS connection (${text}); it may demand a client certificate: set MONGODB_TLS_CERT_FILE`
      : `${at}the server ended the connection (${text}); it may demand TLS: add tls=true to MONGODB_URL, and set MONGODB_TLS_CA_FILE and MONGODB_TLS_CERT_FILE if it needs them`
  }
  const kinds = [...((error as Trouble).reason?.servers?.values() ?? [])].map(server => server.type)
  if (kinds.includes('RSGhost')) return `${at}its replica set is not initiated; run rs.initiate() there`
  if (kinds.some(kind => kind === 'RSSecondary' || kind === 'RSOther')) return `${at}the replica set has no primary at the moment; check its members`
  return `${at}${text}; check MONGODB_URL, the network and the server`
}

function withoutSecrets (text: string, url: string): string {
  const login = /^[^/]*\/\/(.*)@/.exec(url)?.[1] ?? ''
  const password = login.slice(login.indexOf(':') + 1)
  let clean = text.replaceAll(/\s*\n\s*/g, ' ').replaceAll(/\/\/[^\s/]*@/g, '//')
  for (const secret of new Set([login, password, decoded(password)])) {
    if (secret.length > 0) clean = clean.replaceAll(secret, '***')
  }
  return clean
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

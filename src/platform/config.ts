import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Ajv } from 'ajv'
import { parse } from 'dotenv'
import { StartupError } from './startup-error.ts'
import { OneOf } from './typebox.ts'

/** A model's name, as its provider spells it. */
const modelName = /^[^\s,=]{1,200}$/

const key = (description: string) => Type.Optional(Type.String({ pattern: '^[\\x21-\\x7e]+$', maxLength: 1024, description }))
const path = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 4096, description }))

/** Every setting, by the name of its environment variable. The README's table and `.env.example` are checked against it. */
export const ConfigSchema = Type.Object({
  NODE_ENV: OneOf(['development', 'production', 'test'], { default: 'development', description: 'In `production` a weak or missing SECRET_KEY stops the start, and passwords that are guessed first are refused.' }),
  HOST: Type.String({ default: '0.0.0.0', minLength: 1, maxLength: 255, description: 'The address to listen on.' }),
  PORT: Type.Integer({ default: 8000, minimum: 0, maximum: 65535, description: 'The port to listen on; 0 takes a free one.' }),
  PUBLIC_URL: Type.Optional(Type.String({ format: 'uri', maxLength: 500, description: 'The address people use, for example behind a proxy; shown in the documents.' })),
  MONGODB_URL: Type.Optional(Type.String({ pattern: '^mongodb(\\+srv)?://.+', maxLength: 4096, description: 'A MongoDB replica set or Atlas. Empty: an embedded MongoDB under PARLEY_DATA_DIR.' })),
  MONGODB_DATABASE: Type.String({ default: 'parley', pattern: '^[A-Za-z0-9_-]{1,63}$', description: 'The name of the database.' }),
  MONGODB_TLS_CERT_FILE: path('A PEM file with an X.509 client certificate and its key (Atlas or your own authority).'),
  MONGODB_TLS_CA_FILE: path('A PEM file with the authority that signed the database\'s certificate.'),
  SECRET_KEY: Type.Optional(Type.String({ maxLength: 1024, description: 'Signs tokens and cursors; 32 characters or more. Empty: a random one is made and kept under PARLEY_DATA_DIR (not in production).' })),
  ALGORITHM: OneOf(['HS256', 'HS384', 'HS512'], { default: 'HS256', description: 'The one signature algorithm of access tokens.' }),
  ACCESS_TOKEN_EXPIRE_MINUTES: Type.Integer({ default: 30, minimum: 1, maximum: 1440, description: 'How long an access token is valid.' }),
  REFRESH_TOKEN_EXPIRE_DAYS: Type.Integer({ default: 30, minimum: 1, maximum: 365, description: 'How long a session lives without being refreshed.' }),
  SESSION_MAX_DAYS: Type.Integer({ default: 90, minimum: 1, maximum: 3650, description: 'How long a session lives at most, however often it is refreshed; then one logs in again.' }),
  API_KEY_REQUESTS_PER_MINUTE: Type.Integer({ default: 600, minimum: 1, maximum: 1_000_000, description: 'How many requests an API key may make in a minute; what it does counts for itself, not for its owner.' }),
  CORS_ORIGINS: Type.String({ default: '', maxLength: 4096, description: 'Origins of web pages that may call the API and open sockets, separated by commas; `*` for any. The server\'s own pages always may.' }),
  TRUST_PROXY: Type.String({ default: '', maxLength: 4096, description: 'Addresses or CIDR ranges of the proxies whose X-Forwarded-For is believed, separated by commas.' }),
  REDIS_URL: Type.Optional(Type.String({ pattern: '^rediss?://.+', maxLength: 4096, description: 'A Redis that several processes share, to hear of each other\'s events and count together; a single process needs none.' })),
  HTTP_REQUEST_MS: Type.Integer({ default: 30_000, minimum: 500, maximum: 600_000, description: 'How long a request may take to arrive, its body included; then its connection is closed.' }),
  LOG_LEVEL: OneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { default: 'info', description: 'How much is logged.' }),
  METRICS_TOKEN: Type.Optional(Type.String({ pattern: '^[\\w.~+/=-]{16,}$', maxLength: 1024, description: 'Whoever reads `/metrics` sends it as a bearer token. Empty: anybody may, but in `production` nobody.' })),
  RATE_LIMIT: OneOf(['on', 'off'], { default: 'on', description: 'Switch the rate limits off for tests and load programs.' }),
  PARLEY_DATA_DIR: Type.String({ default: '.parley', minLength: 1, maxLength: 4096, description: 'Where the embedded MongoDB and the made-up secret live.' }),
  PARLEY_MONGOD: path('A `mongod` program for the embedded MongoDB, instead of looking for one.'),
  PRESENCE_GRACE_MS: Type.Integer({ default: 3000, minimum: 0, maximum: 60000, description: 'How long after a person\'s last socket closed the others are told.' }),
  AI_BASE_URL: Type.Optional(Type.String({ maxLength: 2000, description: 'The OpenAI-compatible endpoint that answers, for example `http://localhost:11434/v1`. None here and no key below: the built-in `offline` model.' })),
  AI_API_KEY: key('The key for AI_BASE_URL, when it wants one.'),
  AI_MODEL: Type.Optional(Type.String({ pattern: modelName.source, maxLength: 200, description: 'The model that answers when none is asked for.' })),
  AI_MODELS: Type.String({ default: '', maxLength: 4096, description: 'Further models that people may ask for, separated by commas.' }),
  GROQ_API_KEY: key('A key of Groq; enough by itself.'),
  OPENAI_API_KEY: key('A key of OpenAI; enough by itself. Not used when one of Groq is set.'),
  AI_CONTEXT_TOKENS: Type.String({ default: '8000', maxLength: 4096, description: 'How many tokens of a conversation a model is given: a number for all, or `model=number` pairs separated by commas (others: 8000).' }),
  AI_DAILY_TOKENS: Type.Optional(Type.Integer({ minimum: 1, maximum: 1e12, description: 'How many tokens a person may use in a day. Empty: any number.' })),
  AI_RUNS_PER_USER: Type.Integer({ default: 2, minimum: 1, maximum: 100, description: 'How many replies a person may have under way at once.' }),
  AI_FIRST_TOKEN_MS: Type.Integer({ default: 30_000, minimum: 50, maximum: 240_000, description: 'How long a model may stay silent, before its first word and between two.' }),
  AI_TOTAL_MS: Type.Integer({ default: 120_000, minimum: 50, maximum: 3_600_000, description: 'How long a reply may take in all, further tries included.' }),
  WS_SOCKETS_PER_USER: Type.Integer({ default: 20, minimum: 1, maximum: 10_000, description: 'How many sockets one person may have open, in all processes that share a Redis; one more is closed with 4409.' }),
  WS_SUBSCRIPTIONS: Type.Integer({ default: 500, minimum: 1, maximum: 10_000, description: 'How many chats one socket may listen to.' }),
  WS_AUTH_MS: Type.Integer({ default: 5000, minimum: 100, maximum: 60_000, description: 'How long a socket that came without a token may take to authenticate; then it is closed with 4408.' }),
  WS_HEARTBEAT_MS: Type.Integer({ default: 30_000, minimum: 20, maximum: 600_000, description: 'How often a silent socket is asked whether it still lives.' }),
  WS_FRAME_BYTES: Type.Integer({ default: 65_536, minimum: 1024, maximum: 1_048_576, description: 'The largest frame a client may send; a larger one closes its socket with 1009.' }),
  WS_WAITING_FRAMES: Type.Integer({ default: 32, minimum: 1, maximum: 1024, description: 'How many frames of a socket may wait for their turn before it is no longer read.' }),
  WS_QUEUE_BYTES: Type.Integer({ default: 1_048_576, minimum: 65_536, maximum: 67_108_864, description: 'How many bytes may wait for a socket that reads slowly; beyond it is closed with 4008.' }),
  WS_QUEUE_FRAMES: Type.Integer({ default: 512, minimum: 16, maximum: 65_536, description: 'How many frames may wait for a socket that reads slowly; beyond it is closed with 4008.' }),
  WS_SLOW_CLOSE_MS: Type.Integer({ default: 1000, minimum: 0, maximum: 60_000, description: 'How long a socket that reads too slowly then has to read its close frame.' }),
  WS_COMPARE_MS: Type.Integer({ default: 20_000, minimum: 50, maximum: 600_000, description: 'How often the chats that sockets listen to are compared with the database, in case news of another process was lost.' })
})

export type Config = Static<typeof ConfigSchema> & { SECRET_KEY: string }

/** Secrets that stand in public texts, this project's seeds among them; a production server must not be signed with one. */
const wellKnown = /^(your[-_ ]?secret|secret|change[-_ ]?me|change[-_ ]?this|password|parley|test|example|replace)/i

const list = (text: string) => text.split(',').map(item => item.trim()).filter(Boolean)

/** The items of a comma-separated setting. */
export const settingList = list

function secretFaults (secret: string | undefined, production: boolean): string[] {
  if (!secret) return production ? ['SECRET_KEY must be set in production: 32 random characters or more'] : []
  if (!production) return []
  if (secret.length < 32 || new Set(secret).size < 8) return ['SECRET_KEY is too short or too simple: take 32 random characters or more']
  return wellKnown.test(secret) ? ['SECRET_KEY is a well-known example: take 32 random characters or more'] : []
}

function proxyFaults (setting: string): string[] {
  return list(setting).flatMap(range => {
    const [address = '', bits, ...rest] = range.split('/')
    const version = isIP(address)
    const fits = rest.length === 0 && version > 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
    return fits ? [] : [`TRUST_PROXY must list addresses or CIDR ranges, not "${range}"`]
  })
}

function originFaults (setting: string): string[] {
  return list(setting).flatMap(origin => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin && !origin.includes('*'))
    ? []
    : [`CORS_ORIGINS must list origins such as https://example.com, not "${origin}"`])
}

/** What is sent to a model unless AI_CONTEXT_TOKENS says otherwise, in tokens. */
const usualContext = 8000
const fitsContext = (text: string) => /^\d{3,7}$/.test(text) && Number(text) >= 512 && Number(text) <= 2_000_000

/** How many tokens `model` may be given, by AI_CONTEXT_TOKENS. */
export function contextTokens (setting: string, model: string): number {
  if (fitsContext(setting.trim())) return Number(setting)
  const own = list(setting).map(pair => pair.split('=').map(part => part.trim())).find(([name]) => name === model)
  return own ? Number(own[1]) : usualContext
}

function modelFaults (config: Config): string[] {
  const faults: string[] = []
  const { AI_BASE_URL: base, AI_MODELS: models, AI_CONTEXT_TOKENS: context } = config
  if (base !== undefined) {
    const url = URL.canParse(base) ? new URL(base) : undefined
    if (!url || !/^https?:$/.test(url.protocol)) faults.push('AI_BASE_URL must be an address that begins with http:// or https://')
    else if (url.username || url.password) faults.push('AI_BASE_URL must hold no name or password: the key belongs in AI_API_KEY')
    else if (url.search || url.hash) faults.push('AI_BASE_URL must end with its path, for example /v1')
    else if (config.AI_MODEL === undefined) faults.push('AI_BASE_URL needs AI_MODEL: the name of a model to ask there')
  } else {
    const other = config.GROQ_API_KEY ?? config.OPENAI_API_KEY
    if (config.AI_API_KEY !== undefined) faults.push('AI_API_KEY needs AI_BASE_URL: the endpoint to which the key belongs')
    if (config.AI_MODEL !== undefined && other === undefined) faults.push('AI_MODEL needs AI_BASE_URL, GROQ_API_KEY or OPENAI_API_KEY: who answers as this model')
    if (list(models).length > 0 && other === undefined) faults.push('AI_MODELS needs AI_BASE_URL, GROQ_API_KEY or OPENAI_API_KEY: who answers as these models')
  }
  const strange = list(models).find(name => !modelName.test(name))
  if (strange !== undefined) faults.push(`AI_MODELS must list names of models, not "${strange}"`)
  if (list(models).length > 49) faults.push('AI_MODELS must not list more than 49 models')
  const pairs = list(context).map(pair => pair.split('=').map(part => part.trim()))
  if (!fitsContext(context.trim()) && (pairs.length === 0 || !pairs.every(([name = '', number = '', ...rest]) => modelName.test(name) && fitsContext(number) && rest.length === 0))) {
    faults.push('AI_CONTEXT_TOKENS must be a number from 512 to 2000000, or model=number pairs separated by commas')
  }
  return faults
}

const fits = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: true, strict: false, validateSchema: false, formats: { uri: (text: string) => URL.canParse(text) } })
  .compile(ConfigSchema)

function readSecret (file: string): string {
  let secret
  try {
    secret = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new StartupError(`Cannot read the secret in ${file} (${(error as NodeJS.ErrnoException).code}): correct its rights or set SECRET_KEY`)
  }
  if (secret.length < 32) throw new StartupError(`The secret in ${file} is damaged: remove the file (everybody must log in again) or set SECRET_KEY`)
  return secret
}

function keptSecret (dataDir: string): string {
  const file = join(dataDir, 'secret-key')
  try {
    if (!existsSync(file)) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
    }
  } catch (error) {
    // Another process may have made it in this moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new StartupError(`Cannot keep a secret in ${file} (${(error as NodeJS.ErrnoException).code}): correct PARLEY_DATA_DIR or set SECRET_KEY`)
  }
  return readSecret(file)
}

/**
 * The settings from `environment`, completed by the file `.env` and the defaults.
 * Throws one StartupError that names every faulty variable.
 */
export function loadConfig (environment: NodeJS.ProcessEnv, dotEnvFile = '.env'): Config {
  const given = { ...(existsSync(dotEnvFile) && parse(readFileSync(dotEnvFile))), ...environment }
  const names = Object.keys(ConfigSchema.properties)
  const settings: Record<string, unknown> = Object.fromEntries(names.flatMap(name => given[name]?.trim() ? [[name, given[name]]] : []))
  const faults: string[] = fits(settings)
    ? []
    : fits.errors!.map(({ instancePath, message, params }) => `${instancePath.slice(1)} ${message}${params['allowedValues'] ? `: ${params['allowedValues'].join(', ')}` : ''}`)
  const config = settings as Config
  faults.push(...secretFaults(config.SECRET_KEY, config.NODE_ENV === 'production'), ...proxyFaults(config.TRUST_PROXY), ...originFaults(config.CORS_ORIGINS))
  for (const fault of modelFaults(config)) {
    // What is wrong in itself is not also judged by what it stands beside.
    if (!faults.some(told => told.split(' ')[0] === fault.split(' ')[0])) faults.push(fault)
  }
  for (const name of ['MONGODB_TLS_CERT_FILE', 'MONGODB_TLS_CA_FILE', 'PARLEY_MONGOD'] as const) {
    if (config[name] && !existsSync(config[name])) faults.push(`${name} names a file that is not there: ${config[name]}`)
  }
  if (faults.length > 0) throw new StartupError(`The configuration is not valid:\n${faults.map(fault => `  - ${fault}`).join('\n')}`)
  config.SECRET_KEY ??= keptSecret(config.PARLEY_DATA_DIR)
  return config
}

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TSchema } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { ConfigSchema, contextTokens, loadConfig, settingList } from '../../src/platform/config.ts'

const good = 'kT9#vQ2m!xR7pL4wZ8nB5cY1dF6hJ3gS'

async function folder (t: Test): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'parley-config-'))
  t.teardown(async () => { await rm(path, { recursive: true, force: true }) })
  return path
}

/** What stops the start, or '' when nothing does. */
function refusal (settings: Record<string, string>, dotEnv = '/nonexistent'): string {
  try {
    loadConfig({ SECRET_KEY: good, ...settings }, dotEnv)
    return ''
  } catch (error) {
    if ((error as Error).name !== 'StartupError') throw error
    return (error as Error).message
  }
}

t.test('what is not set has its default', async t => {
  const config = loadConfig({ SECRET_KEY: good, HOST: '', PORT: ' ', IRRELEVANT: 'x' }, '/nonexistent')
  t.same(config, {
    NODE_ENV: 'development',
    HOST: '0.0.0.0',
    PORT: 8000,
    MONGODB_DATABASE: 'parley',
    SECRET_KEY: good,
    ALGORITHM: 'HS256',
    ACCESS_TOKEN_EXPIRE_MINUTES: 30,
    REFRESH_TOKEN_EXPIRE_DAYS: 30,
    SESSION_MAX_DAYS: 90,
    API_KEY_REQUESTS_PER_MINUTE: 600,
    CORS_ORIGINS: '',
    TRUST_PROXY: '',
    HTTP_REQUEST_MS: 30_000,
    LOG_LEVEL: 'info',
    RATE_LIMIT: 'on',
    PARLEY_DATA_DIR: '.parley',
    PRESENCE_GRACE_MS: 3000,
    AI_MODELS: '',
    AI_CONTEXT_TOKENS: '8000',
    AI_RUNS_PER_USER: 2,
    AI_FIRST_TOKEN_MS: 30_000,
    AI_TOTAL_MS: 120_000,
    WS_SOCKETS_PER_USER: 20,
    WS_SUBSCRIPTIONS: 500,
    WS_AUTH_MS: 5000,
    WS_HEARTBEAT_MS: 30_000,
    WS_FRAME_BYTES: 65_536,
    WS_WAITING_FRAMES: 32,
    WS_QUEUE_BYTES: 1_048_576,
    WS_QUEUE_FRAMES: 512,
    WS_SLOW_CLOSE_MS: 1000,
    WS_COMPARE_MS: 20_000
  })
})

t.test('every faulty variable is named, in one message', async t => {
  const faulty: Record<string, string> = {
    NODE_ENV: 'prod',
    HOST: 'x'.repeat(256),
    PORT: '65536',
    PUBLIC_URL: 'not an address',
    MONGODB_URL: 'postgres://ann:sw0rdfish@host/',
    MONGODB_DATABASE: 'a b',
    MONGODB_TLS_CERT_FILE: '/nonexistent/cert.pem',
    MONGODB_TLS_CA_FILE: '/nonexistent/ca.pem',
    SECRET_KEY: 'x'.repeat(1025),
    ALGORITHM: 'none',
    ACCESS_TOKEN_EXPIRE_MINUTES: '0',
    REFRESH_TOKEN_EXPIRE_DAYS: '1.5',
    SESSION_MAX_DAYS: '0',
    API_KEY_REQUESTS_PER_MINUTE: '0',
    CORS_ORIGINS: 'https://a.example, example.com',
    TRUST_PROXY: 'true',
    REDIS_URL: 'localhost',
    HTTP_REQUEST_MS: '100',
    METRICS_TOKEN: 'too short',
    LOG_LEVEL: 'loud',
    RATE_LIMIT: 'maybe',
    PARLEY_DATA_DIR: 'x'.repeat(4097),
    PARLEY_MONGOD: '/nonexistent/mongod',
    PRESENCE_GRACE_MS: 'soon',
    AI_BASE_URL: 'https://ann:sw0rdfish@model.example/v1',
    AI_API_KEY: 'sw0rd fish',
    AI_MODEL: 'a, b',
    AI_MODELS: 'good, not good',
    GROQ_API_KEY: 'sw0rd fish',
    OPENAI_API_KEY: 'sw0rdfish\n',
    AI_CONTEXT_TOKENS: '511',
    AI_DAILY_TOKENS: '0',
    AI_RUNS_PER_USER: '101',
    AI_FIRST_TOKEN_MS: '1',
    AI_TOTAL_MS: 'never',
    WS_SOCKETS_PER_USER: '0',
    WS_SUBSCRIPTIONS: 'many',
    WS_AUTH_MS: '1',
    WS_HEARTBEAT_MS: '0',
    WS_FRAME_BYTES: '64 KiB',
    WS_WAITING_FRAMES: '0',
    WS_QUEUE_BYTES: '1',
    WS_QUEUE_FRAMES: '1',
    WS_SLOW_CLOSE_MS: '-1',
    WS_COMPARE_MS: 'never'
  }
  t.same(Object.keys(faulty).sort(), Object.keys(ConfigSchema.properties).sort(), 'a fault for each variable there is')
  const message = refusal(faulty)
  for (const name of Object.keys(faulty)) t.match(message, new RegExp(`^  - ${name} `, 'm'), name)
  t.notMatch(message, /sw0rd ?fish/, 'no secret')
  for (const [name, value] of Object.entries(faulty)) {
    const alone = refusal({ [name]: value })
    t.match(alone.split('\n').slice(1), [new RegExp(`^  - ${name} `)], `${name} alone`)
    t.equal(alone.split('\n').length, 2, 'and no other')
  }
})

t.test('PORT, CORS_ORIGINS and TRUST_PROXY have bounds', async t => {
  for (const PORT of ['-1', '80a', '1e9', '8000.5', 'eighty']) t.match(refusal({ PORT }), /PORT/, PORT)
  for (const PORT of ['0', '1', '65535']) t.equal(refusal({ PORT }), '', PORT)
  for (const TRUST_PROXY of ['true', '1', '2', '*', 'loopback', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', '256.0.0.1', 'proxy.example', '127.0.0.1,true']) t.match(refusal({ TRUST_PROXY }), /TRUST_PROXY/, TRUST_PROXY)
  for (const TRUST_PROXY of ['127.0.0.1', '10.0.0.0/8, ::1', 'fd00::/8', ',']) t.equal(refusal({ TRUST_PROXY }), '', TRUST_PROXY)
  for (const CORS_ORIGINS of ['example.com', 'https://example.com/', 'https://example.com/path', 'null', 'https://*.example.com', 'HTTPS://example.com']) t.match(refusal({ CORS_ORIGINS }), /CORS_ORIGINS/, CORS_ORIGINS)
  for (const CORS_ORIGINS of ['*', 'https://example.com', 'http://localhost:3000 , https://example.com']) t.equal(refusal({ CORS_ORIGINS }), '', CORS_ORIGINS)
  t.same(settingList(' a, b,, c '), ['a', 'b', 'c'])
})

t.test('the settings of models fit together', async t => {
  const key = { AI_API_KEY: 'sk-sesame' }
  const faulty: [Record<string, string>, RegExp][] = [
    [{ AI_BASE_URL: 'ftp://model.example/', AI_MODEL: 'm' }, /AI_BASE_URL must be an address/],
    [{ AI_BASE_URL: 'localhost:11434', AI_MODEL: 'm' }, /AI_BASE_URL must be an address/],
    [{ AI_BASE_URL: 'http://', AI_MODEL: 'm' }, /AI_BASE_URL must be an address/],
    [{ AI_BASE_URL: 'http://ann@model.example/v1', AI_MODEL: 'm' }, /AI_BASE_URL must hold no name or password/],
    [{ AI_BASE_URL: 'http://model.example/v1?key=1', AI_MODEL: 'm' }, /AI_BASE_URL must end with its path/],
    [{ AI_BASE_URL: 'http://model.example/v1', ...key }, /AI_BASE_URL needs AI_MODEL/],
    [{ GROQ_API_KEY: 'gsk-1', ...key }, /AI_API_KEY needs AI_BASE_URL/],
    [{ AI_MODEL: 'm' }, /AI_MODEL needs AI_BASE_URL, GROQ_API_KEY or OPENAI_API_KEY/],
    [{ AI_MODELS: 'm' }, /AI_MODELS needs AI_BASE_URL/],
    [{ OPENAI_API_KEY: 'sk', AI_MODELS: 'a b' }, /AI_MODELS must list names/],
    [{ OPENAI_API_KEY: 'sk', AI_MODELS: Array.from({ length: 50 }, (_, i) => i).join() }, /AI_MODELS must not list more/]
  ]
  for (const [settings, fault] of faulty) {
    const message = refusal(settings)
    t.match(message, fault)
    t.equal(message.split('\n').length, 2, 'in one line')
    t.notMatch(message, /sesame/)
  }
  for (const AI_CONTEXT_TOKENS of ['511', '2000001', '8k', '-8000', '8000,9000', 'm=', 'm=1', 'a=8000,b', 'a=8000=9000', ',']) t.match(refusal({ AI_CONTEXT_TOKENS }), /AI_CONTEXT_TOKENS must be a number/, AI_CONTEXT_TOKENS)
  for (const settings of [
    { AI_BASE_URL: 'http://localhost:11434/v1', AI_MODEL: 'llama3.2:1b', AI_CONTEXT_TOKENS: 'llama3.2:1b=512, openai/gpt-oss-120b=2000000' },
    { AI_BASE_URL: 'https://model.example', AI_MODEL: 'm', AI_MODELS: 'a/b, c', ...key, GROQ_API_KEY: 'gsk-1', OPENAI_API_KEY: 'sk-1' },
    { GROQ_API_KEY: 'gsk-1', AI_MODEL: 'm' },
    { OPENAI_API_KEY: 'sk-1', AI_MODELS: 'm' }
  ]) t.equal(refusal(settings), '')
  t.same(['m', 'n'].map(model => contextTokens('m=9000 , x=512', model)), [9000, 8000])
  t.equal(contextTokens(' 4096 ', 'm'), 4096)
})

t.test('the file .env completes the environment, which comes first', async t => {
  const file = join(await folder(t), '.env')
  await writeFile(file, `# a comment\nPORT=8001\nMONGODB_DATABASE="from_file" # why\nSECRET_KEY='${good}'\nLOG_LEVEL=\n`)
  t.match(loadConfig({ PORT: '8002' }, file), { PORT: 8002, MONGODB_DATABASE: 'from_file', SECRET_KEY: good, LOG_LEVEL: 'info' })
  await writeFile(file, 'PORT=none\n')
  t.match(refusal({}, file), /PORT must be integer/)
})

t.test('production wants a secret that nobody knows', async t => {
  const production = (SECRET_KEY: string) => refusal({ NODE_ENV: 'production', SECRET_KEY })
  t.match(production(''), /SECRET_KEY must be set in production/)
  for (const secret of ['short', good.slice(0, 31), 'a'.repeat(64), 'abc'.repeat(20)]) t.match(production(secret), /SECRET_KEY is too short or too simple/, secret)
  for (const secret of ['your-secret-key-here-your-secret-key-here', 'change-me-change-me-change-me-change-me', 'CHANGE_THIS_to_something_long_and_random', 'secret0123456789secret0123456789', 'parley-0123456789-0123456789-0123456789']) t.match(production(secret), /SECRET_KEY is a well-known example/, secret)
  t.equal(production(good), '')
  t.equal(refusal({ NODE_ENV: 'test', SECRET_KEY: 'short' }), '', 'elsewhere any will do')
})

t.test('a made-up secret is kept for this user only', async t => {
  const PARLEY_DATA_DIR = join(await folder(t), 'deep', 'data')
  const { SECRET_KEY } = loadConfig({ PARLEY_DATA_DIR }, '/nonexistent')
  t.match(SECRET_KEY, /^[0-9a-f]{64}$/)
  const file = join(PARLEY_DATA_DIR, 'secret-key')
  t.equal((await stat(file)).mode & 0o777, 0o600)
  t.equal((await stat(PARLEY_DATA_DIR)).mode & 0o777, 0o700)
  t.equal(loadConfig({ PARLEY_DATA_DIR }, '/nonexistent').SECRET_KEY, SECRET_KEY, 'the same at the next start')
  t.not(loadConfig({ PARLEY_DATA_DIR: await folder(t) }, '/nonexistent').SECRET_KEY, SECRET_KEY, 'and another elsewhere')

  await writeFile(file, 'cut of')
  t.match(refusal({ SECRET_KEY: '', PARLEY_DATA_DIR }), /secret in .* is damaged: remove the file/)
  await rm(file)
  await mkdir(file)
  t.match(refusal({ SECRET_KEY: '', PARLEY_DATA_DIR }), /Cannot read the secret in .* \(EISDIR\)/)
  await writeFile(join(PARLEY_DATA_DIR, 'file'), '')
  t.match(refusal({ SECRET_KEY: '', PARLEY_DATA_DIR: join(PARLEY_DATA_DIR, 'file') }), /Cannot read the secret in .* \(ENOTDIR\)/)
  t.match(refusal({ SECRET_KEY: '', PARLEY_DATA_DIR: join(PARLEY_DATA_DIR, 'file', 'deep') }), /Cannot keep a secret in .* \(ENOTDIR\): correct PARLEY_DATA_DIR or set SECRET_KEY/)
})

t.test('.env.example has every variable with its default and what it is for', async t => {
  const entries = Object.entries<TSchema>(ConfigSchema.properties).map(([name, { description, default: value = '' }]) => `# ${description}\n# ${name}=${value}\n`)
  t.equal(await readFile(new URL('../../.env.example', import.meta.url), 'utf8'), `# Every setting of Parley. Copy this file to .env and take the # from the lines you change.\n\n${entries.join('\n')}`)
})

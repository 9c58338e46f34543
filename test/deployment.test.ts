import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { DCLinter } from 'dclint'
import { type Copy, DockerfileParser, type Healthcheck, type Instruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../src/platform/config.ts'

const root = new URL('../', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, root), 'utf8')
const inRepository = (file: string) => existsSync(new URL(file, root))

const dockerfile = read('Dockerfile')
const composeText = read('docker-compose.yml')

const args = (instruction: Instruction) => instruction.getArguments().map(argument => argument.getValue())
const withoutDot = (path: string) => path.replace(/^\.\//, '').replace(/\/$/, '')

/** What .dockerignore lets through. Everything is shut out first, so a plain list of exceptions is all there is to match. */
function sentToDocker (path: string): boolean {
  const [first, ...rest] = read('.dockerignore').split('\n').filter(line => line && !line.startsWith('#'))
  return first === '*' && rest.some(line => path === line.slice(1) || path.startsWith(`${line.slice(1)}/`))
}

function copyFaults (copies: Copy[], stages: (string | null)[]): string[] {
  return copies.flatMap(copy => {
    const from = copy.getFromFlag()?.getValue()
    if (from) return stages.includes(from) ? [] : [`COPY from an unknown stage: ${from}`]
    return args(copy).slice(0, -1).map(withoutDot).flatMap(source => [
      ...inRepository(source) ? [] : [`COPY of a missing file: ${source}`],
      ...sentToDocker(source) ? [] : [`COPY of an ignored file: ${source}`]
    ])
  })
}

/** `npm run build` turns the program src/x.ts into dist/bin/x.js: does the image start, and contain, what it makes? */
function startFaults (cmd: string[], copies: Copy[]): string[] {
  const { outDir, rootDir } = parse(read('tsconfig.build.json')).compilerOptions
  const [program, ...rest] = cmd
  const options = rest.filter(argument => argument.startsWith('--'))
  const [target = ''] = rest.slice(options.length)
  const built = target.startsWith(`${outDir}/bin/`) && inRepository(target.replace(`${outDir}/bin`, rootDir).replace(/\.js$/, '.ts'))
  const copied = copies.some(copy => copy.getFromFlag() && args(copy)[0]?.endsWith(`/${outDir}`) && withoutDot(args(copy)[1]!) === outDir)
  return [
    ...program === 'node' && built ? [] : [`CMD starts nothing that the build makes: ${cmd.join(' ')}`],
    ...options.some(option => /^--max-semi-space-size=\d+$/.test(option)) ? [] : ["V8's space for new objects has no bound"],
    ...spawnSync(process.execPath, [...options, '--eval', '']).status === 0 ? [] : [`Node refuses an option: ${options.join(' ')}`],
    ...copied ? [] : ['the image lacks the built files']
  ]
}

function dockerfileFaults (text: string): string[] {
  const faults = validate(text).map(({ message }) => `syntax: ${message}`)
  const file = DockerfileParser.parse(text)
  const images = file.getFROMs().map(from => from.getImage() ?? '')
  for (const image of images) {
    if (!/:[^:@]+/.test(image) || image.includes(':latest')) faults.push(`unpinned image: ${image}`)
  }
  faults.push(...copyFaults(file.getCOPYs(), file.getFROMs().map(from => from.getBuildStage())))

  const start = file.getFROMs().at(-1)!.getRange().start.line
  const final = file.getInstructions().filter(instruction => instruction.getRange().start.line >= start)
  const last = (keyword: string) => final.findLast(instruction => instruction.getKeyword() === keyword)
  const cmd = file.getCMDs().at(-1)?.getJSONStrings().map(argument => argument.getJSONValue()) ?? []
  faults.push(...startFaults(cmd, file.getCOPYs()))

  const user = args(last('USER') ?? file.getFROMs()[0]!)[0]!.split(':')[0]!
  if (!last('USER') || user === 'root' || Number(user) === 0) faults.push('runs as root')
  const health = last('HEALTHCHECK') as Healthcheck | undefined
  if (!health?.getArgumentsContent()?.includes('/livez')) faults.push('no HEALTHCHECK of /livez')
  if (!final.some(one => one.getKeyword() === 'ENV' && args(one).includes('NODE_ENV=production'))) faults.push('NODE_ENV is not production')
  const installs = file.getInstructions().filter(one => one.getKeyword() === 'RUN' && one.getArgumentsContent()?.includes('npm ci'))
  if (!installs.every(one => one.getArgumentsContent()!.includes('--ignore-scripts'))) faults.push('npm ci runs install scripts')
  if (!installs.at(-1)?.getArgumentsContent()?.includes('--omit=dev')) faults.push('the image holds development packages')
  return faults
}

type Service = {
  image?: string
  command?: string[]
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
  environment?: Record<string, string>
  ports?: string[]
  networks?: string[]
  volumes?: string[]
  restart?: string
}
type Compose = { services: Record<string, Service>, networks: Record<string, { internal?: boolean }>, volumes: Record<string, unknown> }

/** As Compose fills in ${NAME:-default} and ${NAME:?message}. */
const interpolate = (text: string, env: Record<string, string>) =>
  text.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_all, name: string, mark: string | undefined, rest: string) => {
    if (env[name]) return env[name]
    if (mark === '?') throw new Error(`${name}: ${rest}`)
    return mark === '-' ? rest : ''
  })

function composeSchema () {
  const schema = JSON.parse(readFileSync(createRequire(import.meta.resolve('dclint')).resolve('dclint/package.json')
    .replace('package.json', 'schemas/compose.schema.json'), 'utf8'))
  // Ajv knows this draft by its http name only.
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  return ajv.compile({ ...schema, $schema: 'http://json-schema.org/draft-07/schema#' })
}

const fitsSchema = composeSchema()

const schemaFaults = (compose: unknown): string[] =>
  fitsSchema(compose) ? [] : fitsSchema.errors!.map(error => `schema: ${error.instancePath} ${error.message}`)

function serviceFaults (name: string, service: Service, compose: Compose): string[] {
  const faults: string[] = []
  const healthy = (other: Service | undefined) => other?.healthcheck ?? (other && !other.image && dockerfile.includes('HEALTHCHECK'))
  for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
    if (!compose.services[other]) faults.push(`${name} depends on ${other}, which is no service`)
    if (condition !== 'service_healthy') faults.push(`${name} does not wait until ${other} is healthy`)
  }
  if (!healthy(service)) faults.push(`${name} has no healthcheck`)
  if (!service.restart) faults.push(`${name} has no restart policy`)
  if (service.image && !/:\d/.test(service.image)) faults.push(`${name} has an unpinned image: ${service.image}`)
  for (const volume of service.volumes ?? []) {
    if (!(volume.split(':')[0]! in compose.volumes)) faults.push(`${name} uses an undeclared volume: ${volume}`)
  }
  for (const network of service.networks ?? ['default']) {
    if (!compose.networks[network]) faults.push(`${name} uses an undeclared network: ${network}`)
    if (service.image && !compose.networks[network]?.internal) faults.push(`${name} has no password and is on an open network`)
  }
  for (const port of service.ports ?? []) {
    if (!port.startsWith('127.0.0.1:')) faults.push(`${name} is open to the world without TLS: ${port}`)
  }
  return faults
}

/** The addresses in Parley's settings must be those of services, by name, and the replica set the one mongod is told. */
function addressFaults ({ services }: Compose): string[] {
  const { mongodb, parley } = services
  const faults: string[] = []
  for (const [name, value] of Object.entries(parley?.environment ?? {})) {
    if (/^(mongodb|redis):/.test(value) && !parley?.depends_on?.[new URL(value).hostname]) faults.push(`${name} names no service that parley waits for`)
  }
  const command = mongodb?.command ?? []
  const set = command.includes('--replSet') ? command[command.indexOf('--replSet') + 1] : undefined
  const url = new URL(parley?.environment?.['MONGODB_URL'] ?? 'none:')
  if (!set || url.searchParams.get('replicaSet') !== set) faults.push('mongodb and MONGODB_URL do not name one replica set')
  const founding = mongodb?.healthcheck?.test.join(' ') ?? ''
  if (!founding.includes(`rs.initiate({ _id: '${set}', members: [{ _id: 0, host: '${url.host}' }] })`)) faults.push('nothing founds that replica set')
  return faults
}

function settingFaults (text: string, compose: Compose): string[] {
  const names = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name!)
  const documented = new Set(names(read('.env.example'), /^#? ?([A-Z][A-Z0-9_]*)=/gm))
  const named = [...Object.keys(compose.services['parley']?.environment ?? {}), ...names(text, /\$\{(\w+)/g)]
  return [...new Set(named)].filter(name => !documented.has(name)).map(name => `${name} is not in .env.example`)
}

const secret = { SECRET_KEY: 'f1d2a3b4c5e6978812345678deadbeef0f1e2d3c' }

function composeFaults (text: string): string[] {
  const compose = parse(interpolate(text, secret)) as Compose
  const faults = schemaFaults(compose)
  // The checks below read what the schema has made sure of.
  if (faults.length > 0) return faults
  return [
    ...Object.entries(compose.services).flatMap(([name, service]) => serviceFaults(name, service, compose)),
    ...addressFaults(compose),
    ...settingFaults(text, compose)
  ]
}

/** Changes one place of a file; fails when the place is not there, so that no test goes on without its fault. */
function but (text: string, from: string | RegExp, to: string): string {
  const changed = text.replace(from, to)
  if (changed === text) throw new Error(`nothing to change: ${from}`)
  return changed
}

function eachIsReported (t: Test, text: string, faultsOf: (text: string) => string[], faults: [string | RegExp, string, RegExp][]) {
  for (const [from, to, report] of faults) {
    const found = faultsOf(but(text, from, to))
    t.ok(found.some(fault => report.test(fault)), `${from} → ${to || 'nothing'}`, { found, wanted: report })
  }
}

t.test('the Dockerfile builds what it starts, from files that are there, and not as root', async t => {
  t.same(dockerfileFaults(dockerfile), [])
})

t.test('each fault of a Dockerfile is reported', async t => {
  eachIsReported(t, dockerfile, dockerfileFaults, [
    ['WORKDIR /app', 'WORKDIRR /app', /^syntax: /],
    ['HEALTHCHECK --interval=10s', 'HEALTHCHECK --interval=10', /^syntax: /],
    ['node:24-bookworm-slim AS', 'node AS', /unpinned image: node/],
    [/node:24-bookworm-slim\n/, 'node:latest\n', /unpinned image: node:latest/],
    ['COPY src ./src', 'COPY srcs ./src', /missing file: srcs/],
    ['COPY src ./src', 'COPY src test ./', /ignored file: test/],
    ['--from=build', '--from=builder', /unknown stage: builder/],
    ['--from=build /app/dist ./dist', '--from=build /app/src ./src', /lacks the built files/],
    ['dist/bin/server.js', 'dist/bin/main.js', /CMD starts nothing/],
    ['dist/bin/server.js', 'src/server.ts', /CMD starts nothing/],
    ['"node", "--max', '"npm", "--max', /CMD starts nothing/],
    ['"--max-semi-space-size=16", ', '', /no bound/],
    ['size=16", ', 'size=16", "--no-such-option", ', /Node refuses an option/],
    [/USER .*\n/, '', /runs as root/],
    [/USER .*\n/, 'USER root\n', /runs as root/],
    [/USER .*\n/, 'USER 0:0\n', /runs as root/],
    ['/livez', '/', /no HEALTHCHECK/],
    [/HEALTHCHECK .*\n.*\n/, '', /no HEALTHCHECK/],
    ['ENV NODE_ENV=production', 'ENV NODE_ENV=development', /not production/],
    [' --omit=dev', '', /development packages/],
    ['npm ci --ignore-scripts', 'npm ci', /install scripts/]
  ])
})

t.test('.dockerignore shuts out all that the image does not need', async t => {
  for (const file of ['.env', '.parley', '.git', 'node_modules', 'dist', 'test']) t.notOk(sentToDocker(file), file)
})

t.test('docker-compose.yml keeps the Compose specification, and its parts fit together', async t => {
  t.same(composeFaults(composeText), [])
})

t.test('docker-compose.yml has nothing a linter remarks', async t => {
  const lint = (text: string): string[] => {
    const file = `${t.testdir({ 'docker-compose.yml': text })}/docker-compose.yml`
    // The package's own type declarations do not resolve under NodeNext.
    const results: { messages: { rule: string }[] }[] = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] }).lintFiles([file], false)
    return results.flatMap(({ messages }) => messages.map(({ rule }) => rule))
  }
  t.same(lint(composeText), [])
  const twice = but(composeText, "      - '127.0.0.1:8000:8000'", "      - '127.0.0.1:8000:8000'\n      - '8000:8001'")
  t.match(lint(twice), ['no-duplicate-exported-ports', 'no-unbound-port-interfaces'])
})

t.test('each fault of a docker-compose.yml is reported', async t => {
  eachIsReported(t, composeText, composeFaults, [
    ['restart: unless-stopped', 'restarts: always', /^schema: \/services\/mongodb must NOT have/],
    ['interval: 5s', 'interval: [5]', /^schema: .*interval must be string/],
    ['      redis:\n', '      cache:\n', /depends on cache, which is no service/],
    ['condition: service_healthy', 'condition: service_started', /does not wait until mongodb is healthy/],
    [/ {4}healthcheck:\n {6}test: \['CMD-SHELL.*\n.*\n.*\n.*\n/, '', /redis has no healthcheck/],
    [/ {4}restart: unless-stopped\n/, '', /mongodb has no restart policy/],
    ['redis:7-alpine', 'redis:latest', /redis has an unpinned image/],
    ['redis:7-alpine', 'redis', /redis has an unpinned image/],
    ['- redis-data:/data', '- data:/data', /undeclared volume: data/],
    ['      - edge', '      - front', /undeclared network: front/],
    ['internal: true', 'internal: false', /mongodb has no password and is on an open network/],
    ["'127.0.0.1:8000:8000'", "'8000:8000'", /open to the world/],
    ['//redis:6379', '//localhost:6379', /REDIS_URL names no service/],
    ["'--replSet', 'rs0', ", '', /do not name one replica set/],
    ['?replicaSet=rs0', '?replicaSet=rs1', /do not name one replica set/],
    ["host: 'mongodb:27017'", "host: 'localhost:27017'", /nothing founds/],
    ['LOG_LEVEL: ', 'LOGLEVEL: ', /LOGLEVEL is not in .env.example/],
    ['LOG_LEVEL:-info', 'LOGLEVEL:-info', /LOGLEVEL is not in .env.example/]
  ])
})

t.test('the settings docker-compose.yml gives are accepted, and a good secret is asked for', async t => {
  const settings = (env: Record<string, string>) =>
    loadConfig((parse(interpolate(composeText, env)) as Compose).services['parley']!.environment!, 'no .env here')
  t.match(settings(secret), { NODE_ENV: 'production', PORT: 8000, MONGODB_URL: 'mongodb://mongodb:27017/?replicaSet=rs0', ...secret })
  t.throws(() => settings({}), /SECRET_KEY: must be set/, 'Compose stops without one')
  t.throws(() => settings({ SECRET_KEY: 'short' }), /SECRET_KEY/, 'Parley stops with a short one')
})

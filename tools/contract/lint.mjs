// Judges the generated documents by the linters that others use: `npm run contract:lint`. Anything they say fails, hints as well.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const openapi = ['../../openapi/openapi.json', '../../openapi/openapi.yaml']
const asyncapi = new URL('../../openapi/asyncapi.json', import.meta.url)

if (!existsSync(new URL('node_modules', import.meta.url))) {
  console.error('The linters are not installed: npm ci --ignore-scripts --prefix tools/contract')
  process.exit(1)
}

/** Runs a program of this package; false when it found fault. */
function run (program, ...args) {
  const { status, error } = spawnSync(fileURLToPath(new URL(`node_modules/.bin/${program}`, import.meta.url)), args, { cwd: here, stdio: 'inherit', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } })
  if (error) console.error(`${program}: ${error.message}`)
  return status === 0
}

/** What the AsyncAPI parser says; false when that is an error or a warning, or when it would let a spoiled document pass. It also tells that there are newer versions of AsyncAPI. */
async function parse (file) {
  const { Parser } = await import('@asyncapi/parser')
  const text = readFileSync(file, 'utf8')
  const { document, diagnostics } = await new Parser().parse(text)
  for (const { severity, code, message, path } of diagnostics) console.error(`${['error', 'warning', 'info', 'hint'][severity]} ${code}: ${message} (${path.join('.')})`)
  if (document) console.log(`asyncapi.json: AsyncAPI ${document.version()}, ${document.channels().length} channels, ${document.operations().length} operations, ${document.messages().length} messages, ${diagnostics.length} findings`)
  const spoiled = JSON.parse(text)
  spoiled.operations.sendMessage.messages[0].$ref = '#/components/messages/message'
  const { diagnostics: faults } = await new Parser().parse(JSON.stringify(spoiled))
  const sees = faults.some(({ severity }) => severity === 0)
  if (!sees) console.error('asyncapi.json: an operation of another channel\'s message was not found')
  return document !== undefined && sees && diagnostics.every(({ severity }) => severity > 1)
}

const passed = [
  run('redocly', 'lint', '--config', 'redocly.yaml', ...openapi),
  run('spectral', 'lint', '--ruleset', '.spectral.yaml', '--fail-severity', 'hint', ...openapi),
  await parse(asyncapi)
]
process.exitCode = passed.includes(false) ? 1 : 0

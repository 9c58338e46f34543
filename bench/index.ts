// The benchmarks side by side: npm run bench, or a part of them: npm run bench -- send --rounds 3
import { mkdirSync, writeFileSync } from 'node:fs'
import { arch, cpus, loadavg, platform, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import mongoose from 'mongoose'
import { allParts } from './parts/index.ts'
import { plots } from './report/plots.ts'
import { writeReadme } from './report/readme.ts'
import { table } from './report/table.ts'
import { pathOf } from './run.ts'
import { openStage } from './stage.ts'
import type { Machine, Result } from './types.ts'

/** When a whole run makes haste, in milliseconds since its begin: it has to end within 15 minutes. */
const hasteMs = 8 * 60_000

const begun = Date.now()
const elapsed = () => `${String(Math.floor((Date.now() - begun) / 60_000)).padStart(2)}:${String(Math.floor((Date.now() - begun) / 1000) % 60).padStart(2, '0')}`
const say = (line: string) => { process.stdout.write(`${elapsed()} ${line}\n`) }

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } } })
const parts = await allParts()
const unknown = positionals.filter(name => !parts.some(part => part.name === name))
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(', ')}; there are ${parts.map(({ name }) => name).join(', ')}.\n`)
  process.exit(1)
}
const chosen = parts.filter(({ name, isApart }) => positionals.length === 0 ? !isApart : positionals.includes(name))

async function machineOf (uri: string): Promise<Machine> {
  const client = await new mongoose.mongo.MongoClient(uri).connect()
  const { version } = await client.db('admin').command({ buildInfo: 1 })
  await client.close()
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    os: `${platform()} ${arch()}`,
    node: process.version,
    mongodb: version,
    load_before: Math.round(loadavg()[0]! * 10) / 10
  }
}

const stage = await openStage(say)
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]] as const) {
  process.once(signal, () => {
    say(`${signal}: stopping what was started …`)
    void stage.stop().then(() => process.exit(code))
  })
}
try {
  const result: Result = { date: new Date().toISOString(), machine: await machineOf(stage.mongo.uri), rounds: Number(values.rounds), seconds: Number(values.seconds), parts: {} }
  for (const [index, part] of chosen.entries()) {
    say(`${part.name} (part ${index + 1} of ${chosen.length})`)
    const haste = Date.now() - begun > hasteMs
    const options = { rounds: haste ? Math.min(3, result.rounds) : result.rounds, seconds: haste ? Math.min(1, result.seconds) : result.seconds, say }
    result.parts[part.name] = await part.run(stage, options)
  }
  mkdirSync(pathOf('bench/results'), { recursive: true })
  const isWhole = positionals.length === 0
  const name = `bench/results/${result.date.slice(0, 19).replaceAll(':', '')}${isWhole ? '' : `-${positionals.join('-')}`}`
  writeFileSync(pathOf(`${name}.json`), `${JSON.stringify(result, null, 1)}\n`)
  for (const [plot, svg] of Object.entries(plots(result))) writeFileSync(pathOf(`${name}-${plot}.svg`), svg)
  writeFileSync(pathOf(`${name}.md`), table(result))
  if (isWhole) writeReadme(result)
  process.stdout.write(`\n${table(result)}\nwritten to ${name}.json, .md and .svg\n`)
} finally {
  await stage.stop()
}

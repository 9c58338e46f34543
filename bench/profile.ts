// A flame graph of the server under a load: npm run bench:profile -- send. It also leaves the .cpuprofile, which speedscope and Chromium's DevTools open.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { putLoad } from './load/index.ts'
import { prepare } from './parts/page.ts'
import { type CpuProfile, flameGraph } from './report/flame.ts'
import { pathOf } from './run.ts'
import { openStage } from './stage.ts'

/** Microseconds between two samples, and seconds of load before and within the profile. */
const [intervalMicros, warmSeconds, loadSeconds] = [500, 6, 10]

const what = process.argv[2] ?? 'send'
if (!['page', 'send'].includes(what)) {
  process.stderr.write('There are profiles of page and send.\n')
  process.exit(1)
}
const say = (line: string) => { process.stdout.write(`${line}\n`) }
const stage = await openStage(say)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void stage.stop().then(() => process.exit(130)) })
try {
  const folder = join(stage.folder, 'profile')
  const subject = await stage.subject('parley', { name: 'profiled', node: ['--cpu-prof', '--cpu-prof-interval', String(intervalMicros), '--cpu-prof-dir', folder] })
  const { load, chats } = await prepare(stage, subject, { messages: 200, chats: 20, people: 4 })
  const full = what === 'page' ? load : { ...load, urls: chats.map(subject.api.send), content: 'A message of a usual length, as people write them to each other all day.' }
  await putLoad(stage, { ...full, connections: 32, seconds: warmSeconds })
  const { answers, seconds } = await putLoad(stage, { ...full, connections: 32, seconds: loadSeconds })
  say(`${what}: ${(answers / seconds).toFixed(0)} a second under the profiler`)
  await subject.stop()
  const [file] = readdirSync(folder).filter(name => name.endsWith('.cpuprofile'))
  mkdirSync(pathOf('bench/results'), { recursive: true })
  const target = pathOf(`bench/results/profile-${what}`)
  copyFileSync(join(folder, file!), `${target}.cpuprofile`)
  // What came before the load is left out.
  const profile = JSON.parse(readFileSync(`${target}.cpuprofile`, 'utf8')) as CpuProfile
  writeFileSync(`${target}.svg`, flameGraph(profile, `Parley under the load "${what}"`, loadSeconds * 1e6))
  say(`written to bench/results/profile-${what}.svg and .cpuprofile`)
} finally {
  await stage.stop()
}

// A flame graph of the server under a load: npm run bench:profile -- send. It also leaves the .cpuprofile, which speedscope and Chromium's DevTools open.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { putLoad } from './load/index.ts'
import { dialectOf, startLoad } from './load/program.ts'
import { openGroups } from './parts/groups.ts'
import { prepare } from './parts/page.ts'
import { type CpuProfile, flameGraph } from './report/flame.ts'
import { pathOf } from './run.ts'
import { openStage } from './stage.ts'
import type { Stage, Subject } from './types.ts'

/** Microseconds between two samples, and seconds of load before and within the profile. */
const [intervalMicros, warmSeconds, loadSeconds] = [500, 6, 10]

const what = process.argv[2] ?? 'send'
if (!['page', 'send', 'fanout'].includes(what)) {
  process.stderr.write('There are profiles of page, send and fanout.\n')
  process.exit(1)
}
type Put = (seconds: number) => Promise<{ count: number, seconds: number }>

/** Requests by HTTP, 32 in flight. */
async function byHttp (stage: Stage, subject: Subject): Promise<Put> {
  const { load, chats } = await prepare(stage, subject, { messages: 200, chats: 20, people: 4 })
  const full = what === 'page' ? load : { ...load, urls: chats.map(subject.api.send), content: 'A message of a usual length, as people write them to each other all day.' }
  return async seconds => {
    const seen = await putLoad(stage, { ...full, connections: 32, seconds })
    return { count: seen.answers, seconds: seen.seconds }
  }
}

/** Deliveries of stored messages in a chat of 100, eight messages in flight. */
async function bySocket (stage: Stage, subject: Subject): Promise<Put> {
  const load = await startLoad(stage)
  const { groups } = await openGroups(stage, load, subject, { chats: 1, people: 100 })
  return async seconds => {
    const { deliveries, ms } = await load.tell('fan', { dialect: dialectOf(subject), kind: 'message', groups, inFlight: 8, ms: seconds * 1000, hears: 'all' })
    return { count: deliveries, seconds: ms / 1000 }
  }
}

const say = (line: string) => { process.stdout.write(`${line}\n`) }
const stage = await openStage(say)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { void stage.stop().then(() => process.exit(130)) })
try {
  const folder = join(stage.folder, 'profile')
  const subject = await stage.subject('parley', { name: 'profiled', node: ['--cpu-prof', '--cpu-prof-interval', String(intervalMicros), '--cpu-prof-dir', folder] })
  const put = await (what === 'fanout' ? bySocket : byHttp)(stage, subject)
  await put(warmSeconds)
  const { count, seconds } = await put(loadSeconds)
  say(`${what}: ${(count / seconds).toFixed(0)} a second under the profiler`)
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

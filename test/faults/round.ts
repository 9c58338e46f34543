import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startCast } from './cast.ts'
import { checkAbsences, checkCopies, checkReplies, checkUnread, clientRules } from './check-clients.ts'
import { checkLog, logRules } from './check-log.ts'
import { type Absence, startChurner } from './churner.ts'
import { createDirector } from './faults.ts'
import { createLedger, patience503Ms } from './ledger.ts'
import type { Life } from './life.ts'
import type { Options } from './options.ts'
import { watchProcessors } from './processor.ts'
import { randomOf } from './random.ts'
import { startReader } from './readers.ts'
import { roomFor } from './room.ts'
import { startSender } from './senders.ts'
import { setStage } from './stage.ts'
import { recoveries, recoveryMs, watchLives } from './watch.ts'

/** What a machine with more to do than it has cores adds to an answer that comes at its last moment, in milliseconds. */
const busyMs = 1000
/** A process that is asked to stop has ended after this, in milliseconds. */
const stopMs = 20_000
const dataBytes = 6 * 2 ** 30

interface Needs extends Pick<Options, 'size' | 'seed' | 'only' | 'isCalm'> { server: string, say: (line: string) => void }

const otherRules = {
  sent: 'every send is acknowledged in the end',
  done: 'what people ask for is done',
  refused: 'no send is refused for good',
  back: 'every reader can come back',
  tokens: 'no valid token is refused',
  status: 'no answer is 500',
  late: '503 comes in time and says when to come back',
  livez: '/livez never fails',
  recovery: 'a send succeeds within 3 s of a new primary',
  stop: 'a process that is asked to stop ends within 20 s',
  alive: 'no process ends by itself',
  enough: 'there was enough of everything'
} as const

/** All rules, each a point of the count at the end. */
export const rules = [...logRules, ...clientRules, ...Object.values(otherRules)]

/** One run of everything on a fresh database, from its seed to the judgement of every rule. */
export async function playRound (life: Life, { size, seed, only, isCalm, server, say }: Needs) {
  const began = Date.now()
  const random = randomOf(seed)
  const folder = await mkdtemp(join(roomFor(dataBytes), 'parley-faults-'))
  life.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  const cast = await startCast(life, { folder, server })
  const { parleys } = cast
  const stage = await setStage(cast, { people: 16, guests: 4, groups: 8, perGroup: 6 })
  const { scenes, visitors } = stage
  const ledger = createLedger((index, from, to) => parleys[index]!.couldAnswer(from, to))
  say(`seed ${seed}: MongoDB ${cast.mongo.version} three times, Redis, ${parleys.length} Parley, after ${((Date.now() - began) / 1000).toFixed(1)} s`)

  const lives = watchLives(cast, ledger)
  const senders = scenes.flatMap((scene, at) => Array.from({ length: size.senders / scenes.length }, (_, n) => {
    const player = scene.people[n % scene.people.length]!
    return startSender({ cast, ledger, player, scene, home: at + n, random: randomOf(seed + at * 1000 + n), paceMs: size.paceMs, via: n % 2 ? 'http' : 'socket', name: `${player.username}-${at}-${n}` })
  }))
  const readers = Array.from({ length: 6 }, (_, n) => {
    const own = scenes.filter((_, at) => at % 3 === n % 3)
    return startReader({ name: `reader ${n}`, player: own[0]!.people[n % 3]!, parley: parleys[n % 3]!, parleys, chatIds: own.filter(scene => scene.people.includes(own[0]!.people[n % 3]!)).map(({ id }) => id), ledger })
  })
  readers.push(...visitors.map((player, n) => startReader({ name: player.username, player, parley: parleys[n % 3]!, parleys, chatIds: [scenes[n]!.id, scenes[n + 4]!.id], ledger })))
  life.teardown(() => { for (const reader of readers) reader.stop() })
  const absences: Absence[] = []
  const churner = startChurner({ cast, ledger, stage, random: randomOf(seed + 1), everyMs: size.churnMs, absences })
  const director = createDirector({ cast, random, everyMs: size.everyMs, only, say })
  await delay(2000)
  const processors = watchProcessors(cast)
  const progress = setInterval(() => { say(`          ${ledger.acknowledged.length} acknowledged, ${ledger.counts.refused} refused, ${ledger.counts.unknown} unknown`) }, 10_000)
  try {
    const begun = Date.now()
    const isOver = () => {
      const seconds = (Date.now() - begun) / 1000
      return seconds > size.atMost || (seconds > size.seconds && ledger.acknowledged.length >= size.acknowledged && director.events.length >= size.faults)
    }
    if (isCalm) await delay(size.seconds * 1000)
    else await director.run(isOver)
  } finally {
    clearInterval(progress)
  }
  const healedAt = Date.now()
  const used = processors.stop()
  await delay(1000)
  await Promise.all([churner.stop(), ...senders.map(async sender => { await sender.stop() })])
  await lives.stop()
  say(`healed after ${((healedAt - began) / 1000).toFixed(1)} s; looking at everything`)

  await checkReplies(cast, ledger)
  const rows = new Map<string, Awaited<ReturnType<typeof checkLog>>>()
  for (const scene of scenes) rows.set(scene.id, await checkLog(cast.db, ledger, scene))
  await checkCopies(cast, ledger, stage, readers, new Map([...rows].map(([id, log]) => [id, log.at(-1)!['seq']])))
  checkAbsences(ledger, readers, absences, rows)
  await checkUnread(cast, ledger, stage, rows)
  for (const { server, what, code, from, to } of ledger.late503) {
    const late = lives.lateness(server, from, to)
    if (to - from > patience503Ms + busyMs + late) ledger.broken(otherRules.late, `${((from - began) / 1000).toFixed(1)} s after the start ${what} at ${server}: ${code} after ${to - from} ms (the process was ${late} ms late)`)
  }
  for (const { index, stops } of parleys) {
    for (const { from, to, how } of stops) if (to - from > stopMs + busyMs + lives.lateness(index, from, to)) ledger.broken(otherRules.stop, `process ${index}, ${((from - began) / 1000).toFixed(1)} s after the start: ${how} after ${to - from} ms`)
  }
  const recovered = recoveries(cast, ledger, healedAt)
  for (const { at, member, ms, afterMs } of recovered) if (afterMs > recoveryMs) ledger.broken(otherRules.recovery, `member ${member}, ${((at - began) / 1000).toFixed(1)} s after the start: ${ms} ms, ${afterMs} after it could keep a write`)
  for (const { index, failures } of parleys) ledger.wrong.get(otherRules.status)?.unshift(...failures.slice(0, 2).map(line => `process ${index}: ${line.slice(0, 2000)}`))
  for (const { index, unexpected, lines } of parleys) if (unexpected > 0) ledger.broken(otherRules.alive, `process ${index}: ${lines.slice(-5).join(' | ')}`)
  const { events } = director
  if (ledger.acknowledged.length < size.acknowledged) ledger.broken(otherRules.enough, `${ledger.acknowledged.length} sends were acknowledged, not ${size.acknowledged}`)
  if (events.length < size.faults) ledger.broken(otherRules.enough, `${events.length} faults, not ${size.faults}`)
  for (const name of ledger.wrong.keys()) if (!(rules as readonly string[]).includes(name)) throw new Error(`no rule is called "${name}"`)
  const { wrong, counts, statuses, took } = ledger
  return { seed, ledger: { wrong, counts, statuses }, acknowledged: ledger.acknowledged.length, events, recovered, used, took, seconds: (Date.now() - began) / 1000, readers: readers.map(reader => reader.counts) }
}

export type Round = Awaited<ReturnType<typeof playRound>>

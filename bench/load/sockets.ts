// The load program for sockets: a process of its own, told by messages of its parent what to open, send and measure.
import pMap from 'p-map'
import { type Dialect, dialects, type Kind } from './dialects.ts'
import { createHistogram, distribution } from './histogram.ts'
import { type LoadSocket, openSocket, type Target } from './socket.ts'

export interface OpenAsk { dialect: string, targets: Target[], atOnce: number }
/** Sockets by number: the first sends, all of them hear. */
export interface Group { sockets: number[] }
export interface FanAsk { dialect: string, kind: Kind, groups: Group[], inFlight: number, ms: number, hears: 'all' | 'others', /** Ends it before the time is over. */ messages?: number }
export interface AskAsk { sockets: number[], frames: string[], answer: string }
export interface PaceAsk { dialect: string, groups: Group[], perSecond: number, ms: number }
export interface ChurnAsk { dialect: string, targets: Target[], count: number, atOnce: number }
export interface ListenAsk { dialect: string, sockets: number[], ms: number }

export interface Percentile { percentile: number, value: number }
export interface FanAnswer { ms: number, messages: number, deliveries: number, lost: number, whole: Percentile[] }
export interface PaceAnswer { ms: number, sent: number, deliveries: number, lost: number, lateMs: number, delivery: Percentile[] }

/** How long is waited for what is still on its way when the time is over, in milliseconds. */
const drainMs = 10_000
const contentLength = 70
const timeMark = Buffer.from('@T')
const timeLength = 14

const sockets: (LoadSocket | undefined)[] = []
const speak = (name: string): Dialect => dialects[name]!

/** A text of the usual length that begins with when it was sent. */
const contentAt = (ms: number) => `@T${ms.toFixed(3).padStart(timeLength, '0')} shall we meet at the station, or rather a little later?`.padEnd(contentLength, '.')

function sentAt (buffer: Buffer, start: number, end: number): number {
  const at = buffer.indexOf(timeMark, start)
  if (at < 0 || at > end) throw new Error('a message came without the time of its sending')
  return Number(buffer.toString('latin1', at + 2, at + 2 + timeLength))
}

async function open ({ dialect, targets, atOnce }: OpenAsk): Promise<{ first: number }> {
  const first = sockets.length
  sockets.length += targets.length
  await pMap(targets, async (target, index) => { sockets[first + index] = await openSocket(target, speak(dialect)) }, { concurrency: atOnce })
  return { first }
}

const of = (group: Group) => group.sockets.map(number => {
  const socket = sockets[number]
  if (!socket?.isOpen) throw new Error(`socket ${number} is closed (${socket?.closedWith ?? 'without a word'})`)
  return socket
})

/** Sends in each group so many messages at a time, the next when one has reached everybody, until the time is over. */
function fan ({ dialect, kind, groups, inFlight, ms, hears, messages: most = Infinity }: FanAsk): Promise<FanAnswer> {
  const language = speak(dialect)
  const whole = createHistogram()
  const begun = performance.now()
  let deliveries = 0
  let messages = 0
  let atEnd: Pick<FanAnswer, 'ms' | 'messages' | 'deliveries'> | undefined
  let running = groups.length
  let finish: (lost: number) => void = () => {}
  const finished = new Promise<number>(resolve => { finish = resolve })
  let missing = () => 0

  for (const group of groups) {
    const members = of(group)
    const sender = members[0]!
    const hearers = hears === 'all' ? members : members.slice(1)
    // Every frame of a socket in the chat is the next message of the chat: who counts knows which one it is.
    const heard = new Map(hearers.map(socket => [socket, { count: 0 }]))
    const reached: number[] = []
    const sent: number[] = []
    let done = 0
    const say = () => {
      const now = performance.now()
      sender.send(language.send(kind, sender.place, contentAt(now), sent.length))
      sent.push(now)
      reached.push(0)
    }
    for (const [socket, own] of heard) {
      socket.watch(kind, () => {
        const turn = own.count++
        if (turn >= sent.length) return
        deliveries++
        if (++reached[turn]! < hearers.length) return
        const now = performance.now()
        messages++
        done++
        whole.add(now - sent[turn]!)
        if (now - begun < ms && messages < most) return say()
        atEnd ??= { ms: now - begun, messages, deliveries }
        if (done === sent.length && --running === 0) finish(0)
      })
    }
    const before = missing
    missing = () => before() + sent.length * hearers.length - [...heard.values()].reduce((sum, { count }) => sum + count, 0)
    for (let i = 0; i < inFlight; i++) say()
  }
  const patience = setTimeout(() => { finish(missing()) }, ms + drainMs)
  return finished.then(lost => {
    clearTimeout(patience)
    for (const group of groups) for (const number of group.sockets) sockets[number]!.watch(kind, undefined)
    return { ...atEnd ?? { ms: performance.now() - begun, messages, deliveries }, lost, whole: distribution(whole) }
  })
}

/** Sends at a fixed rate, whatever the server does, each message when it is due, and times every delivery of each. */
async function pace ({ dialect, groups, perSecond, ms }: PaceAsk): Promise<PaceAnswer> {
  const language = speak(dialect)
  const delivery = createHistogram()
  const members = groups.map(of)
  const size = members.reduce((sum, { length }) => sum + length, 0) / members.length
  for (const socket of members.flat()) socket.watch('message', (_socket, buffer, start, end) => { delivery.add(performance.now() - sentAt(buffer, start, end)) })
  const begun = performance.now()
  const gap = 1000 / perSecond
  let sent = 0
  let lateMs = 0
  await new Promise<void>(resolve => {
    const turn = () => {
      const now = performance.now()
      for (let due = begun + sent * gap; due <= now; due = begun + sent * gap) {
        if (due - begun >= ms) return resolve()
        lateMs = Math.max(lateMs, now - due)
        const sender = members[sent % members.length]![0]!
        // The time it was due: what this program is late itself counts, too, and for all servers alike.
        sender.send(language.send('message', sender.place, contentAt(due), sent))
        sent++
      }
      setTimeout(turn, Math.max(0, begun + sent * gap - performance.now()))
    }
    turn()
  })
  const ended = performance.now()
  while (delivery.total < sent * size && performance.now() - ended < drainMs) await new Promise(resolve => { setTimeout(resolve, 10) })
  for (const socket of members.flat()) socket.watch('message', undefined)
  return { ms: ended - begun, sent, deliveries: delivery.total, lost: sent * size - delivery.total, lateMs, delivery: distribution(delivery) }
}

/** Opens and closes sockets, so many at a time. */
async function churn ({ dialect, targets, count, atOnce }: ChurnAsk): Promise<{ ms: number }> {
  const begun = performance.now()
  await pMap(Array(count).keys(), async index => {
    const socket = await openSocket(targets[index % targets.length]!, speak(dialect))
    await socket.close()
  }, { concurrency: atOnce })
  return { ms: performance.now() - begun }
}

/** Has each of some sockets say frames one by one, each when the one before is answered by a text that begins so. */
async function ask ({ sockets: numbers, frames, answer }: AskAsk) {
  await Promise.all(of({ sockets: numbers }).map(async socket => {
    for (const frame of frames) await socket.ask(frame, answer)
  }))
  return {}
}

/** Counts what some sockets hear in a time. */
async function listen ({ dialect, sockets: numbers, ms }: ListenAsk): Promise<{ ms: number, deliveries: number, cpuMs: number }> {
  speak(dialect)
  let deliveries = 0
  for (const socket of of({ sockets: numbers })) socket.watch('message', () => { deliveries++ })
  const begun = performance.now()
  const cpu = process.cpuUsage()
  await new Promise(resolve => { setTimeout(resolve, ms) })
  const { user, system } = process.cpuUsage(cpu)
  const answer = { ms: performance.now() - begun, deliveries, cpuMs: (user + system) / 1000 }
  for (const number of numbers) sockets[number]!.watch('message', undefined)
  return answer
}

async function close ({ from, to }: { from: number, to: number }) {
  await pMap(sockets.slice(from, to), async (socket, index) => {
    await socket?.close()
    sockets[from + index] = undefined
  }, { concurrency: 100 })
  return {}
}

/** How many of some sockets are open. */
const state = async ({ from, to }: { from: number, to: number }) => {
  const asked = sockets.slice(from, to)
  return { open: asked.filter(socket => socket?.isOpen).length, closedWith: [...new Set(asked.flatMap(socket => socket?.closedWith ?? []))] }
}

/** What the parent can ask for. */
const works = { open, fan, pace, churn, ask, listen, close, state }
export type Works = typeof works

process.on('message', ({ id, work, ask }: { id: number, work: keyof Works, ask: never }) => {
  const answer = async () => await works[work](ask)
  answer().then(result => { process.send!({ id, result }) }, (error: Error) => { process.send!({ id, error: error.stack ?? String(error) }) })
})
// The parent has gone.
process.on('disconnect', () => { process.exit() })

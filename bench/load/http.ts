// The load program for HTTP, a process of its own: told what to do by IPC messages, it answers each with what it saw.
import { setTimeout as delay } from 'node:timers/promises'
import { HttpConnection } from './connection.ts'

export interface Load {
  /** Addresses that are asked in turn. */
  urls: string[]
  tokens: string[]
  /** The text of messages to send, each with a `client_id` of its own; without one the addresses are read. */
  content?: string
  body?: string
  /** How many requests are in flight: a closed loop. With a `rate` how many connections there are. */
  connections: number
  seconds: number
  /** Requests a second, however slow the answers are: an open loop. What has to wait for a connection is timed from when it should have been sent. */
  rate?: number
}

export interface Seen {
  /** Successful answers, and how many seconds it took until the last of them. */
  answers: number
  seconds: number
  /** Answers that were no success, by status. */
  failures: Record<string, number>
  /** Milliseconds of single requests, sorted, thinned to at most a few thousand. */
  latencies: number[]
  /** Processor time of this program, in milliseconds. */
  cpu_ms: number
}

/** How long a server is given to take over the connections that its system has accepted, in milliseconds for each and at the most: to open them is not what is timed. */
const takeOver = { ofEachMs: 20, mostMs: 200 }

let sent = 0
const run = `${process.pid}-${Date.now()}`

function requestsOf ({ urls, tokens, content, body }: Load): () => string {
  const heads = urls.map((url, index) => {
    const { host, pathname, search } = new URL(url)
    return `${content === undefined && body === undefined ? 'GET' : 'POST'} ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\n${tokens.length > 0 ? `authorization: Bearer ${tokens[index % tokens.length]}\r\n` : ''}`
  })
  let next = 0
  return () => {
    const head = heads[next++ % heads.length]!
    if (content === undefined && body === undefined) return `${head}\r\n`
    const text = body ?? JSON.stringify({ content, client_id: `${run}-${++sent}` })
    return `${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  }
}

async function work (load: Load): Promise<Seen> {
  const { connections: count, seconds, rate } = load
  const port = Number(new URL(load.urls[0]!).port)
  const connections = Array.from({ length: count }, () => new HttpConnection(port))
  await Promise.all(connections.map(({ connected }) => connected))
  await delay(Math.min(takeOver.mostMs, takeOver.ofEachMs * count))
  const request = requestsOf(load)
  const latencies: number[] = []
  const failures: Record<string, number> = {}
  const before = process.cpuUsage()
  const begun = performance.now()
  const end = begun + seconds * 1000
  let last = begun

  async function one (connection: HttpConnection, since: number) {
    const { status } = await connection.ask(request())
    last = performance.now()
    if (status < 300) latencies.push(last - since)
    else failures[status] = (failures[status] ?? 0) + 1
  }

  if (rate === undefined) {
    await Promise.all(connections.map(async connection => {
      while (performance.now() < end) await one(connection, performance.now())
    }))
  } else {
    const free = [...connections]
    const waiting: number[] = []
    const flying = new Set<Promise<void>>()
    const go = (connection: HttpConnection, since: number) => {
      const flight: Promise<void> = one(connection, since).then(() => {
        flying.delete(flight)
        const next = waiting.shift()
        if (next === undefined) free.push(connection)
        else go(connection, next)
      })
      flying.add(flight)
    }
    const total = Math.floor(rate * seconds)
    for (let i = 0; i < total;) {
      const due = begun + i * 1000 / rate
      if (performance.now() < due) {
        await delay(0)
        continue
      }
      i++
      const connection = free.pop()
      // This program's own lateness, at most a timer's millisecond, is not the server's; waiting for a connection is.
      if (connection) go(connection, performance.now())
      else waiting.push(due)
    }
    while (flying.size > 0) await Promise.all(flying)
  }
  for (const connection of connections) connection.close()
  const { user, system } = process.cpuUsage(before)
  const sorted = latencies.sort((a, b) => a - b)
  const thin = Math.max(1, Math.floor(sorted.length / 5000))
  return {
    answers: sorted.length,
    seconds: (last - begun) / 1000,
    failures,
    // The slowest one is kept.
    latencies: sorted.filter((_, index) => (sorted.length - 1 - index) % thin === 0),
    cpu_ms: (user + system) / 1000
  }
}

process.on('message', (load: Load) => {
  work(load).then(seen => process.send!(seen), (error: unknown) => process.send!({ error: (error as Error).stack }))
})
process.on('disconnect', () => process.exit())

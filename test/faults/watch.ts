import { setTimeout as delay } from 'node:timers/promises'
import type { Cast } from './cast.ts'
import { ask } from './http.ts'
import type { Ledger } from './ledger.ts'
import { createRunQueue } from './run-queue.ts'

/** How often each process is asked whether it lives, how long it may take beside what it waits for a processor, and how long is waited at all, in milliseconds. */
const livez = { everyMs: 500, patienceMs: 3000, mostMs: 12_000 }
/** Within this time of a new primary the first send is acknowledged, in milliseconds. */
export const recoveryMs = 3000

/** How often this program looks whether it is late, in milliseconds. */
const ownMs = 100

/** The number of this program among the processes that are looked at. */
const itself = -1

interface Sample { server: number, from: number, to: number }

/** Asks every process for /livez until `stop`: one that could answer has to. */
export function watchLives ({ parleys }: Cast, ledger: Ledger) {
  const state = { over: false }
  const began = Date.now()
  const samples: Sample[] = []
  // This program is on the same machine: when it was late itself, so may all others have been.
  let looked = Date.now()
  const queue = createRunQueue(server => parleys[server]?.pid ?? process.pid)
  const servers = parleys.map(({ index }) => index)
  const own = setInterval(() => {
    const now = Date.now()
    for (const server of [...servers, itself]) queue.look(server)
    if (now - looked > 2 * ownMs) for (const { index } of parleys) samples.push({ server: index, from: looked, to: now })
    looked = now
  }, ownMs)
  const watching = Promise.all(parleys.map(async parley => {
    while (!state.over) {
      const from = Date.now()
      const reply = await ask(parley.port, 'GET', '/livez', { timeoutMs: livez.mostMs })
      const to = Date.now()
      // One that ended just now has not been noticed yet.
      await delay(livez.everyMs)
      samples.push({ server: parley.index, from, to })
      const ownMs = to - from - queue.waited(parley.index, from, to) - queue.waited(itself, from, to)
      const isRefused = reply?.status !== 200 && to - from < livez.mostMs
      if ((isRefused || ownMs > livez.patienceMs) && parley.couldAnswer(from - 100, to + 100)) ledger.broken('/livez never fails', `process ${parley.index}, ${((from - began) / 1000).toFixed(1)} s after the start: ${reply?.status ?? 'no answer'} after ${to - from} ms, ${Math.round(ownMs)} without the waits for a processor`)
    }
  }))
  return {
    samples,
    /** By how much a process was late between two moments because the machine was busy, in milliseconds. */
    lateness: (server: number, from: number, to: number) => Math.max(Math.round(queue.waited(server, from, to) + queue.waited(itself, from, to)), ...samples.map(sample => sample.server === server && sample.from < to && sample.to > from ? sample.to - sample.from : 0)),
    async stop () {
      state.over = true
      clearInterval(own)
      await watching
    }
  }
}

/**
 * How long after each election the first send was acknowledged, in milliseconds, and how long after the new primary could keep a write at all; nothing of
 * one that was over before.
 */
export function recoveries ({ mongo }: Cast, { ackTimes }: Pick<Ledger, 'ackTimes'>, until: number) {
  // The first one was chosen before anybody sent.
  const elections = mongo.elections.filter(({ at }) => at > (ackTimes[0] ?? Infinity) && at < until)
  return elections.flatMap(({ at, member, commitsAt }, index) => {
    const first = ackTimes.find(time => time >= at)
    const next = elections[index + 1]?.at ?? Infinity
    return first === undefined || commitsAt === undefined || first > next ? [] : [{ at, member, ms: first - at, afterMs: Math.max(0, first - commitsAt) }]
  })
}

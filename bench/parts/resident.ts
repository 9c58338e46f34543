import { setTimeout as delay } from 'node:timers/promises'
import { residentBytes } from '../rounds.ts'

export const kib = 1024

/** Sockets that are opened at once: more would only wait for the server. */
export const openedAtOnce = 32

/** How long a server is left alone before its memory is read, in milliseconds: V8 gives back what it does not need after some 20 s. */
const restMs = 25_000

/** The resident memory of a server after a rest, in bytes. */
export async function rested ({ pid }: { pid: number }, ms = restMs): Promise<number> {
  await delay(ms)
  return residentBytes(pid)
}

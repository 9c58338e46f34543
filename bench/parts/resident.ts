import { setTimeout as delay } from 'node:timers/promises'
import { residentBytes } from '../rounds.ts'

export const kib = 1024

/** Sockets that are opened at once: more would only wait for the server. */
export const openedAtOnce = 32

/** How long a server is left alone before its memory is read, in milliseconds: V8 gives back what it does not need some 25 to 45 s after it has grown. */
export const restMs = { before: 25_000, after: 45_000 }

/** The resident memory of a server after a rest, in bytes. */
export async function rested ({ pid }: { pid: number }, ms: number): Promise<number> {
  await delay(ms)
  return residentBytes(pid)
}

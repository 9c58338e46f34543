import { setTimeout as delay } from 'node:timers/promises'
import { residentBytes } from '../rounds.ts'

export const kib = 1024

/** Sockets that are opened at once: more would only wait for the server. */
export const openedAtOnce = 32

/** How long a server is left alone before its memory is read, in milliseconds. */
const restMs = 2000

/** The resident memory of a server after a rest, in bytes. */
export async function rested ({ pid }: { pid: number }): Promise<number> {
  await delay(restMs)
  return residentBytes(pid)
}

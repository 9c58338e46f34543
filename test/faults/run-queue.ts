import { readFileSync } from 'node:fs'

/** When it was looked, and how long a process had waited for a processor until then, in milliseconds. */
interface Look { at: number, pid: number, waitedMs: number }

/** How long the main thread of a process was ready to run and had to wait for a processor so far (proc(5): `schedstat`, nanoseconds); undefined where that is not told. */
function waitedBy (pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'latin1').split(' ')[1]) / 1e6
  } catch {}
}

/** Keeps in mind how long processes waited for a processor: what a busy machine adds to their answers is no fault of theirs. */
export function createRunQueue (pidOf: (server: number) => number) {
  const looks = new Map<number, Look[]>()
  return {
    look (server: number) {
      const pid = pidOf(server)
      const waitedMs = waitedBy(pid)
      if (waitedMs === undefined) return
      const own = looks.get(server) ?? []
      looks.set(server, own)
      own.push({ at: Date.now(), pid, waitedMs })
    },

    /** How long one waited between two moments, in milliseconds. */
    waited (server: number, from: number, to: number): number {
      const own = looks.get(server) ?? []
      let sum = 0
      for (let at = 1; at < own.length; at++) {
        const [before, after] = [own[at - 1]!, own[at]!]
        if (after.at < from || before.at > to) continue
        sum += after.waitedMs - (after.pid === before.pid ? before.waitedMs : 0)
      }
      return Math.min(sum, to - from)
    }
  }
}

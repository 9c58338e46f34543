import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { Cast } from './cast.ts'

/** How often is looked, in milliseconds: what a process uses after the last look before its end is not seen. */
const everyMs = 1000
/** Of a clock tick of /proc, on every Linux that Node runs on (proc(5), sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100

/** The processor time that a process used so far, in seconds; undefined when it is gone or there is no /proc. */
function usedBy (pid: number): number | undefined {
  try {
    // After the name, which may hold anything, come the state as field 3, user time as field 14 and system time as field 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {}
}

/** The time that all processors of this machine did nothing, in seconds. */
function idleTime (): number { return cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1000 }

/** Watches who uses the processors until `stop`, which answers the share of one processor for each. */
export function watchProcessors ({ mongo, parleys, redis }: Cast) {
  const began = performance.now()
  const idle = idleTime()
  const own = process.cpuUsage()
  const last = new Map<number, number>()
  const used: Record<string, number> = {}
  function look () {
    for (const [who, pids] of Object.entries({ 'mongod (three)': mongo.members.map(({ pid }) => pid), 'Parley (three)': parleys.map(({ pid }) => pid), Redis: [redis.pid] })) {
      for (const pid of pids) {
        const now = usedBy(pid)
        if (now === undefined) continue
        used[who] = (used[who] ?? 0) + now - (last.get(pid) ?? 0)
        last.set(pid, now)
      }
    }
  }
  // What they used before is not counted.
  look()
  for (const who of Object.keys(used)) used[who] = 0
  const looking = setInterval(look, everyMs)
  return {
    stop (): { who: string, share: number }[] {
      clearInterval(looking)
      look()
      const seconds = (performance.now() - began) / 1000
      const { user, system } = process.cpuUsage(own)
      return Object.entries({ ...used, 'this program': (user + system) / 1e6, nobody: idleTime() - idle }).map(([who, spent]) => ({ who, share: spent / seconds }))
    }
  }
}

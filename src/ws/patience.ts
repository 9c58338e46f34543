import type { Command } from '../platform/command.ts'
import { Problem } from '../platform/errors.ts'
import { patienceMs } from '../platform/operation.ts'

/** How long a handshake may take to find out who it is that comes. */
export const handshakePatience: Command['patience'] = { ms: patienceMs.usual, code: 'database_unavailable' }

/** What a frame that had to wait for its turn is given at least, in milliseconds: it is not refused untried. */
const leastMs = 300

/** Resolves as `work` does, or throws the code of `patience` when a client has waited since `came` for as long as it is to; the work goes on. */
export async function inTime<Result> (patience: Command['patience'], came: number, work: Promise<Result>): Promise<Result> {
  if (!patience) return await work
  const left = Math.max(leastMs, came + patience.ms - performance.now())
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => { reject(new Problem(patience.code)) }, left).unref() })
  return await Promise.race([work, late]).finally(() => { clearTimeout(timer) })
}

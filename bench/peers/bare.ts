import { join } from 'node:path'
import { freePort } from '../../src/platform/port.ts'
import { pathOf, start, untilAnswers } from '../run.ts'
import type { Stage } from '../types.ts'

interface Bare { url: string, pid: number, stop: () => Promise<void> }

async function startProgram (stage: Pick<Stage, 'folder' | 'later'>, program: string, env: Record<string, string>): Promise<Bare> {
  const port = await freePort()
  const log = join(stage.folder, 'bare.log')
  const running = await start(process.execPath, ['--import', 'tsx', pathOf(`bench/peers/bare/${program}.ts`)], { cwd: pathOf('.'), log, env: { PORT: String(port), ...env } })
  stage.later(running.stop)
  const url = `http://127.0.0.1:${port}`
  await untilAnswers(url, running, log)
  return { url, pid: running.pid, stop: running.stop }
}

/** A bare `ws` server that tells all sockets of a path `frame` whatever one of them says; `stored`: after an insert that a majority acknowledged. */
export const startBareSockets = (stage: Stage, { frame, hears, stored }: { frame: string, hears: 'all' | 'others', stored: boolean }): Promise<Bare> =>
  startProgram(stage, 'sockets', { FRAME: frame, HEARS: hears, ...(stored && { MONGODB_URL: stage.mongo.uri }) })

/** A server that floods every connection with `frame`, so many in one write. */
export const startFlood = (stage: Stage, { frame, together }: { frame: string, together: number }): Promise<Bare> =>
  startProgram(stage, 'flood', { FRAME: frame, TOGETHER: String(together) })

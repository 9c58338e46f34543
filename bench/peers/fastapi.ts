import { join } from 'node:path'
import { pathOf } from '../run.ts'
import type { Stage, Subject, Variant } from '../types.ts'
import { installPython } from './installed.ts'
import { startPlain } from './plain.ts'

/** FastAPI under uvicorn with uvloop and httptools, in one process, without an access log and without compression of frames. */
export async function startFastApi (stage: Stage, variant?: Variant): Promise<Subject> {
  const home = await installPython('fastapi', 'bench/peers/fastapi/requirements.txt', stage.say)
  return await startPlain(stage, 'fastapi', {
    program: join(home, 'bin', 'python'),
    args: port => ['-m', 'uvicorn', 'main:app', '--host', '127.0.0.1', '--port', String(port), '--loop', 'uvloop', '--http', 'httptools', '--ws', 'websockets-sansio', '--ws-per-message-deflate', 'false', '--no-access-log', '--log-level', 'warning'],
    cwd: pathOf('bench/peers/fastapi'),
    env: { PYTHONDONTWRITEBYTECODE: '1' }
  }, variant)
}

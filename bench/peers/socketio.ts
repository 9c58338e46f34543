import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathOf } from '../run.ts'
import type { Stage, Subject, Variant } from '../types.ts'
import { installNode } from './installed.ts'
import { startPlain } from './plain.ts'

/** Socket.IO, Express and Mongoose, in one process. */
export async function startSocketIo (stage: Stage, variant?: Variant): Promise<Subject> {
  const home = await installNode('socketio', 'bench/peers/socketio', stage.say)
  copyFileSync(pathOf('bench/peers/socketio/server.js'), join(home, 'server.js'))
  return await startPlain(stage, 'socketio', { program: process.execPath, args: () => ['server.js'], cwd: home, env: { NODE_ENV: 'production' } }, variant)
}

import type { Stage, Subject, Variant } from '../types.ts'
import { startFastApi } from './fastapi.ts'
import { startParley } from './parley.ts'
import { startSocketIo } from './socketio.ts'

/** How each subject is started. */
export const starters: Record<string, (stage: Stage, variant?: Variant) => Promise<Subject>> = {
  parley: startParley,
  fastapi: startFastApi,
  socketio: startSocketIo
}

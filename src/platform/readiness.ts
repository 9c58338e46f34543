import fp from 'fastify-plugin'
import { Problem } from './errors.ts'
import type { StartupError } from './startup-error.ts'

type State = 'starting' | 'ready' | 'stopping'

/** Whether the server takes work, and if not, why. */
export function createReadiness () {
  let state: State = 'starting'
  let trouble: StartupError | undefined

  return {
    /** What a start waits for. */
    waitsFor (error: StartupError) { trouble = error },
    ready () { state = 'ready' },
    stop () { state = 'stopping' },
    isStarting: () => state === 'starting',

    /** Throws `unavailable` while the server starts or stops, `database_unavailable` while its start waits for the database. */
    check () {
      if (state === 'ready') return
      if (state === 'starting' && trouble) throw new Problem('database_unavailable', trouble.inPublic)
      throw new Problem('unavailable', 'The server is starting or stopping.')
    }
  }
}

export type Readiness = ReturnType<typeof createReadiness>

/**
 * Lets nothing of the API past before the server has its database: there is nobody to ask who may. Documents and probes are answered, and
 * sockets closed by themselves. What comes while it stops is let through: each part ends what it has begun.
 */
export const startGate = fp<{ readiness: Readiness }>((app, { readiness }) => {
  app.addHook('onRequest', ({ routeConfig: { url, withoutDatabase } }, _reply, done) => {
    if (readiness.isStarting() && url?.startsWith('/api/') && !withoutDatabase) readiness.check()
    done()
  })
}, { name: 'start-gate' })

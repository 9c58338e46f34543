import type { WebSocket } from 'ws'
import type { Clock } from '../platform/clock.ts'
import type { Hub } from './hub.ts'
import type { SocketSettings } from './settings.ts'

interface Needs {
  hub: Pick<Hub, 'watch'>
  socket: WebSocket
  clock: Clock
  settings: Pick<SocketSettings, 'heartbeatMs' | 'authMs'>
  /** Told when nobody has said in time whose socket it is. */
  unclaimed: () => void
  /** Told when the token has ended. */
  expired: () => void
}

/** Looks after a socket: that its client still answers, that it is somebody's in time, and that it ends with its token. */
export function createVitals ({ hub, socket, clock, settings: { heartbeatMs, authMs }, unclaimed, expired }: Needs) {
  const began = clock.now()
  let answered = true
  let nextBeat = began + heartbeatMs
  let deadline: number | undefined = began + authMs
  let late = unclaimed

  socket.on('pong', () => { answered = true })
  const stop = hub.watch(() => {
    const now = clock.now()
    if (deadline !== undefined && now >= deadline) {
      deadline = undefined
      return late()
    }
    if (now < nextBeat) return
    if (!answered) return socket.terminate()
    answered = false
    nextBeat = now + heartbeatMs
    socket.ping()
  })

  return {
    /** The handshake said whose it is: the judgement takes as long as it takes. */
    presented () { deadline = undefined },

    /** It is somebody's until the token ends, in milliseconds since 1970. */
    claimed (expiresAt: number | undefined) {
      deadline = expiresAt
      late = expired
    },

    stop
  }
}

export type Vitals = ReturnType<typeof createVitals>

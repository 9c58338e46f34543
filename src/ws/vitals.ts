import type { WebSocket } from 'ws'
import type { Clock } from '../platform/clock.ts'
import { Problem } from '../platform/errors.ts'
import type { Hub } from './hub.ts'
import type { SocketSettings } from './settings.ts'
import type { Ticking } from './ticker.ts'

/** What is needed of a socket to look after it. */
export interface Patient {
  readonly socket: WebSocket
  readonly shared: { hub: Pick<Hub, 'ticker'>, clock: Clock, settings: Pick<SocketSettings, 'heartbeatMs' | 'authMs'> }
  /** Tells the client why, and closes the socket. */
  refuse: (error: unknown) => void
}

/** Looks after a socket: that its client still answers, that it is somebody's in time, and that it ends with its token. */
export class Vitals implements Ticking {
  readonly #patient: Patient
  #answered = true
  #nextBeat: number
  #deadline: number | undefined
  #isClaimed = false

  constructor (patient: Patient) {
    this.#patient = patient
    const { socket, shared: { hub, clock, settings: { heartbeatMs, authMs } } } = patient
    const began = clock.now()
    this.#nextBeat = began + heartbeatMs
    this.#deadline = began + authMs
    socket.on('pong', () => { this.#answered = true })
    hub.ticker.watch(this)
  }

  /** The handshake said whose it is: the judgement takes as long as it takes. */
  presented () { this.#deadline = undefined }

  /** It is somebody's until the token ends, in milliseconds since 1970. */
  claimed (expiresAt: number | undefined) {
    this.#deadline = expiresAt
    this.#isClaimed = true
  }

  tick () {
    const { socket, shared: { clock, settings } } = this.#patient
    const now = clock.now()
    if (this.#deadline !== undefined && now >= this.#deadline) {
      this.#deadline = undefined
      return this.#patient.refuse(new Problem(this.#isClaimed ? 'token_expired' : 'authentication_timeout'))
    }
    if (now < this.#nextBeat) return
    if (!this.#answered) return socket.terminate()
    this.#answered = false
    this.#nextBeat = now + settings.heartbeatMs
    socket.ping()
  }

  /** The socket closed. */
  stop () { this.#patient.shared.hub.ticker.unwatch(this) }
}

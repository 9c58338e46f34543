import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Maybe } from '../platform/maybe.ts'
import { requireScope } from '../platform/scopes.ts'
import { toProblem } from '../platform/to-problem.ts'
import { type ClosingName, closingOf } from './close-codes.ts'
import { encode, type Frame } from './frame.ts'
import type { Dropped, Hub, Member } from './hub.ts'
import type { Outgoing } from './outgoing.ts'
import type { SocketSettings } from './settings.ts'
import type { Subscription } from './subscription.ts'
import type { Vitals } from './vitals.ts'

/** Who a socket belongs to. Every method throws `unauthenticated` and `token_expired`. */
export interface SocketAuth {
  /** Whose access token this is. */
  authenticate: (token: string) => Maybe<Actor>
  /** Whose ticket this is; it works once. */
  redeem: (ticket: string) => Promise<Actor>
  /** The same person as they are now. */
  renew: (actor: Actor) => Maybe<Actor>
}

/** A socket, as far as its owner is concerned. */
interface Owned {
  readonly shared: { hub: Hub, auth: SocketAuth, settings: SocketSettings }
  readonly outgoing: Outgoing
  readonly vitals: Vitals
  /** The chat of the socket's address: without it, the socket ends. */
  readonly homeId: string | undefined
  isOpen: () => boolean
  end: (closing: ClosingName, reason: string) => void
  overflow: () => void
}

/** Whose a socket is, and that this is asked again whenever it may have changed. */
export class Owner implements Member {
  readonly #socket: Owned
  actor: Actor | undefined
  /** Whether the socket is counted as somebody's, and hears. */
  isAdmitted = false
  userId = ''
  username = ''
  sessionId = ''
  readonly subscriptions = new Map<string, Subscription>()
  /** What is heard while it is asked again who this is. */
  #withheld: Frame[] | undefined
  #revisions = 0

  constructor (socket: Owned) { this.#socket = socket }

  /** It is this person's from now on. Throws `insufficient_scope`. */
  claim (known: Actor): Actor {
    // To listen is to read.
    requireScope(known, 'read')
    this.actor = known
    this.#socket.vitals.claimed(known.expires_at)
    this.username = known.username
    this.sessionId = known.session_id
    return known
  }

  /** Counts the socket in as somebody's. Throws `too_many_sockets`, and what `renew` throws. */
  async admit (known: Actor): Promise<void> {
    const { shared: { hub, auth, settings } } = this.#socket
    if (!this.#socket.isOpen()) return
    this.userId = known.id
    this.username = known.username
    this.sessionId = known.session_id
    this.isAdmitted = true
    if (!await hub.add(this)) throw new Problem('too_many_sockets', `At most ${settings.socketsPerUser} sockets at a time.`)
    // Whoever was logged out while this was judged could not be cut off, being in no hub.
    this.claim(await auth.renew(known))
  }

  /** Forgets the socket: it hears nothing from now on. */
  forget () { if (this.isAdmitted) this.#socket.shared.hub.remove(this) }

  send (frame: Frame) {
    const { outgoing, shared: { settings } } = this.#socket
    if (this.#revisions === 0) return outgoing.send(frame)
    this.#withheld ??= []
    if (this.#withheld.length < settings.queueFrames) this.#withheld.push(frame)
    else this.#socket.overflow()
  }

  close (closing: ClosingName, reason: string) { this.#socket.end(closing, reason) }

  dropped (chatId: string, why: Dropped) {
    if (chatId !== this.#socket.homeId) this.send(encode({ type: 'unsubscribed', chat_id: chatId, reason: why }))
    else if (why === 'removed') this.close('forbidden', 'removed from the chat')
    else this.close('chat_gone', 'the chat is gone')
  }

  revise () { this.#revise().catch(() => {}) }

  async #revise () {
    if (!this.actor) return
    this.#revisions++
    try {
      this.claim(await this.#socket.shared.auth.renew(this.actor))
    } catch (error) {
      const { code } = toProblem(error)
      // Who cannot be judged now is judged when they come back.
      return this.close(closingOf(code), code)
    }
    if (--this.#revisions > 0) return
    const heard = this.#withheld ?? []
    this.#withheld = undefined
    for (const frame of heard) this.#socket.outgoing.send(frame)
  }
}

export interface Credentials { token?: string | undefined, ticket?: string | undefined }

/** Lets in whom a handshake's credentials name, or refuses. Outside of what lives as long as the socket: the token must not. */
export function judge (auth: SocketAuth, { token, ticket }: Credentials, enter: (judged: Promise<Actor>, came: number) => Promise<void>, refuse: (error: unknown) => void) {
  const came = performance.now()
  const authenticated = async () => token === undefined ? await auth.redeem(ticket!) : await auth.authenticate(token)
  return async () => {
    try {
      await enter(authenticated(), came)
    } catch (error) {
      refuse(error)
    }
  }
}

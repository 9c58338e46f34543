import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { requireScope } from '../platform/scopes.ts'
import { toProblem } from '../platform/to-problem.ts'
import { type ClosingName, closingOf } from './close-codes.ts'
import { encode, type Frame } from './frame.ts'
import type { Hub, Member } from './hub.ts'
import type { Outgoing } from './outgoing.ts'
import type { SocketSettings } from './settings.ts'
import type { Vitals } from './vitals.ts'

/** Who a socket belongs to. Every method throws `unauthenticated` and `token_expired`. */
export interface SocketAuth {
  /** Whose access token this is. */
  authenticate: (token: string) => Promise<Actor>
  /** Whose ticket this is; it works once. */
  redeem: (ticket: string) => Promise<Actor>
  /** The same person as they are now. */
  renew: (actor: Actor) => Promise<Actor>
}

interface Needs {
  hub: Hub
  auth: SocketAuth
  outgoing: Outgoing
  vitals: Vitals
  settings: SocketSettings
  isOpen: () => boolean
  end: (closing: ClosingName, reason: string, patienceMs?: number) => void
  /** The chat of the socket's address: without it, the socket ends. */
  homeId: string | undefined
}

/** Whose a socket is, and that this is asked again whenever it may have changed. */
export function createOwner ({ hub, auth, outgoing, vitals, settings, isOpen, end, homeId }: Needs) {
  /** No getters: V8 gives each object that has one a shape of its own. */
  const self: { actor: Actor | undefined, member: Member | undefined } = { actor: undefined, member: undefined }
  /** What is heard while it is asked again who this is. */
  let withheld: Frame[] = []
  let revisions = 0

  function claim (known: Actor): Actor {
    // To listen is to read.
    requireScope(known, 'read')
    self.actor = known
    vitals.claimed(known.expires_at)
    if (self.member) Object.assign(self.member, { username: known.username, sessionId: known.session_id })
    return known
  }

  function send (frame: Frame) {
    if (revisions === 0) return outgoing.send(frame)
    if (withheld.length < settings.queueFrames) withheld.push(frame)
    else end('too_slow', 'too slow', settings.slowCloseMs)
  }

  async function revise () {
    if (!self.actor) return
    revisions++
    try {
      claim(await auth.renew(self.actor))
    } catch (error) {
      const { code } = toProblem(error)
      // Who cannot be judged now is judged when they come back.
      return end(closingOf(code), code)
    }
    if (--revisions > 0) return
    const heard = withheld
    withheld = []
    for (const frame of heard) outgoing.send(frame)
  }

  return Object.assign(self, {
    claim,

    /** Counts the socket in as somebody's. Throws `too_many_sockets`, and what `renew` throws. */
    async admit (known: Actor): Promise<void> {
      if (!isOpen()) return
      const newcomer: Member = {
        userId: known.id,
        username: known.username,
        sessionId: known.session_id,
        subscriptions: new Map(),
        send,
        close: end,
        dropped (chatId, why) {
          if (chatId === homeId) return why === 'removed' ? end('forbidden', 'removed from the chat') : end('chat_gone', 'the chat is gone')
          send(encode({ type: 'unsubscribed', chat_id: chatId, reason: why }))
        },
        revise: () => { revise().catch(() => {}) }
      }
      self.member = newcomer
      if (!await hub.add(newcomer)) throw new Problem('too_many_sockets', `At most ${settings.socketsPerUser} sockets at a time.`)
      // Whoever was logged out while this was judged could not be cut off, being in no hub.
      claim(await auth.renew(known))
    },

    /** Forgets the socket: it hears nothing from now on. */
    forget () { if (self.member) hub.remove(self.member) }
  })
}

export interface Credentials { token?: string | undefined, ticket?: string | undefined }

/** Lets in whom a handshake's credentials name, or refuses. Outside of what lives as long as the socket: the token must not. */
export function judge (auth: SocketAuth, { token, ticket }: Credentials, enter: (judged: Promise<Actor>, came: number) => Promise<void>, refuse: (error: unknown) => void) {
  const came = performance.now()
  return async () => {
    try {
      await enter(token === undefined ? auth.redeem(ticket!) : auth.authenticate(token), came)
    } catch (error) {
      refuse(error)
    }
  }
}

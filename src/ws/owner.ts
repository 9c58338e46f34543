import { catalogue, Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { requireScope } from '../platform/scopes.ts'
import { toProblem } from '../platform/to-problem.ts'
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

/** The problems after which a socket is of no use, and the code it is closed with then. */
export const closeCodes: Partial<Record<Problem['code'], number>> = {
  unauthenticated: 4401, token_expired: 4401, authentication_timeout: 4408, chat_not_found: 4404, forbidden: 4403, rate_limited: 4029, too_many_sockets: 4409
}

/** The code that a socket is closed with which cannot be opened. */
export const closeCodeOf = (code: Problem['code']) => closeCodes[code] ?? (catalogue[code][0] >= 500 ? 1013 : 4403)

interface Needs {
  hub: Hub
  auth: SocketAuth
  outgoing: Outgoing
  vitals: Vitals
  settings: SocketSettings
  isOpen: () => boolean
  end: (code: number, reason: string, patienceMs?: number) => void
  /** The chat of the socket's address: without it, the socket ends. */
  homeId: string | undefined
}

/** Whose a socket is, and that this is asked again whenever it may have changed. */
export function createOwner ({ hub, auth, outgoing, vitals, settings, isOpen, end, homeId }: Needs) {
  let actor: Actor | undefined
  let member: Member | undefined
  /** What is heard while it is asked again who this is. */
  let withheld: Frame[] = []
  let revisions = 0

  function claim (known: Actor): Actor {
    // To listen is to read.
    requireScope(known, 'read')
    actor = known
    vitals.claimed(known.expires_at)
    if (member) Object.assign(member, { username: known.username, sessionId: known.session_id })
    return known
  }

  function send (frame: Frame) {
    if (revisions === 0) return outgoing.send(frame)
    if (withheld.length < settings.queueFrames) withheld.push(frame)
    else end(4008, 'too slow', settings.slowCloseMs)
  }

  async function revise () {
    if (!actor) return
    revisions++
    try {
      claim(await auth.renew(actor))
    } catch (error) {
      const { code } = toProblem(error)
      // Who cannot be judged now is judged when they come back.
      return end(closeCodeOf(code), code)
    }
    if (--revisions > 0) return
    const heard = withheld
    withheld = []
    for (const frame of heard) outgoing.send(frame)
  }

  return {
    get actor () { return actor },
    get member () { return member },
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
          if (chatId === homeId) return why === 'removed' ? end(4403, 'removed from the chat') : end(4404, 'the chat is gone')
          send(encode({ type: 'unsubscribed', chat_id: chatId, reason: why }))
        },
        revise: () => { revise().catch(() => {}) }
      }
      if (!hub.add(newcomer)) throw new Problem('too_many_sockets', `At most ${settings.socketsPerUser} sockets at a time.`)
      member = newcomer
      // Whoever was logged out while this was judged could not be cut off, being in no hub.
      claim(await auth.renew(known))
    },

    /** Forgets the socket: it hears nothing from now on. */
    forget () { if (member) hub.remove(member) }
  }
}

import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { CommandSocket } from '../platform/command.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { toProblem } from '../platform/to-problem.ts'
import { closingOf, closings, type ClosingName } from './close-codes.ts'
import { encode } from './frame.ts'
import { errorFrame, helloFrame } from './frames.ts'
import { Incoming } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { type Credentials, judge, Owner } from './owner.ts'
import { handshakePatience, inTime } from './patience.ts'
import type { Shared } from './shared.ts'
import { createSubscriber, type Place } from './subscribe.ts'
import { Vitals } from './vitals.ts'

/** How long a client has to answer a close frame, in milliseconds. */
export const closePatienceMs = 5000

/** One socket, and what came with it. */
interface Opened {
  socket: WebSocket
  /** What the socket writes to. */
  stream: Duplex
  /** What tells its lines in the log from those of others. */
  about: { reqId: string, ip: string }
  /** What the handshake brought; without a token or a ticket the first frame has to be `authenticate`. */
  credentials?: Credentials
  /** The chat of the socket's address, and where the client left off in it. */
  home?: { chatId: string } & Place
}

/**
 * One socket until it closes. Like all that every socket has it is a class: methods as closures would take several times its memory.
 */
class Connection implements CommandSocket {
  readonly shared: Shared
  readonly socket: WebSocket
  readonly stream: Duplex
  readonly outgoing: Outgoing
  readonly vitals: Vitals
  readonly owner: Owner
  readonly incoming: Incoming
  readonly id = randomUUID()
  readonly #about: Opened['about']
  readonly #home: Opened['home']
  /** Whether somebody was let in. */
  isEntered = false

  constructor (shared: Shared, { socket, stream, about, home }: Opened) {
    this.shared = shared
    this.socket = socket
    this.stream = stream
    this.#about = about
    this.#home = home
    this.outgoing = new Outgoing(this)
    this.vitals = new Vitals(this)
    this.owner = new Owner(this)
    // Listeners are attached before anything is awaited: frames that arrive while the token is judged wait for their turn.
    this.incoming = new Incoming(this)
    socket.on('error', error => {
      shared.log.debug({ err: error, ...this.#about }, 'socket error')
      socket.terminate()
    })
    socket.on('close', () => {
      this.vitals.stop()
      this.owner.forget()
    })
    this.say(helloFrame(this.id, shared.settings))
  }

  get homeId () { return this.#home?.chatId }

  isOpen () { return this.socket.readyState === this.socket.OPEN }

  say (content: object) { this.outgoing.send(encode(content)) }

  end (closing: ClosingName, reason: string, patienceMs = closePatienceMs) {
    const { socket } = this
    this.owner.forget()
    this.outgoing.flush()
    if (this.isOpen()) socket.close(closings[closing].code, reason)
    const patience = setTimeout(() => { socket.terminate() }, patienceMs).unref()
    socket.once('close', () => { clearTimeout(patience) })
  }

  overflow () { this.end('too_slow', 'too slow', this.shared.settings.slowCloseMs) }

  /** Tells the client of a problem; answers its code. */
  tell (error: unknown, what: string, id?: string): Problem['code'] {
    const { shared: { log }, owner: { actor } } = this
    const problem = toProblem(error)
    const about = { ...this.#about, code: problem.code, user_id: actor?.id, session_id: actor?.session_id }
    if (problem.status >= 500) log.error({ err: problem.cause ?? error, ...about }, what)
    else log.info(about, what)
    this.say(errorFrame(problem, id))
    return problem.code
  }

  refuse (error: unknown) {
    const code = this.tell(error, 'socket refused')
    this.end(closingOf(code), code)
  }

  /** Lets somebody in, who has waited since `came`. */
  async enter (judged: Promise<Actor>, came = performance.now()) {
    const known = await inTime(handshakePatience, came, judged.then(async actor => {
      await this.owner.admit(actor)
      return actor
    }))
    this.shared.log.info({ user_id: known.id, session_id: known.session_id, ...this.#about }, 'socket opened')
    if (this.#home && this.owner.isAdmitted) await this.subscribe(this.#home.chatId, this.#home)
    this.isEntered = true
  }

  async subscribe (chatId: string, place: Place): Promise<number> {
    const { shared: { hub, reader, settings }, owner, outgoing } = this
    // Made for each time: a socket that is quiet keeps none of it.
    return await createSubscriber({ hub, reader, member: owner, emptied: () => outgoing.emptied(), bound: settings.subscriptions })(owner.actor!, chatId, place)
  }

  unsubscribe (chatId: string) {
    const subscription = this.owner.subscriptions.get(chatId)
    if (subscription) this.shared.hub.leave(subscription)
    this.say({ type: 'unsubscribed', chat_id: chatId, reason: 'requested' })
  }

  heads (only?: string) {
    return [...this.owner.subscriptions.values()].filter(({ chatId }) => only === undefined || chatId === only)
      .map(({ chatId, at }) => ({ chat_id: chatId, seq: Math.max(this.shared.hub.highest(chatId), at) }))
  }

  async authenticate (text: string): Promise<number | undefined> {
    const { owner, shared: { auth } } = this
    const known = await auth.authenticate(text)
    if (owner.actor && known.id !== owner.actor.id) throw new Problem('forbidden', 'A socket stays that of one person.')
    if (this.isEntered) owner.claim(known)
    else await this.enter(Promise.resolve(known))
    return known.expires_at
  }
}

/**
 * Serves one socket until it closes: frames are done in the order they came, each answered, and nothing that one holds or throws
 * reaches another.
 */
export function serveConnection (shared: Shared, opened: Opened) {
  const connection = new Connection(shared, opened)
  const { token, ticket } = opened.credentials ?? {}
  if (token === undefined && ticket === undefined) return
  connection.vitals.presented()
  connection.incoming.first(judge(shared.auth, { token, ticket }, (judged, came) => connection.enter(judged, came), error => { connection.refuse(error) }))
}

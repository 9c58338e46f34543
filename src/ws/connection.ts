import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { FastifyBaseLogger } from 'fastify'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../platform/clock.ts'
import type { Command, CommandSocket } from '../platform/command.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { payerOf, type RateLimits } from '../platform/rate-limit.ts'
import { requireScope } from '../platform/scopes.ts'
import { toProblem, validationProblem } from '../platform/to-problem.ts'
import type { Validate } from '../platform/validation.ts'
import { badFrameBound, closingOf, closings, type ClosingName, endsSocket, fastFrameBound } from './close-codes.ts'
import { encode } from './frame.ts'
import { errorFrame, helloFrame } from './frames.ts'
import type { Hub } from './hub.ts'
import { type Order, parseFrame, takeFrames } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import { createOwner, type Credentials, judge, type SocketAuth } from './owner.ts'
import { handshakePatience, inTime } from './patience.ts'
import type { SocketSettings } from './settings.ts'
import { type ChatReader, createSubscriber, type Place } from './subscribe.ts'
import { createVitals } from './vitals.ts'

/** How long a client has to answer a close frame, in milliseconds. */
export const closePatienceMs = 5000

export interface CompiledCommand extends Command { validate: Validate }

/** What all sockets of a process share. */
export interface Shared {
  hub: Hub
  clock: Clock
  commands: Map<string, CompiledCommand>
  limits: RateLimits
  auth: SocketAuth
  reader: ChatReader
  settings: SocketSettings
}

interface Needs extends Shared {
  socket: WebSocket
  /** What the socket writes to. */
  stream: Duplex
  log: FastifyBaseLogger
  /** What the handshake brought; without a token or a ticket the first frame has to be `authenticate`. */
  credentials?: Credentials
  /** The chat of the socket's address, and where the client left off in it. */
  home?: { chatId: string } & Place
}

/**
 * Serves one socket until it closes: frames are done in the order they came, each answered, and nothing that one holds or throws
 * reaches another.
 */
export function serveConnection ({ socket, stream, hub, clock, commands, limits, log, auth, reader, settings, credentials: { token, ticket } = {}, home }: Needs) {
  const connectionId = randomUUID()
  let badFrames = 0
  let fastFrames = 0
  let entered = false
  /** The chat of the commands that are not done yet but have their place: another one for it may begin. */
  let placedChat: unknown

  const outgoing = new Outgoing({ socket, stream, turn: hub.turn, settings, overflow: () => end('too_slow', 'too slow', settings.slowCloseMs) })
  const say = (content: object) => outgoing.send(encode(content))
  const isOpen = () => socket.readyState === socket.OPEN
  const vitals = createVitals({ hub, socket, clock, settings, unclaimed: () => refuse(new Problem('authentication_timeout')), expired: () => refuse(new Problem('token_expired')) })
  const owner = createOwner({ hub, auth, outgoing, vitals, settings, isOpen, end, homeId: home?.chatId })

  function end (closing: ClosingName, reason: string, patienceMs = closePatienceMs) {
    owner.forget()
    outgoing.flush()
    if (isOpen()) socket.close(closings[closing].code, reason)
    const patience = setTimeout(() => { socket.terminate() }, patienceMs).unref()
    socket.once('close', () => { clearTimeout(patience) })
  }

  /** Tells the client of a problem; answers its code. */
  function tell (error: unknown, what: string, id?: string): Problem['code'] {
    const problem = toProblem(error)
    const about = { code: problem.code, user_id: owner.actor?.id, session_id: owner.actor?.session_id }
    if (problem.status >= 500) log.error({ err: problem.cause ?? error, ...about }, what)
    else log.info(about, what)
    say(errorFrame(problem, id))
    return problem.code
  }

  function refuse (error: unknown) {
    const code = tell(error, 'socket refused')
    end(closingOf(code), code)
  }

  async function subscribe (chatId: string, place: Place): Promise<number> {
    // Made for each time: a socket that is quiet keeps none of it.
    return await createSubscriber({ hub, reader, member: owner.member!, emptied: () => outgoing.emptied(), bound: settings.subscriptions })(owner.actor!, chatId, place)
  }

  /** Lets somebody in, who has waited since `came`. */
  async function enter (judged: Promise<Actor>, came = performance.now()) {
    const known = await inTime(handshakePatience, came, judged.then(async actor => {
      await owner.admit(actor)
      return actor
    }))
    log.info({ user_id: known.id, session_id: known.session_id }, 'socket opened')
    if (home && owner.member) await subscribe(home.chatId, home)
    entered = true
  }

  const handle: CommandSocket = {
    subscribe,
    unsubscribe (chatId) {
      const subscription = owner.member!.subscriptions.get(chatId)
      if (subscription) hub.leave(subscription)
      say({ type: 'unsubscribed', chat_id: chatId, reason: 'requested' })
    },
    heads: only => [...owner.member!.subscriptions.values()].filter(({ chatId }) => only === undefined || chatId === only)
      .map(({ chatId, at }) => ({ chat_id: chatId, seq: Math.max(hub.highest(chatId), at) })),
    async authenticate (text) {
      const known = await auth.authenticate(text)
      if (owner.actor && known.id !== owner.actor.id) throw new Problem('forbidden', 'A socket stays that of one person.')
      if (entered) owner.claim(known)
      else await enter(Promise.resolve(known))
      return known.expires_at
    }
  }

  function commandOf ({ type }: Record<string, unknown>): CompiledCommand {
    const command = typeof type === 'string' ? commands.get(type) : undefined
    if (!command) throw new Problem('unknown_frame', `A frame has a \`type\`, one of: ${[...commands.keys()].join(', ')}.`)
    return command
  }

  /** Does what a frame asks for; answers the frame that says so, if it wants one. */
  async function run (command: CompiledCommand, frame: Record<string, unknown>, actor: Actor | undefined, placed: () => void): Promise<object | undefined> {
    await limits.take('frame', actor ? payerOf(actor) : connectionId)
    fastFrames = 0
    if (!command.validate(frame)) throw validationProblem(command.validate.errors as Parameters<typeof validationProblem>[0], 'frame')
    if (actor) requireScope(actor, command.scope)
    if (command.limit) await limits.take(command.limit, payerOf(actor!))
    const { type: _, id, ...payload } = frame
    const answer = await command.run(actor!, payload as never, handle, placed)
    if (command.reply !== 'ack') return { type: command.reply, ...(id !== undefined && { id }), ...answer }
    return id === undefined ? undefined : { type: 'ack', id, ...answer }
  }

  async function perform (data: RawData, isBinary: boolean, { came, before, placed }: Order) {
    let id: string | undefined
    let isFatal = endsSocket
    try {
      const frame = parseFrame(data, isBinary)
      id = typeof frame['id'] === 'string' ? frame['id'].slice(0, 100) : undefined
      const command = commandOf(frame)
      const chatId = command.isPlaced ? frame['chat_id'] : undefined
      // All in their order, but messages to one chat need not wait until the one before is stored: the log keeps theirs.
      if (chatId === undefined || chatId !== placedChat) await before
      placedChat = chatId
      badFrames = 0
      const authenticates = command.name === 'authenticate'
      if (!entered && !authenticates) throw new Problem('unauthenticated', 'The first frame is `authenticate`.')
      const work = async () => {
        // Rights are never kept in the socket: name and session are asked for again as for every request, and the command asks for the rest.
        const actor = owner.actor && owner.claim(await auth.renew(owner.actor))
        isFatal = code => authenticates && (entered ? code === 'forbidden' : code !== 'validation_failed' && code !== 'rate_limited')
        return await run(command, frame, actor, placed)
      }
      const answer = await inTime(command.patience, came, work())
      await before
      // What ends later than its client was told is not told again.
      if (answer) say(answer)
    } catch (error) {
      await before
      const code = tell(error, 'frame failed', id)
      if ((code === 'malformed_json' || code === 'unknown_frame') && ++badFrames >= badFrameBound) end('bad_frames', 'bad frames')
      else if (code === 'rate_limited' && ++fastFrames >= fastFrameBound) end('too_fast', 'too fast')
      else if (isFatal(code)) end(closingOf(code), code)
    }
  }

  // Listeners are attached before anything is awaited: frames that arrive while the token is judged wait for their turn.
  const incoming = takeFrames({ socket, bound: settings.waitingFrames, perform })
  socket.on('error', error => {
    log.debug({ err: error }, 'socket error')
    socket.terminate()
  })
  socket.on('close', () => {
    vitals.stop()
    owner.forget()
  })
  say(helloFrame(connectionId, settings))
  if (token === undefined && ticket === undefined) return
  vitals.presented()
  incoming.first(judge(auth, { token, ticket }, enter, refuse))
}

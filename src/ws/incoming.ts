import type { RawData, WebSocket } from 'ws'
import type { CommandSocket } from '../platform/command.ts'
import { type ErrorCode, Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { parseJson } from '../platform/json.ts'
import { payerOf } from '../platform/rate-limit.ts'
import { requireScope } from '../platform/scopes.ts'
import { validationProblem } from '../platform/to-problem.ts'
import { badFrameBound, closingOf, type ClosingName, endsSocket, fastFrameBound } from './close-codes.ts'
import { inTime } from './patience.ts'
import type { Owner } from './owner.ts'
import type { CompiledCommand, Shared } from './shared.ts'

/** A frame of a client as an object. Throws `malformed_json`. */
function parseFrame (data: RawData, isBinary: boolean): Record<string, unknown> {
  if (isBinary) throw new Problem('malformed_json', 'Frames are text.')
  const frame = parseJson(data as Buffer) as Record<string, unknown> | null
  if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) throw new Problem('malformed_json', 'A frame is a JSON object.')
  return frame
}

const ofFrame = ['frame'] as const

/** A socket, as far as its frames are concerned. */
interface Served extends CommandSocket {
  readonly id: string
  readonly socket: WebSocket
  readonly shared: Pick<Shared, 'commands' | 'limits' | 'auth' | 'settings'>
  readonly owner: Owner
  /** Whether somebody was let in. */
  readonly isEntered: boolean
  say: (content: object) => void
  /** Tells the client of a problem; answers its code. */
  tell: (error: unknown, what: string, id?: string) => ErrorCode
  end: (closing: ClosingName, reason: string) => void
}

/** The place of a frame among those of its socket. */
interface Order {
  /** When it came, by `performance.now`. */
  came: number
  /** Resolves when all that came before it is done. */
  before: Promise<unknown>
  /** Lets the next one begin before this one is done. */
  placed: () => void
}

/** Begins and does the frames of a socket one after the other, in the order they came: each when the one before it has its place or is done. */
export class Incoming {
  readonly #served: Served
  #waiting = 0
  #badFrames = 0
  #fastFrames = 0
  /** The chat of the commands that are not done yet but have their place: another one for it may begin. */
  #placedChat: unknown
  #turn: Promise<unknown> = Promise.resolve()
  #done: Promise<unknown> = this.#turn

  constructor (served: Served) {
    this.#served = served
    served.socket.on('message', (data, isBinary) => { this.#queue(data, isBinary) })
  }

  /** Does something before the frames that wait. */
  first (work: () => Promise<void>) { this.#turn = this.#done = this.#turn.then(work) }

  #queue (data: RawData, isBinary: boolean) {
    const { socket, shared: { settings } } = this.#served
    const came = performance.now()
    if (++this.#waiting >= settings.waitingFrames) socket.pause()
    const [begun, before] = [this.#turn, this.#done]
    let placed: () => void
    this.#turn = new Promise<void>(resolve => { placed = resolve })
    this.#done = begun.then(() => this.#take(data, isBinary, { came, before, placed }))
  }

  async #take (data: RawData, isBinary: boolean, order: Order) {
    const { socket, shared: { settings } } = this.#served
    if (socket.readyState === socket.OPEN) await this.#perform(data, isBinary, order)
    await order.before
    order.placed()
    if (--this.#waiting < settings.waitingFrames && socket.isPaused) socket.resume()
  }

  #commandOf ({ type }: Record<string, unknown>): CompiledCommand {
    const { commands } = this.#served.shared
    const command = typeof type === 'string' ? commands.get(type) : undefined
    if (!command) throw new Problem('unknown_frame', `A frame has a \`type\`, one of: ${[...commands.keys()].join(', ')}.`)
    return command
  }

  /** Does what a frame asks for; answers the frame that says so, if it wants one. */
  async #run (command: CompiledCommand, frame: Record<string, unknown>, actor: Actor | undefined, placed: () => void): Promise<object | undefined> {
    const { limits } = this.#served.shared
    const payer = actor ? payerOf(actor) : this.#served.id
    const taken = limits.take(ofFrame, payer)
    // Only what counts for all processes has to be waited for.
    if (taken instanceof Promise) await taken
    this.#fastFrames = 0
    if (!command.validate(frame)) throw validationProblem(command.validate.errors as Parameters<typeof validationProblem>[0], 'frame')
    if (actor) requireScope(actor, command.scope)
    if (command.limit) {
      const taken = limits.take([command.limit], payer)
      if (taken instanceof Promise) await taken
    }
    const { type: _, id, ...payload } = frame
    const answer = await command.run(actor!, payload as never, this.#served, placed)
    if (command.reply !== 'ack') return { type: command.reply, ...(id !== undefined && { id }), ...answer }
    return id === undefined ? undefined : { type: 'ack', id, ...answer }
  }

  /** Does one frame. Never rejects. */
  async #perform (data: RawData, isBinary: boolean, { came, before, placed }: Order) {
    const { owner, shared: { auth } } = this.#served
    let id: string | undefined
    let isFatal = endsSocket
    try {
      const frame = parseFrame(data, isBinary)
      id = typeof frame['id'] === 'string' ? frame['id'].slice(0, 100) : undefined
      const command = this.#commandOf(frame)
      const chatId = command.isPlaced ? frame['chat_id'] : undefined
      // All in their order, but messages to one chat need not wait until the one before is stored: the log keeps theirs.
      if (chatId === undefined || chatId !== this.#placedChat) await before
      this.#placedChat = chatId
      this.#badFrames = 0
      const authenticates = command.name === 'authenticate'
      if (!this.#served.isEntered && !authenticates) throw new Problem('unauthenticated', 'The first frame is `authenticate`.')
      const work = async () => {
        // Rights are never kept in the socket: name and session are asked for again as for every request, and the command asks for the rest.
        const renewed = owner.actor && auth.renew(owner.actor)
        const actor = renewed && owner.claim(renewed instanceof Promise ? await renewed : renewed)
        isFatal = code => authenticates && (this.#served.isEntered ? code === 'forbidden' : code !== 'validation_failed' && code !== 'rate_limited')
        return await this.#run(command, frame, actor, placed)
      }
      const answer = await inTime(command.patience, came, work())
      await before
      // What ends later than its client was told is not told again.
      if (answer) this.#served.say(answer)
    } catch (error) {
      await before
      const code = this.#served.tell(error, 'frame failed', id)
      if ((code === 'malformed_json' || code === 'unknown_frame') && ++this.#badFrames >= badFrameBound) this.#served.end('bad_frames', 'bad frames')
      else if (code === 'rate_limited' && ++this.#fastFrames >= fastFrameBound) this.#served.end('too_fast', 'too fast')
      else if (isFatal(code)) this.#served.end(closingOf(code), code)
    }
  }
}

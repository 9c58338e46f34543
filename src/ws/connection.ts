import type { ValidateFunction } from 'ajv'
import type { FastifyBaseLogger } from 'fastify'
import type { RawData, WebSocket } from 'ws'
import type { Command } from '../platform/command.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { parseJson } from '../platform/json.ts'
import type { RateLimits } from '../platform/rate-limit.ts'
import { toProblem, validationProblem } from '../platform/to-problem.ts'
import { errorFrame } from './frames.ts'
import type { Hub, Member } from './hub.ts'

/** Bytes that may wait for a slow reader, and how long it then has to read its close frame, in milliseconds. */
const outgoingBound = 1024 * 1024
const slowCloseMs = 1000
/** Frames of a socket that may wait for their turn before it is no longer read. */
const incomingBound = 32
/** Frames in a row that nobody can read until the socket is closed. */
const badFrameBound = 3
/** How often a silent connection is asked whether it still lives, in milliseconds. */
const heartbeatMs = 30_000

export interface CompiledCommand extends Command { validate: ValidateFunction }

interface Needs {
  socket: WebSocket
  hub: Hub
  commands: Map<string, CompiledCommand>
  limits: RateLimits
  log: FastifyBaseLogger
  /** Who this is, and which chat to listen to at once. A problem closes the socket. */
  admit: () => Promise<{ actor: Actor, chatId: string }>
}

const closeCodes: Partial<Record<Problem['code'], number>> = { unauthenticated: 4401, token_expired: 4401, chat_not_found: 4404, forbidden: 4403, rate_limited: 4029 }

/**
 * Serves one socket until it closes: frames are done in the order they came, each answered, and nothing that one holds or throws
 * reaches another.
 */
export function serveConnection ({ socket, hub, commands, limits, log, admit }: Needs) {
  let member: Member | undefined
  let waiting = 0
  let badFrames = 0
  let alive = true

  function send (text: string) {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount + text.length > outgoingBound) return end(4008, 'too slow', slowCloseMs)
    socket.send(text)
  }

  function end (code: number, reason: string, patienceMs = 5000) {
    if (member) hub.remove(member)
    if (socket.readyState === socket.OPEN) socket.close(code, reason)
    setTimeout(() => { socket.terminate() }, patienceMs).unref()
  }

  function read (data: RawData, isBinary: boolean): { id: string | undefined, frame: Record<string, unknown>, command: CompiledCommand } {
    if (isBinary) throw new Problem('malformed_json', 'Frames are text.')
    const frame = parseJson(data as Buffer) as Record<string, unknown> | null
    if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) throw new Problem('malformed_json', 'A frame is a JSON object.')
    const command = typeof frame['type'] === 'string' ? commands.get(frame['type']) : undefined
    if (!command) throw new Problem('unknown_frame', `A frame has a \`type\`, one of: ${[...commands.keys()].join(', ')}.`)
    return { frame, command, id: typeof frame['id'] === 'string' ? frame['id'].slice(0, 100) : undefined }
  }

  async function perform (actor: Actor, data: RawData, isBinary: boolean) {
    let id: string | undefined
    try {
      const received = read(data, isBinary)
      const { frame, command } = received
      id = received.id
      badFrames = 0
      await limits.take('frame', actor.id)
      if (!command.validate(frame)) throw validationProblem(command.validate.errors as Parameters<typeof validationProblem>[0], 'frame')
      if (command.limit) await limits.take(command.limit, actor.id)
      const { type, id: _, ...payload } = frame
      const answer = await command.run(actor, payload as never)
      if (type === 'ping') send(JSON.stringify({ type: 'pong', ...(id !== undefined && { id }), ...answer }))
      else if (id !== undefined) send(JSON.stringify({ type: 'ack', id, ...answer }))
    } catch (error) {
      const problem = toProblem(error)
      if (problem.status >= 500) log.error({ err: problem.cause ?? error, code: problem.code }, 'frame failed')
      send(errorFrame(problem, id))
      if ((problem.code === 'malformed_json' || problem.code === 'unknown_frame') && ++badFrames >= badFrameBound) end(4400, 'bad frames')
    }
  }

  // Listeners are attached before anything is awaited: frames that arrive while the token is judged wait in this chain.
  const admitted = admit().then(({ actor, chatId }) => {
    if (socket.readyState !== socket.OPEN) return undefined
    member = { userId: actor.id, username: actor.username, sessionId: actor.session_id, chats: new Set(), send, close: end }
    hub.subscribe(chatId, member)
    return actor
  }).catch((error: unknown) => {
    const problem = toProblem(error)
    if (problem.status >= 500) log.error({ err: problem.cause ?? error, code: problem.code }, 'socket refused')
    send(errorFrame(problem))
    end(closeCodes[problem.code] ?? (problem.status >= 500 ? 1013 : 4403), problem.code)
    return undefined
  })
  let turn: Promise<unknown> = admitted

  socket.on('message', (data, isBinary) => {
    if (++waiting >= incomingBound) socket.pause()
    turn = turn.then(async () => {
      const actor = await admitted
      if (actor && socket.readyState === socket.OPEN) await perform(actor, data, isBinary)
      if (--waiting < incomingBound && socket.isPaused) socket.resume()
    })
  })
  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate()
    alive = false
    socket.ping()
  }, heartbeatMs).unref()
  socket.on('pong', () => { alive = true })
  socket.on('error', error => { log.debug({ err: error }, 'socket error') })
  socket.on('close', () => {
    clearInterval(heartbeat)
    if (member) hub.remove(member)
  })
}

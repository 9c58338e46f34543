import type { ValidateFunction } from 'ajv'
import type { FastifyBaseLogger } from 'fastify'
import type { RawData, WebSocket } from 'ws'
import type { Command } from '../platform/command.ts'
import { catalogue, Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { parseJson } from '../platform/json.ts'
import type { RateLimits } from '../platform/rate-limit.ts'
import { toProblem, validationProblem } from '../platform/to-problem.ts'
import { errorFrame } from './frames.ts'
import type { Hub, Member } from './hub.ts'

/** Bytes that may wait for a slow reader, and how long it then has to read its close frame, in milliseconds. */
const outgoingBound = 1024 * 1024
const slowCloseMs = 1000
/** How long any other client has to answer a close frame, in milliseconds. */
export const closePatienceMs = 5000
/** Frames of a socket that may wait for their turn before it is no longer read. */
const incomingBound = 32
/** Frames in a row that nobody can read until the socket is closed. */
const badFrameBound = 3
/** How often a silent connection is asked whether it still lives, in milliseconds. */
const heartbeatMs = 30_000
/** The longest time a timer can be set to, in milliseconds. */
const longestTimer = 2 ** 31 - 1

export interface CompiledCommand extends Command { validate: ValidateFunction }

interface Needs {
  socket: WebSocket
  hub: Hub
  commands: Map<string, CompiledCommand>
  limits: RateLimits
  log: FastifyBaseLogger
  /** The chat to listen to. */
  chatId: string
  /** Who this is at this moment, if they may hear the chat at this moment. A problem that has a close code closes the socket. */
  admit: () => Promise<Actor>
}

const closeCodes: Partial<Record<Problem['code'], number>> = { unauthenticated: 4401, token_expired: 4401, chat_not_found: 4404, forbidden: 4403, rate_limited: 4029 }

/**
 * Serves one socket until it closes: frames are done in the order they came, each answered, and nothing that one holds or throws
 * reaches another.
 */
export function serveConnection ({ socket, hub, commands, limits, log, chatId, admit }: Needs) {
  let member: Member | undefined
  let waiting = 0
  let badFrames = 0
  let alive = true
  let expiry: NodeJS.Timeout | undefined

  function send (text: string) {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount + text.length > outgoingBound) return end(4008, 'too slow', slowCloseMs)
    socket.send(text)
  }

  function end (code: number, reason: string, patienceMs = closePatienceMs) {
    if (member) hub.remove(member)
    if (socket.readyState === socket.OPEN) socket.close(code, reason)
    setTimeout(() => { socket.terminate() }, patienceMs).unref()
  }

  /** Tells the client of a problem; answers its code. */
  function tell (error: unknown, what: string, id?: string): Problem['code'] {
    const problem = toProblem(error)
    if (problem.status >= 500) log.error({ err: problem.cause ?? error, code: problem.code }, what)
    send(errorFrame(problem, id))
    return problem.code
  }

  function parse (data: RawData, isBinary: boolean): Record<string, unknown> {
    if (isBinary) throw new Problem('malformed_json', 'Frames are text.')
    const frame = parseJson(data as Buffer) as Record<string, unknown> | null
    if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) throw new Problem('malformed_json', 'A frame is a JSON object.')
    return frame
  }

  function commandOf ({ type }: Record<string, unknown>): CompiledCommand {
    const command = typeof type === 'string' ? commands.get(type) : undefined
    if (!command) throw new Problem('unknown_frame', `A frame has a \`type\`, one of: ${[...commands.keys()].join(', ')}.`)
    return command
  }

  async function perform (data: RawData, isBinary: boolean) {
    let id: string | undefined
    let judged = false
    try {
      const frame = parse(data, isBinary)
      id = typeof frame['id'] === 'string' ? frame['id'].slice(0, 100) : undefined
      const command = commandOf(frame)
      badFrames = 0
      // Rights are never kept in the socket: name, session and membership are asked for again, as for every request.
      const actor = await admit()
      judged = true
      await limits.take('frame', actor.id)
      if (!command.validate(frame)) throw validationProblem(command.validate.errors as Parameters<typeof validationProblem>[0], 'frame')
      if (command.limit) await limits.take(command.limit, actor.id)
      const { type, id: _, ...payload } = frame
      const answer = await command.run(actor, payload as never)
      if (type === 'ping') send(JSON.stringify({ type: 'pong', ...(id !== undefined && { id }), ...answer }))
      else if (id !== undefined) send(JSON.stringify({ type: 'ack', id, ...answer }))
    } catch (error) {
      const code = tell(error, 'frame failed', id)
      if ((code === 'malformed_json' || code === 'unknown_frame') && ++badFrames >= badFrameBound) end(4400, 'bad frames')
      else if (!judged && closeCodes[code]) end(closeCodes[code], code)
    }
  }

  /** Lets the socket hear its chat; answers whether it does. */
  async function open (): Promise<boolean> {
    try {
      const actor = await admit()
      if (socket.readyState !== socket.OPEN) return false
      // Whoever was removed or logged out while this was judged could not be cut off, being in no hub. So it is judged again, and
      // what is heard meanwhile is held back.
      const held: string[] = []
      member = { userId: actor.id, username: actor.username, sessionId: actor.session_id, chats: new Set(), send: text => { held.push(text) }, close: end }
      hub.subscribe(chatId, member)
      const { expires_at: expiresAt } = await admit()
      if (expiresAt !== undefined) {
        expiry = setTimeout(() => end(4401, tell(new Problem('token_expired'), 'token expired')), Math.min(expiresAt - Date.now(), longestTimer)).unref()
      }
      member.send = send
      for (const text of held) send(text)
      return true
    } catch (error) {
      const code = tell(error, 'socket refused')
      end(closeCodes[code] ?? (catalogue[code][0] >= 500 ? 1013 : 4403), code)
      return false
    }
  }

  // Listeners are attached before anything is awaited: frames that arrive while the token is judged wait in this chain.
  const opened = open()
  let turn: Promise<unknown> = opened

  socket.on('message', (data, isBinary) => {
    if (++waiting >= incomingBound) socket.pause()
    turn = turn.then(async () => {
      if (await opened && socket.readyState === socket.OPEN) await perform(data, isBinary)
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
    clearTimeout(expiry)
    if (member) hub.remove(member)
  })
}

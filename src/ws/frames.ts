import { type Static, Type } from '@sinclair/typebox'
import { defineEvent } from '../platform/bus.ts'
import { type Problem, ProblemDetails } from '../platform/errors.ts'
import { Closed, Count, Id, Time } from '../platform/typebox.ts'

const id = { id: Type.Optional(Type.String({ maxLength: 100, description: 'The `id` of the frame that this answers.' })) }
const presence = { chat_id: Id('The chat.'), user_id: Id('The person.'), timestamp: Time('When.') }
const presenceExample = { chat_id: '66f0c0ffee0000000000c001', user_id: '66f0c0ffee0000000000a002', timestamp: '2026-11-21T09:31:00.000Z' }

export const userJoined = defineEvent('user_joined', 'others', 'Somebody\'s first socket came into the chat.', presence, presenceExample)
export const userLeft = defineEvent('user_left', 'others', 'Somebody\'s last socket left the chat, some seconds ago.', presence, presenceExample)

export const ErrorFrame = Closed({
  type: Type.Unsafe<'error'>({ type: 'string', const: 'error' }),
  ...id,
  code: ProblemDetails.properties.code,
  message: Type.String({ maxLength: 2000 }),
  retryable: Type.Boolean({ description: 'Whether the same frame can succeed later.' }),
  errors: ProblemDetails.properties.errors
}, { $id: 'ErrorFrame', description: 'A frame could not be done. The codes are those of HTTP.', examples: [{ type: 'error', id: '1', code: 'chat_not_found', message: 'There is no such chat.', retryable: false }] })

export const PongFrame = Closed({
  type: Type.Unsafe<'pong'>({ type: 'string', const: 'pong' }),
  ...id,
  chat_id: Type.Optional(Id('The chat of the ping.')),
  timestamp: Time('When.')
}, { $id: 'PongFrame', description: 'The answer to a ping.', examples: [{ type: 'pong', timestamp: '2026-11-21T09:31:00.000Z' }] })

export const OnlineList = Closed({
  items: Type.Array(Closed({ user_id: Id('The person.'), username: Type.String({ maxLength: 64 }) }), { maxItems: 100 }),
  next_cursor: Type.Null({ description: 'A chat has at most 100 people: one page holds them all.' })
}, { $id: 'OnlineList', description: 'Who has a socket open in the chat.', examples: [{ items: [{ user_id: '66f0c0ffee0000000000a001', username: 'ann' }], next_cursor: null }] })

export const SocketStats = Closed({
  connections: Count('Open sockets.'),
  users: Count('People with at least one socket.'),
  chats: Count('Chats with at least one socket.'),
  uptime_seconds: Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'How long this process runs.' })
}, { $id: 'SocketStats', description: 'The sockets of this process.', examples: [{ connections: 12, users: 9, chats: 4, uptime_seconds: 3600.5 }] })
export type SocketStats = Static<typeof SocketStats>

export const events = [userJoined, userLeft]

/** A problem as a frame; `id` is that of the frame that caused it. */
export const errorFrame = (problem: Problem, id?: string) => JSON.stringify({
  type: 'error',
  ...(id !== undefined && { id }),
  code: problem.code,
  message: problem.message,
  retryable: problem.retryable,
  ...(problem.errors && { errors: problem.errors })
})

import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { defineEvent } from '../platform/bus.ts'
import { type Problem, ProblemDetails } from '../platform/errors.ts'
import { Closed, Count, Id, OneOf, Ref, Time } from '../platform/typebox.ts'
import type { SocketSettings } from './settings.ts'

const type = <const Name extends string>(name: Name) => ({ type: Type.Unsafe<Name>({ type: 'string', const: name }) })
const id = { id: Type.Optional(Type.String({ maxLength: 100, description: 'The `id` of the frame that this answers.' })) }
const chat = { chat_id: Id('The chat.') }
const chatId = '66f0c0ffee0000000000c001'
const epoch = { epoch: Type.String({ minLength: 16, maxLength: 16, pattern: '^[0-9a-f]+$', description: 'Changes when the history is cleared or restored from a backup; send it with `since` when you come back.', examples: ['9f1c2d3e4b5a6978'] }) }
const presence = { ...chat, user_id: Id('The person.'), timestamp: Time('When.') }
const presenceExample = { chat_id: chatId, user_id: '66f0c0ffee0000000000a002', timestamp: '2026-11-21T09:31:00.000Z' }
const Milliseconds = (description: string) => Count(description, { maximum: 86_400_000 })

export const userJoined = defineEvent('user_joined', 'others', 'Somebody\'s first socket came into the chat.', presence, presenceExample, { droppable: true })
export const userLeft = defineEvent('user_left', 'others', 'Somebody\'s last socket left the chat, some seconds ago.', presence, presenceExample, { droppable: true })
export const events = [userJoined, userLeft]

export const SocketLimits = Closed({
  frame_bytes: Count('The largest frame you may send.'),
  subscriptions: Count('How many chats this socket may hear.'),
  authenticate_ms: Milliseconds('Without a token in the handshake: how long you may take to send `authenticate`.')
}, { $id: 'SocketLimits', description: 'What a socket may do.', examples: [{ frame_bytes: 65_536, subscriptions: 500, authenticate_ms: 5000 }] })

export const HelloFrame = Closed({
  ...type('hello'),
  connection_id: Type.String({ maxLength: 36, description: 'Names this socket, for example in a report of a fault.' }),
  heartbeat_ms: Milliseconds('How often the server asks by a ping of the protocol whether you are there; WebSocket clients answer by themselves.'),
  limits: Ref(SocketLimits)
}, { $id: 'HelloFrame', description: 'The first frame of every socket.', examples: [{ type: 'hello', connection_id: '0f8fad5b-d9cb-469f-a165-70867728950e', heartbeat_ms: 30_000, limits: { frame_bytes: 65_536, subscriptions: 500, authenticate_ms: 5000 } }] })

export const ErrorFrame = Closed({
  ...type('error'),
  ...id,
  code: ProblemDetails.properties.code,
  message: Type.String({ maxLength: 2000, description: 'What went wrong, in a sentence for a person.' }),
  retryable: Type.Boolean({ description: 'Whether the same frame can succeed later.' }),
  errors: ProblemDetails.properties.errors
}, { $id: 'ErrorFrame', description: 'A frame could not be done. The codes are those of HTTP.', examples: [{ type: 'error', id: '1', code: 'chat_not_found', message: 'There is no such chat.', retryable: false }] })

export const ChatHead = Closed({ ...chat, seq: Count('The highest number of the chat that this socket should have heard of.') }, { $id: 'ChatHead', description: 'How far a chat is.', examples: [{ chat_id: chatId, seq: 41 }] })

export const PongFrame = Closed({
  ...type('pong'),
  ...id,
  chat_id: Type.Optional(Id('The chat of the ping.')),
  heads: Type.Array(Ref(ChatHead), { maxItems: 10_000, description: 'Each chat that this socket hears, or the one that was asked for. If you are behind, subscribe again with `since`.' }),
  timestamp: Time('When.')
}, { $id: 'PongFrame', description: 'The answer to a ping.', examples: [{ type: 'pong', heads: [{ chat_id: chatId, seq: 41 }], timestamp: '2026-11-21T09:31:00.000Z' }] })

export const ResyncRequiredFrame = Closed({
  ...type('resync_required'),
  ...chat,
  ...epoch,
  seq: Count('The number from which on you hear everything.'),
  reason: OneOf(['cleared', 'history_lost'], { description: '`cleared`: the history was cleared since, or the data were restored from a backup; `history_lost`: what happened since cannot be told whole.' })
}, { $id: 'ResyncRequiredFrame', description: 'What you have of the chat cannot be brought up to date: read it again over REST. The socket goes on from `seq`.', examples: [{ type: 'resync_required', chat_id: chatId, epoch: '0a1b2c3d4e5f6071', seq: 41, reason: 'cleared' }] })

export const UnsubscribedFrame = Closed({
  ...type('unsubscribed'),
  ...chat,
  reason: OneOf(['requested', 'removed', 'chat_deleted'], { description: '`requested`: you asked for it; `removed`: you are out of the chat; `chat_deleted`: it is gone.' })
}, { $id: 'UnsubscribedFrame', description: 'The socket hears the chat no more.', examples: [{ type: 'unsubscribed', chat_id: chatId, reason: 'removed' }] })

export const ShutdownFrame = Closed({
  ...type('shutdown'),
  retry_after_ms: Milliseconds('When to come back, with `since`; another time for each socket, so that not all come at once.')
}, { $id: 'ShutdownFrame', description: 'The server stops; the socket is closed with 1001 next.', examples: [{ type: 'shutdown', retry_after_ms: 1830 }] })

/** The frames that carry what features describe: chats and what happens in them. */
export const chatFrames = ({ chat: chatSchema, change }: { chat: TSchema, change: TSchema }) => ({
  SubscribedFrame: Closed({
    ...type('subscribed'),
    ...chat,
    chat: Ref(chatSchema),
    seq: Count('The chat\'s highest number now. Without `since` you hear all that comes after it; with `since`, `sync` brings you there first.'),
    ...epoch
  }, { $id: 'SubscribedFrame', description: 'The socket hears the chat.', examples: [{ type: 'subscribed', chat_id: chatId, chat: chatSchema['examples'][0], seq: 41, epoch: '9f1c2d3e4b5a6978' }] }),

  SyncFrame: Closed({
    ...type('sync'),
    ...chat,
    from: Count('The number you were at.'),
    to: Count('The number you are at once you have taken over these changes.'),
    has_more: Type.Boolean({ description: 'Another `sync` follows that begins where this one ends.' }),
    changes: Type.Array(Ref(change), { maxItems: 500 })
  }, { $id: 'SyncFrame', description: 'What happened in a chat after a number, in order: each message once, in its present state, where its newest change lies. It comes after `subscribed`, and when news on its way to you was lost.', examples: [{ type: 'sync', chat_id: chatId, from: 6, to: 8, has_more: false, changes: change['examples'] }] })
})

export const OnlinePerson = Closed({ user_id: Id('The person.'), username: Type.String({ maxLength: 64 }) }, {
  $id: 'OnlinePerson', description: 'Somebody with a socket open.', examples: [{ user_id: '66f0c0ffee0000000000a001', username: 'ann' }]
})

export const OnlineList = Closed({
  items: Type.Array(Ref(OnlinePerson), { maxItems: 100 }),
  next_cursor: Type.Null({ description: 'A chat has at most 100 people: one page holds them all.' })
}, { $id: 'OnlineList', description: 'Who has a socket open in the chat.', examples: [{ items: [{ user_id: '66f0c0ffee0000000000a001', username: 'ann' }], next_cursor: null }] })

export const SocketStats = Closed({
  connections: Count('Open sockets.'),
  users: Count('People with at least one socket.'),
  chats: Count('Chats with at least one socket.'),
  uptime_seconds: Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'How long the process that answers runs.' })
}, { $id: 'SocketStats', description: 'The sockets of all processes, as far as they share a Redis.', examples: [{ connections: 12, users: 9, chats: 4, uptime_seconds: 3600.5 }] })
export type SocketStats = Static<typeof SocketStats>

/** A problem as a frame; `id` is that of the frame that caused it. */
export const errorFrame = (problem: Problem, id?: string): Static<typeof ErrorFrame> => ({
  type: 'error',
  ...(id !== undefined && { id }),
  code: problem.code,
  message: problem.message.slice(0, 2000),
  retryable: problem.retryable,
  ...(problem.errors && { errors: problem.errors })
})

/** What a socket hears first. */
export const helloFrame = (connectionId: string, { heartbeatMs, frameBytes, subscriptions, authMs }: SocketSettings): Static<typeof HelloFrame> => ({
  type: 'hello',
  connection_id: connectionId,
  heartbeat_ms: heartbeatMs,
  limits: { frame_bytes: frameBytes, subscriptions, authenticate_ms: authMs }
})

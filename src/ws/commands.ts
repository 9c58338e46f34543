import { Type } from '@sinclair/typebox'
import { command } from '../platform/command.ts'
import { Count, Id, Nullable, Time } from '../platform/typebox.ts'

const chat = { chat_id: Id('The chat.') }
const chatId = '66f0c0ffee0000000000c001'

/** Where a client left off in a chat. */
export const placeMembers = {
  since: Type.Optional(Count('The highest number you know of the chat: what happened after it is sent first.')),
  epoch: Type.Optional(Type.String({ minLength: 16, maxLength: 16, pattern: '^[0-9a-f]+$', description: 'The chat\'s `epoch` as you know it; with another one by now you get `resync_required`.' }))
}

/** The frames of the transport itself. */
export const socketCommands = [
  command({
    name: 'authenticate',
    scope: 'read',
    summary: 'Says whose socket this is, as the first frame of one that came without a token; later it brings a new token of the same person before the old one ends. An API key will do as well; the answer tells when it ends, null for never.',
    properties: { token: Type.String({ minLength: 1, maxLength: 4096, description: 'An access token or an API key.' }) },
    example: { token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI2NmYwYzBmZmVlMDAwMDAwMDAwMGEwMDEifQ.c2lnbmF0dXJl' },
    answer: { expires_at: Nullable(Time('When the token ends, and with it the socket, unless another one came before; null for an API key without an end.')) },
    answerExample: { expires_at: '2026-11-21T10:01:00.000Z' },
    problems: ['forbidden', 'too_many_sockets', 'chat_not_found'],
    unhurried: true,
    run: async (_actor, { token }, socket) => {
      const expiresAt = await socket.authenticate(token)
      return { expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString() }
    }
  }),
  command({
    name: 'subscribe',
    scope: 'read',
    summary: 'Lets the socket hear a chat: `subscribed`, then with `since` what happened in between as `sync`, then all that comes. Again on the same chat to catch up.',
    properties: { ...chat, ...placeMembers },
    example: { chat_id: chatId, since: 41, epoch: '9f1c2d3e4b5a6978' },
    answer: { ...chat, seq: Count('The number that the socket is at: it has heard of everything up to it.') },
    answerExample: { chat_id: chatId, seq: 43 },
    problems: ['chat_not_found', 'too_many_subscriptions'],
    unhurried: true,
    run: async (_actor, { chat_id, ...place }, socket) => ({ chat_id, seq: await socket.subscribe(chat_id, place) })
  }),
  command({
    name: 'unsubscribe',
    scope: 'read',
    summary: 'Lets the socket hear a chat no more; the answer is `unsubscribed`.',
    properties: chat,
    example: { chat_id: chatId },
    run: async (_actor, { chat_id }, socket) => {
      socket.unsubscribe(chat_id)
      return {}
    }
  }),
  command({
    name: 'ping',
    scope: 'read',
    summary: 'Asks whether the server is there, and how far the chats are; the answer is `pong`.',
    properties: { chat_id: Type.Optional(Id('The chat.')) },
    example: { chat_id: chatId },
    reply: 'pong',
    run: async (_actor, { chat_id }, socket) => ({ ...(chat_id && { chat_id }), heads: socket.heads(chat_id), timestamp: new Date().toISOString() })
  })
]

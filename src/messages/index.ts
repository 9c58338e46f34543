import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { withKey } from '../platform/idempotency.ts'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import type { Chats } from '../chats/service.ts'
import { changeRoutes } from './change-routes.ts'
import { ChatParams, MatchHeaders, Message, MessageCreate, MessagePage, MessageParams, MessageQuery, MessageUpdate, SendHeaders, Turn, TurnCreate, TurnPage, TurnQuery } from './schemas.ts'
import type { Messages } from './service.ts'

const tag = 'messages'

/** The operations on messages. */
const messageRoutes: FastifyPluginAsyncTypebox<{ messages: Messages, chats: Chats }> = async (app, { messages, chats }) => {
  await app.register(changeRoutes, { messages })

  app.route({
    method: 'POST',
    url: '/chats/:chat_id/messages',
    ...operation({
      id: 'sendMessage',
      tag,
      summary: 'Send a message',
      description: 'Stores a message and answers once a majority of the database has it; everybody in the chat hears it at once. With a `client_id` (or the `Idempotency-Key` header) you may send it again after a lost answer: it is stored once, and the repeat answers 200 with `Idempotency-Replayed: true`.',
      limit: 'send',
      input: { params: ChatParams, headers: SendHeaders, body: Ref(MessageCreate) },
      output: { 201: Ref(Message), 200: Ref(Message) },
      headers: ['Location', 'ETag', 'Idempotency-Replayed'],
      problems: ['chat_not_found', 'branch_not_found', 'message_not_found', 'role_not_allowed', 'idempotency_conflict', 'head_moved', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      const { message, replayed } = await messages.send(request.actor, request.params.chat_id, withKey(request.body, request.headers['idempotency-key']))
      if (replayed) reply.header('Idempotency-Replayed', 'true')
      return reply.code(replayed ? 200 : 201).headers({ location: `/api/v1/messages/${message.id}`, etag: `"${message.rev}"` }).send(message)
    }
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/messages',
    ...operation({
      id: 'listMessages',
      tag,
      summary: 'Read the history',
      description: 'A page of messages, newest first unless `order=asc`. Go on with `next_cursor`, or start at a message with `before`, `after` or `around`. `count` is the exact number of messages. Once a chat was cleared, or restored from a backup, cursors of before answer 410.',
      input: { params: ChatParams, querystring: MessageQuery },
      output: { 200: Ref(MessagePage) },
      problems: ['invalid_cursor', 'chat_not_found', 'branch_not_found', 'message_not_found', 'resync_required']
    }),
    handler: async (request, reply) => reply.type('application/json; charset=utf-8').send(await messages.listJson(request.actor, request.params.chat_id, request.query) as never)
  })

  app.route({
    method: 'DELETE',
    url: '/chats/:chat_id/messages',
    ...operation({
      id: 'clearMessages',
      tag,
      summary: 'Clear the history',
      description: 'Removes all messages for everybody; the chat starts anew with an empty `main` branch and a new `epoch`. The owner may in an assistant chat, an admin in a group, nobody in a direct chat.',
      input: { params: ChatParams },
      output: { 204: Nothing },
      problems: ['chat_not_found', 'forbidden', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      await chats.clear(request.actor, request.params.chat_id)
      return await reply.code(204).send(null)
    }
  })

  app.route({
    method: 'POST',
    url: '/chats/:chat_id/turns',
    ...operation({
      id: 'addTurn',
      tag,
      summary: 'Store a question with its answer',
      description: 'Stores both halves of a turn in your assistant chat, both or neither, next to each other. Repeating it with the same `client_id` (or `Idempotency-Key`) answers 200 with the first result.',
      limit: 'send',
      input: { params: ChatParams, headers: SendHeaders, body: Ref(TurnCreate) },
      output: { 201: Ref(Turn), 200: Ref(Turn) },
      problems: ['chat_not_found', 'branch_not_found', 'role_not_allowed', 'idempotency_conflict', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      const { turn, replayed } = await messages.addTurn(request.actor, request.params.chat_id, withKey(request.body, request.headers['idempotency-key']))
      if (replayed) reply.header('Idempotency-Replayed', 'true')
      return await reply.code(replayed ? 200 : 201).header('Location', `/api/v1/messages/${turn.turn_id}`).send(turn)
    }
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/turns',
    ...operation({
      id: 'listTurns',
      tag,
      summary: 'Read the turns',
      description: 'A page of the questions and answers on a branch\'s path, oldest first unless `order=desc`. A question that has no answer yet has `response: null`.',
      input: { params: ChatParams, querystring: TurnQuery },
      output: { 200: Ref(TurnPage) },
      problems: ['invalid_cursor', 'chat_not_found', 'branch_not_found', 'resync_required']
    }),
    handler: async request => await messages.listTurns(request.actor, request.params.chat_id, request.query)
  })

  app.route({
    method: 'GET',
    url: '/messages/:message_id',
    ...operation({
      id: 'getMessage',
      tag,
      summary: 'Get a message',
      description: 'One message of a chat you are in. The `ETag` is its `rev`, the value for `If-Match`. A deleted message is a tombstone without text.',
      input: { params: MessageParams },
      output: { 200: Ref(Message) },
      headers: ['ETag'],
      problems: ['message_not_found']
    }),
    handler: async (request, reply) => {
      const message = await messages.get(request.actor, request.params.message_id)
      return await reply.header('ETag', `"${message.rev}"`).send(message)
    }
  })

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/messages/:message_id',
    ...operation({
      id: 'updateMessage',
      tag,
      summary: 'Edit a message',
      description: 'Gives a message a new text; its place in the history stays. Only its sender may, and in an assistant chat its owner. With `If-Match` an edit of something outdated answers 412.',
      input: { params: MessageParams, headers: MatchHeaders, body: Ref(MessageUpdate) },
      output: { 200: Ref(Message) },
      headers: ['ETag'],
      problems: ['message_not_found', 'forbidden', 'message_deleted', 'run_in_progress', 'stale_revision', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      const message = await messages.edit(request.actor, request.params.message_id, request.body.content, request.headers['if-match'])
      return await reply.header('ETag', `"${message.rev}"`).send(message)
    }
  })

  app.route({
    method: 'DELETE',
    url: '/messages/:message_id',
    ...operation({
      id: 'deleteMessage',
      tag,
      summary: 'Delete a message',
      description: 'Removes the text and leaves a tombstone, so that nothing after it moves. Its sender may, and an admin of the group. Deleting it again does nothing.',
      input: { params: MessageParams, headers: MatchHeaders },
      output: { 204: Nothing },
      problems: ['message_not_found', 'forbidden', 'stale_revision', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      await messages.remove(request.actor, request.params.message_id, request.headers['if-match'])
      return await reply.code(204).send(null)
    }
  })
}

export default messageRoutes

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import { Changes, ChangesQuery, MessageVersions } from './change-schemas.ts'
import { ChatParams, Message, MessageParams, ReactionParams } from './schemas.ts'
import type { Messages } from './service.ts'

const tag = 'messages'

/** The operations on what happens to a message after it was sent. */
export const changeRoutes: FastifyPluginAsyncTypebox<{ messages: Messages }> = async (app, { messages }) => {
  app.route({
    method: 'GET',
    url: '/chats/:chat_id/changes',
    ...operation({
      id: 'listChanges',
      tag,
      summary: 'Catch up',
      description: 'What happened in a chat since the number `since`, in order, as it is now: each message that was sent or changed once, in its present state (deleted ones as tombstones), and the changes of the chat, its people and its branches as ids. Take the pages over in their order until `has_more` is false; then you have what a fresh read would give. Messages of a branch that was deleted do not come: `branch_deleted` tells that all of them are gone. Where it cannot be told whole, because the chat was cleared since, never had that number, or was restored from a backup (then it has another `epoch`, so send the one you know), the answer is 410: read the chat again from the start.',
      input: { params: ChatParams, querystring: ChangesQuery },
      output: { 200: Ref(Changes) },
      problems: ['chat_not_found', 'resync_required']
    }),
    handler: async request => await messages.changes(request.actor, request.params.chat_id, request.query)
  })

  app.route({
    method: 'GET',
    url: '/messages/:message_id/history',
    ...operation({
      id: 'listMessageVersions',
      tag,
      summary: 'Read what a message said before',
      description: 'The earlier texts of an edited message, newest first; the newest 50 are kept. Everybody in the chat may read them. They are gone with the message: when it is deleted, its branch is deleted or the chat is cleared.',
      input: { params: MessageParams },
      output: { 200: Ref(MessageVersions) },
      problems: ['message_not_found']
    }),
    handler: async request => ({ items: await messages.versions(request.actor, request.params.message_id), next_cursor: null })
  })

  app.route({
    method: 'PUT',
    url: '/messages/:message_id/reactions/:emoji',
    ...operation({
      id: 'addReaction',
      tag,
      summary: 'React to a message',
      description: 'Adds your reaction with one emoji; again does nothing. A message takes at most 20 different emoji. Everybody in the chat hears `message_updated`.',
      input: { params: ReactionParams },
      output: { 200: Ref(Message) },
      headers: ['ETag'],
      problems: ['message_not_found', 'message_deleted', 'too_many_reactions', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      const message = await messages.react(request.actor, request.params.message_id, request.params.emoji)
      return await reply.header('ETag', `"${message.rev}"`).send(message)
    }
  })

  app.route({
    method: 'DELETE',
    url: '/messages/:message_id/reactions/:emoji',
    ...operation({
      id: 'removeReaction',
      tag,
      summary: 'Take a reaction back',
      description: 'Removes your reaction with one emoji; when there is none it does nothing.',
      input: { params: ReactionParams },
      output: { 204: Nothing },
      problems: ['message_not_found', 'message_deleted', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      await messages.react(request.actor, request.params.message_id, request.params.emoji, true)
      return await reply.code(204).send(null)
    }
  })
}

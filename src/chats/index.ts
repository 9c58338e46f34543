import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Actor } from '../platform/guard.ts'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import { readRoutes } from './read-routes.ts'
import { Chat, ChatCreate, ChatIncludes, ChatPage, ChatParams, ChatQuery, ChatUpdate, Participant, ParticipantList, ParticipantParams, ParticipantsAdd, ParticipantUpdate, WholeChat } from './schemas.ts'
import type { Chats } from './service.ts'

const tag = 'chats'

/** What `include` can add to a chat, each part from the feature that holds it. */
type Includes = Record<'messages' | 'branches', (actor: Actor, chatId: string) => Promise<unknown>>

/** The operations on chats and their people. */
const chatRoutes: FastifyPluginAsyncTypebox<{ chats: Chats, include: Includes }> = async (app, { chats, include }) => {
  await app.register(readRoutes, { chats })

  app.route({
    method: 'POST',
    url: '/chats',
    ...operation({
      id: 'createChat',
      tag,
      summary: 'Make a chat',
      description: 'Makes an `assistant`, `direct` or `group` chat. There is one direct chat for a pair: asking for it again answers 200 with the same chat, however many ask at once. Whoever makes a group is its first admin.',
      input: { body: Ref(ChatCreate) },
      output: { 201: Ref(Chat), 200: Ref(Chat) },
      headers: ['Location'],
      problems: ['user_not_found']
    }),
    handler: async (request, reply) => {
      const { chat, created } = await chats.create(request.actor, request.body)
      return await reply.code(created ? 201 : 200).header('Location', `/api/v1/chats/${chat.id}`).send(chat)
    }
  })

  app.route({
    method: 'GET',
    url: '/chats',
    ...operation({
      id: 'listChats',
      tag,
      summary: 'List my chats',
      description: 'The chats you are in, newest activity first, each with its newest message.',
      input: { querystring: ChatQuery },
      output: { 200: Ref(ChatPage) },
      problems: ['invalid_cursor']
    }),
    handler: async request => await chats.list(request.actor, request.query)
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id',
    ...operation({
      id: 'getChat',
      tag,
      summary: 'Get a chat',
      description: 'A chat you are in, with its people; with `include=messages,branches` the whole chat: also the first pages of its messages (oldest first) and branches, each with the cursor for the next. The `ETag` is its version.',
      input: { params: ChatParams, querystring: ChatIncludes },
      output: { 200: Ref(WholeChat) },
      headers: ['ETag'],
      problems: ['chat_not_found']
    }),
    handler: async (request, reply) => {
      const { actor, params: { chat_id: chatId }, query } = request
      const chat = await chats.get(actor, chatId)
      const parts = (query.include?.split(',') ?? []) as (keyof Includes)[]
      const included = await Promise.all(parts.map(async part => [part, await include[part](actor, chatId)]))
      return await reply.header('ETag', `"${chat.version}"`).send({ ...chat, ...Object.fromEntries(included) })
    }
  })

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/chats/:chat_id',
    ...operation({
      id: 'updateChat',
      tag,
      summary: 'Change a chat',
      description: 'Changes title, system prompt or what an assistant may do and know here; members you leave out stay. The owner may in an assistant chat, an admin in a group, nobody in a direct chat.',
      input: { params: ChatParams, body: Ref(ChatUpdate) },
      output: { 200: Ref(Chat) },
      problems: ['chat_not_found', 'forbidden', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async request => await chats.update(request.actor, request.params.chat_id, request.body)
  })

  app.route({
    method: 'DELETE',
    url: '/chats/:chat_id',
    ...operation({
      id: 'deleteChat',
      tag,
      summary: 'Delete a chat',
      description: 'Removes the chat with all its messages, for everybody. The owner may in an assistant chat, an admin in a group, nobody in a direct chat.',
      input: { params: ChatParams },
      output: { 204: Nothing },
      problems: ['chat_not_found', 'forbidden', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      await chats.remove(request.actor, request.params.chat_id)
      return await reply.code(204).send(null)
    }
  })

  app.route({
    method: 'POST',
    url: '/chats/:chat_id/leave',
    ...operation({
      id: 'leaveChat',
      tag,
      summary: 'Leave a group',
      description: 'Takes you out of a group. When its last admin leaves, whoever has been there longest becomes admin; when its last person leaves, the group is deleted.',
      input: { params: ChatParams },
      output: { 204: Nothing },
      problems: ['chat_not_found', 'group_only', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      await chats.participants.remove(request.actor, request.params.chat_id, request.actor.id)
      return await reply.code(204).send(null)
    }
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/participants',
    ...operation({
      id: 'listParticipants',
      tag,
      summary: 'List the people of a chat',
      description: 'Everybody in a chat you are in.',
      input: { params: ChatParams },
      output: { 200: Ref(ParticipantList) },
      problems: ['chat_not_found']
    }),
    handler: async request => {
      const { participants } = await chats.get(request.actor, request.params.chat_id)
      return { items: participants, next_cursor: null }
    }
  })

  app.route({
    method: 'POST',
    url: '/chats/:chat_id/participants',
    ...operation({
      id: 'addParticipants',
      tag,
      summary: 'Add people to a group',
      description: 'An admin adds people; a group holds 100 at the most. All of them are added or none. Those who are in already stay as they are.',
      input: { params: ChatParams, body: Ref(ParticipantsAdd) },
      output: { 201: Ref(ParticipantList) },
      problems: ['chat_not_found', 'user_not_found', 'forbidden', 'group_only', 'already_participant', 'chat_full', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      const items = await chats.participants.add(request.actor, request.params.chat_id, request.body.user_ids)
      return await reply.code(201).header('Location', `/api/v1/chats/${request.params.chat_id}/participants`).send({ items, next_cursor: null })
    }
  })

  app.route({
    method: 'PATCH',
    url: '/chats/:chat_id/participants/:user_id',
    ...operation({
      id: 'updateParticipant',
      tag,
      summary: 'Make somebody an admin, or not',
      description: 'An admin gives or takes the right to change the group. A group always keeps one admin.',
      input: { params: ParticipantParams, body: Ref(ParticipantUpdate) },
      output: { 200: Ref(Participant) },
      problems: ['chat_not_found', 'participant_not_found', 'forbidden', 'group_only', 'last_admin', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async request => await chats.participants.change(request.actor, request.params.chat_id, request.params.user_id, request.body.is_admin)
  })

  app.route({
    method: 'DELETE',
    url: '/chats/:chat_id/participants/:user_id',
    ...operation({
      id: 'removeParticipant',
      tag,
      summary: 'Remove somebody from a group',
      description: 'An admin removes anybody, everybody may remove themselves (which is leaving). Nothing later reaches the one removed.',
      input: { params: ParticipantParams },
      output: { 204: Nothing },
      problems: ['chat_not_found', 'participant_not_found', 'forbidden', 'group_only', 'chat_busy', 'retry_same_client_id']
    }),
    handler: async (request, reply) => {
      await chats.participants.remove(request.actor, request.params.chat_id, request.params.user_id)
      return await reply.code(204).send(null)
    }
  })
}

export default chatRoutes

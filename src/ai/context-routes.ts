import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import type { ContextService } from './context.ts'
import { Context, ContextParams, ContextQuery, Memory, MemoryPage, MemoryParams, MemoryQuery, MemoryWrite } from './context-schemas.ts'
import type { Memories } from './memories.ts'

const tag = 'ai'

/** The operations on what models are told. */
const contextRoutes: FastifyPluginAsyncTypebox<{ context: ContextService, memories: Memories }> = async (app, { context, memories }) => {
  app.route({
    method: 'GET',
    url: '/chats/:chat_id/context',
    ...operation({
      id: 'getContext',
      tag,
      summary: 'See what a model is told',
      description: 'Exactly the messages that a model would be sent if you asked `content` now (or, without it, what comes before a question): the system prompt, your memories, the summary of what no longer fits, and the newest messages of the branch that fit, with what each part costs in tokens and what was cut. Nothing is stored and no model is asked.',
      input: { params: ContextParams, querystring: ContextQuery },
      output: { 200: Ref(Context) },
      problems: ['chat_not_found', 'branch_not_found', 'model_not_found', 'context_too_large']
    }),
    handler: async ({ actor, params, query: { branch_id: branchId, model, content } }) => await context.build(actor, params.chat_id, { branchId, model, content })
  })

  app.route({
    method: 'GET',
    url: '/memories',
    ...operation({
      id: 'listMemories',
      tag,
      summary: 'List my memories',
      description: 'The facts that replies in your own assistant chats know, oldest first.',
      input: { querystring: MemoryQuery },
      output: { 200: Ref(MemoryPage) },
      problems: ['invalid_cursor']
    }),
    handler: async request => await memories.list(request.actor, request.query)
  })

  app.route({
    method: 'POST',
    url: '/memories',
    ...operation({
      id: 'createMemory',
      tag,
      summary: 'Have something remembered',
      description: 'Keeps a fact that replies in your own assistant chats are to know, unless a chat has `memories_enabled` off. You can have 200.',
      input: { body: Ref(MemoryWrite) },
      output: { 201: Ref(Memory) },
      headers: ['Location'],
      problems: ['too_many_memories']
    }),
    handler: async (request, reply) => {
      const memory = await memories.create(request.actor, request.body.content)
      return await reply.code(201).header('Location', `/api/v1/memories/${memory.id}`).send(memory)
    }
  })

  app.route({
    method: 'GET',
    url: '/memories/:memory_id',
    ...operation({
      id: 'getMemory',
      tag,
      summary: 'Get a memory',
      description: 'One of your memories.',
      input: { params: MemoryParams },
      output: { 200: Ref(Memory) },
      problems: ['memory_not_found']
    }),
    handler: async request => await memories.get(request.actor, request.params.memory_id)
  })

  app.route({
    method: 'PATCH',
    url: '/memories/:memory_id',
    ...operation({
      id: 'updateMemory',
      tag,
      summary: 'Change a memory',
      description: 'Gives one of your memories a new text; the next reply knows it.',
      input: { params: MemoryParams, body: Ref(MemoryWrite) },
      output: { 200: Ref(Memory) },
      problems: ['memory_not_found']
    }),
    handler: async request => await memories.update(request.actor, request.params.memory_id, request.body.content)
  })

  app.route({
    method: 'DELETE',
    url: '/memories/:memory_id',
    ...operation({
      id: 'deleteMemory',
      tag,
      summary: 'Delete a memory',
      description: 'Forgets one of your memories for good.',
      input: { params: MemoryParams },
      output: { 204: Nothing },
      problems: ['memory_not_found']
    }),
    handler: async (request, reply) => {
      await memories.remove(request.actor, request.params.memory_id)
      return await reply.code(204).send(null)
    }
  })
}

export default contextRoutes

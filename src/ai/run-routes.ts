import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ChatParams } from '../chats/schemas.ts'
import { MessageParams, SendHeaders } from '../messages/schemas.ts'
import { withKey } from '../platform/idempotency.ts'
import { EventStream, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import type { Begun } from './completions.ts'
import { holdOpen, sendEvents, wantsEvents } from './event-stream.ts'
import { Completion, CompletionCreate, Regenerate, ResumeHeaders, Run, RunParams } from './run-schemas.ts'
import type { Ai } from './service.ts'

const tag = 'ai'
/** The ways in which a reply can fail that has begun. */
export const modelFaults = ['ai_rate_limited', 'ai_unavailable', 'ai_timeout', 'ai_bad_answer', 'ai_refused', 'interrupted'] as const
const refusals = ['chat_not_found', 'assistant_not_allowed', 'model_not_found', 'context_too_large', 'run_in_progress', 'too_many_runs', 'ai_budget_exhausted', 'idempotency_conflict', 'chat_busy', 'retry_same_client_id'] as const
const events = 'With `stream: true` or `Accept: text/event-stream`: `reply_started` (the run and the empty reply), `reply_delta` (`offset`, `text`) as it is written, `error` where the model failed, and `reply_finished` (the run and the whole reply) at the end. Each has an `id`; after a lost connection `GET /runs/{run_id}/events` with `Last-Event-ID` goes on behind it.'

/** The operations on replies of models. */
const runRoutes: FastifyPluginAsyncTypebox<{ ai: Ai }> = async (app, { ai }) => {
  /** Answers what began, as it is written or once it has ended. */
  async function answer (request: FastifyRequest, reply: FastifyReply, begun: Begun, stream: boolean | undefined) {
    // It took so long to begin that whoever asked has heard of it.
    if (reply.sent) return reply
    if (begun.replayed) reply.header('Idempotency-Replayed', 'true')
    holdOpen(request, reply)
    return wantsEvents(request, stream) ? await sendEvents(reply, ai.follow(request.actor, begun.run)) : await reply.send(await ai.completed(request.actor, begun))
  }

  app.route({
    method: 'POST',
    url: '/chats/:chat_id/completions',
    ...operation({
      id: 'createCompletion',
      tag,
      summary: 'Ask a model',
      description: 'Stores your message and a reply that a model writes, and answers both once the reply has ended; or as it is written (server-sent events). The people of the chat hear the same on their sockets. Your message is kept whatever becomes of the model; a lost connection does not end the reply. In a group an admin must have let the assistant in.',
      limit: 'send',
      events,
      input: { params: ChatParams, headers: SendHeaders, body: Ref(CompletionCreate) },
      output: { 200: Ref(Completion) },
      headers: ['Idempotency-Replayed'],
      problems: [...refusals, ...modelFaults, 'branch_not_found', 'head_moved']
    }),
    handler: async (request, reply) => {
      const { stream, ...body } = withKey(request.body, request.headers['idempotency-key'])
      return await answer(request, reply, await ai.complete(request.actor, request.params.chat_id, body), stream)
    }
  })

  app.route({
    method: 'POST',
    url: '/messages/:message_id/regenerate',
    ...operation({
      id: 'regenerateReply',
      tag,
      summary: 'Have a reply written again',
      description: 'Makes an alternative branch on which a model answers the same message again; the first reply stays where it is. Answers like asking a model.',
      limit: 'send',
      events,
      input: { params: MessageParams, headers: SendHeaders, body: Ref(Regenerate) },
      output: { 200: Ref(Completion) },
      headers: ['Idempotency-Replayed'],
      problems: [...refusals, ...modelFaults, 'message_not_found', 'forbidden', 'branch_too_deep', 'too_many_branches']
    }),
    handler: async (request, reply) => {
      const { stream, ...body } = withKey(request.body, request.headers['idempotency-key'])
      return await answer(request, reply, await ai.regenerate(request.actor, request.params.message_id, body), stream)
    }
  })

  app.route({
    method: 'GET',
    url: '/runs/:run_id',
    ...operation({
      id: 'getRun',
      tag,
      summary: 'Get a run',
      description: 'How far a model is with a reply.',
      input: { params: RunParams },
      output: { 200: Ref(Run) },
      problems: ['run_not_found']
    }),
    handler: async request => await ai.run(request.actor, request.params.run_id)
  })

  app.route({
    method: 'GET',
    url: '/runs/:run_id/events',
    ...operation({
      id: 'followRun',
      tag,
      summary: 'Follow a run',
      description: 'What a model writes, as it is written (server-sent events), from the beginning or behind `Last-Event-ID`, up to its end; at any process, also when the run has ended.',
      events: 'The events of asking a model.',
      input: { params: RunParams, headers: ResumeHeaders },
      output: { 200: EventStream },
      problems: ['run_not_found']
    }),
    handler: async (request, reply) => {
      const told = await ai.events(request.actor, request.params.run_id, request.headers['last-event-id'])
      if (reply.sent) return reply
      holdOpen(request, reply)
      return await sendEvents(reply, told)
    }
  })

  app.route({
    method: 'POST',
    url: '/runs/:run_id/cancel',
    ...operation({
      id: 'cancelRun',
      tag,
      summary: 'End a reply',
      description: 'Stops the model and keeps what it wrote until then; the reply is `stopped`. Who asked may, and an admin of the chat.',
      input: { params: RunParams },
      output: { 200: Ref(Run) },
      problems: ['run_not_found', 'run_ended', 'forbidden']
    }),
    handler: async request => await ai.cancel(request.actor, request.params.run_id)
  })
}

export default runRoutes

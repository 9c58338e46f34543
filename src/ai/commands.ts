import { Type } from '@sinclair/typebox'
import { Message } from '../messages/schemas.ts'
import { command, writeProblems } from '../platform/command.ts'
import { Id, Ref } from '../platform/typebox.ts'
import { toRun } from './run-model.ts'
import { completionMembers, replyExample, Run, RunParams } from './run-schemas.ts'
import type { Ai } from './service.ts'

const run = Run.examples![0] as object
const { usage: _, ...reply } = replyExample

/** The frames that do what the operations on replies do. */
export const aiCommands = ({ ai }: { ai: Ai }) => [
  command({
    name: 'complete',
    summary: 'Sends a message and asks a model to answer it; everybody in the chat hears `reply_started`, `reply_delta` and `reply_finished`.',
    limit: 'send',
    properties: { chat_id: Id('The chat.'), ...completionMembers },
    example: { chat_id: '66f0c0ffee0000000000c001', content: 'What is a message log?' },
    answer: {
      run: Ref(Run),
      message: Ref(Message),
      reply: Ref(Message),
      replayed: Type.Boolean({ description: 'It was asked before, with the same `client_id`.' })
    },
    answerExample: {
      run: { ...run, status: 'running', usage: null, ended_at: null },
      message: { ...Message.examples![0] as object, content: 'What is a message log?' },
      reply: { ...reply, rev: 8, content: '', status: 'streaming' },
      replayed: false
    },
    problems: ['chat_not_found', 'branch_not_found', 'assistant_not_allowed', 'model_not_found', 'context_too_large', 'run_in_progress', 'too_many_runs', 'ai_budget_exhausted', 'idempotency_conflict', 'head_moved', ...writeProblems],
    run: async (actor, { chat_id, ...body }) => {
      const { run, message, reply, replayed } = await ai.complete(actor, chat_id, body)
      return { run: toRun(run), message, reply, replayed }
    }
  }),
  command({
    name: 'cancel',
    summary: 'Ends a reply; what was written until then stays.',
    properties: RunParams.properties,
    example: { run_id: '66f0c0ffee0000000000e001' },
    answer: { run: Ref(Run) },
    answerExample: { run: { ...run, status: 'stopped' } },
    problems: ['run_not_found', 'run_ended', 'forbidden'],
    run: async (actor, { run_id }) => ({ run: await ai.cancel(actor, run_id) })
  })
]

import { type Static, Type } from '@sinclair/typebox'
import { Message, ReplyUsage, sendMembers } from '../messages/schemas.ts'
import { ErrorCode } from '../platform/errors.ts'
import { Closed, Id, Nullable, OneOf, Ref, Time } from '../platform/typebox.ts'

const message = Message.examples![0] as { id: string, chat_id: string, branch_id: string, sender_id: string }
const usage = ReplyUsage.examples![0]
const ids = { run: '66f0c0ffee0000000000e001', reply: '66f0c0ffee0000000000d002' }

export const RunStatus = OneOf(['running', 'complete', 'stopped', 'error'], { $id: 'RunStatus', description: '`stopped`: cancelled. `error`: it failed; `code` says why.' })

export const Run = Closed({
  id: Id('The run.'),
  chat_id: Id('Its chat.'),
  branch_id: Id('The branch that the reply is on.'),
  message_id: Id('The message that is answered.'),
  reply_id: Id('The reply, a message of the role `assistant`.'),
  user_id: Id('Who asked.'),
  model: Type.String({ maxLength: 200, description: 'The model that writes.' }),
  status: Ref(RunStatus),
  code: Nullable(Ref(ErrorCode)),
  usage: Nullable(Ref(ReplyUsage)),
  created_at: Time('When it began.'),
  ended_at: Nullable(Time('When it ended.'))
}, {
  $id: 'Run',
  description: 'A model\'s work on one reply.',
  examples: [{ id: ids.run, chat_id: message.chat_id, branch_id: message.branch_id, message_id: message.id, reply_id: ids.reply, user_id: message.sender_id, model: 'offline', status: 'complete', code: null, usage, created_at: '2026-11-21T09:31:00.000Z', ended_at: '2026-11-21T09:31:01.000Z' }]
})
export type Run = Static<typeof Run>

const replyExample = { ...Message.examples![0] as object, id: ids.reply, seq: 8, rev: 9, message_index: 6, role: 'assistant', content: 'Fine, thank you.', run_id: ids.run, reply_to: message.id, usage }

/** How a model is asked. */
const askMembers = {
  model: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'One of `GET /models`; the default one when left out.', examples: ['offline'] })),
  temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2, description: 'How freely the model chooses its words; the provider\'s default when left out.' })),
  max_tokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'The longest reply, in tokens.' })),
  client_id: sendMembers.client_id
}
const stream = { stream: Type.Optional(Type.Boolean({ default: false, description: 'Answer with the reply as it is written (server-sent events). `Accept: text/event-stream` says the same.' })) }

/** The members of a question to a model, over REST and sockets alike. */
export const completionMembers = { content: sendMembers.content, branch_id: sendMembers.branch_id, expected_head: sendMembers.expected_head, ...askMembers }

export const CompletionCreate = Closed({ ...completionMembers, ...stream }, { $id: 'CompletionCreate', description: 'A question to a model.', examples: [{ content: 'What is a message log?' }] })
export type CompletionCreate = Static<typeof CompletionCreate>

export const Regenerate = Closed({
  ...askMembers,
  ...stream,
  activate: Type.Optional(Type.Boolean({ description: 'Whether messages go to the new branch from now on; unless said otherwise, yes where you may decide that.' }))
}, { $id: 'Regenerate', description: 'How to answer again.', examples: [{ temperature: 1 }] })
export type Regenerate = Static<typeof Regenerate>

export const Completion = Closed({
  message: Ref(Message),
  reply: Ref(Message),
  run: Ref(Run),
  usage: Nullable(Ref(ReplyUsage))
}, { $id: 'Completion', description: 'A message and the model\'s reply to it.', examples: [{ message, reply: replyExample, run: Run.examples![0], usage }] })
export type Completion = Static<typeof Completion>

export const RunParams = Closed({ run_id: Id('The run.') })
export const ResumeHeaders = Type.Object({ 'last-event-id': Type.Optional(Type.String({ maxLength: 10, pattern: '^(\\d{1,9}|end)?$', description: 'The `id` of the last event you have; what comes after it is sent.' })) })

export { replyExample }

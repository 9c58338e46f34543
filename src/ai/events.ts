import { Type } from '@sinclair/typebox'
import { Message } from '../messages/schemas.ts'
import { defineEvent } from '../platform/bus.ts'
import { Count, Id, Nullable, Ref } from '../platform/typebox.ts'
import { replyExample, Run } from './run-schemas.ts'

const run = Run.examples![0] as { id: string, chat_id: string, reply_id: string }
const place = { chat_id: Id('The chat.'), run_id: Id('The run.') }
const ids = { chat_id: run.chat_id, run_id: run.id }

export const replyStarted = defineEvent('reply_started', 'chat', 'A model begins to write a reply; the reply itself came as `new_message`.', { ...place, run: Ref(Run) }, { ...ids, run: { ...run, status: 'running', usage: null, ended_at: null } })

export const replyDelta = defineEvent('reply_delta', 'chat', 'The next piece of a reply. A client that misses one waits for `reply_finished`, or reads `GET /runs/{run_id}/events`.', {
  ...place,
  reply_id: Id('The reply.'),
  offset: Count('Where the piece begins, in UTF-16 code units.'),
  text: Type.String({ maxLength: 200_000, description: 'The piece.' })
}, { ...ids, reply_id: run.reply_id, offset: 0, text: 'Fine, ' }, { droppable: true })

export const replyFinished = defineEvent('reply_finished', 'chat', 'A reply has ended; this is its whole text and its `status`.', {
  ...place,
  seq: Count('The number of this change in the chat.', { minimum: 1 }),
  code: Nullable(Type.String({ maxLength: 60, pattern: '^[a-z_]+$', description: 'Why it failed.' })),
  message: Ref(Message)
}, { ...ids, seq: 9, code: null, message: replyExample })

export const events = [replyStarted, replyDelta, replyFinished]

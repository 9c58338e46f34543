import { command } from '../platform/command.ts'
import { Id } from '../platform/typebox.ts'
import { toRun } from './run-model.ts'
import { completionMembers, RunParams } from './run-schemas.ts'
import type { Ai } from './service.ts'

/** The frames that do what the operations on replies do. */
export const aiCommands = ({ ai }: { ai: Ai }) => [
  command({
    name: 'complete',
    summary: 'Sends a message and asks a model to answer it; everybody in the chat hears `reply_started`, `reply_delta` and `reply_finished`.',
    limit: 'send',
    properties: { chat_id: Id('The chat.'), ...completionMembers },
    example: { chat_id: '66f0c0ffee0000000000c001', content: 'What is a message log?' },
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
    run: async (actor, { run_id }) => ({ run: await ai.cancel(actor, run_id) })
  })
]

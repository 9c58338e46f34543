import { Type } from '@sinclair/typebox'
import { command } from '../platform/command.ts'
import { Id } from '../platform/typebox.ts'

/** The frames of the transport itself. */
export const socketCommands = [
  command({
    name: 'ping',
    summary: 'Asks whether the server is there; the answer is `pong`.',
    properties: { chat_id: Type.Optional(Id('The chat.')) },
    example: { chat_id: '66f0c0ffee0000000000c001' },
    run: async (_actor, { chat_id }) => ({ ...(chat_id && { chat_id }), timestamp: new Date().toISOString() })
  })
]

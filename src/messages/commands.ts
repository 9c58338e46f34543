import { command } from '../platform/command.ts'
import { Id } from '../platform/typebox.ts'
import { reactMembers, sendMembers } from './schemas.ts'
import type { Messages } from './service.ts'

const chat = { chat_id: Id('The chat.') }

/** The frames that do what the message operations do. */
export const messageCommands = ({ messages }: { messages: Messages }) => [
  command({
    name: 'message',
    summary: 'Sends a message; everybody in the chat hears `new_message`.',
    limit: 'send',
    properties: { ...chat, ...sendMembers },
    example: { chat_id: '66f0c0ffee0000000000c001', content: 'Hello, world!' },
    run: async (actor, { chat_id, ...message }) => {
      const { message: stored, replayed } = await messages.send(actor, chat_id, message)
      return { message: stored, replayed }
    }
  }),
  command({
    name: 'react',
    summary: 'Reacts to a message with an emoji, or takes that back; everybody in the chat hears `message_updated`.',
    properties: reactMembers,
    example: { message_id: '66f0c0ffee0000000000d001', emoji: '👍' },
    run: async (actor, { message_id, emoji, remove }) => ({ message: await messages.react(actor, message_id, emoji, remove) })
  })
]

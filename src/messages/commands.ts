import { Type } from '@sinclair/typebox'
import { command, writeProblems } from '../platform/command.ts'
import { Id, Ref } from '../platform/typebox.ts'
import { Message, reactMembers, sendMembers } from './schemas.ts'
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
    answer: { message: Ref(Message), replayed: Type.Boolean({ description: 'It was stored before, by an earlier send with the same `client_id`.' }) },
    answerExample: { message: Message.examples![0], replayed: false },
    problems: ['chat_not_found', 'branch_not_found', 'message_not_found', 'role_not_allowed', 'idempotency_conflict', 'head_moved', ...writeProblems],
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
    answer: { message: Ref(Message) },
    answerExample: { message: { ...Message.examples![0] as object, reactions: [{ emoji: '👍', user_ids: ['66f0c0ffee0000000000a002'] }] } },
    problems: ['message_not_found', 'message_deleted', 'too_many_reactions', ...writeProblems],
    run: async (actor, { message_id, emoji, remove }) => ({ message: await messages.react(actor, message_id, emoji, remove) })
  })
]

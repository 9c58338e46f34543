import { Type } from '@sinclair/typebox'
import { command, writeProblems } from '../platform/command.ts'
import { Count, Id, Ref } from '../platform/typebox.ts'
import { Message, MessageUpdate, ReactionParams, sendMembers } from './schemas.ts'
import type { Messages } from './service.ts'

const chat = { chat_id: Id('The chat.') }
const message = { message_id: Id('The message.') }
const revision = { rev: Type.Optional(Count('The `rev` you read, as `If-Match` over HTTP: another one at the server is refused with `stale_revision`.')) }
const matching = (rev: number | undefined) => rev === undefined ? undefined : `"${rev}"`

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
    isPlaced: true,
    run: async (actor, { chat_id, ...draft }, _socket, placed) => {
      const { message: stored, replayed } = await messages.send(actor, chat_id, draft, placed)
      return { message: stored, replayed }
    }
  }),
  command({
    name: 'edit',
    summary: 'Gives a message a new text; everybody in the chat hears `message_updated`.',
    properties: { ...message, ...MessageUpdate.properties, ...revision },
    example: { message_id: '66f0c0ffee0000000000d001', content: 'Hello, how are you all?', rev: 7 },
    answer: { message: Ref(Message) },
    answerExample: { message: Message.examples![0] },
    problems: ['message_not_found', 'forbidden', 'message_deleted', 'run_in_progress', 'stale_revision', ...writeProblems],
    run: async (actor, { message_id, content, rev }) => ({ message: await messages.edit(actor, message_id, content, matching(rev)) })
  }),
  command({
    name: 'delete',
    summary: 'Deletes a message; everybody in the chat hears `message_deleted`. Deleting it again does nothing.',
    properties: { ...message, ...revision },
    example: { message_id: '66f0c0ffee0000000000d001' },
    problems: ['message_not_found', 'forbidden', 'stale_revision', ...writeProblems],
    run: async (actor, { message_id, rev }) => {
      await messages.remove(actor, message_id, matching(rev))
      return undefined
    }
  }),
  command({
    name: 'react',
    summary: 'Reacts to a message with an emoji, or takes that back; everybody in the chat hears `message_updated`.',
    properties: { ...message, emoji: { ...ReactionParams.properties.emoji, description: 'Exactly one emoji, as a person sees it.' }, remove: Type.Optional(Type.Boolean({ default: false, description: 'Take the reaction back.' })) },
    example: { message_id: '66f0c0ffee0000000000d001', emoji: '👍' },
    answer: { message: Ref(Message) },
    answerExample: { message: { ...Message.examples![0] as object, reactions: [{ emoji: '👍', user_ids: ['66f0c0ffee0000000000a002'] }] } },
    problems: ['message_not_found', 'message_deleted', 'too_many_reactions', ...writeProblems],
    run: async (actor, { message_id, emoji, remove }) => ({ message: await messages.react(actor, message_id, emoji, remove) })
  })
]

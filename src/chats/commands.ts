import { command } from '../platform/command.ts'
import { Id, OneOf } from '../platform/typebox.ts'
import { readMembers, ReadState } from './read-schemas.ts'
import type { Chats } from './service.ts'

/** The frames about a chat itself. */
export const chatCommands = ({ chats }: { chats: Chats }) => [
  command({
    name: 'typing',
    summary: 'Tells the others that you type, or stopped; after 6 s without another `start` the server says so for you.',
    properties: { chat_id: Id('The chat.'), content: OneOf(['start', 'stop']) },
    example: { chat_id: '66f0c0ffee0000000000c001', content: 'start' },
    problems: ['chat_not_found'],
    run: async (actor, { chat_id, content }) => {
      await chats.typing.set(actor, chat_id, content)
      return {}
    }
  }),
  command({
    name: 'read',
    summary: 'Says that you have read everything up to a number; the others hear `read_marked`.',
    properties: { chat_id: Id('The chat.'), ...readMembers },
    example: { chat_id: '66f0c0ffee0000000000c001', seq: 7 },
    answer: ReadState.properties,
    answerExample: ReadState.examples![0] as object,
    problems: ['chat_not_found'],
    run: async (actor, { chat_id, seq }) => await chats.reads.mark(actor, chat_id, seq)
  })
]

import { type Static, Type } from '@sinclair/typebox'
import { MessageRole } from '../chats/schemas.ts'
import { contentSchema } from '../messages/schemas.ts'
import { Closed, Count, Id, listQuery, Nullable, Page, Ref, Time } from '../platform/typebox.ts'

/** The most memories of a person. */
export const memoryLimit = 200
/** The most messages of a chat that a model is given, however many would fit. */
export const historyLimit = 2000

const memoryContent = Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'The fact, in your own words.', examples: ['I am vegetarian.'] })

export const Memory = Closed({
  id: Id('The memory.'),
  content: memoryContent,
  created_at: Time('When it was made.'),
  updated_at: Time('When its text last changed.')
}, {
  $id: 'Memory',
  description: 'A fact that replies in your own assistant chats know. Nobody else reads it.',
  examples: [{ id: '66f0c0ffee0000000000e001', content: 'I am vegetarian.', created_at: '2026-11-21T09:30:00.000Z', updated_at: '2026-11-21T09:30:00.000Z' }]
})
export type Memory = Static<typeof Memory>

export const MemoryWrite = Closed({ content: memoryContent }, { $id: 'MemoryWrite', description: 'The text of a memory.', examples: [{ content: 'I am vegetarian.' }] })

const MemoryList = Page('MemoryPage', Memory)
export const MemoryPage = { ...MemoryList, description: 'A page of your memories.', examples: [{ items: [Memory.examples![0]], next_cursor: null }] } as typeof MemoryList

export const MemoryParams = Closed({ memory_id: Id('The memory.') })
export const MemoryQuery = Closed(listQuery)
export type MemoryQuery = Static<typeof MemoryQuery>

export const ContextTurn = Closed({
  role: Ref(MessageRole),
  content: Type.String({ maxLength: 200_000, description: 'The text.' }),
  name: Type.Optional(Type.String({ pattern: '^[a-zA-Z0-9_-]{1,64}$', minLength: 1, maxLength: 64, description: 'Who wrote it, where several people write: made of the username, with `.` as `-_` and `-` doubled; `former-member` once the account is gone.' }))
}, { $id: 'ContextTurn', description: 'One message as a model gets it. What people wrote is `user`, always. Only the owner of an assistant chat can have more said as `system`.', examples: [{ role: 'user', content: 'What is the refund policy?' }] })

export const ContextTokens = Closed({
  system: Count('The chat\'s system prompt.'),
  memories: Count('Your memories.'),
  summary: Count('The summary of what came earlier.'),
  history: Count('The messages of the branch.'),
  question: Count('The question that is to be answered.'),
  total: Count('All of them, with what begins the reply.')
}, { $id: 'ContextTokens', description: 'What the parts of a context cost, in tokens.', examples: [{ system: 14, memories: 30, summary: 0, history: 220, question: 11, total: 278 }] })

export const ContextSummary = Closed({
  branch_id: Id('The branch it was made for: this one or one it is forked from.'),
  upto_index: Count('It tells of the messages up to this `message_index`.'),
  upto_message_id: Id('The newest message it tells of.'),
  content: Type.String({ maxLength: 8000, description: 'The summary.' }),
  model: Type.String({ maxLength: 200, description: 'The model that wrote it.' }),
  created_at: Time('When it was written.')
}, {
  $id: 'ContextSummary',
  description: 'What a model wrote of the earlier part of a conversation.',
  examples: [{ branch_id: '66f0c0ffee0000000000b001', upto_index: 119, upto_message_id: '66f0c0ffee0000000000d001', content: 'Ann asked about refunds; she bought the product in May.', model: 'openai/gpt-oss-120b', created_at: '2026-11-21T09:31:00.000Z' }]
})
export type ContextSummary = Static<typeof ContextSummary>

export const ContextIncluded = Closed({
  from_index: Nullable(Count('The oldest message of the branch that is sent.')),
  to_index: Nullable(Count('The newest.')),
  count: Count('How many are sent.')
}, { $id: 'ContextIncluded', description: 'Which stored messages are sent in full.', examples: [{ from_index: 0, to_index: 1, count: 2 }] })

export const ContextCut = Closed({
  count: Count('How many older messages are not sent; deleted ones are not counted.'),
  up_to_index: Nullable(Count('The newest of them.')),
  summarized: Type.Boolean({ description: 'Whether the summary tells of all of them.' })
}, { $id: 'ContextCut', description: 'What did not fit.', examples: [{ count: 0, up_to_index: null, summarized: false }] })

export const ContextMemories = Closed({
  count: Count('How many are told, the newest first served.'),
  cut: Count('How many did not fit in their quarter of the budget.')
}, { $id: 'ContextMemories', description: 'Which of your memories are told.', examples: [{ count: 1, cut: 0 }] })

export const Context = Closed({
  model: Type.String({ maxLength: 200, description: 'The model it is made for.' }),
  branch_id: Id('The branch whose path it tells.'),
  budget_tokens: Count('How many tokens it may have: the model\'s, less what is kept for the reply.'),
  messages: Type.Array(Ref(ContextTurn), { maxItems: historyLimit + 4, description: 'Exactly what is sent, in its order.' }),
  tokens: Ref(ContextTokens),
  included: Ref(ContextIncluded),
  cut: Ref(ContextCut),
  memories: Ref(ContextMemories),
  summary: Nullable(Ref(ContextSummary))
}, {
  $id: 'Context',
  description: 'What a model is told, to the letter.',
  examples: [{
    model: 'openai/gpt-oss-120b',
    branch_id: '66f0c0ffee0000000000b001',
    budget_tokens: 6976,
    messages: [
      { role: 'system', content: 'You answer briefly.\n\nWhat the person wants you to remember:\n- I am vegetarian.' },
      { role: 'user', content: 'Hello, how are you?' },
      { role: 'assistant', content: 'Fine. What can I do for you?' },
      { role: 'user', content: 'What shall I cook?' }
    ],
    tokens: { system: 8, memories: 14, summary: 0, history: 22, question: 9, total: 56 },
    included: { from_index: 0, to_index: 1, count: 2 },
    cut: { count: 0, up_to_index: null, summarized: false },
    memories: { count: 1, cut: 0 },
    summary: null
  }]
})
export type Context = Static<typeof Context>

export const ContextParams = Closed({ chat_id: Id('The chat.') })
export const ContextQuery = Closed({
  branch_id: Type.Optional(Id('The branch; the active one when left out.')),
  model: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'The model; the default one when left out.', examples: ['offline'] })),
  content: Type.Optional(contentSchema('A question that you might ask:'))
})
export type ContextQuery = Static<typeof ContextQuery>

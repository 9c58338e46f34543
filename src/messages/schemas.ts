import { type Static, Type } from '@sinclair/typebox'
import { MessageRole } from '../chats/schemas.ts'
import { ErrorCode } from '../platform/errors.ts'
import { Closed, Count, Id, listQuery, Nullable, OneOf, Ref, Time } from '../platform/typebox.ts'
import { graphemeKeyword } from '../platform/validation.ts'

/** The most characters of one message (seed 004), as a person counts them. */
export const contentLimit = 10_000
/** A character a person sees can be several code points (a family emoji has seven); this bounds the text itself. */
const codePointLimit = 40_000

/** The longest text that a model may write, in UTF-16 code units. */
const replyLimit = 200_000

const contentExample = 'Hello, how are you?'
/** The text of a message. */
export const contentSchema = (description: string) => Type.String({
  minLength: 1,
  maxLength: codePointLimit,
  pattern: '\\S',
  [graphemeKeyword]: contentLimit,
  description: `${description} 1 to ${contentLimit} characters as a person counts them (Unicode extended grapheme clusters, so an emoji of several code points is one), and at most ${codePointLimit} code points. Not only white space.`,
  examples: [contentExample]
})
const content = contentSchema('The text:')

const clientId = Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\x21-\\x7e]+$', description: 'Your own id for this send. Sending it again answers the first result instead of a second message.', examples: ['web-1732181460000-1'] })

/** UTF-16 units of an emoji, different emoji of a message, and people who react with the same one: at the most. */
export const emojiLength = 32
export const reactionLimit = 20
export const reactorLimit = 100

const emoji = Type.String({ minLength: 1, maxLength: emojiLength, description: 'Exactly one emoji, as a person sees it.', examples: ['👍'] })

export const Reaction = Closed({
  emoji,
  user_ids: Type.Array(Id('A person.'), { minItems: 1, maxItems: reactorLimit })
}, { $id: 'Reaction', description: 'Who reacted with one emoji, in the order in which they did.', examples: [{ emoji: '👍', user_ids: ['66f0c0ffee0000000000a002'] }] })

export const Alternatives = Closed({
  index: Count('Which one this message is, from 0, in the order in which they were sent.'),
  count: Count('How many messages follow the same message, on all branches.', { minimum: 1 })
}, { $id: 'Alternatives', description: 'Where history parts: the messages that stand in the same place. Told where a history or a message is read, not in events.', examples: [{ index: 0, count: 2 }] })
export type Alternatives = Static<typeof Alternatives>

export const ReplyUsage = Closed({
  model: Type.String({ maxLength: 200, description: 'The model that wrote the reply.' }),
  prompt_tokens: Count('Tokens the model read.'),
  completion_tokens: Count('Tokens the model wrote.'),
  latency_ms: Count('Milliseconds from the start of the run to its end.')
}, { $id: 'ReplyUsage', description: 'What a reply cost.', examples: [{ model: 'offline', prompt_tokens: 120, completion_tokens: 48, latency_ms: 840 }] })
export type ReplyUsage = Static<typeof ReplyUsage>

export const MessageStatus = OneOf(['complete', 'streaming', 'stopped', 'error'], { $id: 'MessageStatus', description: '`streaming`: a model is writing it, its text comes with `reply_delta` and at the end. `stopped`: cancelled, with what was written until then. `error`: the model failed; `error_code` says why.' })

export const Message = Closed({
  id: Id('The message.'),
  chat_id: Id('Its chat.'),
  branch_id: Id('The branch it was sent to.'),
  seq: Count('Its number in the chat: the order of history, without holes between all that happens there.', { minimum: 1 }),
  rev: Count('The number of its newest change; the value for `If-Match`.', { minimum: 1 }),
  message_index: Count('Its place on the branch\'s path, from 0.'),
  turn_id: Nullable(Id('The turn it belongs to: the id of the turn\'s question.')),
  alternatives: Type.Optional(Ref(Alternatives)),
  role: Ref(MessageRole),
  sender_id: Id('Who sent it; of a reply of a model, who asked for it.'),
  sender_username: Nullable(Type.String({ maxLength: 64, description: 'Null once the account is gone.' })),
  content: Type.String({ maxLength: replyLimit, description: 'The text; empty when the message is deleted.' }),
  status: Ref(MessageStatus),
  run_id: Nullable(Id('The run of the model that wrote it.')),
  usage: Type.Optional(Ref(ReplyUsage)),
  error_code: Type.Optional(Ref(ErrorCode)),
  reply_to: Nullable(Id('The message it answers.')),
  reactions: Type.Array(Ref(Reaction), { maxItems: reactionLimit }),
  is_edited: Type.Boolean(),
  is_deleted: Type.Boolean(),
  created_at: Time('When it was stored.'),
  edited_at: Nullable(Time('When its text last changed.')),
  timestamp: Time('The same as `created_at`.')
}, {
  $id: 'Message',
  description: 'A message of a chat.',
  examples: [{
    id: '66f0c0ffee0000000000d001',
    chat_id: '66f0c0ffee0000000000c001',
    branch_id: '66f0c0ffee0000000000b001',
    seq: 7,
    rev: 7,
    message_index: 5,
    turn_id: null,
    role: 'user',
    sender_id: '66f0c0ffee0000000000a001',
    sender_username: 'ann',
    content: contentExample,
    status: 'complete',
    run_id: null,
    reply_to: null,
    reactions: [],
    is_edited: false,
    is_deleted: false,
    created_at: '2026-11-21T09:31:00.000Z',
    edited_at: null,
    timestamp: '2026-11-21T09:31:00.000Z'
  }]
})
export type Message = Static<typeof Message>

/** The members of a send, over REST and sockets alike. */
export const sendMembers = {
  content,
  role: Type.Optional(Ref(MessageRole)),
  client_id: Type.Optional(clientId),
  branch_id: Type.Optional(Id('The branch to send to; the active one when left out.')),
  reply_to: Type.Optional(Id('A message of this chat that this one answers. In an assistant chat an `assistant` message that answers a turn\'s question completes the turn.')),
  expected_head: Type.Optional(Id('The newest message you know of the branch; when there is a newer one the send is refused with `head_moved`.'))
}

export const MessageCreate = Closed(sendMembers, { $id: 'MessageCreate', description: 'A message to send.', examples: [{ content: contentExample }] })
export type MessageCreate = Static<typeof MessageCreate>

export const MessageUpdate = Closed({ content }, { $id: 'MessageUpdate', description: 'The new text.', examples: [{ content: 'Hello, how are you all?' }] })

export const MessagePage = Closed({
  items: Type.Array(Ref(Message), { maxItems: 100 }),
  count: Count('How many messages the branch\'s path has, deleted ones not counted: exact.'),
  next_cursor: Nullable(Type.String({ maxLength: 400, description: 'Send it as `cursor` for the next page; null on the last one.' }))
}, { $id: 'MessagePage', description: 'A page of messages.', examples: [{ items: [Message.examples![0]], count: 6, next_cursor: null }] })

export const MessageQuery = Closed({
  ...listQuery,
  order: Type.Optional(OneOf(['desc', 'asc'], { default: 'desc', description: 'Newest first, or oldest first.' })),
  before: Type.Optional(Id('Only messages older than this one.')),
  after: Type.Optional(Id('Only messages newer than this one.')),
  around: Type.Optional(Id('The page with this message in its middle.')),
  branch_id: Type.Optional(Id('The branch whose path is read; the active one when left out.')),
  include_deleted: Type.Optional(Type.Boolean({ default: false, description: 'Also the tombstones of deleted messages.' }))
})
export type MessageQuery = Static<typeof MessageQuery>

export const MessageParams = Closed({ message_id: Id('The message.') })
export const ReactionParams = Closed({ message_id: Id('The message.'), emoji: { ...emoji, description: 'Exactly one emoji, percent-encoded.' } })
export const ChatParams = Closed({ chat_id: Id('The chat.') })

export const SendHeaders = Type.Object({ 'idempotency-key': Type.Optional({ ...clientId, description: 'The same as the body\'s `client_id`.' }) })
export const MatchHeaders = Type.Object({ 'if-match': Type.Optional(Type.String({ pattern: '^(\\*|"[0-9]{1,16}")$', maxLength: 20, description: 'The `rev` you read, in double quotes: another one at the server answers 412.', examples: ['"7"'] })) })

export const TurnCreate = Closed({
  question: content,
  response: content,
  branch_id: sendMembers.branch_id,
  client_id: sendMembers.client_id
}, { $id: 'TurnCreate', description: 'A question and its answer.', examples: [{ question: 'What is the refund policy?', response: 'Refunds are available within 30 days of purchase.' }] })
export type TurnCreate = Static<typeof TurnCreate>

const text = Type.String({ maxLength: codePointLimit, description: 'The text; empty when the message is deleted.' })

export const Turn = Closed({
  turn_id: Id('The turn: the id of its question.'),
  turn_index: Count('Its place among the turns of the path, from 0.'),
  chat_id: Id('Its chat.'),
  branch_id: Id('The branch its question was sent to.'),
  question: text,
  response: Nullable(Type.String({ maxLength: codePointLimit, description: 'Null while there is no answer.' })),
  response_id: Nullable(Id('The message that answers.')),
  timestamp: Time('When the question was stored.')
}, {
  $id: 'Turn',
  description: 'A question and its answer.',
  examples: [{
    turn_id: '66f0c0ffee0000000000d001',
    turn_index: 0,
    chat_id: '66f0c0ffee0000000000c001',
    branch_id: '66f0c0ffee0000000000b001',
    question: 'What is the refund policy?',
    response: 'Refunds are available within 30 days of purchase.',
    response_id: '66f0c0ffee0000000000d002',
    timestamp: '2026-11-21T09:31:00.000Z'
  }]
})
export type Turn = Static<typeof Turn>

export const TurnPage = Closed({
  items: Type.Array(Ref(Turn), { maxItems: 100 }),
  count: Count('How many turns the path has.'),
  next_cursor: MessagePage.properties.next_cursor
}, { $id: 'TurnPage', description: 'A page of turns.', examples: [{ items: [Turn.examples![0]], count: 1, next_cursor: null }] })

export const TurnQuery = Closed({
  ...listQuery,
  order: Type.Optional(OneOf(['asc', 'desc'], { default: 'asc', description: 'Oldest first, or newest first.' })),
  branch_id: MessageQuery.properties.branch_id
})
export type TurnQuery = Static<typeof TurnQuery>

import { type Static, Type } from '@sinclair/typebox'
import { Closed, Count, Id, listQuery, Nullable, OneOf, Page, Ref, RefWith, Time } from '../platform/typebox.ts'

const title = Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: 'A name for the chat.', examples: ['Product support'] })
const systemPrompt = Type.String({ minLength: 1, maxLength: 10_000, description: 'What an assistant is told before the conversation.' })
const memoriesEnabled = Type.Boolean({ description: 'Whether replies in an `assistant` chat know what you had remembered (`/memories`). Without effect in other chats: nobody else is to learn it from a reply.' })
const assistantEnabled = Type.Boolean({ description: 'Whether an assistant may reply. Always true in `assistant` chats and false in `direct` ones; in a `group` its admins decide, and it is false at first.' })
/** Code points of a chat's newest message that a list shows. */
export const lastMessageLength = 200

export const ChatType = OneOf(['assistant', 'direct', 'group'], { $id: 'ChatType', description: '`assistant`: one person\'s conversation with a model. `direct`: two people, one chat a pair. `group`: up to 100 people.' })
export const MessageRole = OneOf(['user', 'assistant', 'system'], { $id: 'MessageRole', description: 'As whom something is said. People write as `user` everywhere, and as any in their own `assistant` chat.' })

export const Participant = Closed({
  user_id: Id('The person.'),
  username: Nullable(Type.String({ maxLength: 64, description: 'Null once the account is gone.' })),
  is_admin: Type.Boolean({ description: 'May change the group and its people.' }),
  joined_at: Time('When the person came in.')
}, {
  $id: 'Participant',
  description: 'A person in a chat.',
  examples: [{ user_id: '66f0c0ffee0000000000a001', username: 'ann', is_admin: true, joined_at: '2026-11-21T09:30:00.000Z' }]
})
export type Participant = Static<typeof Participant>

export const LastMessage = Closed({
  id: Id('The message.'),
  seq: Count('Its number in the chat.', { minimum: 1 }),
  sender_id: Id('Who sent it.'),
  sender_username: Nullable(Type.String({ maxLength: 64 })),
  role: Ref(MessageRole),
  content: Type.String({ maxLength: lastMessageLength, description: 'The first 200 characters; empty when the message is deleted.' }),
  is_deleted: Type.Boolean(),
  created_at: Time('When it was sent.')
}, {
  $id: 'LastMessage',
  description: 'The newest message of a chat, shortened.',
  examples: [{ id: '66f0c0ffee0000000000d001', seq: 7, sender_id: '66f0c0ffee0000000000a001', sender_username: 'ann', role: 'user', content: 'Hello, how are you?', is_deleted: false, created_at: '2026-11-21T09:31:00.000Z' }]
})

export const ChatOrigin = Closed({
  chat_id: Id('The chat it was copied from.'),
  branch_id: Nullable(Id('The branch whose path was copied; null when all were.')),
  seq: Count('The highest number of that chat when it was copied.')
}, { $id: 'ChatOrigin', description: 'What a chat is a copy of.', examples: [{ chat_id: '66f0c0ffee0000000000c001', branch_id: '66f0c0ffee0000000000b001', seq: 7 }] })

export const Chat = Closed({
  id: Id('The chat.'),
  type: Ref(ChatType),
  title: Nullable(title),
  system_prompt: Nullable(systemPrompt),
  memories_enabled: memoriesEnabled,
  assistant_enabled: assistantEnabled,
  owner_id: Id('Who made the chat.'),
  participants: Type.Array(Ref(Participant), { maxItems: 100 }),
  active_branch_id: Id('The branch that a message goes to when it names none.'),
  epoch: Type.String({ minLength: 16, maxLength: 16, description: 'Changes when the history is cleared or restored from a backup.' }),
  version: Count('Counts the changes of this object.', { minimum: 1 }),
  last_seq: Count('The highest number of the chat\'s log.'),
  last_message: Nullable(Ref(LastMessage)),
  unread_count: Type.Optional(Count('How many messages of others you have not read, on all branches, deleted ones not counted; 1000 means 1000 or more, and what lies over 5,000 numbers behind the one you have read is not counted. Told where a chat is made or read, not in events and answers to changes.', { maximum: 1000 })),
  forked_from: Nullable(Ref(ChatOrigin)),
  created_at: Time('When the chat was made.'),
  updated_at: Time('When something last happened in it; lists are ordered by it.')
}, {
  $id: 'Chat',
  description: 'A conversation.',
  examples: [{
    id: '66f0c0ffee0000000000c001',
    type: 'group',
    title: 'Product support',
    system_prompt: null,
    memories_enabled: true,
    assistant_enabled: false,
    owner_id: '66f0c0ffee0000000000a001',
    participants: [
      { user_id: '66f0c0ffee0000000000a001', username: 'ann', is_admin: true, joined_at: '2026-11-21T09:30:00.000Z' },
      { user_id: '66f0c0ffee0000000000a002', username: 'bob', is_admin: false, joined_at: '2026-11-21T09:30:00.000Z' }
    ],
    active_branch_id: '66f0c0ffee0000000000b001',
    epoch: '9f1c2d3e4b5a6978',
    version: 1,
    last_seq: 7,
    last_message: LastMessage.examples![0],
    unread_count: 0,
    forked_from: null,
    created_at: '2026-11-21T09:30:00.000Z',
    updated_at: '2026-11-21T09:31:00.000Z'
  }]
})
export type Chat = Static<typeof Chat>

/** Parts of the whole chat that other features hold; they are shapes of theirs, known here by name alone. */
const included = (name: string, description: string) => Type.Optional(Type.Unsafe<unknown>({ ...Type.Ref(name), description }))

export const WholeChat = Closed({
  ...Chat.properties,
  messages: included('MessagePage', 'With `include=messages`: the first page of the active branch, oldest first.'),
  branches: included('BranchPage', 'With `include=branches`: the first page of the branches.')
}, { $id: 'WholeChat', description: 'A conversation, with what was asked to be included.', examples: Chat.examples! })

export const ChatCreate = Closed({
  type: Type.Optional(RefWith(ChatType, { default: 'assistant' })),
  title: Type.Optional(title),
  participant_ids: Type.Optional(Type.Array(Id('A person.'), { maxItems: 99, uniqueItems: true, description: 'The other people: one for `direct`, 1 to 99 for `group`, none for `assistant`.' })),
  system_prompt: Type.Optional(systemPrompt),
  memories_enabled: Type.Optional({ ...memoriesEnabled, default: true }),
  assistant_enabled: Type.Optional(assistantEnabled)
}, { $id: 'ChatCreate', description: 'What a new chat needs.', examples: [{ type: 'assistant', title: 'My first chat' }] })
export type ChatCreate = Static<typeof ChatCreate>

export const ChatUpdate = Closed({
  title: Type.Optional(Nullable(title)),
  system_prompt: Type.Optional(Nullable(systemPrompt)),
  memories_enabled: Type.Optional(memoriesEnabled),
  assistant_enabled: Type.Optional(assistantEnabled)
}, { $id: 'ChatUpdate', description: 'What to change; members left out stay as they are.', minProperties: 1, examples: [{ title: 'A better title' }] })
export type ChatUpdate = Static<typeof ChatUpdate>

export const ParticipantsAdd = Closed({
  user_ids: Type.Array(Id('A person.'), { minItems: 1, maxItems: 99, uniqueItems: true })
}, { $id: 'ParticipantsAdd', description: 'Whom to add.', examples: [{ user_ids: ['66f0c0ffee0000000000a002'] }] })

export const ParticipantUpdate = Closed({
  is_admin: Type.Boolean()
}, { $id: 'ParticipantUpdate', description: 'What to change of a participant.', examples: [{ is_admin: true }] })

const ChatList = Page('ChatPage', Chat)

/** The answer of the list of chats. */
export const ChatPage = { ...ChatList, description: 'A page of one\'s chats.', examples: [{ items: [Chat.examples![0]], next_cursor: null }] } as typeof ChatList
export const ParticipantList = Closed({
  items: Type.Array(Ref(Participant), { maxItems: 100 }),
  next_cursor: Type.Null({ description: 'A chat has at most 100 people: one page holds them all.' })
}, { $id: 'ParticipantList', description: 'The people of a chat.', examples: [{ items: [Participant.examples![0]], next_cursor: null }] })

export const ChatParams = Closed({ chat_id: Id('The chat.') })
export const ChatIncludes = Closed({ include: Type.Optional(Type.String({ pattern: '^(messages|branches)(,(messages|branches))?$', maxLength: 20, description: '`messages`, `branches`, or both with a comma: also answer their first pages.', examples: ['messages,branches'] })) })
export const ParticipantParams = Closed({ chat_id: Id('The chat.'), user_id: Id('The person.') })
export const ChatQuery = Closed({ ...listQuery, type: Type.Optional(RefWith(ChatType, { description: 'Only chats of this kind.' })) })
export type ChatQuery = Static<typeof ChatQuery>

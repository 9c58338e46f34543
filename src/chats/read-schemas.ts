import { type Static, Type } from '@sinclair/typebox'
import { Closed, Count, Id, Nullable, Ref, Time } from '../platform/typebox.ts'
import { Chat } from './schemas.ts'

const readCount = Count('How many messages of others you have not read, on all branches, deleted ones not counted; 1000 means 1000 or more, and what lies over 5,000 numbers behind the one you have read is not counted.', { maximum: 1000 })

/** The members of marking a chat as read, over REST and sockets alike. */
export const readMembers = { seq: Count('The number you have read up to.', { minimum: 1 }) }

export const ReadUpdate = Closed(readMembers, { $id: 'ReadUpdate', description: 'Up to where you have read.', examples: [{ seq: 7 }] })

export const ReadState = Closed({
  chat_id: Id('The chat.'),
  user_id: Id('You.'),
  seq: Count('The number you have read up to: what you sent, or a higher one that it was before.'),
  unread_count: readCount
}, { $id: 'ReadState', description: 'Up to where you have read, and what is left.', examples: [{ chat_id: '66f0c0ffee0000000000c001', user_id: '66f0c0ffee0000000000a001', seq: 7, unread_count: 0 }] })

export const ReadMark = Closed({
  user_id: Id('The person.'),
  seq: Count('The number they have read up to; 0 when they have read nothing.'),
  at: Nullable(Time('When the mark last moved; null when it never did.'))
}, { $id: 'ReadMark', description: 'Up to where a person has read a chat.', examples: [{ user_id: '66f0c0ffee0000000000a001', seq: 7, at: '2026-11-21T09:32:00.000Z' }] })
export type ReadMark = Static<typeof ReadMark>

export const ReadMarkList = Closed({
  items: Type.Array(Ref(ReadMark), { maxItems: 100 }),
  next_cursor: Type.Null({ description: 'A chat has at most 100 people: one page holds them all.' })
}, { $id: 'ReadMarkList', description: 'Up to where everybody has read.', examples: [{ items: [ReadMark.examples![0]], next_cursor: null }] })

export const SyncedChat = Closed({
  chat_id: Id('The chat.'),
  type: Chat.properties.type,
  title: Chat.properties.title,
  epoch: Chat.properties.epoch,
  version: Chat.properties.version,
  active_branch_id: Chat.properties.active_branch_id,
  last_seq: Count('The highest number of the chat: when you know a lower one, ask for its changes.'),
  unread_count: readCount,
  updated_at: Chat.properties.updated_at
}, {
  $id: 'SyncedChat',
  description: 'A chat in which something happened, in short.',
  examples: [{ chat_id: '66f0c0ffee0000000000c001', type: 'group', title: 'Product support', epoch: '9f1c2d3e4b5a6978', version: 1, active_branch_id: '66f0c0ffee0000000000b001', last_seq: 7, unread_count: 2, updated_at: '2026-11-21T09:31:00.000Z' }]
})
export type SyncedChat = Static<typeof SyncedChat>

export const Sync = Closed({
  chats: Type.Array(Ref(SyncedChat), { maxItems: 500, description: 'In no order that means anything. A chat may come again although you know all of it.' }),
  removed: Type.Array(Id('A chat.'), { maxItems: 1000, description: 'Chats you are not in any more, or that are gone.' }),
  next_cursor: Type.String({ maxLength: 400, description: 'Send it as `since`: at once when `has_more`, else when you want to know again.' }),
  has_more: Type.Boolean({ description: 'Not all of your chats have been looked at.' })
}, { $id: 'Sync', description: 'What happened in your chats.', examples: [{ chats: [SyncedChat.examples![0]], removed: [], next_cursor: 'WzE3NjM3MTc0NjAwMDAsbnVsbCxudWxsXQ.c2lnbmF0dXJlMTIz', has_more: false }] })
export type Sync = Static<typeof Sync>

export const SyncQuery = Closed({
  since: Type.Optional(Type.String({ minLength: 1, maxLength: 400, description: 'The `next_cursor` of the answer before; left out, all your chats are told.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 500, description: 'How many of your chats are looked at, at the most.' }))
})
export type SyncQuery = Static<typeof SyncQuery>

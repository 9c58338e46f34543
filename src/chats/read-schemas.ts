import { type Static, Type } from '@sinclair/typebox'
import { Closed, Count, Id, Nullable, Ref, Time } from '../platform/typebox.ts'
import { Chat } from './schemas.ts'

/** The members of marking a chat as read, over REST and sockets alike. */
export const readMembers = { seq: Count('The number you have read up to.', { minimum: 1 }) }

export const ReadUpdate = Closed(readMembers, { $id: 'ReadUpdate', description: 'Up to where you have read.', examples: [{ seq: 7 }] })

export const ReadState = Closed({
  chat_id: Id('The chat.'),
  user_id: Id('You.'),
  seq: Count('The number you have read up to: what you sent, or a higher one that it was before.'),
  unread_count: Chat.properties.unread_count
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

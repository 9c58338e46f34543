import { defineEvent } from '../platform/bus.ts'
import { Count, Id, OneOf, Ref, Time } from '../platform/typebox.ts'
import { Chat } from './schemas.ts'

const place = { chat_id: Id('The chat.'), seq: Count('The number of this change in the chat.', { minimum: 1 }) }
const ids = { chat_id: '66f0c0ffee0000000000c001', seq: 8 }
const typing = { chat_id: Id('The chat.'), user_id: Id('The person.'), timestamp: Time('When.') }
const typingExample = { chat_id: ids.chat_id, user_id: '66f0c0ffee0000000000a001', timestamp: '2026-11-21T09:31:00.000Z' }

export const chatUpdated = defineEvent('chat_updated', 'chat', 'The chat\'s title, settings or people changed.', {
  ...place,
  change: OneOf(['chat_updated', 'participant_added', 'participant_changed', 'participant_removed']),
  chat: Ref(Chat)
}, { ...ids, change: 'chat_updated', chat: Chat.examples![0] })

export const chatCleared = defineEvent('chat_cleared', 'chat', 'All messages of the chat were removed; it has a new epoch.', {
  ...place,
  epoch: Chat.properties.epoch,
  active_branch_id: Chat.properties.active_branch_id
}, { ...ids, epoch: '0a1b2c3d4e5f6071', active_branch_id: '66f0c0ffee0000000000b002' })

export const chatDeleted = defineEvent('chat_deleted', 'chat', 'The chat is gone; its sockets are closed with 4404.', place, ids)

export const participantRemoved = defineEvent('participant_removed', 'internal', 'A person is out of a chat: nothing later may reach them.', { ...place, user_id: Id('The person.') })

export const readMarked = defineEvent('read_marked', 'chat', 'Somebody has read up to a number of the chat. `seq` is that number; the event has none of its own.', {
  chat_id: place.chat_id,
  user_id: Id('Who.'),
  seq: Count('The number they have read up to.', { minimum: 1 })
}, { chat_id: ids.chat_id, user_id: typingExample.user_id, seq: 7 }, { numbered: false })

export const typingStarted = defineEvent('typing_started', 'others', 'Somebody writes.', typing, typingExample, { droppable: true })
export const typingStopped = defineEvent('typing_stopped', 'others', 'Somebody stopped writing.', typing, typingExample, { droppable: true })

export const events = [chatUpdated, chatCleared, chatDeleted, participantRemoved, readMarked, typingStarted, typingStopped]

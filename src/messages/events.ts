import { Type } from '@sinclair/typebox'
import { defineEvent } from '../platform/bus.ts'
import type { Actor } from '../platform/guard.ts'
import { Count, Id, Ref } from '../platform/typebox.ts'
import { Message } from './schemas.ts'

const place = { chat_id: Id('The chat.'), seq: Count('The number of this event in the chat.', { minimum: 1 }) }
const example = Message.examples![0] as { chat_id: string, seq: number }
const { chat_id, seq } = example

export const newMessage = defineEvent('new_message', 'chat', 'A message was stored.', { ...place, message: Ref(Message) }, { chat_id, seq, message: example })
export const messageUpdated = defineEvent('message_updated', 'chat', 'A message was edited or reacted to; this is all of it as it is now.', { ...place, message: Ref(Message) }, { chat_id, seq: seq + 1, message: { ...example, rev: seq + 1, is_edited: true, edited_at: '2026-11-21T09:32:00.000Z' } })
export const messageDeleted = defineEvent('message_deleted', 'chat', 'A message was deleted; its text is gone.', { ...place, message_id: Id('The message.') }, { chat_id, seq: seq + 1, message_id: '66f0c0ffee0000000000d001' })

/** Told in the process that stored it, and nowhere else. */
export const messageSent = defineEvent('message_sent', 'internal', 'Somebody sent a message.', { message: Ref(Message), actor: Type.Unsafe<Actor>({ type: 'object' }) })

export const events = [newMessage, messageUpdated, messageDeleted]

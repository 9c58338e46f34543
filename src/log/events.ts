import { Type } from '@sinclair/typebox'
import { defineEvent, defineInternal } from '../platform/bus.ts'
import { Count, Id, OneOf } from '../platform/typebox.ts'

/** Whatever was remembered of a chat's people, settings or branches is not to be trusted any more. */
export const chatStructureChanged = defineEvent('chat_structure_changed', 'internal', 'People, settings or branches of a chat changed.', { chat_id: Id('The chat.') })

const entry = {
  chat_id: Id('The chat.'),
  entry_id: Id('The entry.'),
  seq: Count('Its number.', { minimum: 1 }),
  kind: OneOf(['message', 'change']),
  type: Type.Optional(Type.String({ maxLength: 50, description: 'What kind of change.' })),
  branch_id: Type.Optional(Id('The branch of a message.')),
  message_index: Type.Optional(Count('The place of a message.')),
  turn_count: Type.Optional(Count('The turns up to a message.'))
}

/** A process that hears it need not collide with the entry to know of it. */
export const entryWritten = defineInternal('entry_written', 'chat', 'This process wrote a message, or a change of one, into a log.', entry)

/** All must hear it: they may remember rights in a chat of which they have no socket. */
export const structureWritten = defineInternal('structure_written', 'everywhere', 'This process wrote a change of people, settings or branches into a log.', entry)

/** Others who write to the chat let it go first. */
export const changeWaiting = defineInternal('change_waiting', 'chat', 'This process is about to change something in a chat that others write to.', { chat_id: Id('The chat.') })

export const events = [chatStructureChanged, entryWritten, structureWritten, changeWaiting]

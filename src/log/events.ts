import { defineEvent } from '../platform/bus.ts'
import { Id } from '../platform/typebox.ts'

/** Whatever was remembered of a chat's people, settings or branches is not to be trusted any more. */
export const chatStructureChanged = defineEvent('chat_structure_changed', 'internal', 'People, settings or branches of a chat changed.', { chat_id: Id('The chat.') })

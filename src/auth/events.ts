import { defineEvent } from '../platform/bus.ts'
import { Id } from '../platform/typebox.ts'

/** A session ended before its time: its tokens are worthless and its sockets must close. */
export const sessionRevoked = defineEvent('session_revoked', 'internal', 'A session was ended.', {
  session_id: Id('The session.'),
  user_id: Id('Whose session it was.')
})

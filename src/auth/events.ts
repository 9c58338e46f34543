import { defineInternal } from '../platform/bus.ts'
import { Id } from '../platform/typebox.ts'

/** A session ended before its time: its tokens are worthless and its sockets must close. */
export const sessionRevoked = defineInternal('session_revoked', 'everywhere', 'A session was ended.', {
  session_id: Id('The session.'),
  user_id: Id('Whose session it was.')
})

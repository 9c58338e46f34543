import { defineInternal } from '../platform/bus.ts'
import { Id } from '../platform/typebox.ts'

/** A session or an API key ended before its time: its tokens are worthless and its sockets must close. */
export const sessionRevoked = defineInternal('session_revoked', 'everywhere', 'A session or an API key was ended.', {
  session_id: Id('The session or the API key.'),
  user_id: Id('Whose it was.')
})

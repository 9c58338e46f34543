import { current } from '../chats/store.ts'
import { me } from '../session/session.ts'

/** How somebody of the chat on the screen is called. */
export const nameOf = (userId: string): string => userId === me.value?.id
  ? 'You'
  : current.value?.participants.find(({ user_id: id }) => id === userId)?.username ?? 'somebody'

import type { Bus } from '../platform/bus.ts'
import type { Actor } from '../platform/guard.ts'
import { userDeleted, userWithdrawn } from '../users/events.ts'
import type { ChatModel } from './model.ts'

interface Needs {
  bus: Bus
  model: ChatModel
  remove: (actor: Actor, chatId: string) => Promise<void>
  leave: (actor: Actor, chatId: string, userId: string) => Promise<void>
}

/** What becomes of a deleted person's chats: their own go, groups go on without them, direct chats stay with the other. */
export function withdrawDeleted ({ bus, model, remove, leave }: Needs) {
  bus.on(userDeleted, async ({ user_id }) => {
    const gone: Actor = { id: user_id, username: '', role: 'user', session_id: '', expires_at: 0 }
    for (const { _id, type } of await model.find({ 'participants.user_id': user_id }, { type: 1 }).lean()) {
      if (type === 'assistant') await remove(gone, String(_id))
      if (type === 'group') await leave(gone, String(_id), user_id)
    }
    bus.emit(userWithdrawn, { user_id })
  })
}

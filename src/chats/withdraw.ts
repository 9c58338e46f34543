import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
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
    const failures: unknown[] = []
    for (const { _id, type } of await model.find({ 'participants.user_id': user_id }, { type: 1 }).lean()) {
      const id = String(_id)
      const done = type === 'assistant' ? remove(gone, id) : type === 'group' ? leave(gone, id, user_id) : undefined
      // One chat that cannot be left now, or is gone already, must not keep them in the others.
      await done?.catch((error: unknown) => { if (!(error instanceof Problem && error.code === 'chat_not_found')) failures.push(error) })
    }
    if (failures.length > 0) throw failures[0]
    bus.emit(userWithdrawn, { user_id })
  })
}

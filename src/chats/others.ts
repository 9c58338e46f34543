import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Chat } from './schemas.ts'

/** Throws `validation_failed` when a chat of this type cannot have the setting. */
export function checkSettings (type: Chat['type'], { assistant_enabled }: { assistant_enabled?: boolean | undefined }) {
  const fault = type === 'assistant' && assistant_enabled === false
    ? 'is always true in an assistant chat'
    : type === 'direct' && assistant_enabled === true ? 'is always false in a direct chat' : undefined
  if (fault) throw new Problem('validation_failed', `body/assistant_enabled ${fault}`, { errors: [{ path: '/assistant_enabled', message: fault }] })
}

/** The other people of a new chat. Throws `validation_failed` when their number does not fit its type. */
export function othersOf (actor: Actor, type: Chat['type'], ids: string[]): string[] {
  const others = ids.filter(id => id !== actor.id)
  const fault = type === 'assistant' && ids.length > 0
    ? 'must be empty in an assistant chat'
    : type === 'direct' && others.length !== 1
      ? 'must name exactly one other person'
      : type === 'group' && others.length === 0 ? 'must name at least one other person' : undefined
  if (fault) throw new Problem('validation_failed', `body/participant_ids ${fault}`, { errors: [{ path: '/participant_ids', message: fault }] })
  return others
}

import { defineEvent, defineInternal } from '../platform/bus.ts'
import { Id } from '../platform/typebox.ts'

const payload = { user_id: Id('The account.') }

/** Whatever was remembered of an account (its name, role or whether it is active) is not to be trusted any more. */
export const userChanged = defineInternal('user_changed', 'everywhere', 'An account was changed.', payload)

/** The account is gone: its sessions end, its places in chats become free. That is the work of one process, so only that one hears of it. */
export const userDeleted = defineEvent('user_deleted', 'internal', 'An account was deleted.', payload)

/** Nothing of a deleted account is left in any chat. */
export const userWithdrawn = defineEvent('user_withdrawn', 'internal', 'A deleted account has left its chats.', payload)

export const events = [userChanged, userDeleted, userWithdrawn]

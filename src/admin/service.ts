import type { Auth } from '../auth/service.ts'
import type { Chats } from '../chats/service.ts'
import type { Messages } from '../messages/service.ts'
import type { Cursors } from '../platform/cursor.ts'
import type { Actor } from '../platform/guard.ts'
import type { Me } from '../users/schemas.ts'
import type { Users } from '../users/service.ts'
import type { Audit, Deed } from './audit.ts'
import type { AccountCreate, AccountQuery, AccountUpdate, AuditQuery, ChatMessageQuery, UsageQuery, UsageTotal, UserChatQuery } from './schemas.ts'

type UsedBy = Omit<UsageTotal, 'username'>
type UsageSums = Omit<UsedBy, 'user_id' | 'model'>

/** What is known of the models' work. */
interface Usage {
  totals: (query: { userId?: string | undefined, model?: string | undefined, from?: string | undefined, to?: string | undefined, after?: { user_id: string, model: string } | undefined, limit: number }) => Promise<{ items: UsedBy[], totals: UsageSums }>
}

interface Needs { users: Users, auth: Auth, chats: Chats, messages: Messages, audit: Audit, usage: Usage, cursors: Cursors }

type Change = Pick<Deed, 'action' | 'details'>

/** What is told of a change of an account: an entry for each kind. */
function changesOf (before: Me, after: Me): Change[] {
  const changes: Change[] = []
  if (before.full_name !== after.full_name) changes.push({ action: 'user_updated', details: { changed: ['full_name'] } })
  if (before.role !== after.role) changes.push({ action: 'role_changed', details: { former_role: before.role, role: after.role } })
  if (before.is_active !== after.is_active) changes.push({ action: after.is_active ? 'user_activated' : 'user_deactivated' })
  return changes
}

/**
 * What administrators of the server may do; everybody else hears `forbidden`. Of other people's chats they may read, here and
 * nowhere else, and each look is written down before it is answered.
 */
export function createAdmin ({ users, auth, chats, messages, audit, usage, cursors }: Needs) {
  const { requireAdmin, list, change } = users.administration

  /** Changes an account and writes down what was changed. */
  async function changeAccount (actor: Actor, userId: string, changes: AccountUpdate & { role?: Me['role'] }, requestId: string): Promise<Me> {
    await requireAdmin(actor)
    return await change(actor, userId, changes, async (session, before, after) => {
      for (const made of changesOf(before, after)) await audit.record(actor, { ...made, target: { user_id: userId }, requestId }, session)
    })
  }

  return {
    /** Accounts, with what only administrators see. Throws `forbidden`, `invalid_cursor`. */
    async listUsers (actor: Actor, query: AccountQuery) {
      await requireAdmin(actor)
      return await list(query)
    },

    /** Makes an account for somebody. Throws `forbidden`, `password_too_common`, `email_taken`, `username_taken`, `overloaded`. */
    async createUser (actor: Actor, account: AccountCreate, requestId: string): Promise<Me> {
      await requireAdmin(actor)
      return await auth.createAccount(account, async (session, { id, role }) => {
        await requireAdmin(actor, session)
        await audit.record(actor, { action: 'user_created', target: { user_id: id }, details: { role }, requestId }, session)
      })
    },

    /** Changes somebody's name, or switches the account on or off; off ends all its sessions. Throws `forbidden`, `user_not_found`, `last_site_admin`. */
    async updateUser (actor: Actor, userId: string, changes: AccountUpdate, requestId: string): Promise<Me> {
      await requireAdmin(actor)
      // Before an account is switched on again too: a login that was under way when it was switched off may have left a session.
      if (changes.is_active === true && !(await users.get(actor, userId)).is_active) await auth.endSessions(userId)
      const account = await changeAccount(actor, userId, changes, requestId)
      if (changes.is_active === false) await auth.endSessions(userId)
      return account
    },

    /** Makes somebody an administrator, or one a user again. Throws `forbidden`, `user_not_found`, `last_site_admin`. */
    changeRole: (actor: Actor, userId: string, role: Me['role'], requestId: string): Promise<Me> => changeAccount(actor, userId, { role }, requestId),

    /** A person's chats, newest activity first; answered once it is written down. Throws `forbidden`, `user_not_found`, `invalid_cursor`. */
    async listChats (actor: Actor, userId: string, query: UserChatQuery, requestId: string) {
      await requireAdmin(actor)
      await users.get(actor, userId)
      const page = await chats.list({ id: userId }, query)
      await audit.record(actor, { action: 'chats_read', target: { user_id: userId }, details: { count: page.items.length }, requestId })
      return page
    },

    /** Messages of any chat, without the deleted ones; answered once it is written down. Throws `forbidden`, `chat_not_found`, `branch_not_found`, `invalid_cursor`, `resync_required`. */
    async listMessages (actor: Actor, chatId: string, query: ChatMessageQuery, requestId: string) {
      await requireAdmin(actor)
      const page = await messages.list(actor, chatId, query, () => chats.access.ofStranger(chatId))
      const shown = page.items.map(({ seq }) => seq)
      const range = shown.length > 0 ? { first_seq: Math.min(...shown), last_seq: Math.max(...shown) } : {}
      await audit.record(actor, { action: 'messages_read', target: { chat_id: chatId }, details: { count: shown.length, ...range }, requestId })
      return page
    },

    /** What administrators did, newest first. Throws `forbidden`, `invalid_cursor`. */
    async listAudit (actor: Actor, query: AuditQuery) {
      await requireAdmin(actor)
      return await audit.list(query)
    },

    /** What people used of which model. Throws `forbidden`, `invalid_cursor`. */
    async listUsage (actor: Actor, { limit = 50, cursor, user_id: userId, model, from, to }: UsageQuery) {
      await requireAdmin(actor)
      const place = `usage ${JSON.stringify([userId, model, from, to])}`
      const opened = cursor === undefined ? undefined : cursors.open<[string, string]>(place, cursor)
      const { items: found, totals } = await usage.totals({ userId, model, from, to, after: opened && { user_id: opened[0], model: opened[1] }, limit: limit + 1 })
      const items = found.slice(0, limit)
      const names = await users.names([...new Set(items.map(({ user_id }) => user_id))])
      const last = found.length > limit ? items.at(-1) : undefined
      return {
        items: items.map(item => ({ ...item, username: names.get(item.user_id) ?? null })),
        totals,
        next_cursor: last ? cursors.seal(place, [last.user_id, last.model]) : null
      }
    }
  }
}

export type Admin = ReturnType<typeof createAdmin>

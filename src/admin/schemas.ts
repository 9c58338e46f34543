import { type Static, Type } from '@sinclair/typebox'
import { NewAccount } from '../auth/schemas.ts'
import { scopes } from '../platform/scopes.ts'
import { Closed, Count, Id, listQuery, Nullable, OneOf, Page, Ref, RefWith, Time } from '../platform/typebox.ts'
import { FullName, Me, UserParams as OneUser, UserRole } from '../users/schemas.ts'

/** Names of models come from the settings: at most this long, so that a cursor can hold one. */
const modelName = Type.String({ minLength: 1, maxLength: 200, description: 'The model, by the name it was asked for.', examples: ['llama-3.3-70b-versatile'] })
const username = Nullable(Type.String({ maxLength: 64, description: 'Null once the account is gone.' }))
const day = (description: string) => Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', minLength: 10, maxLength: 10, description, examples: ['2026-11-21'] })

export const Account = Closed(Me.properties, { $id: 'Account', description: 'An account as administrators see it.', examples: [Me['examples'][0]] })

const AccountList = Page('AccountPage', Account)

/** The answer of the list of accounts. */
export const AccountPage = { ...AccountList, description: 'A page of accounts.', examples: [{ items: [Me['examples'][0]], next_cursor: null }] } as typeof AccountList

export const AccountCreate = Closed({
  ...NewAccount.properties,
  role: Type.Optional(RefWith(UserRole, { default: 'user' }))
}, { $id: 'AccountCreate', description: 'An account to make for somebody. Without a username it gets a made-up one.', examples: [{ email: 'bob@example.com', password: 'correct horse battery', username: 'bob', role: 'user' }] })
export type AccountCreate = Static<typeof AccountCreate>

export const AccountUpdate = Closed({
  full_name: Type.Optional(Nullable(FullName)),
  is_active: Type.Optional(Type.Boolean({ description: 'False switches the account off: its sessions end, and it cannot log in.' }))
}, { $id: 'AccountUpdate', description: 'What to change; members left out stay. `full_name: null` removes the name.', minProperties: 1, examples: [{ is_active: false }] })
export type AccountUpdate = Static<typeof AccountUpdate>

export const RoleUpdate = Closed({ role: Ref(UserRole) }, { $id: 'RoleUpdate', description: 'The new role.', examples: [{ role: 'admin' }] })

export const AuditAction = OneOf(['messages_read', 'chats_read', 'user_created', 'user_updated', 'user_activated', 'user_deactivated', 'role_changed', 'user_deleted', 'api_key_created', 'api_key_revoked'], { $id: 'AuditAction', description: 'What an administrator did.' })
const auditExample = {
  id: '66f0c0ffee0000000000e001',
  actor_id: '66f0c0ffee0000000000a009',
  actor_username: 'root',
  action: 'messages_read',
  target: { chat_id: '66f0c0ffee0000000000c001' },
  details: { count: 6, first_seq: 1, last_seq: 7 },
  request_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  created_at: '2026-11-21T09:30:00.000Z'
}

export const AuditTarget = Closed({
  user_id: Type.Optional(Id('Whose account it was about.')),
  chat_id: Type.Optional(Id('Which chat it was about.'))
}, { $id: 'AuditTarget', description: 'What something was done to: an account or a chat.', minProperties: 1, examples: [auditExample.target] })
export type AuditTarget = Static<typeof AuditTarget>

export const AuditDetails = Closed({
  role: Type.Optional(Ref(UserRole)),
  former_role: Type.Optional(Ref(UserRole)),
  changed: Type.Optional(Type.Array(OneOf(['full_name']), { minItems: 1, maxItems: 1, description: 'Which members were changed; not what they held.' })),
  count: Type.Optional(Count('How many chats or messages were shown.')),
  first_seq: Type.Optional(Count('The lowest number of the messages that were shown.', { minimum: 1 })),
  last_seq: Type.Optional(Count('The highest number of the messages that were shown.', { minimum: 1 })),
  api_key_id: Type.Optional(Id('Which API key was made or revoked.')),
  scopes: Type.Optional(Type.Array(OneOf(scopes), { minItems: 1, maxItems: scopes.length, uniqueItems: true, description: 'What that key may be used for.' }))
}, { $id: 'AuditDetails', description: 'What else is known of it; `role` is that of a new account, or the new one.', examples: [auditExample.details] })
export type AuditDetails = Static<typeof AuditDetails>

export const AuditEntry = Closed({
  id: Id('The entry.'),
  actor_id: Id('The administrator.'),
  actor_username: Type.String({ maxLength: 64, description: 'Their username at that time.' }),
  action: Ref(AuditAction),
  target: Ref(AuditTarget),
  details: Type.Optional(Ref(AuditDetails)),
  api_key_id: Type.Optional(Id('The API key it was done with; absent where its administrator had logged in.')),
  request_id: Type.Optional(Type.String({ maxLength: 100, description: 'The `X-Request-Id` of the request.' })),
  created_at: Time('When it was done.')
}, { $id: 'AuditEntry', description: 'Something an administrator did. Entries are only ever added.', examples: [auditExample] })
export type AuditEntry = Static<typeof AuditEntry>

const AuditList = Page('AuditPage', AuditEntry)

/** The answer of the audit log. */
export const AuditPage = { ...AuditList, description: 'A page of the audit log.', examples: [{ items: [auditExample], next_cursor: null }] } as typeof AuditList

const sums = {
  runs: Count('How many replies a model wrote.'),
  prompt_tokens: Count('Tokens that the model was sent.'),
  completion_tokens: Count('Tokens that the model wrote.'),
  total_tokens: Count('Both together.')
}
const sumsExample = { runs: 3, prompt_tokens: 1200, completion_tokens: 340, total_tokens: 1540 }
const usageExample = { user_id: '66f0c0ffee0000000000a001', username: 'ann', model: 'llama-3.3-70b-versatile', ...sumsExample }

export const UsageSums = Closed(sums, { $id: 'UsageSums', description: 'Sums of some runs.', examples: [sumsExample] })

export const UsageTotal = Closed({ user_id: Id('Whose runs.'), username, model: modelName, ...sums }, { $id: 'UsageTotal', description: 'What one person used of one model.', examples: [usageExample] })
export type UsageTotal = Static<typeof UsageTotal>

const UsageList = Page('UsagePage', UsageTotal, { totals: Ref(UsageSums) })

/** The answer of the usage. */
export const UsagePage = { ...UsageList, description: 'A page of what people used, and the sums over all pages.', examples: [{ items: [usageExample], totals: sumsExample, next_cursor: null }] } as typeof UsageList

export const UserParams = OneUser
export const ChatParams = Closed({ chat_id: Id('The chat.') })
export const AccountQuery = Closed({
  ...listQuery,
  role: Type.Optional(RefWith(UserRole, { description: 'Only accounts with this role.' })),
  is_active: Type.Optional(Type.Boolean({ description: 'Only accounts that are switched on, or off.' })),
  q: Type.Optional(Type.String({ minLength: 1, maxLength: 100, pattern: '\\S', description: 'How the email, the username or the full name begins, in any case.', examples: ['ann@'] }))
})
export type AccountQuery = Static<typeof AccountQuery>
export const UserChatQuery = Closed(listQuery)
export type UserChatQuery = Static<typeof UserChatQuery>
export const ChatMessageQuery = Closed({
  ...listQuery,
  order: Type.Optional(OneOf(['desc', 'asc'], { default: 'desc', description: 'Newest first, or oldest first.' })),
  branch_id: Type.Optional(Id('The branch whose path is read; the active one when left out.'))
})
export type ChatMessageQuery = Static<typeof ChatMessageQuery>
export const AuditQuery = Closed({
  ...listQuery,
  actor_id: Type.Optional(Id('Only what this administrator did.')),
  action: Type.Optional(RefWith(AuditAction, { description: 'Only this kind.' })),
  user_id: Type.Optional(Id('Only what was done to this account.')),
  chat_id: Type.Optional(Id('Only what was done to this chat.'))
})
export type AuditQuery = Static<typeof AuditQuery>
export const UsageQuery = Closed({
  ...listQuery,
  user_id: Type.Optional(Id('Only of this person.')),
  model: Type.Optional(modelName),
  from: Type.Optional(day('The first day, in UTC.')),
  to: Type.Optional(day('The last day, in UTC: counted in.'))
})
export type UsageQuery = Static<typeof UsageQuery>

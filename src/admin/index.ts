import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ChatPage } from '../chats/schemas.ts'
import { MessagePage } from '../messages/schemas.ts'
import { operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import { Account, AccountCreate, AccountPage, AccountQuery, AccountUpdate, AuditPage, AuditQuery, ChatMessageQuery, ChatParams, RoleUpdate, UsagePage, UsageQuery, UserChatQuery, UserParams } from './schemas.ts'
import type { Admin } from './service.ts'

const tag = 'admin'

/** What the server's administrators see and do. */
const adminRoutes: FastifyPluginAsyncTypebox<{ admin: Admin }> = async (app, { admin }) => {
  app.route({
    method: 'GET',
    url: '/users',
    ...operation({
      id: 'listAccounts',
      tag,
      summary: 'List accounts',
      description: 'All accounts with email and role, oldest first, a page at a time. With `q` those whose email, username or full name begins so, in the order of what matched.',
      input: { querystring: AccountQuery },
      output: { 200: Ref(AccountPage) },
      problems: ['forbidden', 'invalid_cursor']
    }),
    handler: async request => await admin.listUsers(request.actor, request.query)
  })

  app.route({
    method: 'POST',
    url: '/users',
    ...operation({
      id: 'createAccount',
      tag,
      summary: 'Make an account for somebody',
      description: 'Makes an account with a password for you to hand on, as `user` or as `admin`. Nobody is logged in by it.',
      long: true,
      input: { body: Ref(AccountCreate) },
      output: { 201: Ref(Account) },
      headers: ['Location'],
      problems: ['forbidden', 'password_too_common', 'email_taken', 'username_taken', 'overloaded']
    }),
    handler: async (request, reply) => {
      const account = await admin.createUser(request.actor, request.body, request.id)
      return await reply.code(201).header('Location', `/api/v1/users/${account.id}`).send(account)
    }
  })

  app.route({
    method: 'PATCH',
    url: '/users/:user_id',
    ...operation({
      id: 'updateAccount',
      tag,
      summary: 'Change somebody\'s account',
      description: 'Changes the full name, or switches the account off (`is_active: false`) and on again. Switching it off ends all its sessions and closes its sockets at once; a login answers `account_deactivated`. The last active administrator cannot be switched off.',
      input: { params: UserParams, body: Ref(AccountUpdate) },
      output: { 200: Ref(Account) },
      problems: ['forbidden', 'user_not_found', 'last_site_admin']
    }),
    handler: async request => await admin.updateUser(request.actor, request.params.user_id, request.body, request.id)
  })

  app.route({
    method: 'PATCH',
    url: '/users/:user_id/role',
    ...operation({
      id: 'changeRole',
      tag,
      summary: 'Change somebody\'s role',
      description: 'Makes somebody an administrator, or a user again; it counts from their next request on. The last active administrator cannot be made a user.',
      input: { params: UserParams, body: Ref(RoleUpdate) },
      output: { 200: Ref(Account) },
      problems: ['forbidden', 'user_not_found', 'last_site_admin']
    }),
    handler: async request => await admin.changeRole(request.actor, request.params.user_id, request.body.role, request.id)
  })

  app.route({
    method: 'GET',
    url: '/users/:user_id/chats',
    ...operation({
      id: 'listChatsOfUser',
      tag,
      summary: 'List somebody\'s chats',
      description: 'The chats a person is in, newest activity first, as they see them. That you looked is written to the audit log first.',
      input: { params: UserParams, querystring: UserChatQuery },
      output: { 200: Ref(ChatPage) },
      problems: ['forbidden', 'user_not_found', 'invalid_cursor']
    }),
    handler: async request => await admin.listChats(request.actor, request.params.user_id, request.query, request.id)
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/messages',
    ...operation({
      id: 'readAnyMessages',
      tag,
      summary: 'Read the history of any chat',
      description: 'A page of the messages of a chat you need not be in, newest first unless `order=asc`; what was deleted stays hidden. That you looked is written to the audit log first.',
      input: { params: ChatParams, querystring: ChatMessageQuery },
      output: { 200: Ref(MessagePage) },
      problems: ['forbidden', 'chat_not_found', 'branch_not_found', 'invalid_cursor', 'resync_required']
    }),
    handler: async request => await admin.listMessages(request.actor, request.params.chat_id, request.query, request.id)
  })

  app.route({
    method: 'GET',
    url: '/audit',
    ...operation({
      id: 'listAudit',
      tag,
      summary: 'Read the audit log',
      description: 'What administrators did and which chats they read, newest first, a page at a time. Nothing changes or removes an entry.',
      input: { querystring: AuditQuery },
      output: { 200: Ref(AuditPage) },
      problems: ['forbidden', 'invalid_cursor']
    }),
    handler: async request => await admin.listAudit(request.actor, request.query)
  })

  app.route({
    method: 'GET',
    url: '/usage',
    ...operation({
      id: 'listUsage',
      tag,
      summary: 'Read the usage of models',
      description: 'How many tokens people used, by person and model, a page at a time, and the sums over all of it. Days are those of UTC.',
      input: { querystring: UsageQuery },
      output: { 200: Ref(UsagePage) },
      problems: ['forbidden', 'invalid_cursor']
    }),
    handler: async request => await admin.listUsage(request.actor, request.query)
  })
}

export default adminRoutes

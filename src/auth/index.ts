import formbody from '@fastify/formbody'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import apiKeyRoutes from './api-key-routes.ts'
import { Login, NewAccount, OAuthError, PasswordChange, Refresh, Registration, SessionPage, SessionParams, SessionQuery, SocketTicket, TokenRequest, TokenSet } from './schemas.ts'
import type { Auth } from './service.ts'

const tag = 'auth'

const clientOf = ({ ip, headers, log }: FastifyRequest) => ({ ip, user_agent: headers['user-agent'], log })

/** The routes of logins, sessions and API keys. */
const plugin: FastifyPluginAsyncTypebox<{ auth: Auth }> = async (app, { auth }) => {
  app.route({
    method: 'POST',
    url: '/auth/register',
    ...operation({
      id: 'register',
      tag,
      summary: 'Make an account',
      description: 'Makes an account from an email and a password and logs it in: go on with the `access_token` at once. Email and username must be free, whatever their case.',
      public: true,
      limit: 'login',
      input: { body: Ref(NewAccount) },
      output: { 201: Ref(Registration) },
      problems: ['password_too_common', 'email_taken', 'username_taken']
    }),
    async handler (request, reply) {
      const registration = await auth.register(clientOf(request), request.body)
      return reply.code(201).header('Location', `/api/v1/users/${registration.user.id}`).send(registration)
    }
  })

  app.route({
    method: 'POST',
    url: '/auth/login',
    ...operation({
      id: 'login',
      tag,
      summary: 'Log in',
      description: 'Begins a session with a password and exactly one of `email` and `username` (which may also hold the email), in any case. An unknown name and a wrong password get the same answer.',
      public: true,
      limit: 'login',
      input: { body: Ref(Login) },
      output: { 200: Ref(TokenSet) },
      problems: ['invalid_credentials', 'account_deactivated']
    }),
    handler: request => auth.login(clientOf(request), request.body)
  })

  // Only here are forms read: a page of any site can send one without being asked.
  await app.register(async (forms: typeof app) => {
    await forms.register(formbody, { bodyLimit: 16 * 1024 })
    forms.route({
      method: 'POST',
      url: '/auth/token',
      ...operation({
        id: 'token',
        tag,
        summary: 'Get tokens by OAuth 2',
        description: 'OAuth 2\'s token endpoint, for the Authorize button of these pages and for OAuth clients: a form with `grant_type=password`, `username` (the email or the username) and `password`, or with `grant_type=refresh_token` and `refresh_token`. Client credentials are accepted and not looked at. Errors have the form of RFC 6749.',
        public: true,
        limit: 'login',
        consumes: ['application/x-www-form-urlencoded'],
        input: { body: Ref(TokenRequest) },
        output: { 200: Ref(TokenSet) },
        problems: ['bad_request', 'unsupported_grant_type', 'invalid_credentials', 'invalid_refresh_token', 'account_deactivated'],
        errorShape: OAuthError
      }),
      handler: request => auth.token(clientOf(request), request.body)
    })
  })

  app.route({
    method: 'POST',
    url: '/auth/refresh',
    ...operation({
      id: 'refresh',
      tag,
      summary: 'Refresh the tokens',
      description: 'Exchanges a refresh token for new tokens. Each refresh token works once; sent again within ten seconds (the answer was lost, or several tabs refreshed at once) it gives the same successor. Sent again later it counts as stolen, and the session ends.',
      public: true,
      limit: 'login',
      input: { body: Ref(Refresh) },
      output: { 200: Ref(TokenSet) },
      problems: ['invalid_refresh_token', 'account_deactivated']
    }),
    handler: request => auth.refresh(clientOf(request), request.body.refresh_token)
  })

  app.route({
    method: 'POST',
    url: '/auth/logout',
    ...operation({ id: 'logout', tag, scope: 'session', summary: 'Log out', description: 'Ends the session of this access token. Its tokens are refused from now on, and its sockets are closed. No body is needed.', output: { 204: Nothing } }),
    async handler (request, reply) {
      await auth.logout(request.actor)
      return reply.code(204).send()
    }
  })

  app.route({
    method: 'GET',
    url: '/auth/sessions',
    ...operation({ id: 'listSessions', tag, scope: 'session', summary: 'List my sessions', description: 'Where you are logged in, the latest login first, a page at a time.', input: { querystring: SessionQuery }, output: { 200: Ref(SessionPage) }, problems: ['invalid_cursor'] }),
    handler: request => auth.listSessions(request.actor, request.query)
  })

  app.route({
    method: 'DELETE',
    url: '/auth/sessions/:session_id',
    ...operation({ id: 'revokeSession', tag, scope: 'session', summary: 'End a session', description: 'Logs out one of your sessions, for example on a device you have lost.', input: { params: SessionParams }, output: { 204: Nothing }, problems: ['session_not_found'] }),
    async handler (request, reply) {
      await auth.revokeSession(request.actor, request.params.session_id)
      return reply.code(204).send()
    }
  })

  app.route({
    method: 'POST',
    url: '/auth/password',
    ...operation({ id: 'changePassword', tag, scope: 'session', summary: 'Change my password', description: 'Changes your password and ends all your other sessions; this one stays.', limit: 'login', input: { body: Ref(PasswordChange) }, output: { 204: Nothing }, problems: ['invalid_credentials', 'password_too_common'] }),
    async handler (request, reply) {
      await auth.changePassword(request.actor, request.body)
      return reply.code(204).send()
    }
  })

  app.route({
    method: 'POST',
    url: '/auth/ws-ticket',
    ...operation({
      id: 'issueSocketTicket',
      tag: 'realtime',
      scope: 'read',
      summary: 'Get a ticket for a WebSocket',
      description: 'A browser can send no `Authorization` header with a WebSocket, and an address with a token in it would be logged on its way. So get a ticket, and open `ws://…/api/v1/ws?ticket=…` (many chats) or `ws://…/api/v1/ws/{chat_id}?ticket=…` (one) with it within 30 seconds; it works once. The socket then ends with the access token or the API key that asked for the ticket. No body is needed.\n\nOther clients open the socket with an `Authorization: Bearer` header, with `?token=…`, or with nothing and a first frame `{"type":"authenticate","token":"…"}`. A request without an upgrade gets 426. What is said on the socket, and with which codes it is closed, stands in the AsyncAPI document.',
      output: { 200: Ref(SocketTicket) }
    }),
    handler: request => auth.issueTicket(request.actor)
  })

  await app.register(apiKeyRoutes, { auth })
}

export default plugin

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import { ListQuery, Me, SearchQuery, User, UserPage, UserParams, UserUpdate } from './schemas.ts'
import type { Users } from './service.ts'

const tag = 'users'

/** The routes of accounts. */
const plugin: FastifyPluginAsyncTypebox<{ users: Users }> = async (app, { users }) => {
  app.route({
    method: 'GET',
    url: '/users/me',
    ...operation({ id: 'getMe', tag, summary: 'Get my account', description: 'Your own account, with the email and role that nobody else sees.', output: { 200: Ref(Me) } }),
    handler: request => users.me(request.actor)
  })

  app.route({
    method: ['PATCH', 'PUT'],
    url: '/users/me',
    ...operation({
      id: 'updateMe',
      tag,
      sessionMembers: ['email', 'username'],
      summary: 'Change my account',
      description: 'Changes the members you send and keeps the others, with PUT as with PATCH. A new email or username must be free, whatever its case; `full_name: null` removes the full name. An API key cannot change the email or the username: one logs in with them.',
      input: { body: Ref(UserUpdate) },
      output: { 200: Ref(Me) },
      problems: ['email_taken', 'username_taken']
    }),
    handler: request => users.update(request.actor, request.body)
  })

  app.route({
    method: 'DELETE',
    url: '/users/me',
    ...operation({ id: 'deleteMe', tag, scope: 'session', summary: 'Delete my account', description: 'Deletes your account and ends all its sessions at once. The email and the username can be registered again. The last active administrator cannot be deleted.', output: { 204: Nothing }, problems: ['user_not_found', 'last_site_admin'] }),
    handler: async (request, reply) => {
      await users.remove(request.actor, request.actor.id)
      return reply.code(204).send()
    }
  })

  app.route({
    method: 'GET',
    url: '/users',
    ...operation({ id: 'listUsers', tag, summary: 'List people', description: 'The public profiles of everybody, oldest account first, a page at a time. A profile never holds an email.', input: { querystring: ListQuery }, output: { 200: Ref(UserPage) }, problems: ['invalid_cursor'] }),
    handler: request => users.list(request.actor, request.query)
  })

  app.route({
    method: 'GET',
    url: '/users/search',
    ...operation({
      id: 'searchUsers',
      tag,
      summary: 'Search people',
      description: 'The public profiles whose username or full name begins with `q`, in any case and in the order of the name that matched. Somebody who matches by both is listed once. Every character stands for itself: there are no wildcards.',
      input: { querystring: SearchQuery },
      output: { 200: Ref(UserPage) },
      problems: ['invalid_cursor']
    }),
    handler: request => users.search(request.actor, request.query)
  })

  app.route({
    method: 'GET',
    url: '/users/:user_id',
    ...operation({ id: 'getUser', tag, summary: 'Get a person', description: 'The public profile of one person.', input: { params: UserParams }, output: { 200: Ref(User) }, problems: ['user_not_found'] }),
    handler: request => users.get(request.actor, request.params.user_id)
  })

  app.route({
    method: 'DELETE',
    url: '/users/:user_id',
    ...operation({ id: 'deleteUser', tag, scope: 'session', summary: 'Delete an account', description: 'Deletes an account: your own, or any as an administrator. Its sessions end at once; its email and username can be registered again. The last active administrator cannot be deleted.', input: { params: UserParams }, output: { 204: Nothing }, problems: ['forbidden', 'user_not_found', 'last_site_admin'] }),
    handler: async (request, reply) => {
      await users.remove(request.actor, request.params.user_id)
      return reply.code(204).send()
    }
  })
}

export default plugin

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Nothing, operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import { ApiKeyCreate, apiKeyLimit, ApiKeyPage, ApiKeyParams, ApiKeyQuery, NewApiKey } from './api-key-schemas.ts'
import type { Auth } from './service.ts'

const tag = 'auth'
const scope = 'session'

/** The routes of API keys. Only who logged in may use them: a key cannot make another one. */
const apiKeyRoutes: FastifyPluginAsyncTypebox<{ auth: Auth }> = async (app, { auth }) => {
  app.route({
    method: 'POST',
    url: '/auth/api-keys',
    ...operation({
      id: 'createApiKey',
      tag,
      scope,
      summary: 'Make an API key',
      description: `Makes a key for a program that acts for you. It goes wherever an access token does, within its scopes and with rate limits of its own; it ends when you revoke it, at its \`expires_at\`, and with your account, but not with your sessions or password. It is answered here and never again. Only an administrator can give the scope \`admin\`. A person has at most ${apiKeyLimit}.`,
      input: { body: Ref(ApiKeyCreate) },
      output: { 201: Ref(NewApiKey) },
      headers: ['Location'],
      problems: ['forbidden', 'too_many_api_keys']
    }),
    handler: async (request, reply) => {
      const made = await auth.apiKeys.create(request.actor, request.body)
      return await reply.code(201).header('Location', `/api/v1/auth/api-keys/${made.id}`).send(made)
    }
  })

  app.route({
    method: 'GET',
    url: '/auth/api-keys',
    ...operation({ id: 'listApiKeys', tag, scope, summary: 'List my API keys', description: 'Your API keys without the keys themselves, the newest first, a page at a time. Those that have ended are not among them.', input: { querystring: ApiKeyQuery }, output: { 200: Ref(ApiKeyPage) }, problems: ['invalid_cursor'] }),
    handler: async request => await auth.apiKeys.list(request.actor, request.query)
  })

  app.route({
    method: 'DELETE',
    url: '/auth/api-keys/:api_key_id',
    ...operation({ id: 'revokeApiKey', tag, scope, summary: 'Revoke an API key', description: 'Ends one of your API keys: it is refused from now on, and its sockets are closed.', input: { params: ApiKeyParams }, output: { 204: Nothing }, problems: ['api_key_not_found'] }),
    handler: async (request, reply) => {
      await auth.apiKeys.revoke(request.actor, request.params.api_key_id)
      return await reply.code(204).send()
    }
  })
}

export default apiKeyRoutes

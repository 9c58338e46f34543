import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import contextRoutes from './context-routes.ts'
import runRoutes from './run-routes.ts'
import { ModelList } from './schemas.ts'
import type { Ai } from './service.ts'

const tag = 'ai'

/** The operations on replies, on what models are told, and on the models. */
const aiRoutes: FastifyPluginAsyncTypebox<{ ai: Ai }> = async (app, { ai }) => {
  await app.register(runRoutes, { ai })
  await app.register(contextRoutes, ai)

  app.route({
    method: 'GET',
    url: '/models',
    ...operation({
      id: 'listModels',
      tag,
      summary: 'List the models',
      description: 'Every model that can be asked for replies, the default first. Which there are is the operator\'s choice; with none connected it is the built-in `offline` model, which is no language model.',
      output: { 200: Ref(ModelList) }
    }),
    handler: async () => ({ items: ai.provider.models, next_cursor: null })
  })
}

export default aiRoutes

import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { operation } from '../platform/operation.ts'
import { Ref } from '../platform/typebox.ts'
import type { Provider } from './provider.ts'
import { ModelList } from './schemas.ts'

const tag = 'ai'

/** The routes of AI replies. */
const plugin: FastifyPluginAsyncTypebox<{ provider: Provider }> = async (app, { provider }) => {
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
    handler: async () => ({ items: provider.models, next_cursor: null })
  })
}

export default plugin

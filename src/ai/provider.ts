import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../platform/config.ts'
import { Problem } from '../platform/errors.ts'
import { endpointOf, modelsOf } from './models.ts'
import { offlineReply } from './offline.ts'
import { createRemote } from './remote.ts'
import type { ModelAsk, Reply } from './reply.ts'
import type { ModelInfo } from './schemas.ts'

export { AiFault, type AiFaultCode } from './faults.ts'
export type { ModelAsk, ModelEnd, ModelTurn, ModelUsage, Reply } from './reply.ts'

export interface Provider {
  /** What may be asked for, the default first. */
  models: ModelInfo[]
  defaultModel: string
  /** The model of this name, or the default. Throws model_not_found. */
  find: (id?: string) => ModelInfo
  /** Yields pieces of text as they come and returns how it ended. Throws AiFault, or the signal's reason once it is aborted. */
  stream: (ask: ModelAsk) => Reply
}

interface Needs {
  config: Config
  log: Pick<FastifyBaseLogger, 'warn'>
  /** Milliseconds before the second try; the third waits three times as long. */
  backoffMs?: number
}

/** The side of the models: the endpoint that the settings name, or the built-in model when they name none. */
export function createProvider ({ config, log, backoffMs = 400 }: Needs): Provider {
  const endpoint = endpointOf(config)
  const models = modelsOf(config, endpoint)
  const defaultModel = models[0]!.id
  const reply = endpoint ? createRemote({ endpoint, firstTokenMs: config.AI_FIRST_TOKEN_MS, totalMs: config.AI_TOTAL_MS, log, backoffMs }) : offlineReply

  function find (id = defaultModel): ModelInfo {
    const model = models.find(model => model.id === id)
    if (!model) throw new Problem('model_not_found', 'There is no model of this name; GET /api/v1/models lists those there are.')
    return model
  }

  return { models, defaultModel, find, stream: ask => reply({ ...ask, model: find(ask.model).id }) }
}

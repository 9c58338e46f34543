import { type Config, contextTokens, settingList } from '../platform/config.ts'
import type { ModelInfo } from './schemas.ts'

/** Where replies come from, when it is not the built-in model. */
export interface Endpoint {
  provider: 'groq' | 'openai' | 'compatible'
  baseURL: string
  key: string | undefined
  defaultModel: string
}

const known = {
  'api.groq.com': { provider: 'groq', runBy: 'Groq' },
  'api.openai.com': { provider: 'openai', runBy: 'OpenAI' }
} as const

/** The endpoint that the settings name: AI_BASE_URL before Groq before OpenAI, each with its own key only. Undefined: none. */
export function endpointOf (config: Config): Endpoint | undefined {
  const { AI_BASE_URL: base, AI_API_KEY: key, AI_MODEL: model } = config
  if (base !== undefined) return { provider: known[new URL(base).hostname as keyof typeof known]?.provider ?? 'compatible', baseURL: base, key, defaultModel: model! }
  if (config.GROQ_API_KEY !== undefined) return { provider: 'groq', baseURL: 'https://api.groq.com/openai/v1', key: config.GROQ_API_KEY, defaultModel: model ?? 'openai/gpt-oss-120b' }
  if (config.OPENAI_API_KEY !== undefined) return { provider: 'openai', baseURL: 'https://api.openai.com/v1', key: config.OPENAI_API_KEY, defaultModel: model ?? 'gpt-6-luna' }
  return undefined
}

/** The models that may be asked for, the default first. */
export function modelsOf (config: Config, endpoint: Endpoint | undefined): ModelInfo[] {
  const { AI_CONTEXT_TOKENS: context } = config
  if (!endpoint) {
    return [{
      id: 'offline',
      provider: 'offline',
      is_language_model: false,
      context_tokens: contextTokens(context, 'offline'),
      is_default: true,
      description: 'Not a language model: a few lines of code that answer every question in the same way, so that Parley can be tried without a key.'
    }]
  }
  const runBy = Object.values(known).find(({ provider }) => provider === endpoint.provider)?.runBy ?? 'the endpoint that this server\'s operator chose'
  return [...new Set([endpoint.defaultModel, ...settingList(config.AI_MODELS)])].map((id, index) => ({
    id,
    provider: endpoint.provider,
    is_language_model: true,
    context_tokens: contextTokens(context, id),
    is_default: index === 0,
    description: `A language model, run by ${runBy}.`
  }))
}

import { type Static, Type } from '@sinclair/typebox'
import { Closed, Count, OneOf, Ref } from '../platform/typebox.ts'

export const ModelProvider = OneOf(['offline', 'groq', 'openai', 'compatible'], { $id: 'ModelProvider', description: 'Who runs it; `compatible` is an OpenAI-compatible endpoint that this server\'s operator chose.' })

export const ModelInfo = Closed({
  id: Type.String({ minLength: 1, maxLength: 200, description: 'The name to ask for it by.' }),
  provider: Ref(ModelProvider),
  is_language_model: Type.Boolean({ description: 'False for the built-in `offline` model, whose answers are made up by a few lines of code.' }),
  context_tokens: Count('How many tokens of a conversation it is given at the most.', { minimum: 1 }),
  is_default: Type.Boolean({ description: 'Whether it answers when no model is asked for.' }),
  description: Type.String({ maxLength: 500, description: 'What it is, in a sentence for a person.' })
}, {
  $id: 'ModelInfo',
  description: 'A model that can be asked for replies.',
  examples: [{ id: 'openai/gpt-oss-120b', provider: 'groq', is_language_model: true, context_tokens: 8000, is_default: true, description: 'A language model, run by Groq.' }]
})
export type ModelInfo = Static<typeof ModelInfo>

export const ModelList = Closed({
  items: Type.Array(Ref(ModelInfo), { minItems: 1, maxItems: 50, description: 'The default first.' }),
  next_cursor: Type.Null({ description: 'There are at most 50 models: one page holds them all.' })
}, { $id: 'ModelList', description: 'Every model that can be asked for.', examples: [{ items: ModelInfo['examples'], next_cursor: null }] })
export type ModelList = Static<typeof ModelList>

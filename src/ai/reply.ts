export interface ModelTurn { role: 'system' | 'user' | 'assistant', content: string, name?: string }

export interface ModelAsk {
  model: string
  messages: ModelTurn[]
  temperature?: number
  /** The most tokens the reply may have. */
  maxTokens?: number
  /** A pseudonym of the person who asks: the provider may keep it. */
  user?: string
  signal: AbortSignal
}

export interface ModelUsage { prompt_tokens: number, completion_tokens: number }
export interface ModelEnd { finishReason: 'stop' | 'length' | 'content_filter' | 'other', usage: ModelUsage | null }

/** Pieces of a reply as they come, and how it ended. */
export type Reply = AsyncGenerator<string, ModelEnd>

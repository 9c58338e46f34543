const messages = {
  ai_rate_limited: 'The model has too much to do; try again in a moment.',
  ai_unavailable: 'The model cannot be reached.',
  ai_timeout: 'The model took too long.',
  ai_bad_answer: 'The model gave an answer that cannot be used.',
  ai_refused: 'The model provider refused the request.'
} as const

export type AiFaultCode = keyof typeof messages

interface Circumstances {
  /** Whether the same request may succeed, as long as nothing of the reply was heard. */
  again?: boolean
  /** For how long the provider wants to be left alone, in milliseconds. */
  afterMs?: number | undefined
  /** The provider's HTTP status, for the log. */
  status?: number
  /** The word of the system for it, such as ECONNREFUSED, for the log. */
  reason?: string | undefined
}

/** How a model failed. Its message may be shown to anybody: it never holds a key, an address or a word of the provider's. */
export class AiFault extends Error {
  constructor (readonly code: AiFaultCode, message: string = messages[code], readonly circumstances: Circumstances = {}) {
    super(message)
    this.name = 'AiFault'
  }
}

/** The milliseconds of a Retry-After header: seconds or a date. */
function retryAfter (header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const ms = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

const refusals: Record<string, string> = {
  context_length_exceeded: 'The conversation is too long for this model.',
  temperature: 'This model takes no temperature, or not this one.'
}

/** What an HTTP status other than a success means; `error` is what the provider says of it, of which a few words are understood. */
export function statusFault (status: number, headers: Headers, error?: { code?: unknown, param?: unknown } | null): AiFault {
  const circumstances = { status, afterMs: retryAfter(headers.get('retry-after')) }
  if (status === 429) return new AiFault('ai_rate_limited', undefined, { ...circumstances, again: true })
  if (status >= 500 || status === 408) return new AiFault('ai_unavailable', undefined, { ...circumstances, again: true })
  const understood = [error?.code, error?.param].find(word => typeof word === 'string' && Object.hasOwn(refusals, word)) as string | undefined
  return status >= 400
    ? new AiFault('ai_refused', understood && refusals[understood], circumstances)
    // A redirect is never followed: it would carry the conversation and the key to an address that nobody configured.
    : new AiFault('ai_bad_answer', undefined, circumstances)
}

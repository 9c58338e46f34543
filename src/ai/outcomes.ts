import type { ReplyUsage } from '../messages/schemas.ts'
import { type ErrorCode, Problem } from '../platform/errors.ts'
import { isDatabaseAway } from '../platform/to-problem.ts'
import { AiFault } from './faults.ts'
import type { ModelEnd } from './reply.ts'
import { loadTokenizer } from './tokens.ts'

/** Why a run is ended from outside; the status of its reply follows from it. */
export class Ending extends Error {
  constructor (readonly status: 'stopped' | 'error', readonly code: ErrorCode | null) { super(code ?? status) }
}

/** The code that a failed run gets. */
export const faultOf = (error: unknown): ErrorCode =>
  error instanceof AiFault || error instanceof Problem ? error.code : isDatabaseAway(error) ? 'database_unavailable' : 'internal_error'

interface Written {
  model: string
  text: string
  /** How many tokens the model was told, by our count. */
  told: number
  /** When it was asked, by `performance.now()`. */
  begun: number
}

/** What a reply has used: as the provider counted; where it did not, an estimate. */
export async function usageOf ({ model, text, told, begun }: Written, end?: ModelEnd): Promise<ReplyUsage> {
  const counted = end?.usage ?? { prompt_tokens: told, completion_tokens: text === '' ? 0 : (await loadTokenizer()).count(text) }
  return { model, ...counted, latency_ms: Math.round(performance.now() - begun) }
}

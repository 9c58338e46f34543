import type { ErrorCode, ErrorFrame } from './frame-types.ts'
import type { Problem } from './rest-types.ts'

/**
 * What can fail on this side: `network_error` (no answer), `offline` (the socket is not open, or broke off before the answer),
 * `timeout` (no answer in time), `closed` (the socket is closed for good), `frame_too_large`, `bad_answer` (not of this server).
 */
export type ClientCode = 'network_error' | 'offline' | 'timeout' | 'closed' | 'frame_too_large' | 'bad_answer'

interface Facts { status?: number, retryable?: boolean, retryAfter?: number | undefined, problem?: Problem | undefined, errors?: Problem['errors'], cause?: unknown }

/** A problem that the server told, over HTTP or in a frame, or that kept its answer away. */
export class ParleyError extends Error {
  /** The HTTP status; 0 when none came, as for all that happens on a socket. */
  readonly status: number
  /** Whether the same request can succeed later. */
  readonly retryable: boolean
  /** In how many seconds, when the server said so. */
  readonly retryAfter: number | undefined
  /** With `validation_failed`: each faulty member. */
  readonly errors: Problem['errors']
  /** All that the server said, over HTTP. */
  readonly problem: Problem | undefined

  /** `code` is a stable word for programs (a newer server may know more), `detail` a sentence for a person, the same as `message`. */
  constructor (readonly code: ErrorCode | ClientCode | (string & {}), readonly detail: string, { status = 0, retryable = false, retryAfter, problem, errors, cause }: Facts = {}) {
    super(detail, { cause })
    this.name = 'ParleyError'
    this.status = status
    this.retryable = retryable
    this.retryAfter = retryAfter
    this.errors = errors
    this.problem = problem
  }
}

/** The answer to a request as an error; `body` is what it said: a problem, an error of OAuth 2, or nothing of this server. */
export function errorOf ({ status, headers }: Response, body: unknown): ParleyError {
  const { code, detail, errors, error, error_description: described } = (body ?? {}) as Partial<Problem> & { error_description?: string }
  const seconds = headers.get('retry-after')
  return new ParleyError(code ?? (described === undefined ? 'bad_answer' : error!), detail ?? described ?? `The server answered ${status}.`, {
    status,
    retryable: status === 429 || status === 503,
    retryAfter: seconds === null ? undefined : Number(seconds),
    errors,
    problem: code === undefined ? undefined : body as Problem
  })
}

/** An `error` frame as an error. */
export const errorOfFrame = ({ code, message, retryable, errors }: ErrorFrame) => new ParleyError(code, message, { retryable, errors })

/** No answer came: what `fetch` throws then, unless it was aborted, becomes a ParleyError. */
export function networkError (cause: unknown): unknown {
  if (cause instanceof ParleyError || (cause as Error | undefined)?.name === 'AbortError') return cause
  return new ParleyError('network_error', 'The server cannot be reached.', { retryable: true, cause })
}

interface Answer { data?: unknown, error?: unknown, response: Response }

/** What a request answered. Throws ParleyError instead of answering an error: `const chat = await unwrap(api.GET(…))`. */
export async function unwrap<A extends Answer> (answer: A | Promise<A>): Promise<Exclude<A['data'], undefined>> {
  const { data, error, response } = await answer
  if (error !== undefined || !response.ok) throw errorOf(response, error)
  return data as Exclude<A['data'], undefined>
}

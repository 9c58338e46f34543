import { type Static, Type } from '@sinclair/typebox'
import { Closed, Id, Nullable, OneOf, Ref } from './typebox.ts'

/**
 * Every error Parley can answer, over HTTP and in frames: its stable code, its HTTP status and its title.
 * The codes are part of the contract; a title may be reworded.
 */
export const catalogue = {
  unknown_frame: [400, 'There is no such frame'],
  validation_failed: [400, 'The request is not valid'],
  malformed_json: [400, 'The text is not valid JSON'],
  invalid_cursor: [400, 'The cursor is not one this server gave for this list'],
  index_off_path: [400, 'There is no message in this place'],
  model_not_found: [400, 'There is no such model'],
  password_too_common: [400, 'The password is one of the first that are guessed'],
  context_too_large: [400, 'The question does not fit the model'],
  bad_request: [400, 'The request cannot be understood'],
  unsupported_grant_type: [400, 'This grant type is not supported'],
  unauthenticated: [401, 'A valid access token is needed'],
  authentication_timeout: [401, 'The socket did not say in time whose it is'],
  token_expired: [401, 'The access token has expired'],
  invalid_credentials: [401, 'The name or the password is wrong'],
  invalid_refresh_token: [401, 'The refresh token is not valid any more'],
  forbidden: [403, 'This is not allowed'],
  insufficient_scope: [403, 'The API key has not the scope for this'],
  origin_not_allowed: [403, 'This origin may not open a socket'],
  role_not_allowed: [403, 'This role may not be written here'],
  group_only: [403, 'Only a group chat can do this'],
  assistant_not_allowed: [403, 'The assistant is not let into this chat'],
  account_deactivated: [403, 'The account is deactivated'],
  route_not_found: [404, 'There is no such route'],
  user_not_found: [404, 'There is no such user'],
  session_not_found: [404, 'There is no such session'],
  api_key_not_found: [404, 'There is no such API key'],
  chat_not_found: [404, 'There is no such chat'],
  participant_not_found: [404, 'There is no such participant'],
  message_not_found: [404, 'There is no such message'],
  branch_not_found: [404, 'There is no such branch'],
  run_not_found: [404, 'There is no such run'],
  memory_not_found: [404, 'There is no such memory'],
  method_not_allowed: [405, 'The route does not know this method'],
  email_taken: [409, 'The email is taken'],
  username_taken: [409, 'The username is taken'],
  already_participant: [409, 'This person is in the chat already'],
  chat_full: [409, 'The chat is full'],
  last_admin: [409, 'A group needs an admin'],
  last_site_admin: [409, 'The server needs an active administrator'],
  message_deleted: [409, 'The message is deleted'],
  too_many_reactions: [409, 'The message has too many reactions'],
  branch_name_taken: [409, 'The chat has a branch of this name'],
  branch_in_use: [409, 'The branch is in use'],
  branch_too_deep: [409, 'The branch would be too deep'],
  too_many_branches: [409, 'The chat has too many branches'],
  too_many_api_keys: [409, 'There are too many API keys'],
  too_many_memories: [409, 'There are too many memories'],
  too_many_sockets: [409, 'This person has too many sockets open'],
  too_many_subscriptions: [409, 'The socket listens to too many chats'],
  chat_too_large: [409, 'The chat is too large for this'],
  run_ended: [409, 'The reply has ended already'],
  run_in_progress: [409, 'The branch has a reply under way'],
  head_moved: [409, 'The branch has moved on'],
  idempotency_conflict: [409, 'The key was used for another request'],
  resync_required: [410, 'The place this cursor names is gone'],
  stale_revision: [412, 'The object has changed since it was read'],
  body_too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'The content type is not supported'],
  upgrade_required: [426, 'This address is for WebSocket connections'],
  rate_limited: [429, 'Too many requests'],
  chat_busy: [429, 'Too many writes wait for this chat'],
  too_many_runs: [429, 'Too many replies are under way'],
  ai_budget_exhausted: [429, 'The token budget of the day is used up'],
  internal_error: [500, 'Something went wrong on our side'],
  ai_unavailable: [502, 'The model cannot be reached'],
  ai_bad_answer: [502, 'The model gave an answer that cannot be used'],
  ai_refused: [502, 'The model provider refused the request'],
  interrupted: [502, 'The reply was interrupted'],
  unavailable: [503, 'The server is not ready'],
  database_unavailable: [503, 'The database cannot do this now'],
  retry_same_client_id: [503, 'It is not known whether the write was kept'],
  overloaded: [503, 'The server has too much to do'],
  ai_rate_limited: [503, 'The model has too much to do'],
  request_timeout: [503, 'The request took too long'],
  ai_timeout: [504, 'The model took too long']
} as const satisfies Record<string, readonly [status: number, title: string]>

export type ErrorCode = keyof typeof catalogue

export const ErrorCode = OneOf(Object.keys(catalogue) as ErrorCode[], { $id: 'ErrorCode', description: 'A stable word for programs. Newer servers may know more of them.' })

export const FieldError = Closed({
  path: Type.String({ maxLength: 500, description: 'Where: `/content`, `/participant_ids/3`, or empty for the whole.' }),
  message: Type.String({ maxLength: 500, description: 'What is wrong there.' })
}, { $id: 'FieldError', description: 'A faulty member of a request.', examples: [{ path: '/content', message: 'must not be empty' }] })
export type FieldError = Static<typeof FieldError>

interface ProblemExtras { errors?: FieldError[], currentHead?: string | null, runId?: string, headers?: Record<string, string>, cause?: unknown }

/** An error of the catalogue, with the words for this occasion. Thrown by every layer, turned into an answer by one. */
export class Problem extends Error {
  readonly status: number
  readonly errors: FieldError[] | undefined
  readonly currentHead: string | null | undefined
  readonly runId: string | undefined
  readonly headers: Record<string, string>
  constructor (readonly code: ErrorCode, detail?: string, extras: ProblemExtras = {}) {
    super(detail ?? `${catalogue[code][1]}.`, { cause: extras.cause })
    this.name = 'Problem'
    this.status = catalogue[code][0]
    this.errors = extras.errors
    this.currentHead = extras.currentHead
    this.runId = extras.runId
    this.headers = extras.headers ?? {}
    if (this.status === 401) this.headers['WWW-Authenticate'] ??= 'Bearer'
    if (this.status === 503 || this.status === 429) this.headers['Retry-After'] ??= '1'
  }

  /** Whether the same request can succeed later. */
  get retryable (): boolean {
    return this.status === 503 || this.status === 429
  }
}

export const ProblemDetails = Closed({
  type: Type.String({ maxLength: 200, description: 'A URI reference for the kind of error; `about:blank#code`.' }),
  title: Type.String({ maxLength: 200 }),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  detail: Type.String({ maxLength: 2000, description: 'What went wrong this time, in a sentence for a person.' }),
  instance: Type.String({ maxLength: 2000, description: 'The path that was asked for.' }),
  code: Ref(ErrorCode),
  request_id: Type.String({ maxLength: 100, description: 'The same as the `X-Request-Id` header; quote it when you ask for help.' }),
  errors: Type.Optional(Type.Array(Ref(FieldError), { maxItems: 100, description: 'For validation: each faulty member.' })),
  current_head: Type.Optional(Nullable(Id('With `head_moved`: the newest message of the branch now.'))),
  run_id: Type.Optional(Id('The run that failed: the message it answers is stored.')),
  success: Type.Unsafe<false>({ type: 'boolean', const: false }),
  error: Type.String({ maxLength: 2000, description: 'The same text as `detail`.' })
}, {
  $id: 'Problem',
  description: 'RFC 9457 problem details. Every error of every operation has this shape.',
  examples: [{
    type: 'about:blank#validation_failed',
    title: 'The request is not valid',
    status: 400,
    detail: 'body/content must not be empty',
    instance: '/api/v1/chats/66f0c0ffee0000000000c001/messages',
    code: 'validation_failed',
    request_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
    errors: [{ path: '/content', message: 'must not be empty' }],
    success: false,
    error: 'body/content must not be empty'
  }]
})

/** The body of an error answer (RFC 9457, with the `success` and `error` members of the first chat APIs). */
export function problemBody (problem: Problem, instance: string, requestId: string) {
  return {
    type: `about:blank#${problem.code}`,
    title: catalogue[problem.code][1],
    status: problem.status,
    detail: problem.message,
    instance: instance.slice(0, 2000),
    code: problem.code,
    request_id: requestId,
    ...(problem.errors && { errors: problem.errors }),
    ...(problem.currentHead !== undefined && { current_head: problem.currentHead }),
    ...(problem.runId !== undefined && { run_id: problem.runId }),
    success: false as const,
    error: problem.message
  }
}

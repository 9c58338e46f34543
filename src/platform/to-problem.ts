import { type ErrorCode, type FieldError, Problem } from './errors.ts'

interface AjvError { instancePath: string, message?: string, keyword: string, params: Record<string, unknown> }
interface Thrown { name?: string, code?: unknown, message?: string, statusCode?: number, validation?: AjvError[], validationContext?: string, hasErrorLabel?: (label: string) => boolean, errorResponse?: unknown }

const byFastifyCode: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_BAD_URL: 'route_not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_found'
}

/** The driver's errors that mean: no primary, no connection or no time left. The write may or may not have happened. */
const databaseAway = /^PoolClearedOnNetworkError|^Mongo(ServerSelection|Network|NetworkTimeout|PoolCleared|PoolClosed|NotConnected|TopologyClosed|OperationTimeout|WaitQueueTimeout|ConnectionPoolCleared|ClientClosed|Expired)|MongooseServerSelectionError/
/**
 * NotWritablePrimary, PrimarySteppedDown, ShutdownInProgress, InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, MaxTimeMSExpired, WriteConcernTimeout; HostUnreachable,
 * HostNotFound, NetworkTimeout, SocketException, ReadConcernMajorityNotAvailableYet, ExceededTimeLimit, as a member says that has just been chosen (MongoDB's error code list).
 */
const awayCodes = new Set<unknown>([10107, 189, 91, 11600, 11602, 13435, 13436, 50, 64, 6, 7, 89, 9001, 134, 262])
/** What the driver passes on unwrapped when it writes to a connection that the server has just ended (Node's error codes). */
const endedCodes = new Set<unknown>(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'])
/** What becomes of them where a transaction is committed: the driver (7.8) asks them for a label that only its own errors can have. */
const stumbled = /\bhasErrorLabel is not a function/

/** How Mongoose says that it was never connected: its error has no name or code of its own. */
const neverConnected = /before initial connection is complete/

/** Whether an error of the driver says that the database is away for now, so that the same request may succeed later. */
export function isDatabaseAway (error: unknown): boolean {
  const { name = '', code, message = '', hasErrorLabel, errorResponse } = (error ?? {}) as Thrown
  // A bulk write hides what went wrong with its connection behind an error of its own.
  if (name === 'MongoBulkWriteError' && errorResponse && isDatabaseAway(errorResponse)) return true
  return databaseAway.test(name) || (name === 'MongooseError' && neverConnected.test(message)) || (name === 'Error' && endedCodes.has(code)) || (name === 'TypeError' && stumbled.test(message)) || (name.startsWith('Mongo') && awayCodes.has(code)) || Boolean(name.startsWith('Mongo') && hasErrorLabel?.call(error, 'RetryableWriteError'))
}

/** Whether an error of the driver says that the server ended a command because its `maxTimeMS` was over (MaxTimeMSExpired). */
export const isOverTime = (error: unknown): boolean => error instanceof Error && error.name.startsWith('Mongo') && (error as Thrown).code === 50

/** Unauthorized, UserWritesBlocked, OutOfDiskSpace (MongoDB's error code list). */
const refusedCodes = new Set<unknown>([13, 371, 14031])
/** What a full disk and a full quota are called where they have no code of their own. */
const fullWords = /No space left on device|over your space quota/

/** Whether an error of the driver says that the database takes no writes although it answers: its disk or quota is full, or the user lacks the right. */
export function isWriteRefused (error: unknown): boolean {
  const { name = '', code, message = '', errorResponse } = (error ?? {}) as Thrown
  if (name === 'MongoBulkWriteError' && errorResponse && isWriteRefused(errorResponse)) return true
  return name.startsWith('Mongo') && (refusedCodes.has(code) || fullWords.test(message))
}

/** The name of the unique index that refused a write, or undefined when the error is another one. */
export function duplicateIndex (error: unknown): string | undefined {
  const { code, message = '' } = (error ?? {}) as Thrown
  return code === 11000 ? /index: (\S+)/.exec(message)?.[1] : undefined
}

function sentence ({ keyword, params, message = 'is not valid' }: AjvError): string {
  if (keyword === 'additionalProperties') return `must not have the member "${String(params['additionalProperty'])}"`
  if (keyword === 'enum') return `must be one of: ${(params['allowedValues'] as unknown[]).join(', ')}`
  if (keyword === 'minLength' && params['limit'] === 1) return 'must not be empty'
  return message
}

/** What Ajv found, as the `errors` member of a problem: a JSON pointer and a sentence each. */
export const fieldErrors = (found: AjvError[]): FieldError[] =>
  found.slice(0, 100).map(error => ({ path: error.instancePath.slice(0, 500), message: sentence(error).slice(0, 500) }))

/** A `validation_failed` problem from what Ajv found in `where` (body, querystring, params, headers, frame). */
export function validationProblem (found: AjvError[], where: string): Problem {
  const errors = fieldErrors(found)
  const detail = errors.slice(0, 3).map(({ path, message }) => `${where}${path} ${message}`).join('; ')
  return new Problem('validation_failed', detail.slice(0, 2000), { errors })
}

/** Any thrown thing as a problem of the catalogue. Pure: it neither logs nor answers. */
export function toProblem (thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  const error = (thrown ?? {}) as Thrown
  if (error.validation) return validationProblem(error.validation, error.validationContext ?? 'body')
  const code = typeof error.code === 'string' ? byFastifyCode[error.code] : undefined
  if (code) return new Problem(code, code === 'unsupported_media_type' ? 'The content type is not supported: send application/json.' : undefined)
  if (isDatabaseAway(error)) return new Problem('database_unavailable', undefined, { cause: error })
  if (isWriteRefused(error)) return new Problem('database_unavailable', 'The database takes no writes at the moment.', { cause: error })
  if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500) return new Problem('bad_request', error.message)
  return new Problem('internal_error', undefined, { cause: error })
}

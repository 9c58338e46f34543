import type { TSchema } from '@sinclair/typebox'
import { Type } from '@sinclair/typebox'
import { catalogue, type ErrorCode, Problem, problemBody, ProblemDetails } from './errors.ts'
import { oauthError, oauthStatus } from './http-errors.ts'
import type { Patience } from './patience.ts'
import type { Requirement } from './scopes.ts'
import { Closed, OneOf, Ref } from './typebox.ts'

interface Inputs { body?: TSchema, querystring?: TSchema, params?: TSchema, headers?: TSchema }

interface Description<I extends Inputs, R extends Record<number, TSchema>> {
  id: string
  tag: string
  summary: string
  description: string
  /** Needs no token. Everything else does. */
  public?: true
  /** `application/x-www-form-urlencoded` for the one operation that OAuth 2 wants so. */
  consumes?: string[]
  /** A tighter limit than the general one. */
  limit?: 'login' | 'send'
  /** What it needs of an API key, where that is not `read` for GET and `write` for the rest; `session`: no key will do. */
  scope?: Requirement
  /** Members of the body that no API key may bring. */
  sessionMembers?: string[]
  input?: I
  /** The shape answered for each status; `Nothing` for an empty body. */
  output: R
  /** The codes of the catalogue that this operation can answer, beside those that every operation can. */
  problems?: ErrorCode[]
  /** Headers of its successes, beside those that every answer of the kind has. */
  headers?: ('ETag' | 'Location' | 'Idempotency-Replayed')[]
  /** Has much to write: its caller is kept waiting for longer. */
  long?: true
  /** Can answer with server-sent events instead, described here. */
  events?: string
  /** Answers whatever the database does, and does nothing else that can fail. */
  withoutDatabase?: true
  /** Takes the place of the problem shape, for the operation whose errors OAuth 2 prescribes. */
  errorShape?: TSchema
}

declare module 'fastify' {
  interface FastifyContextConfig {
    public?: true
    limit?: 'login' | 'send'
    errorShape?: TSchema
    /** Answers whatever the database does. */
    withoutDatabase?: true
    patience?: Patience
  }
}

/**
 * Milliseconds until a caller is told to come again, whatever the database does: the driver gives a silent one up only after it
 * tried twice. Operations with passwords may queue for their hash for longer, and some have much to write.
 */
export const patienceMs = { usual: 4800, long: 30_000 }

/** A write that is given up may still happen. */
const timeoutCode = (problems: ErrorCode[]): ErrorCode => problems.includes('retry_same_client_id') ? 'retry_same_client_id' : 'request_timeout'

/** An empty answer. */
export const Nothing = Type.Null({ description: 'Done; the answer has no body.' })

/** An answer of server-sent events (WHATWG HTML, section 9.2). Before OpenAPI 3.2 the schema of such an answer is that of each event. */
export const EventStream = Closed({
  event: OneOf(['reply_started', 'reply_delta', 'reply_finished', 'error']),
  id: Type.String({ pattern: '^(?:\\d+|end)$', minLength: 1, maxLength: 16, description: 'To go on behind it: send it as `Last-Event-ID`.' }),
  data: Type.String({ maxLength: 1_000_000, contentMediaType: 'application/json', description: 'What happened, as JSON.' })
}, { $id: 'ReplyEvent', description: 'One of the server-sent events that tell of a reply.', examples: [{ event: 'reply_delta', id: '5', data: '{"run_id":"66f0c0ffee0000000000e001","offset":0,"text":"Fine,"}' }] })

const reasons: Record<number, string> = { 200: 'OK', 201: 'Created', 204: 'Done', 503: 'Not available for the moment' }

/** Fastify reads what comes with any other method, wanted or not. */
const withoutBody = new Set(['GET', 'HEAD'])

/** The codes that an operation can answer: its own and those that follow from what it is. */
function codesOf ({ public: open, input, limit, problems = [], withoutDatabase }: Description<Inputs, Record<number, TSchema>>, method: string): ErrorCode[] {
  const codes = new Set<ErrorCode>([...problems, 'rate_limited'])
  if (!withoutDatabase) for (const code of ['internal_error', 'database_unavailable', timeoutCode(problems)] as const) codes.add(code)
  if (!open) for (const code of ['unauthenticated', 'token_expired', 'insufficient_scope'] as const) codes.add(code)
  if (input) codes.add('validation_failed')
  if (!withoutBody.has(method)) for (const code of ['malformed_json', 'body_too_large', 'unsupported_media_type'] as const) codes.add(code)
  if (limit === 'login') codes.add('overloaded')
  return [...codes]
}

const problemExample = (code: ErrorCode) => ProblemDetails['examples'].find((example: { code: string }) => example.code === code) ??
  problemBody(new Problem(code), '/api/v1/chats/66f0c0ffee0000000000c001', '0f8fad5b-d9cb-469f-a165-70867728950e')

function answers (description: Description<Inputs, Record<number, TSchema>>, method: string) {
  const { errorShape } = description
  const statusOf = (code: ErrorCode) => errorShape ? oauthStatus(catalogue[code][0]) : catalogue[code][0]
  const codes = codesOf(description, method)
  const statuses = [...new Set(codes.map(statusOf))].sort((a, b) => a - b)
  return statuses.map(status => {
    const here = codes.filter(code => statusOf(code) === status)
    const examples = Object.fromEntries(here.map(code => errorShape
      ? [`${errorShape.$id}.${code}`, { summary: catalogue[code][1], value: oauthError(new Problem(code)) }]
      : [code, { summary: catalogue[code][1], value: problemExample(code) }]))
    return [status, {
      description: here.map(code => `\`${code}\`: ${catalogue[code][1]}.`).join('\n\n'),
      content: { [errorShape ? 'application/json' : 'application/problem+json']: { schema: Ref(errorShape ?? ProblemDetails), examples } }
    }] as const
  })
}

/**
 * What a route says of itself, for Fastify (validation, serialisation, guard) and for the documents:
 * spread it into `app.route({ method, url, ...operation({…}), handler })`.
 */
export function operation<const I extends Inputs, const R extends Record<number, TSchema>> (description: Description<I, R>) {
  const { id, tag, summary, consumes, input, output, limit, scope, sessionMembers, errorShape, headers = [] } = description
  const response: Record<string, { description?: string | undefined, content?: object }> = Object.fromEntries(Object.entries(output).map(([status, schema]) => [status, schema === Nothing
    ? { ...Nothing, description: reasons[Number(status)] ?? Nothing.description }
    : {
        // Of two successes one tells that nothing had to be made.
        description: status === '200' && 201 in output ? 'It was there already; this is it' : status === '200' && description.events ? `OK. ${description.events}` : reasons[Number(status)] ?? 'OK',
        headers: Object.fromEntries(headers.map(name => [name, { type: 'string' }])),
        content: {
          ...(schema !== EventStream && { 'application/json': { schema } }),
          ...(status === '200' && description.events && { 'text/event-stream': { schema: Ref(EventStream) } })
        }
      }]))
  const schema = {
    operationId: id,
    tags: [tag],
    summary,
    description: description.description,
    security: description.public ? [] : [{ bearer: [] }, { password: [] }],
    ...(consumes && { consumes }),
    ...input as I,
    response,
    // Problems are only documented: their one shape needs no serialiser compiled for each status of each route.
    problems: (method: string) => Object.fromEntries(answers(description, method))
  }
  const patience = { ms: limit === 'login' || description.long ? patienceMs.long : patienceMs.usual, code: timeoutCode(description.problems ?? []) }
  const config = { patience, ...(description.public && { public: true as const }), ...(description.withoutDatabase && { withoutDatabase: true as const }), ...(limit && { limit }), ...(scope && { scope }), ...(sessionMembers && { sessionMembers }), ...(errorShape && { errorShape }) }
  return { schema, config }
}

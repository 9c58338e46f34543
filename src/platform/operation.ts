import type { TSchema } from '@sinclair/typebox'
import { Type } from '@sinclair/typebox'
import { catalogue, type ErrorCode, ProblemDetails } from './errors.ts'
import { Ref } from './typebox.ts'

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
  input?: I
  /** The shape answered for each status; `Nothing` for an empty body. */
  output: R
  /** The codes of the catalogue that this operation can answer, beside those that every operation can. */
  problems?: ErrorCode[]
  /** Takes the place of the problem shape, for the operation whose errors OAuth 2 prescribes. */
  errorShape?: TSchema
}

declare module 'fastify' {
  interface FastifyContextConfig {
    public?: true
    limit?: 'login' | 'send'
    errorShape?: TSchema
  }
}

/** An empty answer. */
export const Nothing = Type.Null({ description: 'Done; the answer has no body.' })

const reasons: Record<number, string> = { 200: 'OK', 201: 'Created', 204: 'Done', 503: 'Not available for the moment' }

function answers ({ public: open, input, limit, problems = [], errorShape }: Description<Inputs, Record<number, TSchema>>) {
  const codes = new Set<ErrorCode>([...problems, 'rate_limited', 'internal_error', 'database_unavailable'])
  if (!open) for (const code of ['unauthenticated', 'token_expired'] as const) codes.add(code)
  if (input) codes.add('validation_failed')
  if (input?.body) for (const code of ['malformed_json', 'body_too_large', 'unsupported_media_type'] as const) codes.add(code)
  if (limit === 'login') codes.add('overloaded')
  const statuses = [...new Set([...codes].map(code => catalogue[code][0]))].sort((a, b) => a - b)
  return Object.fromEntries(statuses.map(status => [status, {
    description: [...codes].filter(code => catalogue[code][0] === status).map(code => `\`${code}\`: ${catalogue[code][1]}.`).join('\n\n'),
    content: errorShape
      ? { 'application/json': { schema: Ref(errorShape) } }
      : { 'application/problem+json': { schema: Ref(ProblemDetails) } }
  }]))
}

/**
 * What a route says of itself, for Fastify (validation, serialisation, guard) and for the documents:
 * spread it into `app.route({ method, url, ...operation({…}), handler })`.
 */
export function operation<const I extends Inputs, const R extends Record<number, TSchema>> (description: Description<I, R>) {
  const { id, tag, summary, consumes, input, output, limit, errorShape } = description
  const successes = Object.fromEntries(Object.entries(output).map(([status, schema]) => [status, schema === Nothing
    ? Nothing
    : { description: reasons[Number(status)] ?? 'OK', content: { 'application/json': { schema } } }]))
  const schema = {
    operationId: id,
    tags: [tag],
    summary,
    description: description.description,
    security: description.public ? [] : [{ bearer: [] }, { password: [] }],
    ...(consumes && { consumes }),
    ...input as I,
    response: { ...successes, ...answers(description) }
  }
  return { schema, config: { ...(description.public && { public: true as const }), ...(limit && { limit }), ...(errorShape && { errorShape }) } }
}

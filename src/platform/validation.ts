import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'
import type { TSchema } from '@sinclair/typebox'
import { Ajv, type ErrorObject, type Options } from 'ajv'
import formats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'

/** The schema keyword for a length as a person counts it: in Unicode extended grapheme clusters (UAX #29). */
export const graphemeKeyword = 'x-max-graphemes'
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** UTF-16 units that are segmented at a time: the segmenter gets many times slower on texts of over 64 K units. */
const segmentWindow = 16_384

/** Whether `text` has at most `limit` characters as a person counts them; the time it takes grows with the text alone. */
export function withinGraphemes (limit: number, text: string): boolean {
  // A grapheme is at least one UTF-16 unit, so only long texts need the slow count.
  if (text.length <= limit) return true
  let count = 0
  let size = segmentWindow
  for (let start = 0; start < text.length;) {
    const end = start + size
    // Half a surrogate pair would not join what it belongs to.
    const window = text.slice(start, /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end)
    const isLast = start + window.length >= text.length
    const begins = Array.from(segmenter.segment(window), ({ index }) => index)
    if (!isLast && begins.length === 1) {
      size *= 2
      continue
    }
    // The last grapheme may go on behind the window, so the next window begins with it.
    count += isLast ? begins.length : begins.length - 1
    if (count > limit) return false
    start += isLast ? window.length : begins.at(-1)!
    size = segmentWindow
  }
  return true
}

function createAjv (options: Options, schemas: TSchema[]): Ajv {
  // The tests of the contract hold the schemas against theirs; at each start that would be a tenth of it.
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true, removeAdditional: false, useDefaults: true, ...options })
  formats.default(ajv, ['date-time', 'email', 'uri'])
  ajv.addKeyword({
    keyword: graphemeKeyword,
    type: 'string',
    schemaType: 'number',
    validate: withinGraphemes,
    error: { message: ({ schema }) => `must have at most ${String(schema)} characters` }
  })
  for (const schema of schemas) ajv.addSchema(schema)
  return ajv
}

/** Whether something fits a schema; when it does not, `errors` says why. */
export interface Validate {
  (data: unknown): boolean
  errors?: ErrorObject[] | null
}

export interface Validators {
  /** A validator for something that arrives as JSON, never coerced. */
  json: (schema: TSchema) => Validate
  /** Makes a Fastify instance validate with the same two compilers: text (query, path, form) is coerced, JSON is not. */
  install: (app: FastifyInstance) => void
}

/** Does `compile` once for all schemas that are written alike. */
function once<Compiled> (compile: (schema: TSchema) => Compiled): (schema: TSchema) => Compiled {
  const compiled = new Map<string, Compiled>()
  return schema => {
    const key = JSON.stringify(schema)
    const known = compiled.get(key) ?? compile(schema)
    compiled.set(key, known)
    return known
  }
}

/** A validator that is compiled when it is first asked. */
function lazily (ajv: Ajv, schema: TSchema): Validate {
  let compiled: Validate | undefined
  const validate: Validate = data => {
    compiled ??= ajv.compile(schema)
    const fits = compiled(data)
    validate.errors = compiled.errors ?? null
    return fits
  }
  return validate
}

function createCompilers (schemas: TSchema[]) {
  const json = createAjv({ coerceTypes: false }, schemas)
  const text = createAjv({ coerceTypes: true }, schemas)
  const serialise = SerializerSelector()(Object.fromEntries(schemas.map(schema => [schema.$id, schema])), {})
  return {
    json: once(schema => lazily(json, schema)),
    text: once(schema => lazily(text, schema)),
    serialise: once(schema => {
      let compiled: ReturnType<typeof serialise> | undefined
      return (data: unknown) => (compiled ??= serialise({ schema, method: '', url: '', httpStatus: '' }))(data)
    })
  }
}

/** Half of a server's start was compiling, so that is done at the first use, and once for all routes and servers of a process. */
const compilers = new WeakMap<TSchema[], ReturnType<typeof createCompilers>>()

/** The validators of the contract, for bodies and frames alike, so that REST and sockets cannot disagree. */
export function createValidators (schemas: TSchema[]): Validators {
  const known = compilers.get(schemas) ?? createCompilers(schemas)
  compilers.set(schemas, known)
  const { json, text, serialise } = known
  return {
    json,
    install (app) {
      for (const schema of schemas) app.addSchema(schema)
      app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? json : text)(schema as TSchema))
      app.setSerializerCompiler(({ schema }) => serialise(schema as TSchema))
    }
  }
}

import { type Static, type TObject, type TProperties, type TSchema, Type } from '@sinclair/typebox'

/** A reference to a named schema that keeps its static type; the schema must carry an `$id` and stand in the catalogue. */
export const Ref = <T extends TSchema>(schema: T) => Type.Unsafe<Static<T>>(Type.Ref(schema.$id!))

/** Like `Ref`, for an input with a default or words of its own, which the documents' generator would drop beside a plain reference. */
export const RefWith = <T extends TSchema>(schema: T, options: { default?: Static<T>, description?: string }) => Type.Unsafe<Static<T>>({ allOf: [Type.Ref(schema.$id!)], ...options })

/** A closed object: members that are not named are refused, never silently dropped. */
export const Closed = <T extends TProperties>(properties: T, options: { $id?: string, description?: string, examples?: unknown[], minProperties?: number } = {}): TObject<T> =>
  Type.Object(properties, { additionalProperties: false, ...options })

/** One of a few words, as a JSON Schema `enum` (generators turn it into a plain union, unlike `anyOf` of constants). */
export const OneOf = <const T extends readonly string[]>(words: T, options: { $id?: string, description?: string, default?: T[number] } = {}) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: words, ...options })

/** A value or null, in the 3.1 spelling that keeps one `type` list. */
export const Nullable = <T extends TSchema>(schema: T) => schema.$ref
  ? Type.Unsafe<Static<T> | null>({ anyOf: [schema, { type: 'null' }] })
  : Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] })

const idPattern = '^[0-9a-f]{24}$'
const id = new RegExp(idPattern)

/** Whether something is an id. */
export const isId = (value: unknown): value is string => typeof value === 'string' && id.test(value)

/** A 24-digit lowercase hexadecimal id. */
export const Id = (description: string) =>
  Type.String({ pattern: idPattern, minLength: 24, maxLength: 24, description, examples: ['66f0c0ffee0000000000a001'] })

/** An RFC 3339 time in UTC with milliseconds. */
export const Time = (description: string) =>
  Type.String({ format: 'date-time', maxLength: 24, description, examples: ['2026-11-21T09:30:00.000Z'] })

/** A whole number from zero (or `minimum`) up, bounded to what JSON carries exactly. */
export const Count = (description: string, options: { minimum?: number, maximum?: number, default?: number } = {}) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description, ...options })

/** The two query members that every list takes. */
export const listQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50, description: 'How many items to answer at the most.' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 400, description: 'The `next_cursor` of the page before. Opaque: send it back unchanged.' }))
}

/** The answer of a list: its items and where the next page starts. */
export const Page = <T extends TSchema>($id: string, item: T, extra: TProperties = {}) => Closed({
  items: Type.Array(Ref(item), { maxItems: 100 }),
  ...extra,
  next_cursor: Nullable(Type.String({ maxLength: 400, description: 'Send it as `cursor` for the next page; null on the last one.' }))
}, { $id }) as TObject<{ items: ReturnType<typeof Type.Array<ReturnType<typeof Ref<T>>>>, next_cursor: ReturnType<typeof Nullable<ReturnType<typeof Type.String>>> }>

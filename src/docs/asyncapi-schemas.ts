import type { TSchema } from '@sinclair/typebox'

export type Schema = Record<string, unknown>

/** Turns the references of the code, which are bare names, into those of a document; `meet` is told each name. */
function withReferences (part: unknown, meet: (name: string) => void): unknown {
  if (Array.isArray(part)) return part.map(item => withReferences(item, meet))
  if (typeof part !== 'object' || part === null) return part
  const { $id: _, $ref, ...rest } = part as Schema
  if (typeof $ref !== 'string') return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withReferences(value, meet)]))
  meet($ref)
  return { $ref: `#/components/schemas/${$ref}` }
}

/** Collects the schemas of a document: those that it asks for and those that they refer to, each once. Throws on an unknown name. */
export function collectSchemas (known: TSchema[]) {
  const byName = new Map(known.map(schema => [schema.$id!, schema]))
  const collected: Record<string, Schema> = {}

  function meet (name: string) {
    if (name in collected) return
    const schema = byName.get(name)
    if (!schema) throw new Error(`There is no schema named ${name}.`)
    add(schema)
  }

  /** Takes a schema in by its `$id`, without `leaveOut`; answers the reference to it. */
  function add (schema: TSchema, leaveOut: string[] = []): { $ref: string } {
    const name = schema.$id!
    collected[name] = {}
    const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => !leaveOut.includes(key)))
    collected[name] = withReferences(rest, meet) as Schema
    return { $ref: `#/components/schemas/${name}` }
  }

  return {
    add,
    /** A schema that stands where it is used. */
    inline: (schema: TSchema) => withReferences(schema, meet) as Schema,
    /** All that were collected, by name. */
    schemas: () => Object.fromEntries(Object.entries(collected).sort(([one], [other]) => one < other ? -1 : 1))
  }
}

import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import type { Test } from 'tap'
import type { TestApp } from '../helpers/app.ts'

export type Schema = Record<string, any>
export type Place = 'path' | 'query' | 'header' | 'body'

/** A place of a request where a value comes in: `path` leads to it within the body, else it is the parameter's name. */
export interface Input { where: Place, path: string[], name: string, schema: Schema, required: boolean }

export interface Operation {
  id: string
  method: string
  /** The address with its parameters in braces. */
  route: string
  isPublic: boolean
  tag: string
  inputs: Input[]
  /** The schema of the body, references followed; absent without one. */
  body: Schema | undefined
  isForm: boolean
  responses: Record<string, any>
  takes: (where: Place, name: string) => boolean
}

/** A complete request, to be changed in one place. */
export interface Draft { params: Record<string, string>, query: Record<string, string>, headers: Record<string, string>, body: any }

/** Where a reference leads; those of frames give a shape's name alone. */
const pathOf = (ref: string): string[] => ref.startsWith('#/') ? ref.slice(2).split('/') : ['components', 'schemas', ref]

/** The document as the server serves it, its references followed. */
export async function readDocument ({ root }: Pick<TestApp, 'root'>) {
  const document = (await root('GET', '/openapi.json')).body as Schema
  const follow = (part: any): any => typeof part?.$ref === 'string' ? follow(pathOf(part.$ref).reduce((found: any, key) => found[key], document)) : part
  const operations: Operation[] = []
  for (const [route, item] of Object.entries<Schema>(document['paths'])) {
    for (const [method, operation] of Object.entries<Schema>(item)) {
      const parameters: Schema[] = operation['parameters'] ?? []
      const [type, media] = Object.entries<Schema>(operation['requestBody']?.content ?? {})[0] ?? []
      const body = media && follow(media['schema'])
      const inputs: Input[] = [
        ...parameters.map(({ in: where, name, schema, required = false }) => ({ where, path: [name], name, schema: follow(schema), required })),
        ...body ? inputsOf(body, follow) : []
      ]
      operations.push({
        id: operation['operationId'],
        method: method.toUpperCase(),
        route,
        tag: operation['tags'][0],
        isPublic: operation['security'].length === 0,
        inputs,
        body,
        isForm: type === 'application/x-www-form-urlencoded',
        responses: operation['responses'],
        takes: (where, name) => inputs.some(input => input.where === where && input.name === name)
      })
    }
  }
  return { document, follow, operations }
}

/** Each member of a body, those within lists and objects too. */
export function inputsOf (schema: Schema, follow: (part: any) => any, path: string[] = [], where: Place = 'body'): Input[] {
  return Object.entries<Schema>(schema['properties'] ?? {}).flatMap(([name, property]) => {
    const inner = follow(property)
    const here = [...path, name]
    const items = follow(inner['items'])
    return [
      { where, path: here, name, schema: inner, required: schema['required']?.includes(name) ?? false },
      ...items ? [{ where, path: [...here, '0'], name: `${name}/0`, schema: items, required: false }] : [],
      ...inputsOf(inner, follow, here, where)
    ]
  })
}

export const typesOf = ({ type, enum: words }: Schema): string[] => type === undefined ? (words ? ['string'] : []) : [type].flat()
export const isText = (schema: Schema) => typesOf(schema).includes('string')

/** A value that a schema lets pass: its example, its default, or the smallest there is. */
export function sampleOf (schema: Schema): unknown {
  if ('const' in schema) return schema['const']
  if (schema['examples']) return schema['examples'][0]
  if ('default' in schema) return schema['default']
  if (schema['enum']) return schema['enum'][0]
  const [type] = typesOf(schema)
  if (type === 'string') return 'a'.repeat(Math.max(1, schema['minLength'] ?? 1))
  if (type === 'integer' || type === 'number') return schema['minimum'] ?? 0
  if (type === 'boolean') return false
  if (type === 'array') return Array.from({ length: schema['minItems'] ?? 0 }, () => sampleOf(schema['items']))
  if (type === 'object') return Object.fromEntries((schema['required'] as string[] ?? []).map(name => [name, sampleOf(schema['properties'][name])]))
  throw new Error(`no sample of ${JSON.stringify(schema)}`)
}

/** The body with `value` in one place; `path` leads there. */
export function withValue (body: any, path: string[], value: unknown): any {
  const [key, ...rest] = path as [string, ...string[]]
  const inner = rest.length === 0 ? value : withValue(body?.[key] ?? (/^\d+$/.test(rest[0]!) ? [] : {}), rest, value)
  return Array.isArray(body) ? Object.assign([...body], { [key]: inner }) : { ...body, [key]: inner }
}

/** A draft with `value` in the place of one input. */
export function changed (draft: Draft, { where, name, path }: Pick<Input, 'where' | 'name' | 'path'>, value: any): Draft {
  if (where === 'body') return { ...draft, body: path.length === 0 ? value : withValue(draft.body, path, value) }
  const part = ({ path: 'params', query: 'query', header: 'headers' } as const)[where]
  return { ...draft, [part]: { ...draft[part], [name]: value } }
}

/** Percent-encodes any text: halves of surrogate pairs too, as the bytes that some clients would send. */
export const encoded = (text: string) => encodeURIComponent(text.replaceAll(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uE000')).replaceAll('%EE%80%80', '%ED%A0%80').replaceAll('.', '%2E')

/** A draft as what `sender` takes. */
export function requestOf ({ method, route, isForm }: Operation, { params, query, headers, body }: Draft, token?: string) {
  const path = route.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encoded(params[name] ?? ''))
  const search = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`).join('&')
  const payload = body === undefined || typeof body === 'string' ? body : isForm ? Object.entries(body).map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`).join('&') : JSON.stringify(body)
  return {
    method: method as 'GET',
    url: path + (search && `?${search}`),
    headers: {
      ...payload !== undefined && { 'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json' },
      ...token !== undefined && { authorization: `Bearer ${token}` },
      ...headers
    },
    ...payload !== undefined && { payload }
  }
}

export interface Outcome { status: number, headers: IncomingHttpHeaders, body: string, code: string | undefined }

/** Sends requests as they are, over connections that are kept: nothing is corrected on the way. */
export function sender (t: Test, url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  t.teardown(() => { agent.destroy() })
  return async ({ method, url: path, headers, payload }: { method: string, url: string, headers: Record<string, string>, payload?: string }) => await new Promise<Outcome>((resolve, reject) => {
    const outgoing = request(url, { agent, method, path, headers: { ...headers, ...payload !== undefined && { 'content-length': String(Buffer.byteLength(payload)) } } }, answer => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part)).once('error', reject).once('end', () => {
        const body = Buffer.concat(parts).toString()
        resolve({ status: answer.statusCode!, headers: answer.headers, body, code: /"code":"([a-z_]+)"/.exec(answer.statusCode! >= 400 ? body : '')?.[1] })
      })
    })
    outgoing.once('error', reject).end(payload)
  })
}

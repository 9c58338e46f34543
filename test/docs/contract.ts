// What must hold of an OpenAPI document, as functions from the document to the faults found in it.
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

type Part = Record<string, any>
const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options', 'trace']
const isObject = (value: unknown): value is Part => typeof value === 'object' && value !== null && !Array.isArray(value)
const escaped = (segment: string) => segment.replaceAll('~', '~0').replaceAll('/', '~1')

/** What a local reference names; undefined when it leads nowhere. */
const resolve = (document: Part, ref: string): any => ref.startsWith('#/')
  ? ref.slice(2).split('/').reduce<any>((part, segment) => part?.[segment.replaceAll('~1', '/').replaceAll('~0', '~')], document)
  : undefined
const followed = (document: Part, part: Part): Part => typeof part['$ref'] === 'string' ? resolve(document, part['$ref']) ?? {} : part

function walk (part: unknown, see: (part: Part, path: string) => void, path = '#') {
  if (Array.isArray(part)) part.forEach((item, i) => walk(item, see, `${path}/${i}`))
  if (!isObject(part)) return
  see(part, path)
  for (const [key, value] of Object.entries(part)) walk(value, see, `${path}/${escaped(key)}`)
}

const operationsOf = (document: Part) => Object.entries<Part>(document['paths']).flatMap(([path, item]) =>
  methods.flatMap(method => item[method] ? [{ path, name: `${method.toUpperCase()} ${path}`, operation: item[method] as Part }] : []))

export function referenceFaults (document: Part): string[] {
  const used = new Set<string>()
  const faults: string[] = []
  walk(document, ({ $ref }, path) => {
    if (typeof $ref !== 'string') return
    used.add($ref)
    if (resolve(document, $ref) === undefined) faults.push(`${path}: ${$ref} leads nowhere`)
  })
  for (const [kind, components] of Object.entries<Part>(document['components'])) {
    if (kind === 'securitySchemes') continue
    for (const name of Object.keys(components)) if (!used.has(`#/components/${kind}/${name}`)) faults.push(`component ${kind}/${name} is not used`)
  }
  return faults
}

function mediaFaults (name: string, content: Part): string[] {
  return Object.entries<Part>(content).flatMap(([type, media]) => [
    ...isObject(media['schema']) ? [] : [`${name} (${type}): no schema`],
    ...media['example'] !== undefined || Object.keys(media['examples'] ?? {}).length > 0 ? [] : [`${name} (${type}): no example`]
  ])
}

function parameterFaults (name: string, path: string, parameters: Part[]): string[] {
  const inPath = parameters.filter(parameter => parameter['in'] === 'path').map(parameter => parameter['name'])
  const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
  return [
    ...parameters.flatMap(parameter => parameter['description'] && isObject(parameter['schema']) ? [] : [`${name}: parameter ${parameter['name']} lacks a description or a schema`]),
    ...JSON.stringify(inPath.sort()) === JSON.stringify(wanted.sort()) ? [] : [`${name}: the path parameters are not those of the path`]
  ]
}

function operationFaults (document: Part): string[] {
  const known = (document['tags'] as Part[]).map(tag => tag['name'])
  const ids = new Set<string>()
  return operationsOf(document).flatMap(({ path, name, operation }) => {
    const { operationId, tags, summary, description, security, parameters = [], requestBody, responses = {} } = operation
    const faults = parameterFaults(name, path, parameters)
    if (!/^[a-z][A-Za-z]+$/.test(operationId ?? '') || ids.has(operationId)) faults.push(`${name}: no operationId of its own`)
    ids.add(operationId)
    if (tags?.length !== 1 || !known.includes(tags[0])) faults.push(`${name}: not exactly one known tag`)
    if (!summary || !(description?.length > 20)) faults.push(`${name}: no summary or description`)
    if (!Array.isArray(security)) faults.push(`${name}: says nothing of security`)
    if (requestBody) faults.push(...mediaFaults(`${name} body`, requestBody.content ?? {}))
    if (!Object.keys(responses).some(status => /^2/.test(status))) faults.push(`${name}: no success`)
    for (const [status, response] of Object.entries<Part>(responses)) {
      const { description: text, content, headers } = followed(document, response)
      if (!text) faults.push(`${name} ${status}: no description`)
      if (!content && status !== '204') faults.push(`${name} ${status}: no schema`)
      if (content && status === '204') faults.push(`${name} ${status}: a schema for no body`)
      if (!headers?.['X-Request-Id']) faults.push(`${name} ${status}: no X-Request-Id`)
      faults.push(...mediaFaults(`${name} ${status}`, content ?? {}))
    }
    return faults
  })
}

/** Each schema of the document with its pointer, the ones within it too. */
function schemasOf (document: Part): [pointer: string, schema: Part][] {
  const found: [string, Part][] = []
  const add = (schema: unknown, pointer: string): void => {
    if (!isObject(schema)) return
    found.push([pointer, schema])
    for (const key of ['properties', 'patternProperties', '$defs']) for (const [name, inner] of Object.entries(schema[key] ?? {})) add(inner, `${pointer}/${key}/${escaped(name)}`)
    for (const key of ['items', 'additionalProperties', 'propertyNames', 'not', 'contains']) add(schema[key], `${pointer}/${key}`)
    for (const key of ['anyOf', 'oneOf', 'allOf', 'prefixItems']) (schema[key] as unknown[] | undefined)?.forEach((inner, i) => add(inner, `${pointer}/${key}/${i}`))
  }
  for (const [name, schema] of Object.entries(document['components'].schemas)) add(schema, `#/components/schemas/${name}`)
  walk({ paths: document['paths'], components: { ...document['components'], schemas: {} } }, (part, path) => { if (isObject(part['schema'])) add(part['schema'], `${path}/schema`) })
  return found
}

/** OAuth 2 wants members that nobody knows to be ignored (RFC 6749, section 3.2). */
const mayBeOpen = new Set(['#/components/schemas/TokenRequest'])

function schemaFault (pointer: string, schema: Part): string | undefined {
  if ('$id' in schema || 'nullable' in schema || 'example' in schema) return 'has a word that does not belong into OpenAPI 3.1'
  if (Object.entries<Part>(schema['properties'] ?? {}).some(([name, property]) => 'default' in property && schema['required']?.includes(name))) return 'requires what has a default'
  if (schema['$ref'] || 'const' in schema || schema['enum'] || schema['anyOf'] || schema['oneOf'] || schema['allOf']) return
  const types: string[] = [schema['type']].flat()
  if (types.length === 0 || types.some(type => !['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'].includes(type))) return 'has no type'
  const has = (type: string) => types.includes(type)
  const finite = (...keys: string[]) => keys.every(key => Number.isFinite(schema[key]))
  if (has('string') && !finite('maxLength')) return 'is a string without maxLength'
  if (has('array') && !(finite('maxItems') && isObject(schema['items']))) return 'is an array without maxItems or items'
  if ((has('integer') || has('number')) && !finite('minimum', 'maximum')) return 'is a number without minimum and maximum'
  const closed = schema['additionalProperties'] === false && !schema['patternProperties']
  if (has('object') && !/^#\/components\/schemas\/\w+$/.test(pointer)) return 'is an object without a name'
  if (has('object') && !closed && !finite('maxProperties') && !mayBeOpen.has(pointer)) return 'is an object without end'
}

export const schemaFaults = (document: Part): string[] => schemasOf(document).flatMap(([pointer, schema]) => {
  const fault = schemaFault(pointer, schema)
  return fault ? [`${pointer} ${fault}`] : []
})

function exampleFaults (document: Part): string[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...document, $id: 'https://example.com/openapi' })
  const faults: string[] = []
  const check = (value: unknown, pointer: string, path: string) => {
    // Most are judged by a named schema, which is compiled once.
    const fits = ajv.getSchema(`https://example.com/openapi${encodeURI(resolve(document, pointer)['$ref'] ?? pointer)}`)!
    if (!fits(value)) faults.push(`${path}: ${ajv.errorsText(fits.errors)}`)
  }
  for (const [pointer, schema] of schemasOf(document)) {
    for (const example of schema['examples'] ?? []) check(example, pointer, `${pointer}/examples`)
    if ('default' in schema) check(schema['default'], pointer, `${pointer}/default`)
  }
  walk({ paths: document['paths'], components: { ...document['components'], schemas: {} } }, (part, path) => {
    if (!isObject(part['schema'])) return
    if ('example' in part) check(part['example'], `${path}/schema`, `${path}/example`)
    for (const [name, example] of Object.entries<Part>(part['examples'] ?? {})) check(followed(document, example)['value'], `${path}/schema`, `${path}/examples/${name}`)
  })
  return faults
}

/** What is wrong with a document beside what the linters say (`npm run contract:lint`); examples are judged when all else is sound, because their schemas take long to compile. */
export function contractFaults (document: Part): string[] {
  const faults = [...operationFaults(document), ...referenceFaults(document), ...schemaFaults(document)]
  return faults.length > 0 ? faults : exampleFaults(document)
}

import type { OpenAPIV3_1 } from 'openapi-types'

type Document = Partial<OpenAPIV3_1.Document>
type Components = Record<string, Record<string, unknown>>
type Media = Record<string, OpenAPIV3_1.MediaTypeObject>
type Response = Omit<OpenAPIV3_1.ResponseObject, 'headers'> & { headers?: object }
type Operation = Omit<OpenAPIV3_1.OperationObject, 'responses' | 'parameters'> & { parameters?: OpenAPIV3_1.ParameterObject[], responses: Record<string, Response | OpenAPIV3_1.ReferenceObject> }

const text = (description: string, example: string) => ({ description, schema: { type: 'string', maxLength: 200 }, example })
const number = (description: string, example: number) => ({ description, schema: { type: 'integer', minimum: 0, maximum: 1_000_000 }, example })

/** Comes with every answer that documents it; the others come where there is something to say. */
const sure = <H extends object>(header: H) => ({ ...header, required: true })

const headers = {
  'X-Request-Id': sure(text('The id of this request; the logs have it too.', '0f8fad5b-d9cb-469f-a165-70867728950e')),
  'RateLimit-Limit': number('How many such requests the window allows.', 1200),
  'RateLimit-Remaining': number('How many are left.', 1199),
  'RateLimit-Reset': number('Seconds until the window begins anew.', 60),
  'Retry-After': sure(number('Seconds to wait before trying again.', 1)),
  'WWW-Authenticate': sure(text('The scheme that is wanted.', 'Bearer')),
  MissingScope: text('Where an API key had not the scope: which it needs.', 'Bearer error="insufficient_scope", scope="write"'),
  Location: sure(text('The address of the object.', '/api/v1/chats/66f0c0ffee0000000000c001')),
  ETag: sure(text('The revision of the object, for `If-Match`.', '"7"')),
  'Idempotency-Replayed': text('`true` when this is the answer to an earlier request with the same key.', 'true')
}
/** Which of them has the name of another. */
const namesakes = { MissingScope: 'WWW-Authenticate' } as Record<string, string>
const always: (keyof typeof headers)[] = ['X-Request-Id', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset']
const byStatus: Record<string, (keyof typeof headers)[]> = { 201: ['Location'], 401: ['WWW-Authenticate'], 403: ['MissingScope'], 429: ['Retry-After'], 503: ['Retry-After'] }

const reference = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` })

/** An example of a schema, or of the named one that it refers to: the first shows how it is when all is well, the last when it is not. */
function exampleOf (document: Document, schema: unknown, well: boolean): unknown {
  const { $ref, examples } = (schema ?? {}) as { $ref?: string, examples?: unknown[] }
  const name = $ref?.split('/').at(-1)
  return name === undefined ? examples?.[0] : (document.components?.schemas?.[name] as { examples?: unknown[] } | undefined)?.examples?.at(well ? 0 : -1)
}

/** Gives each body an example: those it has become components, named by what they show, else that of its schema is taken. */
function completeMedia (document: Document, content: Media | undefined, examples: Record<string, unknown>, well = true) {
  for (const media of Object.values(content ?? {})) {
    for (const [name, example] of Object.entries(media.examples ?? {})) {
      examples[name] = example
      media.examples![name] = reference('examples', name)
    }
    const example = exampleOf(document, media.schema, well)
    if (example !== undefined && !media.examples) media.example = example
  }
}

/** What an operation cannot do without comes first. */
const places = ['path', 'query', 'header']

const headerName = (name: string) => name.replaceAll(/(^|-)[a-z]/g, start => start.toUpperCase())

/** What a person would have to delete before trying an operation must not be filled in: ids and revisions that do not exist. */
function completeParameter (parameter: OpenAPIV3_1.ParameterObject): OpenAPIV3_1.ParameterObject {
  const { example, ...rest } = parameter
  if (parameter.in === 'header') return { ...rest, name: headerName(parameter.name) }
  return parameter.in === 'path' || (parameter.schema as { maxLength?: number }).maxLength === 24 ? rest : parameter
}

function completeOperation (document: Document, operation: Operation, examples: Record<string, unknown>) {
  if (operation.parameters) operation.parameters = operation.parameters.map(completeParameter).sort((a, b) => places.indexOf(a.in) - places.indexOf(b.in))
  completeMedia(document, (operation.requestBody as { content?: Media } | undefined)?.content, examples)
  for (const [status, response] of Object.entries(operation.responses) as [string, Response][]) {
    completeMedia(document, response.content as Media | undefined, examples, Number(status) < 400)
    const names = [...always, ...Object.keys(response.headers ?? {}), ...byStatus[status] ?? []]
    response.headers = Object.fromEntries([...new Set(names)].map(name => [namesakes[name] ?? name, reference('headers', name)]))
  }
}

const pascal = (word: string) => word.replaceAll(/(?:^|[_.])([a-z])/g, (_match, letter: string) => letter.toUpperCase())

/** An error answer that several operations give is written once, by the name of its codes. */
function shareResponses (operations: Operation[]): Record<string, unknown> {
  const uses = new Map<string, { operation: Operation, status: string }[]>()
  for (const operation of operations) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue
      const key = JSON.stringify(response)
      uses.set(key, [...uses.get(key) ?? [], { operation, status }])
    }
  }
  const shared: Record<string, unknown> = {}
  for (const [key, places] of uses) {
    if (places.length < 2) continue
    const response = JSON.parse(key) as Response
    const codes = Object.values(response.content ?? {}).flatMap(media => Object.keys(media.examples ?? {}))
    const name = codes.map(pascal).join('Or')
    shared[name] = response
    for (const { operation, status } of places) operation.responses[status] = reference('responses', name)
  }
  return shared
}

/** Leaves out what nothing refers to: the frames of the socket are named schemas, too. */
function dropUnused (document: Document) {
  const components = document.components as Components
  const used = new Set<string>()
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    for (const value of Object.values(part)) visit(value)
    const target = (part as { $ref?: unknown }).$ref
    if (typeof target !== 'string' || used.has(target)) return
    used.add(target)
    const [kind, name] = target.split('/').slice(2) as [string, string]
    visit(components[kind]?.[name])
  }
  visit(document.paths)
  for (const kind of ['schemas', 'responses', 'examples', 'headers']) {
    components[kind] = Object.fromEntries(Object.entries(components[kind] ?? {}).filter(([name]) => used.has(reference(kind, name).$ref)))
  }
}

/** A reference that was wrapped so that what stands beside it is kept (`RefWith`) is unwrapped: OpenAPI 3.1 allows it there. */
function unwrapReferences (part: unknown): void {
  if (typeof part !== 'object' || part === null) return
  const schema = part as { allOf?: { $ref?: string }[], $ref?: string }
  const wrapped = schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined
  if (wrapped !== undefined) {
    delete schema.allOf
    schema.$ref = wrapped
  }
  for (const value of Object.values(part)) unwrapReferences(value)
}

/** Adds what follows from the rest: examples and headers, a name for each method of one route, and one place for what repeats. */
export function completeDocument (document: Document): Document {
  const examples: Record<string, unknown> = {}
  const operations: Operation[] = []
  for (const item of Object.values(document.paths ?? {}) as Record<string, Operation>[]) {
    for (const [method, shared] of Object.entries(item)) {
      // Two methods of one route are one object here.
      const operation = item[method] = structuredClone(shared)
      if (method === 'put' && item['patch']) operation.operationId += 'ByPut'
      completeOperation(document, operation, examples)
      operations.push(operation)
    }
  }
  unwrapReferences(document.paths)
  unwrapReferences(document.components?.schemas)
  Object.assign(document.components!, { responses: shareResponses(operations), examples, headers: { ...headers } })
  dropUnused(document)
  return document
}

// A client that holds every answer of a server against the OpenAPI document, and remembers which answers it saw.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

type Part = Record<string, any>
export interface Ask { token?: string | undefined, path?: Record<string, string>, query?: Record<string, string | number>, body?: unknown, headers?: Record<string, string> }
export interface Answer { status: number, headers: Headers, body: any, text: string }
export interface Operation { id: string, method: string, path: string, part: Part }

const methods = ['get', 'put', 'post', 'delete', 'patch']
const escaped = (segment: string) => segment.replaceAll('~', '~0').replaceAll('/', '~1')
const base = 'https://example.com/openapi'

/** Every operation of a document. */
export const operationsOf = (document: Part): Operation[] => Object.entries<Part>(document['paths']).flatMap(([path, item]) =>
  methods.flatMap(method => item[method] ? [{ id: item[method].operationId as string, method, path, part: item[method] as Part }] : []))

/** The body as it is sent, and its type. */
function encode (body: unknown): { body?: string | Uint8Array, type?: string } {
  if (body === undefined) return {}
  if (body instanceof URLSearchParams) return { body: String(body), type: 'application/x-www-form-urlencoded' }
  return { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body), type: 'application/json' }
}

/** The events of a stream, each as its fields; its comments are left out. */
const eventsOf = (stream: string): Record<string, string>[] => stream.split('\n\n').map(text => text.split('\n').filter(line => line !== '' && !line.startsWith(':')))
  .filter(lines => lines.length > 0).map(lines => Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)])))

export function createWitness (document: Part) {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  // A header is text; its schema may speak of a number.
  const text = new Ajv2020({ strict: false, allErrors: true, coerceTypes: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...document, $id: base })
  const operations = new Map(operationsOf(document).map(operation => [operation.id, operation]))
  const seen = new Set<string>()
  const faults: string[] = []
  const follow = (pointer: string): [Part, string] => {
    const part = pointer.slice(2).split('/').reduce<Part>((inner, segment) => inner[segment.replaceAll('~1', '/').replaceAll('~0', '~')], document)
    return typeof part['$ref'] === 'string' ? follow(part['$ref']) : [part, pointer]
  }
  const faultsOf = (pointer: string, value: unknown): string[] => {
    // Most are judged by a named schema, which is compiled once.
    const fits = ajv.getSchema(base + encodeURI(follow(pointer)[1]))!
    return fits(value) ? [] : [ajv.errorsText(fits.errors)]
  }
  const headerJudges = new Map<string, ValidateFunction>()
  const judgeOf = (name: string): ValidateFunction => {
    const judge = headerJudges.get(name) ?? text.compile({ type: 'object', properties: { value: document['components'].headers[name].schema } })
    headerJudges.set(name, judge)
    return judge
  }

  function headerFaults (response: Part, headers: Headers): string[] {
    return Object.entries<Part>(response['headers'] ?? {}).flatMap(([name, { $ref }]) => {
      const value = headers.get(name)
      const component = $ref.split('/').at(-1)
      if (value === null) return document['components'].headers[component].required ? [`${name} is missing`] : []
      const fits = judgeOf(component)
      return fits({ value }) ? [] : [`${name}: ${value}: ${text.errorsText(fits.errors)}`]
    })
  }

  /** What is wrong with an answer, by the document. */
  function faultsOfAnswer ({ method, path, part }: Operation, { status, headers, body, text }: Answer): string[] {
    if (!part['responses'][status]) return [`${status} is not documented: ${text.slice(0, 300)}`]
    const [response, pointer] = follow(`#/paths/${escaped(path)}/${method}/responses/${status}`)
    const faults = headerFaults(response, headers)
    const type = headers.get('content-type')?.split(';', 1)[0]
    if (!response['content']) return text === '' ? faults : [...faults, 'a body where none is documented']
    if (type === undefined || !response['content'][type]) return [...faults, `the type ${type} is not documented`]
    const schema = `${pointer}/content/${escaped(type)}/schema`
    // Before OpenAPI 3.2 the schema of such an answer is that of each event.
    return [...faults, ...(type === 'text/event-stream' ? eventsOf(body) : [body]).flatMap(value => faultsOf(schema, value))]
  }

  return {
    operations: [...operations.values()],
    /** Answers that are not as the document says. */
    faults,

    /** A client of the server at `url`. */
    client: (url: string) => async function ask (id: string, { token, path = {}, query, body, headers }: Ask = {}): Promise<Answer> {
      const operation = operations.get(id)
      if (!operation) throw new Error(`There is no operation ${id}`)
      const address = operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(path[name] ?? '66f0c0ffee00000000009999'))
      const search = query ? `?${String(new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])))}` : ''
      const sent = encode(body)
      const response = await fetch(url + address + search, {
        method: operation.method.toUpperCase(),
        headers: { ...(sent.type && { 'content-type': sent.type }), ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
        ...(sent.body !== undefined && { body: sent.body })
      })
      const answerText = await response.text()
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      const answer = { status: response.status, headers: response.headers, text: answerText, body: isJson ? JSON.parse(answerText) : answerText }
      faults.push(...faultsOfAnswer(operation, answer).map(fault => `${id} ${answer.status}: ${fault}`))
      seen.add(`${id} ${answer.status}`)
      return answer
    },

    /** The documented answers that were never seen. */
    unseen: () => [...operations.values()].flatMap(({ id, part }) => Object.keys(part['responses']).map(status => `${id} ${status}`)).filter(each => !seen.has(each))
  }
}

export type Client = ReturnType<ReturnType<typeof createWitness>['client']>

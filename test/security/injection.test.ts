import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import t from 'tap'
import { completeScene, everything, strangersWord } from './fixture.ts'
import { changed, type Draft, type Input, isText, type Operation, requestOf, sender } from './inputs.ts'
import { texts, textsOfEach, values } from './payloads.ts'

const scene = await completeScene(t)
const { app, operations, draftOf, actorOf, document, zoe, provider } = scene
const overHttp = sender(t, app.url)

/** Most of it goes straight into the server; what can answer with a stream wants a connection. */
const send = async (operation: Operation, draft: Draft) => {
  const request = requestOf(operation, draft, actorOf(operation).token)
  if (operation.tag === 'ai') return await overHttp(request)
  const { statusCode: status, headers, body } = await app.app.inject(request)
  return { status, headers, body, code: status >= 400 ? /"code":"([a-z_]+)"/.exec(body)?.[1] : undefined }
}

const ajv = new Ajv2020({ strict: false, validateFormats: true })
addFormats.default(ajv)
ajv.addKeyword('x-max-graphemes')
ajv.addSchema({ ...document, $id: 'https://example.com/openapi' })
const fits = (pointer: string) => ajv.getSchema(`https://example.com/openapi${encodeURI(pointer)}`)!
/** Bytes of an answer: a page of the few messages that there are, and no more. */
const largest = 1024 * 1024

/** What HTTP itself can carry in a header. */
const isHeader = (text: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
const mayBe = ({ where, schema }: Input, text: string) => where === 'header' ? isHeader(text) : where !== 'path' || text !== '' || !isText(schema)

/** Texts of each class that an input is tried with; each input gets others. A password costs a hash, the twin of another method has the same handler, and all ids have one pattern. */
function countOf ({ id }: Operation, { schema }: Input): number {
  if (['register', 'login', 'token', 'changePassword', 'createAccount'].includes(id)) return 1
  return id.endsWith('ByPut') || schema['pattern'] === '^[0-9a-f]{24}$' ? 1 : 2
}
/** What comes and goes by itself. */
const fleeting = ['sessions', 'tickets', 'message_versions']

/** Sends one request and answers what is wrong with its answer. */
async function faultsOf (operation: Operation, draft: Draft, sent: unknown, names: string[] = []): Promise<string[]> {
  const { status, body, headers } = await send(operation, draft)
  const faults: string[] = []
  if (status >= 500) faults.push(`answered ${status}: ${body.slice(0, 300)}`)
  if (body.length > largest) faults.push(`answered ${body.length} bytes`)
  if (body.includes(strangersWord) || body.includes(zoe.email)) faults.push('told what is somebody else\'s')
  const type = String(headers['content-type'] ?? '').split(';')[0]!
  const named = `#/paths/${operation.route.replaceAll('~', '~0').replaceAll('/', '~1')}/${operation.method.toLowerCase()}/responses/${status}`
  const documented = operation.responses[status]
  if (!documented) {
    // An address that cannot be decoded, or is too long for one, is no address of the operation.
    if (!body.includes('"route_not_found"')) faults.push(`answered ${status}, which is not documented: ${body.slice(0, 200)}`)
  } else if (status !== 204) {
    const pointer = documented.$ref ?? named
    const judge = fits(`${pointer}/content/${type.replaceAll('/', '~1')}/schema`)
    if (type !== 'text/event-stream' && !judge?.(JSON.parse(body))) faults.push(`answered ${type}: ${ajv.errorsText(judge?.errors)} ${body.slice(0, 200)}`)
    if (status < 300 && type === 'application/json') {
      const told = JSON.parse(body)
      const object = told.message ?? told.user ?? told
      // White space around a name is taken away.
      const isTrimmed = (name: string) => name === 'full_name' || operation.id === 'createApiKey'
      for (const name of names) if (!isTrimmed(name) && typeof object[name] === 'string' && object[name] !== sent) faults.push(`told ${JSON.stringify(object[name]).slice(0, 100)} of ${name}`)
    }
  }
  return faults
}

t.test('a complete request of each operation passes validation', async t => {
  for (const operation of operations.filter(({ method }) => method !== 'DELETE')) {
    const { status, body, code } = await send(operation, draftOf(operation))
    t.notOk(status >= 500 || ['validation_failed', 'malformed_json', 'unauthenticated', 'forbidden'].includes(code ?? ''), `${operation.id}: ${status} ${body.slice(0, 200)}`)
  }
})

t.test('hostile texts and values mean nothing, in each text that the document takes', async t => {
  // Of a person who does nothing meanwhile nothing may change, and nothing may be lost of anybody.
  const ofZoe = (stored: Record<string, unknown[]>) => Object.fromEntries(Object.entries(stored).map(([name, list]) => [name, list.filter(one => JSON.stringify(one).includes(zoe.id))]))
  const before = await everything(scene)
  let requests = 0
  let turn = 0
  for (const operation of operations) {
    const inputs = operation.inputs.filter(({ schema }) => isText(schema))
    if (inputs.length === 0) continue
    const faults: string[] = []
    const attempt = async (input: Input, value: unknown) => {
      requests++
      for (const fault of await faultsOf(operation, changed(draftOf(operation), input, value), value, input.where === 'body' ? [input.name] : [])) faults.push(`${input.where} ${input.name} = ${JSON.stringify(value).slice(0, 60)}: ${fault}`)
    }
    for (const input of inputs) {
      turn++
      for (const text of textsOfEach(countOf(operation, input), turn)) if (mayBe(input, text)) await attempt(input, text)
      if (input.where === 'body' && !operation.isForm) for (const value of values) await attempt(input, value)
      if (input.where === 'query') {
        for (const name of [`${input.name}[$ne]`, `${input.name}[]`, `${input.name}.$gt`]) await attempt({ ...input, name }, '1')
      }
    }
    t.same(faults.slice(0, 5), [], `${operation.method} ${operation.route}: ${inputs.map(({ name }) => name).join(', ')}`)
  }
  t.comment(`${requests} requests, ${texts.length} texts and ${values.length} values`)
  const after = await everything(scene)
  t.same(ofZoe(after), ofZoe(before), 'nothing changed of somebody who did nothing')
  for (const [name, list] of Object.entries(before)) {
    const ids = new Set(after[name]!.map(one => (one as { _id: string })._id))
    t.same(list.filter(one => !ids.has((one as { _id: string })._id) && !fleeting.includes(name)), [], `nothing is gone from ${name}`)
  }
  t.equal(({} as { role?: string }).role, undefined)
  t.equal((await app.root('GET', '/health')).status, 200)
})

t.test('what a message says is what is read, and what a model is asked', async t => {
  const chat = await scene.must('POST', '/chats', scene.ann, {})
  for (const text of texts.filter(text => !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text) && /\S/.test(text))) {
    const sent = await scene.must('POST', `/chats/${chat.id}/messages`, scene.ann, { content: text })
    t.equal((await scene.must('GET', `/messages/${sent.id}`, scene.ann)).content, text)
  }
  const text = texts.slice(0, 30).filter(text => !/[\ud800-\udfff]/.test(text)).join('\n')
  const asked = provider.received.length
  await scene.must('POST', `/chats/${chat.id}/completions`, scene.ann, { content: text })
  t.equal(provider.received[asked]!.body.messages.at(-1).content, text)
})

import { runInNewContext } from 'node:vm'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import t from 'tap'
import { WebSocket } from 'ws'
import { commands, events, schemas, socketFrames } from '../../src/catalogue.ts'
import { renderFields } from '../../src/docs/asyncapi-fields.ts'
import { renderPage } from '../../src/docs/asyncapi-html.ts'
import { renderMarkdown } from '../../src/docs/asyncapi-markdown.ts'
import { openapiFiles } from '../../src/openapi.ts'
import { catalogue } from '../../src/platform/errors.ts'
import { closings } from '../../src/ws/close-codes.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, register, say } from '../helpers/people.ts'
import { referenceFaults, schemaFaults } from './contract.ts'

const { 'asyncapi.json': text, 'openapi.json': http } = await openapiFiles()
const document = JSON.parse(text)
const app = await startApp(t)

const sent = commands(app.services)
const heard = events.filter(({ audience }) => audience !== 'internal')
const last = (ref: string) => ref.split('/').at(-1)!

t.test('a server serves the document, as text for programs', async t => {
  const { status, headers, body } = await app.root('GET', '/asyncapi.json')
  t.match({ status, type: headers.get('content-type') }, { status: 200, type: /^application\/json/ })
  t.same(body, document)
})

t.test('every frame, error and close code of the code is in the document, on both addresses', async t => {
  const types = (action: string, channel: string) => Object.values<any>(document.operations).filter(operation => operation.action === action && last(operation.channel.$ref) === channel)
    .map(({ messages: [{ $ref }] }) => document.components.messages[last($ref)].name).sort()
  for (const channel of ['socket', 'chat_socket']) {
    t.same(types('send', channel), sent.map(({ name }) => name).sort())
    t.same(types('receive', channel), [...heard.map(({ name }) => name), ...socketFrames.map(schema => schema['properties'].type.const)].sort())
  }
  for (const { name, reply, problems } of sent) {
    const operation = Object.values<any>(document.operations).find(({ messages: [{ $ref }] }) => last($ref) === name)
    t.same(operation.reply.messages.map(({ $ref }: { $ref: string }) => last($ref)), [reply === 'ack' ? `${name}_ack` : reply, 'error'])
    t.same(problems.filter(code => !operation['x-error-codes'].includes(code)), [])
  }
  t.same(document['x-error-codes'].map(({ code }: { code: string }) => code), Object.keys(catalogue))
  t.same(document['x-close-codes'].map(({ name, code }: { name: string, code: number }) => [name, code]), Object.entries(closings).map(([name, { code }]) => [name, code]))
  t.same(document.info.tags.map(({ name }: { name: string }) => name), [...new Set(Object.values<any>(document.operations).flatMap(({ tags }) => tags.map(({ name }: { name: string }) => name)))], 'every tag is one of those of the document')
})

t.test('a command can fail as the operation over HTTP that does the same', async t => {
  const twins: Record<string, string> = { message: 'sendMessage', edit: 'updateMessage', delete: 'deleteMessage', react: 'addReaction', branch: 'createBranch', activate_branch: 'setActiveBranch', complete: 'createCompletion', cancel: 'cancelRun', read: 'markRead' }
  const paths = Object.values<any>(JSON.parse(http).paths).flatMap(item => Object.values<any>(item))
  const { responses } = JSON.parse(http).components
  const ofHttp = ['malformed_json', 'body_too_large', 'unsupported_media_type', 'request_timeout', 'forbidden_origin']
  for (const [name, operationId] of Object.entries(twins)) {
    const operation = paths.find(each => each.operationId === operationId)
    t.ok(operation, operationId)
    const codes = Object.values<any>(operation?.responses ?? {}).flatMap(response => Object.keys((response.$ref ? responses[last(response.$ref)] : response).content?.['application/problem+json']?.examples ?? {}))
    const replyFaults = document['x-error-codes'].filter(({ reply }: { reply: boolean }) => reply).map(({ code }: { code: string }) => code)
    const told = document.operations[`send${name.split('_').map(word => word[0]!.toUpperCase() + word.slice(1)).join('')}`]['x-error-codes']
    t.same(codes.filter(code => !told.includes(code) && !ofHttp.includes(code) && !replyFaults.includes(code)), [], `${name} tells all of ${operationId}`)
  }
})

t.test('every schema is bounded, every component is used, every example is true', async t => {
  t.same(schemaFaults(document), [])
  t.same(referenceFaults(document), [])
  const queries = Object.fromEntries(Object.entries<any>(document.channels).flatMap(([name, { bindings: { ws } }]) => [[`${name}Query`, { ...ws.query, maxProperties: 9 }], [`${name}Headers`, { ...ws.headers, maxProperties: 99 }]]))
  t.same(schemaFaults({ components: { schemas: queries } }), [], 'and so is what the addresses may carry')
  const ajv = new Ajv({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema({ ...document, $id: 'https://example.com/asyncapi' })
  const fits = (pointer: string) => ajv.getSchema(`https://example.com/asyncapi${pointer}`)!
  for (const [name, message] of Object.entries<any>(document.components.messages)) {
    t.ok(message.summary && message.examples.length > 0, name)
    const validate = fits(message.payload.$ref)
    for (const { payload } of message.examples) t.ok(validate(payload), `${name}: ${ajv.errorsText(validate.errors)}`)
    t.notOk(validate({ ...message.examples[0].payload, surprise: true }), `${name} has no further members`)
  }
  for (const name of Object.keys(document.components.schemas)) {
    const validate = fits(`#/components/schemas/${name}`)
    for (const example of document.components.schemas[name].examples ?? []) t.ok(validate(example), `${name}: ${ajv.errorsText(validate.errors)}`)
  }
  t.same(schemas.filter(({ $id }) => /Frame$/.test($id!) && !(($id as string) in document.components.schemas)), [], 'no frame is left out')
})

t.test('PUBLIC_URL is the server that the document names', async t => {
  const { root } = await startApp(t, { PUBLIC_URL: 'https://chat.example.com/parley/', WS_SUBSCRIPTIONS: '77' })
  const { body } = await root('GET', '/asyncapi.json')
  t.match(body.servers.this, { protocol: 'wss', host: 'chat.example.com', pathname: '/parley/api/v1' })
  t.match(body.info.description, /hears at most 77 chats/, 'and its settings are those that are told')
  t.match((await root('GET', '/asyncapi')).text, /wss:\/\/chat\.example\.com\/parley\/api\/v1\/ws\/\{chat_id\}/)
})

t.test('the client of the introduction misses nothing and hears nothing twice', async t => {
  const code = /^```js\n([\s\S]*?)\n```$/m.exec(document.info.description)![1]!
  const ann = await register(app)
  const chat = await makeChat(app, ann)
  const heard: string[] = []
  const hearers = new Set<() => void>()
  const ready = async (is: () => boolean) => { while (!is()) await new Promise<void>(resolve => { hearers.add(resolve) }) }
  let subscribed = 0
  const newTicket = async () => (await app.request('POST', '/auth/ws-ticket', { token: ann.token })).body.ticket
  const take = (frame: any) => {
    if (frame.type === 'subscribed') subscribed++
    if (frame.type === 'new_message') heard.push(frame.message.content)
    if (frame.type === 'sync') heard.push(...frame.changes.map(({ message }: any) => message.content))
    for (const hear of hearers) hear()
    hearers.clear()
  }
  const known = new Map([[chat.id, {}]])
  const sockets: WebSocket[] = []
  const Kept = class extends WebSocket {
    constructor (address: string) {
      super(address)
      sockets.push(this)
    }
  }
  const stop: () => void = runInNewContext(`${code}\nlisten`, { WebSocket: Kept, setTimeout })(`${app.api.replace('http', 'ws')}/ws`, newTicket, known, take)
  t.teardown(stop)
  await ready(() => subscribed === 1)
  await say(app, ann, chat.id, 'one')
  await ready(() => heard.length === 1)
  sockets[0]!.terminate()
  await say(app, ann, chat.id, 'two')
  await ready(() => subscribed === 2)
  await say(app, ann, chat.id, 'three')
  await ready(() => heard.length >= 3)
  t.same(heard, ['one', 'two', 'three'])
  t.match(known.get(chat.id), { since: 3, epoch: chat.epoch })
})

t.test('the page is whole without a program', async t => {
  const { status, headers, text: page } = await app.root('GET', '/asyncapi')
  t.match({ status, type: headers.get('content-type'), policy: headers.get('content-security-policy') }, { status: 200, type: 'text/html; charset=utf-8', policy: /^default-src 'none'; style-src 'self'; img-src data:/ })
  t.notMatch(headers.get('content-security-policy'), /unsafe/)
  t.notMatch(page, /<script|<style|style=|\son\w+=/)
  t.same([...page.matchAll(/(?:src|href)="([^"#][^"]*)"/g)].map(match => match[1]!).filter(link => !link.startsWith('/') && link !== 'data:,'), [], 'and without another server')
  const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(match => match[1]!)
  t.equal(new Set(ids).size, ids.length, 'an anchor names one thing')
  t.same([...page.matchAll(/href="#([^"]+)"/g)].map(match => match[1]!).filter(id => !ids.includes(id)), [], 'a link leads somewhere')
  for (const { name } of sent) t.ok(ids.includes(`command-${name}`), name)
  for (const { name } of heard) t.ok(ids.includes(`event-${name}`), name)
  for (const code of Object.keys(catalogue)) t.ok(ids.includes(`error-${code}`), code)
  for (const { code } of Object.values(closings)) t.ok(ids.includes(`close-${code}`), String(code))
  const style = await app.root('GET', '/asyncapi/style.css')
  t.match({ status: style.status, type: style.headers.get('content-type') }, { status: 200, type: 'text/css; charset=utf-8' })
  t.match((await app.root('GET', '/openapi.json')).body.info.description, /\]\(\/asyncapi\)/, 'the way leads here from /docs')
})

t.test('nothing in the document is taken for HTML', async t => {
  const evil = '<img src=x onerror=alert(1)>"\'&'
  const copy = JSON.parse(text)
  const spoil = (part: any): any => typeof part === 'string' ? part + evil : Array.isArray(part) ? part.map(spoil) : part
  copy.info.title += evil
  copy.info.version += evil
  copy.info.description = `${evil}\n\n### ${evil}\n\n- ${evil}\n\n\`\`\`\n${evil}\n\`\`\`\n\n[x](javascript:alert(1)) [y](//evil.example) [z](/docs"onclick="x)`
  copy.servers.this.variables.host.default += evil
  for (const message of Object.values<any>(copy.components.messages)) {
    message.summary = spoil(message.summary)
    message.examples.push({ payload: { [evil]: evil } })
  }
  for (const operation of Object.values<any>(copy.operations)) operation.summary = spoil(operation.summary)
  for (const closing of copy['x-close-codes']) closing.meaning += evil
  for (const error of copy['x-error-codes']) error.title += evil
  for (const schema of Object.values<any>(copy.components.schemas)) {
    for (const property of Object.values<any>(schema.properties ?? {})) if (!property.$ref) Object.assign(property, { description: evil, pattern: evil, format: evil, default: evil, ...(property.enum && { enum: [evil] }) })
    schema.properties = { ...schema.properties, [evil]: { type: evil, const: evil } }
  }
  const page = renderPage(copy)
  t.notMatch(page, /<img/)
  t.notMatch(page, /javascript:alert\(1\)"|href="\/\//)
  t.notMatch(page, /<[^>]*\sonclick=/)
  t.match(page, /&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;/)
})

t.test('Markdown and fields are rendered', async t => {
  t.equal(renderMarkdown('### A *b*\n\nText `<i>` and [a](/docs).\n\n- one\n- two\n\n1. first\n2. second\n\n```js\nif (a < b) {\n\n}\n```'),
    '<h3 id="a-b">A *b*</h3>\n<p>Text <code>&lt;i&gt;</code> and <a href="/docs">a</a>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<ol>\n<li>first</li>\n<li>second</li>\n</ol>\n<pre tabindex="0"><code>if (a &lt; b) {\n\n}</code></pre>')
  const schema = { properties: { a: { type: ['string', 'null'], minLength: 1, maxLength: 9 }, b: { anyOf: [{ $ref: 'x/Inner' }, { type: 'null' }] }, c: { type: 'array', maxItems: 3, items: { type: 'integer', minimum: 2, maximum: 2 ** 53 - 1 } }, d: { $ref: 'x/Ring' } }, required: ['a'] }
  const known: Record<string, object> = { 'x/Inner': { type: 'object', description: 'Within.', properties: { deep: { type: 'boolean' } } }, 'x/Ring': { type: 'object', properties: { again: { $ref: 'x/Ring' } } } }
  const html = renderFields(schema, ref => known[ref] as never)
  t.match(html, '<code class="name">a</code> <span class="type">string or null</span> <span class="required">required</span><p class="bounds">1 to 9 characters</p>')
  t.match(html, '<li><details><summary><code class="name">b</code> <span class="type">object or null</span> <span class="optional">optional</span></summary><p>Within.</p><ul class="fields"><li><code class="name">deep</code>')
  t.match(html, '<span class="type">list of integer</span> <span class="optional">optional</span><p class="bounds">at most 3 items · each from 2</p>')
  t.equal([...html.matchAll(/>again</g)].length, 8, 'what holds itself ends')
})

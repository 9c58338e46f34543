import { readFile } from 'node:fs/promises'
import t from 'tap'
import { parse } from 'yaml'
import { folder, openapiFiles } from '../../src/openapi.ts'
import { startApp } from '../helpers/app.ts'
import { contractFaults } from './contract.ts'

const files = await openapiFiles()
const document = JSON.parse(files['openapi.json'])

t.test('the committed documents are those of the schemas, byte for byte', async t => {
  for (const [name, text] of Object.entries(files)) {
    const committed = await readFile(new URL(name, folder), 'utf8')
    t.ok(committed === text, `openapi/${name} is fresh (else: npm run openapi)`)
  }
})

t.test('both files say the same, and nothing of where they were written', async t => {
  t.same(parse(files['openapi.yaml']), document)
  t.same(document.servers.map(({ url }: { url: string }) => url), ['/'])
})

t.test('a server serves the committed document, in which PUBLIC_URL is the server', async t => {
  const { root } = await startApp(t, { PUBLIC_URL: 'https://chat.example.com' })
  const served = { ...document, servers: document.servers.map((server: object) => ({ ...server, url: 'https://chat.example.com' })) }
  const json = await root('GET', '/openapi.json')
  t.same(json.body, served)
  const yaml = await root('GET', '/openapi.yaml')
  t.match(yaml.headers.get('content-type'), /^application\/yaml/)
  t.same(parse(yaml.text), served)
  t.same((await root('GET', '/docs/json')).body, served)
})

t.test('the document is complete, bounded, and true to its own examples', async t => {
  t.same(contractFaults(document), [])
})

/** Some paths of the document with all that they refer to: judged whole for each fault, it would take most of the time. */
function excerpt (paths: string[]) {
  const { components: all, ...rest } = structuredClone(document)
  const components: Record<string, Record<string, unknown>> = { securitySchemes: all.securitySchemes }
  const take = (part: unknown) => {
    for (const [, kind, name] of JSON.stringify(part).matchAll(/"#\/components\/(\w+)\/([\w-]+)"/g)) {
      const known = components[kind!] ??= {}
      if (name! in known) continue
      known[name!] = all[kind!][name!]
      take(known[name!])
    }
  }
  const kept = Object.fromEntries(paths.map(path => [path, rest.paths[path]]))
  take(kept)
  return { ...rest, paths: kept, components }
}

t.test('each fault of a document is reported', async t => {
  const document = excerpt(['/api/v1/chats/{chat_id}/messages', '/api/v1/chats', '/api/v1/users/me', '/api/v1/users/search', '/api/v1/auth/register'])
  t.same(contractFaults(document), [])
  const send = (copy: any) => copy.paths['/api/v1/chats/{chat_id}/messages'].post
  const { schemas } = document.components
  t.ok(schemas.Message && schemas.ChatCreate && schemas.NewAccount && schemas.MessageCreate)
  const faults: [string, (copy: any) => void, RegExp][] = [
    ['no operationId', copy => { delete send(copy).operationId }, /no operationId/],
    ['one operationId twice', copy => { copy.paths['/api/v1/users/me'].put.operationId = 'updateMe' }, /no operationId of its own/],
    ['an unknown tag', copy => { send(copy).tags = ['things'] }, /known tag/],
    ['no description', copy => { delete send(copy).description }, /no summary or description/],
    ['no word of security', copy => { delete send(copy).security }, /security/],
    ['a body without example', copy => { delete send(copy).requestBody.content['application/json'].example }, /body .*no example/],
    ['an answer without example', copy => { delete send(copy).responses[201].content['application/json'].example }, /201 .*no example/],
    ['an error without examples', copy => { copy.components.responses.ChatNotFound.content['application/problem+json'].examples = {} }, /404 .*no example/],
    ['a status without schema', copy => { delete send(copy).responses[201].content }, /201: no schema/],
    ['no success', copy => { delete send(copy).responses[200]; delete send(copy).responses[201] }, /no success/],
    ['a path parameter left out', copy => { send(copy).parameters = [] }, /path parameters/],
    ['a parameter without description', copy => { delete send(copy).parameters[0].description }, /lacks a description/],
    ['a reference to nothing', copy => { send(copy).responses[404].$ref += 'x' }, /leads nowhere/],
    ['a component that nothing uses', copy => { copy.components.schemas.Spare = { type: 'null' } }, /schemas\/Spare is not used/],
    ['an endless string', copy => { delete copy.components.schemas.Message.properties.content.maxLength }, /content is a string without/],
    ['an endless string or null', copy => { delete copy.components.schemas.Message.properties.sender_username.maxLength }, /sender_username is a string without/],
    ['an endless list', copy => { delete copy.components.schemas.Chat.properties.participants.maxItems }, /participants is an array without/],
    ['an endless number', copy => { delete copy.components.schemas.Message.properties.seq.maximum }, /seq is a number without/],
    ['an endless query parameter', copy => { delete copy.paths['/api/v1/users/search'].get.parameters[0].schema.maxLength }, /parameters\/0\/schema is a string without/],
    ['an open object', copy => { delete copy.components.schemas.MessageCreate.additionalProperties }, /MessageCreate is an object without end/],
    ['an object without a name', copy => { copy.components.schemas.Chat.properties.forked_from = { type: 'object', additionalProperties: false } }, /forked_from is an object without a name/],
    ['something without a type', copy => { copy.components.schemas.MessageCreate.properties.content = {} }, /content has no type/],
    ['the null of OpenAPI 3.0', copy => { copy.components.schemas.Message.properties.turn_id.nullable = true }, /turn_id has a word/],
    ['an $id', copy => { copy.components.schemas.Message.$id = 'Message' }, /Message has a word/],
    ['a default that is required', copy => { copy.components.schemas.ChatCreate.required = ['type'] }, /ChatCreate requires what/],
    ['an example of another shape', copy => { copy.components.schemas.Message.examples[0].seq = 'seven' }, /Message\/examples: .*seq must be integer/],
    ['an example in the wrong format', copy => { send(copy).responses[201].content['application/json'].example.created_at = 'today' }, /201.*created_at must match format/],
    ['an example of an error that does not fit', copy => { copy.components.examples.chat_not_found.value.status = 200 }, /chat_not_found: .*status must be >= 400/]
  ]
  for (const [what, spoil, report] of faults) {
    const copy = structuredClone(document)
    spoil(copy)
    const found = contractFaults(copy)
    t.ok(found.some(fault => report.test(fault)), what, { found: found.slice(0, 5), report })
  }
})

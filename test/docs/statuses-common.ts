// What every operation can be answered with: too much, too many, not understood, nobody known, nothing there, the database away.
import type { Test } from 'tap'
import { type TestApp } from '../helpers/app.ts'
import type { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeAdmin, register } from '../helpers/people.ts'
import type { Ask, createWitness, Operation } from './witness.ts'

type Document = Record<string, any>
type Witness = ReturnType<typeof createWitness>

/** The address that has used up its requests. */
const loud = '203.0.113.9'
const limitHeaders = ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']

/** The body that the document shows for an operation, as it is sent. */
function exampleBody ({ part }: Operation): unknown {
  const content = Object.entries<any>(part['requestBody']?.content ?? {})[0]
  if (!content) return undefined
  const [type, { example }] = content
  return type === 'application/x-www-form-urlencoded' ? new URLSearchParams(example) : example
}

/** What makes any operation answer 400. */
function invalid ({ method, path }: Operation): Ask {
  if (method !== 'get') return { body: '{"half' }
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1]!)
  return names.length > 0 ? { path: Object.fromEntries(names.map(name => [name, 'nope'])) } : { query: { nope: 1 } }
}

/** Ids that are none of this server's; for a query that must have members, those. */
const wellFormed = (operation: Operation): Ask => ({
  body: exampleBody(operation),
  ...(operation.path.includes('{emoji}') && { path: { emoji: '👍' } }),
  query: Object.fromEntries((operation.part['parameters'] ?? []).filter((parameter: Document) => parameter['in'] === 'query' && parameter['required']).map((parameter: Document) => [parameter['name'], parameter['name'] === 'q' ? 'an' : 0]))
})

/** Drives them at each operation that documents them. `app` limits requests and stands on `mongo`. */
export async function driveCommon (t: Test, { operations, client }: Witness, app: TestApp, mongo: Awaited<ReturnType<typeof startFaultyMongo>>) {
  const ask = client(app.url)
  const people = { one: await register(app), two: await register(app), cold: await register(app) }
  const root = await makeAdmin(app, await register(app))
  // Good for the administrators' operations and nothing else.
  const { key } = (await ask('createApiKey', { token: root.token, body: { name: 'audit', scopes: ['admin'] } })).body
  const documented = (status: number) => operations.filter(({ part }) => part['responses'][status])
  const sweep = async (status: number, which: Operation[], askOf: (operation: Operation) => Ask) => {
    const answers = await Promise.all(which.map(async operation => ({ id: operation.id, ...await ask(operation.id, askOf(operation)) })))
    t.same(answers.filter(answer => answer.status !== status).map(({ id, status, text }) => `${id} ${status} ${text}`), [], `${status}, ${which.length} times`)
    return answers
  }

  const limited = [
    ...await sweep(400, documented(400), operation => ({ token: people.one.token, ...invalid(operation) })),
    // All but the last are refused before anything else is looked at.
    ...await sweep(401, documented(401).filter(({ part }) => part['security'].length > 0), wellFormed),
    ...await sweep(413, documented(413), () => ({ token: people.one.token, body: `"${'x'.repeat(300_000)}"` })),
    ...await sweep(415, documented(415), () => ({ token: people.two.token, body: '<a/>', headers: { 'content-type': 'text/xml' } })),
    ...await sweep(404, operations.filter(({ part, path }) => part['responses'][404] && path.includes('{') && !path.includes('/admin/')), operation => ({ token: people.two.token, ...wellFormed(operation) })),
    ...await sweep(403, operations.filter(({ path }) => path.includes('/admin/')), operation => ({ token: people.two.token, ...wellFormed(operation) })),
    ...await sweep(403, documented(403).filter(({ part, path }) => part['security'].length > 0 && !path.includes('/admin/')), operation => ({ token: key, ...wellFormed(operation) }))
  ]
  t.same(limited.flatMap(({ id, status, headers }) => limitHeaders.filter(name => !headers.has(name)).map(name => `${id} ${status}: ${name}`)), [], 'each says what the limit leaves')

  const take = async () => await app.services.limits.take(['address'], loud)
  for (;;) if (await take().then(() => false, () => true)) break
  await sweep(429, documented(429), operation => ({ ...wellFormed(operation), headers: { 'x-forwarded-for': loud } }))

  await mongo.fail('alwaysOn', { failCommands: ['find', 'aggregate', 'count', 'insert', 'update', 'findAndModify', 'delete'], errorCode: 96 })
  await sweep(500, documented(500), operation => ({ token: people.cold.token, ...bodyFor(operation, people.cold.refreshToken) }))
  await mongo.fail('off')

  mongo.pause()
  try {
    await sweep(503, documented(503), operation => ({ token: people.cold.token, ...bodyFor(operation, people.cold.refreshToken) }))
  } finally {
    mongo.resume()
  }
}

/** Like `wellFormed`, with a refresh token that is worth looking up. */
function bodyFor (operation: Operation, refreshToken: string): Ask {
  const ask = wellFormed(operation)
  return operation.id === 'refresh' ? { ...ask, body: { refresh_token: refreshToken } } : ask
}

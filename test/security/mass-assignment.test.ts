import t from 'tap'
import { commands } from '../../src/catalogue.ts'
import { openSocket } from '../helpers/socket.ts'
import { completeScene, everything } from './fixture.ts'
import { requestOf, sampleOf } from './inputs.ts'

const scene = await completeScene(t)
const { app, operations, draftOf, actorOf, ann } = scene

/** What only the server writes, with a value that it would be worth to smuggle in. */
const owned: Record<string, unknown> = {
  _id: '66f0c0ffee0000000000f001',
  id: '66f0c0ffee0000000000f001',
  role: 'admin',
  is_active: false,
  is_admin: true,
  owner_id: ann.id,
  user_id: ann.id,
  sender_id: ann.id,
  actor_id: ann.id,
  created_by: ann.id,
  sender_username: 'root',
  password_hash: 'x',
  email_key: 'x',
  username_key: 'x',
  seq: 1,
  rev: 1,
  message_index: 0,
  last_seq: 999,
  cleared_seq: 999,
  version: 7,
  epoch: '0000000000000000',
  status: 'complete',
  is_edited: true,
  is_deleted: true,
  kind: 'change',
  chat_id: ann.id,
  participants: [],
  reactions: [],
  forked_from: null,
  direct_key: 'x',
  usage: null,
  run_id: ann.id,
  created_at: '2000-01-01T00:00:00.000Z',
  updated_at: '2000-01-01T00:00:00.000Z',
  last_seen: null,
  session_id: ann.id,
  expires_at: '2100-01-01T00:00:00.000Z',
  constructor: 1,
  prototype: 1,
  toString: 1,
  hasOwnProperty: 1,
  $set: { role: 'admin' },
  'role.x': 'admin',
  __v: 7
}
const writable = operations.filter(({ body }) => body !== undefined)

t.test('a member that the server owns is refused by its name, in each body', async t => {
  const before = await everything(scene)
  for (const operation of writable.filter(({ body }) => body!['additionalProperties'] === false)) {
    const draft = draftOf(operation)
    const faults: string[] = []
    for (const [name, value] of Object.entries(owned)) {
      if (operation.takes('body', name)) continue
      const { statusCode: status, body } = await app.app.inject(requestOf(operation, { ...draft, body: { ...draft.body, [name]: value } }, actorOf(operation).token))
      if (status !== 400 || JSON.parse(body).code !== 'validation_failed' || !JSON.parse(body).errors.some(({ message }: { message: string }) => message === `must not have the member "${name}"`)) faults.push(`${name}: ${status} ${body.slice(0, 200)}`)
    }
    // These would change what every object has; the parser refuses them before any schema.
    const written = JSON.stringify(draft.body).slice(0, -1) + (Object.keys(draft.body).length > 0 ? ',' : '')
    for (const smuggled of ['"__proto__":{"role":"admin"}', '"constructor":{"prototype":{"role":"admin"}}', '"a":{"__proto__":{"role":"admin"}}', '"\\u005f_proto__":{"role":"admin"}']) {
      const { statusCode: status, body } = await app.app.inject(requestOf(operation, { ...draft, body: `${written}${smuggled}}` }, actorOf(operation).token))
      if (status !== 400 || JSON.parse(body).code !== 'malformed_json') faults.push(`${smuggled}: ${status} ${body.slice(0, 200)}`)
    }
    t.same(faults, [], `${operation.method} ${operation.route}`)
  }
  t.same(await everything(scene), before, 'nothing was written')
  t.equal(({} as { role?: string }).role, undefined)
})

t.test('the one body that OAuth leaves open lets nothing in', async t => {
  t.same(writable.filter(({ body }) => body!['additionalProperties'] !== false).map(({ id }) => id), ['token'])
  const form = new URLSearchParams({ username: ann.username, password: ann.password, ...Object.fromEntries(Object.keys(owned).map(name => [name, String(owned[name])])) })
  const { status, body } = await app.request('POST', '/auth/token', { body: form })
  t.equal(status, 200)
  t.match((await app.request('GET', '/users/me', { token: body.access_token })).body, { id: ann.id, role: 'user', is_active: true, username: 'ann' })
})

t.test('a query takes no more than it says', async t => {
  // The addresses of sockets are open: clients add words of their own to them.
  for (const operation of operations.filter(({ id, method, inputs }) => method === 'GET' && !/^open.*Socket$/.test(id) && inputs.some(({ where }) => where === 'query'))) {
    const draft = draftOf(operation)
    const faults: string[] = []
    for (const name of ['_id', 'owner_id', 'sender_id', 'filter', 'sort', 'select', '$where', 'participants.user_id', 'cursor[$gt]', 'limit[]', '__proto__', 'constructor']) {
      const { statusCode: status, body } = await app.app.inject(requestOf(operation, { ...draft, query: { ...draft.query, [name]: '1' } }, actorOf(operation).token))
      if (status !== 400 || !body.includes(`must not have the member \\"${name}\\"`)) faults.push(`${name}: ${status} ${body.slice(0, 200)}`)
    }
    t.same(faults, [], operation.route)
  }
})

t.test('nor does a frame', async t => {
  const before = await everything(scene)
  const socket = await openSocket(t, `${app.api}/ws?token=${ann.token}`)
  for (const { name: type, schema } of commands(app.services)) {
    const faults: string[] = []
    const frame = sampleOf({ ...schema, examples: schema['examples'] }) as object
    for (const [name, value] of Object.entries(owned)) {
      if (name in schema.properties || name === 'id') continue
      socket.send({ ...frame, id: 'x', [name]: value })
      const answer = await socket.next(({ type }) => ['error', 'ack', 'pong'].includes(type))
      if (answer['code'] !== 'validation_failed' || !answer['errors'].some(({ message }: { message: string }) => message === `must not have the member "${name}"`)) faults.push(`${name}: ${JSON.stringify(answer)}`)
    }
    t.same(faults, [], type)
  }
  t.same(await everything(scene), before, 'nothing was written')
})

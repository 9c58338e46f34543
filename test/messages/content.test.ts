import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(app, ann)
const path = `/chats/${chat.id}/messages`
const stored = async () => await app.connection.collection('messages').countDocuments({ chat_id: new Types.ObjectId(chat.id) })
const send = async (body: unknown, headers: Record<string, string> = {}) => await app.request('POST', path, { token: ann.token, body, headers })

t.test('lengths, as a person counts them', async t => {
  const family = '👨‍👩‍👧‍👦'
  for (const [what, content] of [
    ['one character', 'a'],
    ['10,000 letters', 'a'.repeat(10_000)],
    ['10,000 emoji', '😀'.repeat(10_000)],
    ['5,000 families of seven code points', family.repeat(5000)],
    ['10,000 letters with an accent of their own', 'e\u0301'.repeat(10_000)],
    ['40,000 code points', '🇩🇪'.repeat(10_000) + '\u0301'.repeat(20_000)],
    ['white space around a word', ' \n x \t '],
    ['characters that mean something elsewhere', '{"$where":"1"} <script> \u0000 \\ %00 \u202E']
  ] as const) {
    const { status, body } = await send({ content })
    t.equal(status, 201, what)
    t.ok(body.content === content, 'and comes back unchanged')
    t.ok((await app.request('GET', `/messages/${body.id}`, { token: ann.token })).body.content === content)
  }
  const before = await stored()
  const edit = (await send({ content: 'x', client_id: 'edit' })).body.id
  for (const [what, content] of [
    ['nothing', ''],
    ['10,001 letters', 'a'.repeat(10_001)],
    ['10,001 emoji', '😀'.repeat(10_001)],
    ['10,001 flags', '🇩🇪'.repeat(10_001)],
    ['one character of 40,001 code points', 'a' + '\u0301'.repeat(40_000)],
    ['white space', ' \t\n\u00a0\u2003\ufeff'],
    ['a number', 7],
    ['null', null],
    ['an operator', { $gt: '' }],
    ['a list', ['x']]
  ] as const) {
    t.match(await send({ content }), { status: 400, body: { code: 'validation_failed', errors: [{ path: '/content' }] } }, what)
    t.match(await app.request('PATCH', `/messages/${edit}`, { token: ann.token, body: { content } }), { status: 400, body: { code: 'validation_failed' } }, 'nor as an edit')
  }
  t.equal(await stored(), before + 1)
})

t.test('bodies that are not what was asked for', async t => {
  const before = await stored()
  const deep = (depth: number) => `{"content":${'['.repeat(depth)}${']'.repeat(depth)}}`
  for (const [what, body, status, code] of [
    ['an unknown member', { content: 'x', bold: true }, 400, 'validation_failed'],
    ['a member of the server', { content: 'x', seq: 1 }, 400, 'validation_failed'],
    ['a sender', { content: 'x', sender_id: bob.id }, 400, 'validation_failed'],
    ['an unknown role', { content: 'x', role: 'tool' }, 400, 'validation_failed'],
    ['an id that is none', { content: 'x', reply_to: 'x' }, 400, 'validation_failed'],
    ['an empty client_id', { content: 'x', client_id: '' }, 400, 'validation_failed'],
    ['no body', undefined, 400, undefined],
    ['an empty body', '', 400, 'malformed_json'],
    ['half a body', '{"content":"x"', 400, 'malformed_json'],
    ['two bodies', '{"content":"x"}{}', 400, 'malformed_json'],
    ['__proto__', '{"content":"x","__proto__":{"admin":true}}', 400, 'malformed_json'],
    ['__proto__ within', '{"content":"x","a":{"\\u005f_proto__":1}}', 400, 'malformed_json'],
    ['constructor.prototype', '{"content":"x","constructor":{"prototype":{}}}', 400, 'malformed_json'],
    ['a depth of 33', deep(32), 400, 'malformed_json'],
    ['a depth of 32', deep(31), 400, 'validation_failed'],
    ['a depth of 10,000', deep(10_000), 400, 'malformed_json'],
    ['a half surrogate', '{"content":"x\\ud83d"}', 400, 'malformed_json'],
    ['the other half', '{"content":"\\ude00x"}', 400, 'malformed_json'],
    ['bytes that are not UTF-8', new Uint8Array([...Buffer.from('{"content":"'), 0xff, ...Buffer.from('"}')]), 400, 'malformed_json'],
    ['too much', { content: 'a'.repeat(256 * 1024) }, 413, 'body_too_large']
  ] as const) {
    const answer = await send(body)
    t.match({ status: answer.status, code: answer.body?.code }, { status, ...(code && { code }) }, what)
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
  }
  for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'application/jsonp']) {
    t.match(await send('{"content":"x"}', { 'content-type': type }), { status: 415, body: { code: 'unsupported_media_type' } }, type)
  }
  t.equal(await stored(), before, 'nothing is stored')
  t.equal((await send({ content: 'x' }, { 'content-type': 'application/json; charset=utf-8' })).status, 201)
  t.equal((await send('{"content":"\\ud83d\\ude00"}')).body.content, '😀', 'a whole pair is a character')
  t.equal(({} as { admin?: boolean }).admin, undefined)
})

t.test('roles', async t => {
  for (const role of ['user', 'assistant', 'system']) t.match(await send({ content: 'x', role }), { status: 201, body: { role, sender_id: ann.id } })
  for (const type of ['direct', 'group'] as const) {
    const other = await makeChat(app, ann, type, [bob])
    const write = async (role: string) => await app.request('POST', `/chats/${other.id}/messages`, { token: bob.token, body: { content: 'x', role } })
    t.equal((await write('user')).status, 201)
    for (const role of ['assistant', 'system']) t.match(await write(role), { status: 403, body: { code: 'role_not_allowed' } }, `${role} in ${type}`)
  }
})

t.test('what a message refers to', async t => {
  const elsewhere = await makeChat(app, ann)
  const { body: foreign } = await app.request('POST', `/chats/${elsewhere.id}/messages`, { token: ann.token, body: { content: 'elsewhere' } })
  const { body: here } = await send({ content: 'here' })
  t.match(await send({ content: 'x', reply_to: here.id }), { status: 201, body: { reply_to: here.id } })
  t.match(await send({ content: 'x', branch_id: chat.active_branch_id }), { status: 201, body: { branch_id: chat.active_branch_id } })
  const before = await stored()
  t.match(await send({ content: 'x', reply_to: foreign.id }), { status: 404, body: { code: 'message_not_found' } })
  t.match(await send({ content: 'x', branch_id: elsewhere.active_branch_id }), { status: 404, body: { code: 'branch_not_found' } })
  const answers = await Promise.all([...Array(20).keys()].map(async i => await send({ content: `${i}`, ...(i % 2 && { branch_id: elsewhere.active_branch_id }) })))
  t.same(answers.map(({ status }) => status), answers.map((_, i) => i % 2 ? 404 : 201), 'one refused in a batch does not touch its neighbours')
  t.equal(await stored(), before + 10)
  t.equal((await send({ content: 'x' })).body.message_index - here.message_index, 13, 'nor leaves a hole')
})

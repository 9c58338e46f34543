import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { Mongoose } from 'mongoose'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import type { AsyncapiDocument } from '../../src/docs/asyncapi-types.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { startApp, testSettings } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { startProvider } from '../helpers/provider.ts'
import { type Frame, openSocket, type TestSocket } from '../helpers/socket.ts'

// Every frame that goes over a socket of this file, either way, is judged by the AsyncAPI document as a server serves it.
const provider = await startProvider(t)
const app = await startApp(t, { ...provider.settings, WS_SOCKETS_PER_USER: '4', WS_QUEUE_BYTES: '262144', WS_SLOW_CLOSE_MS: '20000' })
const document: AsyncapiDocument = (await app.root('GET', '/asyncapi.json')).body
const { messages } = document.components
const operations = Object.values(document.operations)
const last = (ref: string) => ref.split('/').at(-1)!

const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)
ajv.addSchema({ ...document, $id: 'https://example.com/asyncapi' })

const documented = (action: 'send' | 'receive') => new Set(operations.filter(operation => operation.action === action).flatMap(operation => operation.messages).map(({ $ref }) => last($ref)))
const commands = documented('send')
const replies = new Set(operations.flatMap(({ reply }) => reply?.messages ?? []).map(({ $ref }) => last($ref)))
const hearable = new Set([...documented('receive'), ...replies])
const codesOf = new Map(operations.filter(({ action }) => action === 'send').map(operation => [last(operation.messages[0]!.$ref), operation['x-error-codes'] as string[]]))
const knownCodes = new Set<string>(document['x-error-codes'].map(({ code }) => code))

const seen = { sent: new Set<string>(), heard: new Set<string>(), closed: new Set<number>(), addresses: new Set<string>() }
const faults: string[] = []

function judge (key: string, frame: object) {
  const validate = ajv.getSchema(`https://example.com/asyncapi${messages[key]!.payload.$ref}`)!
  if (!validate(frame)) faults.push(`${key}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(frame).slice(0, 500)}`)
}

/** Notes a frame that was heard as the message of the document it is; `asked` tells the command of each `id`. */
function hear (frame: Frame, asked: Map<string, string>) {
  const command = asked.get(frame['id'])
  const key = frame.type === 'ack' ? `${command}_ack` : frame.type
  if (!hearable.has(key)) return faults.push(`${key} is not documented: ${JSON.stringify(frame)}`)
  seen.heard.add(key)
  judge(key, frame)
  if (frame.type !== 'error') return
  if (!knownCodes.has(frame['code'])) faults.push(`the code ${frame['code']} is not documented`)
  if (command !== undefined && !codesOf.get(command)!.includes(frame['code'])) faults.push(`${command} was answered with ${frame['code']}`)
}

let asks = 0

/** A socket that is judged; `ask` sends a command with an id and answers its reply. */
async function open (path: string, options: { headers?: Record<string, string>, autoPong?: boolean } = {}, api = app.api) {
  const asked = new Map<string, string>()
  const socket = await openSocket(t, `${api}/ws${path}`, { ...options, heard: frame => { hear(frame, asked) } })
  seen.addresses.add(/^\/\w/.test(path) ? '/ws/{chat_id}' : '/ws')
  const ended = socket.closed.then(({ code }) => {
    seen.closed.add(code)
    return code
  })
  async function ask (type: string, members: object = {}): Promise<Frame> {
    const frame = { type, id: `a${++asks}`, ...members }
    asked.set(frame.id, type)
    if (!commands.has(type)) faults.push(`${type} is sent and not documented`)
    seen.sent.add(type)
    judge(type, frame)
    socket.send(frame)
    return await socket.next(({ type: answer, id }) => id === frame.id && ['ack', 'pong', 'error'].includes(answer))
  }
  return { ...socket, ask, ended }
}

const done = async (answer: Promise<{ status: number, text: string, body: any }>) => {
  const { status, text, body } = await answer
  if (status >= 300) throw new Error(`answered ${status}: ${text}`)
  return body
}
const expectAck = async (answer: Promise<Frame>) => {
  const frame = await answer
  if (frame.type === 'error') throw new Error(`refused: ${JSON.stringify(frame)}`)
  return frame
}

const [ann, bob, cyd] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const bearer = ({ token }: Person) => ({ headers: { authorization: `Bearer ${token}` } })
const by = (person: Person) => async (method: string, path: string, body?: object) => await done(app.request(method, path, { token: person.token, ...(body && { body }) }))

t.test('a conversation of two people and a model', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const of = { chat_id: chat.id }
  const rest = by(ann)
  const a = await open('', bearer(ann))
  await expectAck(a.ask('subscribe', of))
  const { ticket } = await by(bob)('POST', '/auth/ws-ticket')
  const b = await open(`/${chat.id}?ticket=${ticket}`)
  await b.next('subscribed')
  await a.next('user_joined')

  for (const content of ['start', 'stop']) await expectAck(b.ask('typing', { ...of, content }))
  await a.next('typing_stopped')
  const { message } = await expectAck(b.ask('message', { ...of, content: 'Hello', client_id: 'f-1', role: 'user' })) as any
  t.equal((await b.ask('message', { ...of, content: 'Hello', client_id: 'f-1', role: 'user' }))['replayed'], true)
  await expectAck(a.ask('react', { message_id: message.id, emoji: '👍' }))
  await expectAck(a.ask('read', { ...of, seq: message.seq }))
  await b.next('read_marked')
  const { message: edited } = await expectAck(b.ask('edit', { message_id: message.id, content: 'Hello, all', rev: message.rev + 1 })) as any
  await a.next(({ type, message: now }) => type === 'message_updated' && now.content === 'Hello, all')

  const { branch } = await expectAck(a.ask('branch', { ...of, name: 'side', message_index: 0 })) as any
  const { branch: again } = await expectAck(a.ask('branch', { ...of, message_index: 0, replace_with: 'Asked anew', activate: false })) as any
  await rest('PATCH', `/chats/${chat.id}/branches/${branch.id}`, { name: 'another' })
  for (const id of [branch.id, chat.active_branch_id]) await expectAck(a.ask('activate_branch', { ...of, branch_id: id }))
  await rest('DELETE', `/chats/${chat.id}/branches/${branch.id}`)
  t.equal(again.message.content, 'Asked anew')

  await rest('PATCH', `/chats/${chat.id}`, { assistant_enabled: true })
  provider.next({ text: 'Fine, thank you.' })
  await expectAck(b.ask('complete', { ...of, content: 'How are you?', temperature: 1, max_tokens: 50, model: 'test-model' }))
  t.match(await a.next('reply_finished'), { code: null, message: { status: 'complete', content: 'Fine, thank you.' } })
  const held = provider.hold({ after: 1, text: 'One two three' })
  const { run } = await expectAck(b.ask('complete', { ...of, content: 'And now?' })) as any
  await a.next(({ type, run_id: id }) => type === 'reply_delta' && id === run.id)
  t.match(await b.ask('complete', { ...of, content: 'Me too' }), { type: 'error', code: 'run_in_progress' })
  await expectAck(b.ask('cancel', { run_id: run.id }))
  t.match(await a.next('reply_finished'), { message: { status: 'stopped' } })
  held.release()
  provider.next({ fault: 'status', status: 400, times: 3 })
  await expectAck(b.ask('complete', { ...of, content: 'Once more' }))
  t.match(await a.next('reply_finished'), { code: 'ai_refused', message: { status: 'error', error_code: 'ai_refused' } })

  t.match(await a.ask('edit', { message_id: message.id, content: 'Not mine' }), { type: 'error', code: 'forbidden' })
  t.match(await b.ask('delete', { message_id: message.id, rev: edited.rev - 1 }), { type: 'error', code: 'stale_revision' })
  for (const _ of [1, 2]) await expectAck(b.ask('delete', { message_id: message.id, rev: edited.rev }))
  t.match((await a.ask('ping'))['heads'], [{ chat_id: chat.id }])
  t.match((await a.ask('ping', of))['chat_id'], chat.id)
  await expectAck(a.ask('subscribe', { ...of, since: 0, epoch: chat.epoch }))
  t.ok((await a.next('sync'))['changes'].some(({ type }: { type: string }) => type === 'branch_deleted'), 'the past tells of what is not a message, too')

  await t.test('what is refused', async () => {
    const nowhere = { chat_id: '66f0c0ffee0000000000c009' }
    const refused: [type: string, members: object, code: string][] = [
      ['subscribe', nowhere, 'chat_not_found'], ['typing', { ...nowhere, content: 'start' }, 'chat_not_found'], ['read', { ...nowhere, seq: 1 }, 'chat_not_found'], ['message', { ...nowhere, content: 'x' }, 'chat_not_found'],
      ['message', { ...of, content: 'x', role: 'assistant' }, 'role_not_allowed'], ['message', { ...of, content: 'x', branch_id: nowhere.chat_id }, 'branch_not_found'], ['message', { ...of, content: 'x', expected_head: message.id }, 'head_moved'],
      ['edit', { message_id: message.id, content: 'x' }, 'forbidden'], ['delete', { message_id: nowhere.chat_id }, 'message_not_found'], ['react', { message_id: message.id, emoji: '👍' }, 'message_deleted'], ['branch', { ...of, name: 'x', message_index: 999 }, 'index_off_path'], ['branch', { ...of, name: 'main', message_index: 0 }, 'branch_name_taken'],
      ['activate_branch', { ...of, branch_id: nowhere.chat_id }, 'branch_not_found'], ['cancel', { run_id: run.id }, 'run_ended'], ['cancel', { run_id: nowhere.chat_id }, 'run_not_found'], ['complete', { ...of, content: 'x', model: 'no-model' }, 'model_not_found']
    ]
    for (const [type, members, code] of refused) t.match(await a.ask(type, members), { type: 'error', code }, `${type}: ${code}`)
  })

  await t.test('what ends', async () => {
    await rest('DELETE', `/chats/${chat.id}/messages`)
    const { epoch } = await a.next('chat_cleared')
    await expectAck(a.ask('subscribe', { ...of, since: 1, epoch: chat.epoch }))
    t.match(await a.next('resync_required'), { epoch, reason: 'cleared' })
    await expectAck(a.ask('unsubscribe', of))
    t.match(await a.next('unsubscribed'), { reason: 'requested' })
    await expectAck(a.ask('subscribe', of))
    await b.ask('ping')
    b.socket.close(1000)
    t.equal(await b.ended, 1000)
    await a.next('user_left')
    const other = await open(`/${chat.id}?token=${bob.token}`)
    await other.next('subscribed')
    await rest('DELETE', `/chats/${chat.id}/participants/${bob.id}`)
    t.equal(await other.ended, 4403)
    const home = await open(`/${chat.id}?token=${ann.token}`)
    await home.next('subscribed')
    await rest('DELETE', `/chats/${chat.id}`)
    await a.next('chat_deleted')
    t.match(await a.next(({ type, reason }) => type === 'unsubscribed' && reason !== 'requested'), { reason: 'chat_deleted' })
    t.equal(await home.ended, 4404)
    const fellow = await open('')
    await expectAck(fellow.ask('authenticate', { token: bob.token }))
    t.match(await fellow.ask('authenticate', { token: ann.token }), { code: 'forbidden' })
    t.equal(await fellow.ended, 4403)
    a.socket.close(1000)
    await a.ended
  })
})

t.test('more sockets than one may have, and a reader that is too slow', async t => {
  const chat = await makeChat(app, cyd)
  const slow = await open(`/${chat.id}?token=${cyd.token}`)
  await expectAck(slow.ask('ping'))
  const others = []
  for (let count = 0; count < 3; count++) {
    others.push(await open('', bearer(cyd)))
    await expectAck(others.at(-1)!.ask('ping'))
  }
  const tooMany = await open('', bearer(cyd))
  t.match(await tooMany.next('error'), { code: 'too_many_sockets' })
  t.equal(await tooMany.ended, 4409)
  for (const { socket } of others) socket.close(1000)
  slow.socket.pause()
  const content = '👨‍👩‍👧‍👦'.repeat(5700)
  while (app.services.hub.hears(chat.id)) await Promise.all(Array.from({ length: 3 }, () => say(app, cyd, chat.id, content)))
  slow.socket.resume()
  t.equal(await slow.ended, 4008)
})

t.test('what ends a socket whose server has no database', async t => {
  // Nothing of it is needed for what is wrong before anybody is known.
  const config = loadConfig({ ...testSettings(), RATE_LIMIT: 'on', WS_HEARTBEAT_MS: '500', WS_AUTH_MS: '3000' }, '/nonexistent')
  const bare = await buildApp({ config, connection: new Mongoose({ bufferCommands: false }).createConnection() })
  t.teardown(async () => { await bare.close() })
  const api = `${await bare.listen({ host: '127.0.0.1', port: 0 })}/api/v1`
  const enter = async (options = {}, query = ''): Promise<TestSocket & { ended: Promise<number> }> => await open(query, options, api)
  const raw = ({ socket }: TestSocket) => (socket as unknown as { _socket: NodeJS.WritableStream })._socket
  const silent = await enter({ autoPong: false })
  const ways: [code: number, socket: TestSocket & { ended: Promise<number> }, what: (socket: TestSocket) => void][] = [
    [4408, await enter(), () => {}],
    [1006, silent, () => {}],
    [1013, await enter({}, '?ticket=any'), () => {}],
    [1002, await enter(), socket => { raw(socket).write(Buffer.from([0xff, 0x80, 0, 0, 0, 0])) }],
    [1007, await enter(), ({ socket }) => { socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false }) }],
    [1009, await enter(), ({ send }) => { send('x'.repeat(65_537)) }],
    [4400, await enter(), ({ send }) => { for (const text of ['{', '[]', '{"type":"nonsense"}']) send(text) }],
    [4401, await enter(), ({ send }) => { send({ type: 'ping' }) }],
    [4029, await enter(), ({ send }) => { for (let count = 0; count < 400; count++) send({ type: 'authenticate' }) }]
  ]
  for (const [, socket, what] of ways) what(socket)
  for (const [code, socket] of ways) t.equal(await socket.ended, code)
})

t.test('a stop', async t => {
  const socket = await open('', bearer(ann))
  await socket.ask('ping')
  await app.app.drain()
  await socket.next('shutdown')
  t.equal(await socket.ended, 1001)
})

t.test('all that is documented was seen, and nothing else', async t => {
  t.same(faults, [])
  t.same([...commands].filter(name => !seen.sent.has(name)), [], 'every command was sent')
  t.same([...hearable].filter(name => !seen.heard.has(name)), [], 'every frame was heard')
  t.same(Object.keys(messages).filter(name => !commands.has(name) && !hearable.has(name)), [], 'no message is in no operation')
  t.same([...seen.addresses].sort(), Object.values(document.channels).map(({ address }) => address).sort())
  t.same([...seen.closed].sort(), document['x-close-codes'].map(({ code }) => code).sort(), 'every close code was met')
})

import t, { type Test } from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket, type TestSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(app, ann, 'direct', [bob])
const neighbour = await open(t, bob)
t.teardown(() => { neighbour.socket.terminate() })

async function open (t: Test, person: Person): Promise<TestSocket> {
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${person.token}`)
  await socket.next('subscribed')
  socket.send({ type: 'ping' })
  await socket.next('pong')
  return socket
}

/** The process lives, the neighbour hears what is said and heard nothing else but comings and goings. */
async function neighbourIsWell (t: Test) {
  await say(app, ann, chat.id, 'are you well?')
  t.match(await neighbour.next('new_message'), { message: { content: 'are you well?' } })
  t.same(neighbour.frames.splice(0).filter(({ type }) => !/^user_/.test(type)), [])
}

const message = (content: string, more = '') => `{"type":"message","chat_id":"${chat.id}","content":${content}${more},"id":"x"}`

t.test('bad frames are answered with the exact code, and the socket goes on', async t => {
  const socket = await open(t, ann)
  const cases: [name: string, frame: string | Buffer, code: string, message: RegExp][] = [
    ['no JSON', '{"type":"ping"', 'malformed_json', /JSON/],
    ['nothing', '', 'malformed_json', /JSON/],
    ['a list', '[{"type":"ping"}]', 'malformed_json', /JSON object/],
    ['null', 'null', 'malformed_json', /JSON object/],
    ['a number', '7', 'malformed_json', /JSON object/],
    ['binary', Buffer.from('{"type":"ping"}'), 'malformed_json', /text/],
    ['10,000 deep', `{"type":"ping","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'malformed_json', /deeper than 32/],
    ['10,000 deep and cut off', '{"a":'.repeat(10_000), 'malformed_json', /deeper than 32/],
    ['__proto__', '{"type":"ping","__proto__":{"admin":true}}', 'malformed_json', /JSON/],
    ['__proto__ in escapes', '{"type":"ping","\\u005f_proto__":{"admin":true}}', 'malformed_json', /JSON/],
    ['constructor.prototype', '{"type":"ping","constructor":{"prototype":{"admin":true}}}', 'malformed_json', /JSON/],
    ['half a surrogate pair', message('"\\ud83d"'), 'malformed_json', /surrogate/],
    ['the other half', message('"\\uDE00"'), 'malformed_json', /surrogate/],
    ['no type', '{}', 'unknown_frame', /one of: authenticate, subscribe, unsubscribe, ping, typing, /],
    ['an unknown type', '{"type":"nonsense","id":"x"}', 'unknown_frame', /one of/],
    ['a type that every object has', '{"type":"constructor"}', 'unknown_frame', /one of/],
    ['a type that is no text', '{"type":["message"]}', 'unknown_frame', /one of/],
    ['an unknown member', message('"x"', ',"role_of":"admin"'), 'validation_failed', /"role_of"/],
    ['a member that the server owns', message('"x"', `,"sender_id":"${bob.id}"`), 'validation_failed', /"sender_id"/],
    ['no content', `{"type":"message","chat_id":"${chat.id}"}`, 'validation_failed', /content/],
    ['content that is no text', message('{"$ne":null}'), 'validation_failed', /content must be string/],
    ['an operator for a chat', '{"type":"message","chat_id":{"$ne":null},"content":"x"}', 'validation_failed', /chat_id must be string/],
    ['white space', message('" \\n\\t"'), 'validation_failed', /content/],
    ['10,001 characters', message(JSON.stringify('x'.repeat(10_001))), 'validation_failed', /at most 10000 characters/],
    ['10,001 characters of several code points', message(JSON.stringify('👍🏽'.repeat(5000) + 'é'.repeat(5001))), 'validation_failed', /at most 10000 characters/],
    ['an id that is too long', `{"type":"ping","id":"${'x'.repeat(101)}"}`, 'validation_failed', /id/],
    ['an id that is no text', '{"type":"ping","id":7}', 'validation_failed', /id must be string/],
    ['a chat of nobody', message('"x"').replace(chat.id, '66f0c0ffee0000000000c001'), 'chat_not_found', /chat/],
    ['a chat that is no id', message('"x"').replace(chat.id, 'nonsense'), 'validation_failed', /chat_id/],
    ['typing something else', `{"type":"typing","chat_id":"${chat.id}","content":"maybe"}`, 'validation_failed', /start, stop/]
  ]
  for (const [name, frame, code, words] of cases) {
    socket.socket.send(frame)
    const error = await socket.next('error')
    t.match(error, { code, message: words, retryable: false }, name)
    if (code === 'validation_failed') t.ok(error['errors'].length > 0, 'with the members')
    // A frame that is understood between two that are not.
    socket.send({ type: 'ping', id: name })
    t.match(await socket.next('pong'), { id: name })
  }
  t.equal(({} as { admin?: boolean }).admin, undefined)
  await neighbourIsWell(t)
})

t.test('what only looks bad is done', async t => {
  const socket = await open(t, ann)
  const texts = ['x'.repeat(10_000), '👨‍👩‍👧‍👦'.repeat(2000), '\u{1f600}'.repeat(10_000), 'the escape \\ud83d alone', '{"$ne": null}', '__proto__', 'a\u0000b', '\ufeffmark']
  for (const content of texts) {
    socket.send({ type: 'message', chat_id: chat.id, content, id: 'x' })
    t.equal((await socket.next(({ type }) => type === 'ack' || type === 'error'))['message'].content, content)
    t.equal((await neighbour.next('new_message'))['message'].content, content)
  }
  socket.send(message('"\\ud83d\\ude00"'))
  t.equal((await socket.next('ack'))['message'].content, '😀', 'a whole pair in escapes')
  await neighbour.next('new_message')
})

t.test('the third unreadable frame in a row closes with 4400', async t => {
  const socket = await open(t, ann)
  for (const frame of ['{', '{"type":"nonsense"}', '{"type":"ping"}', '[', '{"type":"nonsense"}']) socket.send(frame)
  await socket.next('pong')
  socket.send({ type: 'message', chat_id: chat.id, content: '' })
  for (let heard = 0; heard < 5; heard++) await socket.next('error')
  socket.send('{')
  socket.send('{')
  t.equal(socket.socket.readyState, socket.socket.OPEN, 'a readable one between them starts the count again')
  socket.send('{')
  socket.send({ type: 'message', chat_id: chat.id, content: 'too late' })
  t.match(await socket.closed, { code: 4400 })
  t.same(socket.frames.map(({ code }) => code), ['malformed_json', 'malformed_json', 'malformed_json'])
  await neighbourIsWell(t)
})

t.test('frames that the protocol forbids close the socket, and only that', async t => {
  const large = await open(t, ann)
  large.send(message(JSON.stringify('x'.repeat(64 * 1024))))
  t.match(await large.closed, { code: 1009 })
  const fits = await open(t, ann)
  fits.send({ type: 'ping', id: 'x', chat_id: 'x'.repeat(64 * 1024 - 50) })
  t.match(await fits.next('error'), { code: 'validation_failed' }, 'one of 64 KiB is read')

  const notUtf8 = await open(t, ann)
  notUtf8.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })
  t.match(await notUtf8.closed, { code: 1007 })

  // Bytes that are no frame at all, written below the protocol.
  const rubbish = await open(t, ann)
  ;(rubbish.socket as unknown as { _socket: NodeJS.WritableStream })._socket.write(Buffer.alloc(100, 0xff))
  t.ok([1002, 1006].includes((await rubbish.closed).code))
  await neighbourIsWell(t)
})

t.test('a slow reader is closed with 4008 while the others go on', async t => {
  const slow = await open(t, ann)
  slow.socket.pause()
  // 140 KB each, far more in sum than the kernel's buffers and the server's take together.
  const content = '👨‍👩‍👧‍👦'.repeat(5700)
  let sent = 0
  for (; (await app.services.presence.online(chat.id)).some(({ user_id: id }) => id === ann.id) && sent < 400; sent += 10) {
    await Promise.all(Array.from({ length: 10 }, () => say(app, ann, chat.id, content)))
  }
  slow.socket.resume()
  t.match(await slow.closed, { code: 4008, reason: 'too slow' })
  t.ok(slow.frames.length < sent, `${slow.frames.length} of ${sent} frames`)
  for (let heard = 0; heard < sent; heard++) await neighbour.next('new_message')
  t.match(await neighbour.next('user_left'), { user_id: ann.id })
  await neighbourIsWell(t)
})

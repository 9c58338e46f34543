import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { startApp, type TestApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { readDocument } from './inputs.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(app, ann)
const bearer = `Authorization: Bearer ${ann.token}`
const messages = `/api/v1/chats/${chat.id}/messages`
const countMessages = async () => (await app.request('GET', `/chats/${chat.id}/messages`, { token: ann.token })).body.count

interface Raw { status: number, head: string, body: string, answers: number }

/** Everything a server answers to bytes until it closes the connection, or `answers` answers came. */
async function raw (t: Test, bytes: string | Buffer, url = app.url): Promise<Raw> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  socket.on('error', () => {})
  socket.write(bytes)
  const parts: Buffer[] = []
  socket.on('data', part => parts.push(part))
  await once(socket, 'close')
  const text = Buffer.concat(parts).toString()
  const [head = '', ...rest] = text.split('\r\n\r\n')
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n'), answers: text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0 }
}

const head = (line: string, ...headers: string[]) => [line, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n')
const post = (body: string | Buffer, ...headers: string[]) => Buffer.concat([Buffer.from(head(`POST ${messages} HTTP/1.1`, bearer, `Content-Length: ${Buffer.byteLength(body)}`, ...headers)), Buffer.from(body)])
const json = 'Content-Type: application/json'

t.test('one content type is read, in every spelling, and no other', async t => {
  const body = '{"content":"typed"}'
  for (const type of ['application/json', 'APPLICATION/JSON', 'application/json; charset=utf-8', 'Application/Json;Charset="UTF-8"', 'application/json;x=y']) {
    t.equal((await raw(t, post(body, `Content-Type: ${type}`))).status, 201, type)
  }
  const before = await countMessages()
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml', 'text/json', 'application/jsonx', 'json', 'application', '*/*', 'application/json/', 'application/x-ndjson', ';', 'application/octet-stream']) {
    const answer = await raw(t, post(type.includes('form-url') ? 'content=typed' : body, `Content-Type: ${type}`))
    t.match(answer, { status: 415, body: /"code":"unsupported_media_type"/ }, type)
  }
  t.match(await raw(t, post(body)), { status: 415 }, 'none')
  t.match(await raw(t, post(body, 'Content-Type: text/plain', json)), { status: 415 }, 'the first of two counts')
  t.match(await raw(t, post(Buffer.from(body, 'utf16le'), 'Content-Type: application/json; charset=utf-16')), { status: 400, body: /"code":"malformed_json"/ }, 'UTF-16')
  t.match(await raw(t, post(Buffer.from('1f8b0800000000000003', 'hex'), json, 'Content-Encoding: gzip')), { status: 400, body: /"code":"malformed_json"/ }, 'packed')
  t.equal(await countMessages(), before, 'nothing was stored')
  t.match(await app.request('POST', '/auth/login', { body: new URLSearchParams({ username: 'ann', password: ann.password }) }), { status: 415 }, 'a page of another site cannot log a person in by a form')
})

t.test('JSON that is read in two ways by two readers is refused or read in one', async t => {
  const before = await countMessages()
  for (const [name, body] of Object.entries({
    'trailing bytes': '{"content":"x"} {"content":"y"}',
    'trailing comma': '{"content":"x",}',
    'a comment': '{"content":"x"/* */}',
    'no quotes': '{content:"x"}',
    NaN: '{"content":NaN}',
    Infinity: '{"content":Infinity}',
    nothing: '',
    'white space': ' \n',
    '10,000 deep': `{"content":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    '10,000 objects deep': '{"a":'.repeat(10_000),
    'a null byte': '{"content":"x"}\u0000',
    'a control character': '{"content":"a\u0001b"}',
    'half a pair': '{"content":"\\ud83d"}',
    proto: '{"content":"x","__proto__":{"a":1}}',
    'proto within': '{"content":"x","a":[{"__proto__":{"a":1}}]}',
    prototype: '{"content":"x","constructor":{"prototype":{"a":1}}}'
  })) t.match(await raw(t, post(body, json)), { status: 400, body: /"code":"malformed_json"/ }, name)
  for (const [name, body] of Object.entries({ list: '[{"content":"x"}]', null: 'null', text: '"content"', number: '1', 'an endless number': '{"content":1e999}' })) {
    t.match(await raw(t, post(body, json)), { status: 400, body: /"code":"validation_failed"/ }, name)
  }
  t.match(await raw(t, post(Buffer.concat([Buffer.from('{"content":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]), json)), { status: 400, body: /UTF-8/ }, 'bytes that are no text')
  t.match(await raw(t, post(`{"content":"${'x'.repeat(256 * 1024)}"}`, json)), { status: 413, body: /"code":"body_too_large"/ }, 'too large')
  t.match(await raw(t, head(`POST ${messages} HTTP/1.1`, bearer, json, 'Content-Length: 99999999999')), { status: 413 }, 'said to be too large, before it comes')
  t.match(await raw(t, `${head(`POST ${messages} HTTP/1.1`, bearer, json, 'Transfer-Encoding: chunked')}${'40000\r\n' + 'x'.repeat(0x40000) + '\r\n'}10\r\n${'x'.repeat(16)}\r\n0\r\n\r\n`), { status: 413 }, 'too large in pieces')
  t.equal(await countMessages(), before, 'nothing was stored')
  const twice = await raw(t, post('{"content":{"$ne":1},"content":"the last one counts"}', json))
  t.match(twice, { status: 201, body: /"content":"the last one counts"/ }, 'of two members of one name the last is judged and stored')
  t.match(await raw(t, post('{"content":"the last one counts","content":{"$ne":1}}', json)), { status: 400, body: /"code":"validation_failed"/ })
  const mark = await raw(t, post('\ufeff{"content":"marked"}', json))
  t.ok(mark.status === 400 || /"content":"marked"/.test(mark.body), 'a byte order mark')
  t.equal(({} as { a?: number }).a, undefined)
})

t.test('no spelling of an address lets anybody in, or out of the folder of the pages', async t => {
  const me = ['//api/v1/users/me', '/api/v1//users/me', '/api//v1/users/me', '/api/v1/users/me/', '/api/v1/users/me//', '/api/v1/users%2fme', '/api/v1/users%2Fme', '/api/v1/users/%6de', '/api/v1/%75sers/me', '/API/V1/USERS/ME', '/api/v1/users/Me', '/api/v1/users/me%00', '/api/v1/users/me%00.png', '/api/v1/users/me;x=1', '/api/v1/users/me.json', '/api/v1/users/me%20', '/api/v1/./users/me', '/api/v1/info/../users/me', '/docs/../api/v1/users/me', '/docs/%2e%2e/api/v1/users/me', '/api/v1/users/me%2f', '/api/v1/users/me?/docs', '/api/v1/users/me#/docs', '/api/v1/users/me%3f', '/api\\v1\\users\\me', `/${'a/'.repeat(3000)}`, '/api/v1/users/%', '/api/v1/users/%zz', '/api/v1/users/%c0%ae', 'http://x/api/v1/users/me', 'http://evil.example/api/v1/users/me', '*', '/', '/%2e%2e/%2e%2e/etc/passwd']
  for (const path of me) {
    const anonymous = await raw(t, head(`GET ${path} HTTP/1.1`))
    t.ok([400, 401, 404].includes(anonymous.status) || path === '/' || path === '*', `anonymous ${path}: ${anonymous.status}`)
    t.notMatch(anonymous.body, /"email":/, path)
    const known = await raw(t, head(`GET ${path} HTTP/1.1`, bearer))
    t.ok([200, 400, 404].includes(known.status), `${path}: ${known.status}`)
  }
  t.equal((await raw(t, head('GET /api/v1/users/me/ HTTP/1.1', bearer))).status, 200, 'a slash at the end changes nothing')
  for (const path of ['../package.json', '../../package.json', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json', '....//package.json', '%252e%252e%252fpackage.json', '..\\..\\package.json', 'index.html%00.js', '/etc/passwd', '%2fetc%2fpasswd']) {
    for (const folder of ['/docs/static/', '/docs/', '/redoc/', '/asyncapi/', '/console/']) {
      const { status, body } = await raw(t, head(`GET ${folder}${path} HTTP/1.1`))
      t.ok([400, 403, 404].includes(status) && !/"private":|"dependencies"|root:/.test(body), `${folder}${path}: ${status}`)
    }
  }
})

t.test('a method is what the request line says', async t => {
  const headers = ['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'X-Method-Override: DELETE', '_method: DELETE']
  for (const header of headers) t.match(await raw(t, head('GET /api/v1/users/me?_method=DELETE HTTP/1.1', bearer, header)), { status: 200, body: /"username":"ann"/ }, header)
  t.match(await raw(t, post('{"content":"stays"}', json, 'X-HTTP-Method-Override: DELETE')), { status: 201 })
  for (const [method, status] of [['get', 400], ['Get', 400], ['FOO', 400], ['TRACE', 405], ['PROPFIND', 405], ['CONNECT', 0], ['SEARCH', 405], ['PUT', 405]] as const) {
    const answer = await raw(t, head(`${method} ${method === 'PUT' ? messages : '/api/v1/users/me'} HTTP/1.1`, bearer))
    t.ok(answer.status === status || ([404, 405].includes(answer.status) && status === 405), `${method}: ${answer.status}`)
    t.notMatch(answer.body + answer.head, new RegExp(ann.token), 'and nothing of the request comes back')
  }
  const { status, body } = await raw(t, head('HEAD /api/v1/users/me HTTP/1.1', bearer))
  t.same([status, body], [200, ''])
})

t.test('one request is one request', async t => {
  const smuggled = `POST ${messages} HTTP/1.1\r\nHost: x\r\n${bearer}\r\n${json}\r\nContent-Length: 22\r\n\r\n{"content":"smuggled"}`
  const start = (...headers: string[]) => [`POST ${messages} HTTP/1.1`, 'Host: x', bearer, json, ...headers, '', ''].join('\r\n')
  const before = await countMessages()
  for (const [name, bytes] of Object.entries({
    'both lengths': start('Content-Length: 4', 'Transfer-Encoding: chunked') + `0\r\n\r\n${smuggled}`,
    'both lengths, the other way': start('Transfer-Encoding: chunked', 'Content-Length: 4') + `0\r\n\r\n${smuggled}`,
    'two lengths': start('Content-Length: 0', 'Content-Length: 22') + smuggled,
    'two lengths in one': start('Content-Length: 0, 22') + smuggled,
    'a length with a sign': start('Content-Length: +0') + smuggled,
    'a length in hex': start('Content-Length: 0x0') + smuggled,
    'a length below zero': start('Content-Length: -1') + smuggled,
    'an unknown encoding': start('Transfer-Encoding: xchunked') + `0\r\n\r\n${smuggled}`,
    'an encoding after chunked': start('Transfer-Encoding: chunked, identity') + `0\r\n\r\n${smuggled}`,
    'chunked twice': start('Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + `0\r\n\r\n${smuggled}`,
    'a space before the colon': start('Content-Length : 0') + smuggled,
    'a tab before the colon': start('Transfer-Encoding\t: chunked') + `0\r\n\r\n${smuggled}`,
    'a folded header': start('X: y\r\n Transfer-Encoding: chunked') + smuggled,
    'a line feed alone': start('X: y\nTransfer-Encoding: chunked') + `0\r\n\r\n${smuggled}`,
    'a carriage return alone': start('X: y\rTransfer-Encoding: chunked') + smuggled,
    'a bad size of a piece': start('Transfer-Encoding: chunked') + `-1\r\n\r\n${smuggled}`,
    'an extension with a line feed': start('Transfer-Encoding: chunked') + `0;x=\n\r\n\r\n${smuggled}`,
    'a null byte': start('X: a\u0000b') + smuggled
  })) {
    const { status, answers, body } = await raw(t, bytes)
    t.match({ status, answers }, { status: 400, answers: 1 }, `${name}: ${body.slice(0, 100)}`)
  }
  t.equal(await countMessages(), before, 'nothing that was hidden in another request was done')

  const one = `GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\n${bearer}\r\n\r\n`
  const other = `GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bob.token}\r\n\r\n`
  const piped = await raw(t, one + other + 'GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\n\r\n' + head('GET /livez HTTP/1.1'))
  t.equal(piped.answers, 4)
  const order = [...(piped.head + piped.body).matchAll(/"username":"(\w+)"|"code":"(\w+)"|"status":"(\w+)"/g)].map(([, name, code, state]) => name ?? code ?? state)
  t.same(order.slice(0, 3), ['ann', 'bob', 'unauthenticated'], 'each of several on one connection has its own token and its own answer')
})

t.test('headers have bounds, and say nothing of where the server is', async t => {
  t.match(await raw(t, head('GET /livez HTTP/1.1', `X: ${'x'.repeat(20_000)}`)), { status: 400, body: /too large/ })
  t.match(await raw(t, head('GET /livez HTTP/1.1', ...Array.from({ length: 3000 }, (_, i) => `X-${i}: y`))), { status: 400, body: /too large/ })
  t.match(await raw(t, head(`GET /livez?${'x'.repeat(20_000)} HTTP/1.1`)), { status: 400, body: /too large/ })
  t.match(await raw(t, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n'), { status: 400 }, 'no host')
  for (const host of ['evil.example', 'evil.example:1', '"><script>', '127.0.0.1@evil.example']) {
    for (const path of ['/', '/docs', '/openapi.json', '/api/v1/info', '/nowhere']) {
      const { head, body } = await raw(t, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: javascript\r\nForwarded: host=evil.example\r\nConnection: close\r\n\r\n`)
      t.notMatch(head + body, /evil\.example|<script>"|javascript:/, `${path} by ${host}`)
    }
    const made = await raw(t, Buffer.from(post('{"content":"x"}', json).toString().replace('Host: x', `Host: ${host}`)))
    t.match(made.head, /location: \/api\/v1\/messages\/[0-9a-f]{24}\r\n/i)
  }
})

t.test('every answer of every operation, and every page, has the headers that browsers obey', async t => {
  const { operations } = await readDocument(app)
  const pages = ['/docs', '/redoc', '/asyncapi', '/console', '/openapi.json', '/openapi.yaml', '/nowhere', '/api/v1/users/%zz']
  for (const path of [...new Set(operations.filter(({ method }) => method === 'GET').map(({ route }) => route.replaceAll(/\{\w+\}/g, chat.id))), ...pages]) {
    const { status, headers } = await app.root('GET', path)
    t.match(Object.fromEntries(headers), { 'x-content-type-options': 'nosniff', 'x-frame-options': /./, 'content-security-policy': /(script-src 'self'|default-src 'none')(;|$).*frame-ancestors 'none'/ }, `${path}: ${status}`)
    t.notMatch(headers.get('content-security-policy'), /script-src[^;]*unsafe|\*|https?:/)
    t.notOk(headers.has('x-powered-by') || headers.has('server') || headers.has('set-cookie'))
  }
})

/** The address that a login is remembered by. */
async function addressOf (server: TestApp, person: Person, forwarded: string): Promise<string | null> {
  const login = await server.request('POST', '/auth/login', { body: { username: person.username, password: person.password }, headers: { 'x-forwarded-for': forwarded, 'x-real-ip': '198.51.100.1', forwarded: 'for=198.51.100.2' } })
  const { body } = await server.request('GET', '/auth/sessions', { token: login.body.access_token })
  return body.items.find(({ is_current: isCurrent }: { is_current: boolean }) => isCurrent).ip
}

t.test('a client\'s own word for where it comes from counts only behind a proxy that is named', async t => {
  for (const word of ['203.0.113.9', '10.0.0.1, 203.0.113.9', '<script>']) t.equal(await addressOf(app, ann, word), '127.0.0.1', word)
  const behind = await startApp(t, { TRUST_PROXY: '127.0.0.0/8, 10.0.0.0/8' })
  const [cyd] = await registerAll(behind, 'cyd') as [Person]
  t.equal(await addressOf(behind, cyd, '203.0.113.9'), '203.0.113.9')
  t.equal(await addressOf(behind, cyd, '198.51.100.7, 203.0.113.9, 10.1.2.3'), '203.0.113.9', 'what stands before the first stranger is that stranger\'s word')
  const far = await startApp(t, { TRUST_PROXY: '10.0.0.0/8' })
  const [dee] = await registerAll(far, 'dee') as [Person]
  t.equal(await addressOf(far, dee, '203.0.113.9'), '127.0.0.1', 'another proxy than the one named')
})

t.test('requests that never end cost their own connections, and nobody else', async t => {
  const server = await startServer(t, { HTTP_REQUEST_MS: '2000' })
  const { port } = new URL(server.url)
  const begun = Date.now()
  const halves = ['GET /livez HTTP/1.1\r\nHost: x\r\nX-A: b\r\n', 'GET /li', `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\n${json}\r\nContent-Length: 100\r\n\r\n{"user`, `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"us`]
  const ended: Promise<{ text: string, after: number }>[] = []
  const sockets: Socket[] = []
  for (let i = 0; i < 400; i++) {
    const socket = connect(Number(port), '127.0.0.1')
    sockets.push(socket)
    let text = ''
    socket.on('error', () => {}).on('data', part => { text += String(part) })
    ended.push(once(socket, 'close').then(() => ({ text, after: Date.now() - begun })))
    socket.write(halves[i % halves.length]!)
  }
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  // One byte now and then is no progress.
  const drip = setInterval(() => { for (const [i, socket] of sockets.entries()) if (i % 4 === 0 && socket.writable) socket.write('x') }, 300)
  t.teardown(() => { clearInterval(drip) })
  let slowest = 0
  for (let i = 0; i < 20; i++) {
    const watch = stopwatch()
    const { status } = await server.root('GET', '/health', { headers: { connection: 'close' } })
    slowest = Math.max(slowest, watch.stop())
    t.equal(status, 200, 'a neighbour is answered')
    await wait(50)
  }
  t.ok(slowest < 2000, `the slowest answer took ${slowest} ms`)
  const all = await Promise.all(ended)
  t.ok(all.every(({ text }) => text === '' || /^HTTP\/1\.1 (400|408) /.test(text)), 'each is told or just closed')
  t.ok(Math.max(...all.map(({ after }) => after)) < 20_000, `all 400 are closed after ${Math.max(...all.map(({ after }) => after))} ms`)
  t.equal((await server.root('GET', '/health')).status, 200)
})

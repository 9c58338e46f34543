import t from 'tap'
import { testSettings } from '../helpers/app.ts'
import { makeChat, registerAll, say, type Person } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { plantedKey, startProvider } from '../helpers/provider.ts'
import { openSocket } from '../helpers/socket.ts'
import { type Draft, isText, readDocument, requestOf, sampleOf, sender, withValue } from './inputs.ts'

t.test('no token, password, cookie, key, ticket or text is in the logs, at the chattiest level, whatever goes wrong', async t => {
  const provider = await startProvider(t)
  provider.script('planted-reply-text')
  const secretKey = 'planted-secret-key-0123456789abcdef'
  const app = await startServer(t, { ...testSettings(), ...provider.settings, LOG_LEVEL: 'trace', SECRET_KEY: secretKey })
  const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(app, ann)
  const group = await makeChat(app, ann, 'group', [bob])
  const message = await say(app, ann, chat.id, 'planted-first-text')
  const { operations } = await readDocument(app)
  const send = sender(t, app.url)
  const secrets = new Map<string, string>([['the secret key', secretKey], ['the provider\'s key', plantedKey], ['a reply', 'planted-reply-text'], ['a text', 'planted-first-text'], ['a password', ann.password]])
  const remember = (text: string) => {
    for (const [, name, value] of text.matchAll(/"(access_token|refresh_token|ticket|key|api_key|secret)":"([^"]{16,})"/g)) {
      secrets.set(`${name!} ${secrets.size}`, value!)
      // A part of a token is as good as all of it, but for its head, which all have in common.
      for (const part of value!.split('.').slice(1)) secrets.set(`a part of ${name!} ${secrets.size}`, part)
    }
  }
  for (const { token, refreshToken } of [ann, bob]) remember(JSON.stringify({ access_token: token, refresh_token: refreshToken }))
  const plant = (what: string) => {
    const word = `planted-${what}-${secrets.size}`
    secrets.set(word, word)
    return word
  }

  // What ends the session that asks comes last.
  const rank = ({ id }: { id: string }) => ['logout', 'deleteMe'].indexOf(id)
  for (const operation of operations.toSorted((a, b) => rank(a) - rank(b))) {
    const { id, inputs, body, isForm } = operation
    const ids: Record<string, string> = { chat_id: /articipant|leave/.test(id) ? group.id : chat.id, message_id: message.id, branch_id: chat.active_branch_id, other_id: chat.active_branch_id, emoji: '👍', user_id: id === 'deleteUser' ? '66f0c0ffee0000000000c0de' : bob.id }
    const draft: Draft = {
      params: Object.fromEntries(inputs.filter(({ where }) => where === 'path').map(({ name, schema }) => [name, ids[name] ?? String(sampleOf(schema))])),
      // Of an address only what is said, searched or shown at the door is a secret.
      query: Object.fromEntries(inputs.filter(({ where, name, required }) => where === 'query' && (required || ['q', 'content', 'token', 'ticket'].includes(name))).map(({ name, schema }) => [name, isText(schema) ? plant(`query-${name}`) : String(sampleOf(schema))])),
      headers: { cookie: `session=${plant('cookie')}`, 'x-api-key': plant('api-key'), 'proxy-authorization': `Basic ${plant('proxy')}` },
      body: body && sampleOf(body)
    }
    const ask = async (draft: Draft, token = ann.token) => { remember((await send(requestOf(operation, draft, token))).body) }
    if (body) {
      let full = draft.body
      for (const input of inputs.filter(({ where, path, schema }) => where === 'body' && path.length === 1 && isText(schema) && !schema['enum'])) {
        const { name, schema } = input
        const word = plant(`body-${name}`)
        const value = schema['pattern']?.includes('0-9a-f') ? ids[name] : schema['format'] === 'email' ? `${word}@example.com` : schema['pattern']?.includes('{3,32}') ? word.slice(-32) : word
        if (value !== undefined && name !== 'refresh_token') full = withValue(full, [name], value)
      }
      if (id === 'login') delete full.email
      await ask({ ...draft, body: full })
      // The same again finds it taken, used or changed.
      await ask({ ...draft, body: full })
      await ask({ ...draft, body: withValue(full, [plant('member')], plant('value')) })
      if (!isForm) {
        for (const bad of [`{"content":"${plant('cut-off')}`, `{"${plant('proto')}":1,"__proto__":{"a":"${plant('proto')}"}}`, `"${plant('text')}"`, JSON.stringify(Object.fromEntries(Object.keys(full).map(name => [name, { [plant('object')]: plant('object') }])))]) await ask({ ...draft, body: bad })
        await ask({ ...draft, body: JSON.stringify({ content: plant('large') + 'x'.repeat(300_000) }) })
      }
    } else await ask(draft)
    await ask(draft, `${plant('forged')}.${plant('forged')}.${plant('forged')}`)
    await ask(draft, `${ann.token.slice(0, -4)}AAAA`)
  }

  // A new session, since the old one ended above.
  const [cyd] = await registerAll(app, 'cyd') as [Person]
  remember(JSON.stringify({ access_token: cyd.token, refresh_token: cyd.refreshToken }))
  const own = await makeChat(app, cyd)
  for (const fault of [{ fault: 'status', status: 401 }, { fault: 'status', status: 429 }, { fault: 'status', status: 500 }, { fault: 'invalid_json' }, { fault: 'cut_off', after: 1 }, { fault: 'redirect', to: 'http://127.0.0.1:1/' }, { fault: 'reset_before' }] as const) {
    provider.next({ ...fault, text: plant('reply'), times: 4 })
    await app.request('POST', `/chats/${own.id}/completions`, { token: cyd.token, body: { content: plant('question') } })
    await provider.idle()
  }
  const { ticket } = (await app.request('POST', '/auth/ws-ticket', { token: cyd.token })).body
  secrets.set('a ticket', ticket)
  for (const query of [`ticket=${ticket}`, `ticket=${ticket}`, `token=${cyd.token}`, `token=${plant('socket-token')}`, `ticket=${plant('socket-ticket')}`]) {
    const socket = await openSocket(t, `${app.api}/ws/${own.id}?${query}`, { headers: { cookie: `x=${plant('socket-cookie')}` } })
    for (const frame of [{ type: 'message', chat_id: own.id, content: plant('frame') }, { type: 'message', chat_id: own.id, content: { [plant('frame')]: 1 } }, { type: plant('frame-type') }, `{"content":"${plant('frame')}`, { type: 'authenticate', token: plant('frame-token') }]) socket.send(frame)
    socket.send({ type: 'ping', id: 'end' })
    await socket.next('pong').catch(() => {})
    socket.socket.terminate()
  }
  for (const header of [`Bearer ${plant('bearer')}`, `Basic ${plant('basic')}`, plant('bare')]) await app.request('GET', '/users/me', { headers: { authorization: header } })
  for (const path of [`/users/me?access_token=${plant('query')}`, `/users/me?%74oken=${plant('query')}`, `/nowhere?token=${plant('query')}`, `/users/%E0%A4%A?token=${plant('query')}`, `/users/search?%71=${plant('query')}`]) await fetch(app.api + path)

  app.kill()
  await app.stopped
  const log = app.lines.join('\n')
  t.ok(log.split('"msg":"answered"').length > 300, 'it was logged')
  t.ok(secrets.size > 300, `${secrets.size} secrets`)
  const told = [...secrets].filter(([, secret]) => log.includes(secret)).map(([name, secret]) => `${name}: ${app.lines.find(line => line.includes(secret))!.slice(0, 400)}`)
  t.same(told, [])
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Message } from '../../src/messages/schemas.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'

t.test('what was acknowledged survives SIGKILL of the server and its MongoDB', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-durability-'))
  t.teardown(async () => { await rm(folder, { recursive: true, force: true }) })
  // As `npm start` without a configuration: the embedded MongoDB, a secret of its own.
  const settings = { NODE_ENV: 'development', MONGODB_URL: '', MONGODB_DATABASE: '', SECRET_KEY: '', PARLEY_DATA_DIR: folder }
  const first = await startServer(t, settings)
  const mongod = Number(await readFile(join(folder, 'mongodb', 'mongod.lock'), 'utf8'))
  const [ann, bob] = await registerAll(first, 'ann', 'bob') as [Person, Person]
  const chats = [await makeChat(first, ann, 'group', [bob]), await makeChat(first, ann, 'direct', [bob]), await makeChat(first, ann)]

  const acknowledged: Message[] = []
  let edited: Message | undefined
  await new Promise<void>(resolve => {
    const writers = [0, 1, 2, 3, 4, 5].map(async writer => {
      for (let i = 0; ; i++) {
        const { body } = await first.request('POST', `/chats/${chats[writer % 3]!.id}/messages`, { token: ann.token, body: { content: `${writer}:${i}` } })
        if (acknowledged.push(body) === 60) edited = (await first.request('PATCH', `/messages/${body.id}`, { token: ann.token, body: { content: 'edited' } })).body
        if (acknowledged.length >= 150 && edited) resolve()
      }
    })
    // They end when nobody answers any more.
    for (const writer of writers) writer.catch(() => {})
  })
  // Right after an answer, while others are on their way.
  first.kill('SIGKILL')
  process.kill(mongod, 'SIGKILL')
  t.match(await first.stopped, { signal: 'SIGKILL' })

  const second = await startServer(t, settings)
  t.comment(`${acknowledged.length} acknowledged`)
  const login = await second.request('POST', '/auth/login', { body: { email: ann.email, password: ann.password } })
  t.equal(login.status, 200, 'the login works')
  t.equal((await second.request('GET', '/users/me', { token: ann.token })).status, 200, 'and the tokens of before: the secret was kept')

  const { items } = (await second.request('GET', '/chats', { token: ann.token })).body
  const found = new Map<string, Message>()
  for (const chat of chats) {
    let cursor = ''
    const log: Message[] = []
    do {
      const { body } = await second.request('GET', `/chats/${chat.id}/messages?order=asc&limit=100${cursor && `&cursor=${cursor}`}`, { token: ann.token })
      log.push(...body.items)
      cursor = body.next_cursor
    } while (cursor)
    for (const message of log) found.set(message.id, message)
    t.same(log.map(({ message_index }) => message_index), log.map((_, i) => i), 'places without a hole')
    const listed = items.find(({ id }: { id: string }) => id === chat.id)
    t.equal(listed.last_message.id, log.at(-1)!.id, 'the list knows the newest message')
    t.ok(listed.last_seq >= log.at(-1)!.seq)
  }
  t.same(acknowledged.filter(({ id, seq }) => found.get(id)?.seq !== seq), [], 'every message is there, under its number')
  t.match(found.get(edited!.id), { content: 'edited', rev: edited!.rev })
  t.equal((await second.request('POST', `/chats/${chats[0]!.id}/messages`, { token: bob.token, body: { content: 'and on' } })).status, 201)
})

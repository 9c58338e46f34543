import t from 'tap'
import { userChanged } from '../../src/users/events.ts'
import { isProblem, scene } from '../auth/scene.ts'
import type { Answer } from '../helpers/app.ts'

const idsOf = ({ body }: Answer): string[] => body.items.map(({ id }: { id: string }) => id)

t.test('nobody sees the email of another, by whatever way', async t => {
  const { call, person } = await scene()
  const ada = await person({ email: 'hidden.address@example.com', full_name: 'Ada' })
  const { token } = await person()
  const answers = await Promise.all([`/users/${ada.id}`, '/users', `/users/search?q=${ada.username}`, '/users/search?q=ada'].map(async url => await call('GET', url, { token })))
  const members = ['created_at', 'full_name', 'id', 'is_active', 'last_seen', 'username']
  t.same(Object.keys(answers[0]!.body).sort(), members)
  for (const { status, text, body } of answers) {
    t.equal(status, 200)
    t.match(text, ada.id)
    t.notMatch(text, /hidden|@|password|role|_key/)
    for (const item of body.items ?? []) t.same(Object.keys(item).sort(), members)
  }
  t.same(idsOf(await call('GET', '/users/search?q=hidden', { token })), [], 'an email is not searched')
})

t.test('a profile that is not there, and an id that is none', async t => {
  const { call, person } = await scene()
  const { token } = await person()
  isProblem(t, await call('GET', '/users/66f0c0ffee0000000000a001', { token }), 404, 'user_not_found')
  for (const id of ['nonsense', '66F0C0FFEE0000000000A001', '%7B%22$ne%22:null%7D']) isProblem(t, await call('GET', `/users/${id}`, { token }), 400, 'validation_failed')
  for (const url of ['/users', '/users/me', '/users/search?q=a', '/users/66f0c0ffee0000000000a001']) isProblem(t, await call('GET', url), 401, 'unauthenticated')
})

t.test('a walk through the list sees each once who was there all the time, while others come and go', async t => {
  const { call, person, users } = await scene()
  const { id, token } = await person()
  const add = async (name: string) => (await users.create({ email: `${name}@example.com`, username: name, password_hash: 'x' })).id
  const self = (userId: string) => ({ id: userId, username: 'x', role: 'user' as const, session_id: userId })
  const staying = [id]
  const going: string[] = []
  for (let i = 0; i < 40; i++) (i % 4 === 0 ? going : staying).push(await add(`walker${i}`))

  const seen: string[] = []
  let pages = 0
  for (let cursor: string | null = ''; cursor !== null; pages++) {
    const answer: Answer = await call('GET', `/users?limit=7${cursor && `&cursor=${cursor}`}`, { token })
    t.equal(answer.status, 200)
    seen.push(...idsOf(answer))
    cursor = answer.body.next_cursor
    const gone = going.pop()
    if (gone) await users.remove(self(gone), gone)
    if (pages < 4) await add(`newcomer${pages}`)
  }
  t.equal(new Set(seen).size, seen.length, 'nobody twice')
  t.same(seen.filter(one => staying.includes(one)), staying, 'all who stayed, in order')
  t.ok(pages >= 5)
})

t.test('a list takes its own cursors and sensible limits only', async t => {
  const { call, person } = await scene()
  const { token } = await person()
  await person()
  const cursor: string = (await call('GET', '/users?limit=1', { token })).body.next_cursor
  t.ok(cursor)
  t.equal((await call('GET', `/users?cursor=${cursor}`, { token })).body.items.length, 1)
  const search: string = (await call('GET', '/users/search?q=p-&limit=1', { token })).body.next_cursor
  t.ok(search)
  const wrong = [`/users?cursor=${search}`, `/users/search?q=p-&cursor=${cursor}`, `/users/search?q=other&cursor=${search}`, `/users?cursor=${cursor.slice(0, -1)}`, `/users?cursor=x${cursor}`, '/users?cursor=nonsense', '/users?cursor=..']
  for (const url of wrong) isProblem(t, await call('GET', url, { token }), 400, 'invalid_cursor')
  for (const query of ['limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'cursor=', `cursor=${'a'.repeat(401)}`, 'sort=email', 'limit[$gt]=1']) {
    isProblem(t, await call('GET', `/users?${query}`, { token }), 400, 'validation_failed')
  }
})

t.test('names are remembered, and forgotten when they change', async t => {
  const { users, connection, bus } = await scene()
  const ada = (await users.create({ email: 'ada@example.com', username: 'ada', password_hash: 'x' })).id
  const bob = (await users.create({ email: 'bob@example.com', username: 'bob', password_hash: 'x' })).id
  const actor = { id: ada, username: 'ada', role: 'user' as const, session_id: ada }
  const names = async () => Object.fromEntries(await users.names([ada, bob, '66f0c0ffee0000000000a001', ada]))
  t.same(await names(), { [ada]: 'ada', [bob]: 'bob' })
  await connection.collection('users').updateMany({}, [{ $set: { username: { $concat: ['$username', '2'] } } }])
  t.same(await names(), { [ada]: 'ada', [bob]: 'bob' }, 'no query is made for a known name')
  bus.emit(userChanged, { user_id: bob })
  t.same(await names(), { [ada]: 'ada', [bob]: 'bob2' })
  await users.update(actor, { username: 'lovelace' })
  t.same(await names(), { [ada]: 'lovelace', [bob]: 'bob2' })
  bus.emit(userChanged, { user_id: bob })
  const early = users.names([bob])
  bus.emit(userChanged, { user_id: bob })
  await early
  await connection.collection('users').updateOne({ username: 'bob2' }, { $set: { username: 'bob3' } })
  t.same(await names(), { [ada]: 'lovelace', [bob]: 'bob3' }, 'what was read before a change is not kept')
  await users.remove(actor, ada)
  t.same(await names(), { [bob]: 'bob3' })
})

t.test('who exists and is active, and when somebody was seen', async t => {
  const { users, connection } = await scene()
  const [ada, bob] = await Promise.all(['ada', 'bob'].map(async username => (await users.create({ email: `${username}@example.com`, username, password_hash: 'x' })).id)) as [string, string]
  const actor = { id: ada, username: 'ada', role: 'user' as const, session_id: ada }
  const nobody = '66f0c0ffee0000000000a001'
  t.same(await users.existing([ada, bob, nobody]), new Set([ada, bob]))
  t.same(await users.existing([]), new Set())
  await connection.collection('users').updateOne({ username: 'bob' }, { $set: { is_active: false } })
  t.same(await users.existing([ada, bob]), new Set([ada]))
  const before = Date.now()
  await users.touch(ada)
  await users.touch(nobody)
  const seen = Date.parse((await users.get(actor, ada)).last_seen!)
  t.ok(seen >= before && seen <= Date.now())
  t.equal(await connection.collection('users').countDocuments(), 2, 'nobody was made by it')
})

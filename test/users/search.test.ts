import fc from 'fast-check'
import t from 'tap'
import { keyOf, searchKeyOf } from '../../src/users/model.ts'
import { isProblem, scene } from '../auth/scene.ts'

const actor = { id: '66f0c0ffee0000000000a001', username: 'x', role: 'user' as const, session_id: '66f0c0ffee0000000000b001' }

/** A scene with these accounts, each a username and perhaps a full name. */
async function crowd (people: [username: string, fullName?: string][]) {
  const parts = await scene()
  for (const [username, fullName] of people) {
    await parts.users.create({ email: `${username}@example.com`, username, full_name: fullName ?? null, password_hash: 'x' })
  }
  return { ...parts, search: async (q: string) => (await parts.users.search(actor, { q, limit: 100 })).items.map(({ username }) => username) }
}

t.test('the beginning of a username or full name is found, in any case, each person once', async t => {
  const { search } = await crowd([['ada', 'Ada Lovelace'], ['adam', 'Zed'], ['zoe', 'Adaline'], ['bob', 'Madam'], ['ADX', 'Bob'], ['adi', 'ADI']])
  t.same(await search('ad'), ['ada', 'zoe', 'adam', 'adi', 'ADX'], 'in the order of what matched')
  t.same(await search('AD'), await search('ad'))
  t.same(await search('ada '), ['ada', 'zoe', 'adam'])
  t.same(await search('ada l'), ['ada'])
  t.same(await search('dam'), [], 'not in the middle')
  t.same(await search('bob'), ['bob', 'ADX'])
  t.same(await search('lovelace'), [], 'a full name is found by how it begins')
})

t.test('every character stands for itself', async t => {
  const { search } = await crowd([['ada', '.*'], ['a.a', 'a+b (c) [d] $e ^f |g \\h {i} ?'], ['axa', '^ada$'], ['bob', '$gt'], ['carol', '(unclosed']])
  t.same(await search('.*'), ['ada'])
  t.same(await search('a.a'), ['a.a'])
  t.same(await search('a+b (C) [d] $e ^f |g \\h {i} ?'), ['a.a'])
  t.same(await search('^ada'), ['axa'])
  t.same(await search('$gt'), ['bob'])
  t.same(await search('(unclosed'), ['carol'])
  for (const q of ['.', '*', '[a-z]', 'a|b', '\\', '%', '_', 'a*', '.{1,3}', '(a+)+$']) t.same(await search(q), q === '.' ? ['ada'] : [], q)
})

t.test('names of any script are found', async t => {
  const { search } = await crowd([['a01', 'Élodie'], ['a02', 'Ｗｉｄｅ'], ['a03', '山田太郎'], ['a04', 'ΟΔΟΣ ΜΟΥ'], ['a05', '😀 Smile'], ['a06', 'Ёлка'], ['a07', '\ufb01sh']])
  t.same(await search('e\u0301LO'), ['a01'], 'composed or not')
  t.same(await search('wide'), ['a02'], 'wide letters are letters')
  t.same(await search('山'), ['a03'])
  t.same(await search('οδος'), ['a04'], 'either small sigma')
  t.same(await search('οδοσ μ'), ['a04'])
  t.same(await search('😀'), ['a05'])
  t.same(await search('ё'), ['a06'])
  t.same(await search('fi'), ['a07'], 'a ligature is its letters')
})

t.test('pages of a search see everyone once, in one order, whatever the names', async t => {
  const { users, connection } = await scene()
  const all = Array.from({ length: 60 }, (_, i) => i)
  const fullNames = ['Sam', 'sam smith', 'SAM', 'sam\u{1F600}', 'sam\uffee', 'sam\ue000', 'Other', null]
  await Promise.all(all.map(async i => await users.create({ email: `s${i}@example.com`, username: i % 3 === 0 ? `sam${i}` : `other${i}`, full_name: fullNames[i % fullNames.length]!, password_hash: 'x' })))
  const expected = all.filter(i => i % 3 === 0 || i % fullNames.length < 6).length
  const whole = (await users.search(actor, { q: 'sam', limit: 100 })).items.map(({ id }) => id)
  t.equal(new Set(whole).size, expected)
  t.equal(whole.length, expected)
  for (const limit of [1, 2, 3, 7, expected - 1, expected]) {
    const paged: string[] = []
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Awaited<ReturnType<typeof users.search>> = await users.search(actor, { q: 'Sam', limit, ...(cursor && { cursor }) })
      t.ok(page.items.length === limit || page.next_cursor === null, 'no page is short but the last')
      paged.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor
    }
    t.same(paged, whole, `by ${limit}`)
  }

  const first = await users.search(actor, { q: 'sam', limit: 10 })
  await connection.collection<{ _id: unknown, username_key: string }>('users').deleteOne({ username_key: first.items[9]!.username.toLowerCase() })
  const second = await users.search(actor, { q: 'sam', limit: 100, cursor: first.next_cursor! })
  t.same([...first.items, ...second.items].map(({ id }) => id), whole, 'the place a cursor names need not exist any more')
})

t.test('the search runs on the indexes', async t => {
  const { connection } = await crowd([['ada', 'Ada']])
  for (const [field, sort] of [['username_key', { username_key: 1 }], ['full_name_key', { full_name_key: 1, _id: 1 }]] as const) {
    const filter = { $or: [{ [field]: { $gt: 'a', $lt: 'b' } }, { [field]: 'a', _id: { $gt: 1 } }] }
    for (const one of [filter, { [field]: { $gte: 'a', $lt: 'b' } }]) {
      const plan = JSON.stringify((await connection.collection('users').find(one as object).sort(sort).explain('queryPlanner') as { queryPlanner: { winningPlan: object } }).queryPlanner.winningPlan)
      t.match(plan, 'IXSCAN')
      t.notMatch(plan, /COLLSCAN|"stage":"SORT"/)
    }
  }
})

t.test('over HTTP the text is bounded and must say something', async t => {
  const { call, person } = await scene()
  const { token, id } = await person({ full_name: '"\\&?#/ %41' })
  const found = await call('GET', `/users/search?q=${encodeURIComponent('"\\&?#/ %41')}`, { token })
  t.equal(found.body.items[0]?.id, id)
  for (const query of ['', 'q=', 'q=%20%20', `q=${'a'.repeat(101)}`, 'q=a&q=b', 'q[$regex]=.*', 'q=a&x=1', 'q=a&limit=101']) {
    isProblem(t, await call('GET', `/users/search?${query}`, { token }), 400, 'validation_failed')
  }
})

t.test('the longest name still makes a cursor that is accepted', async t => {
  const { users, call, person } = await scene()
  const { token } = await person()
  for (const [i, letter] of ['"', '\\', '\u{1F600}', '\ufdfa'].entries()) {
    for (const copy of [0, 1]) await users.create({ email: `l${i}${copy}@example.com`, full_name: letter.repeat(letter.length > 1 ? 50 : 100), password_hash: 'x' })
    const { body } = await call('GET', `/users/search?limit=1&q=${encodeURIComponent(letter)}`, { token })
    t.equal((await call('GET', `/users/search?q=${encodeURIComponent(letter)}&cursor=${body.next_cursor}`, { token })).body.items.length, 1)
  }
})

t.test('keys: the same for every spelling, and stable', async t => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), text => {
    t.equal(keyOf(keyOf(text)), keyOf(text))
    t.equal(keyOf(text.normalize('NFD')), keyOf(text))
    t.ok(keyOf(text).startsWith(searchKeyOf(text)))
  }), { numRuns: 200 })
})

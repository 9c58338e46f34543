import { randomBytes } from 'node:crypto'
import { Types } from 'mongoose'
import t from 'tap'
import { completeScene } from './fixture.ts'

const scene = await completeScene(t)
const { app, ann, bob, root, must, operations, chat } = scene
const staying = 25
const limit = 10
/** Rows that come and go while a list is read. */
const churn = 1000
const collection = (name: string) => app.connection.collection(name)
const oid = (id: string) => new Types.ObjectId(id)
/** An id of any time in the past: a row may turn up in any place of a list. */
const anyId = () => new Types.ObjectId(Math.floor(1e9 + Math.random() * 7e8).toString(16).padStart(8, '0') + randomBytes(8).toString('hex'))
const anyTime = () => new Date(1e12 + Math.floor(Math.random() * 7e11))
const word = () => `pg-${randomBytes(8).toString('hex')}`

interface List {
  path: string
  /** Makes rows; answers what they are known by in the list. */
  make: (count: number) => Promise<string[]>
  remove: (keys: string[]) => Promise<unknown>
  keyOf?: (row: any) => string
  as?: typeof ann
}

/** Rows that are copies of a record, with ids of their own. */
const copies = (name: string, pattern: object, change: () => object = () => ({})) => ({
  async make (count: number) {
    const record = (await collection(name).findOne(pattern))!
    const rows = Array.from({ length: count }, () => ({ ...record, _id: anyId(), ...change() }))
    await collection(name).insertMany(rows)
    return rows.map(({ _id }) => String(_id))
  },
  remove: async (keys: string[]) => await collection(name).deleteMany({ _id: { $in: keys.map(oid) } })
})

const people = copies('users', { username: 'bob' }, () => {
  const name = word()
  return { username: name, username_key: name, email: `${name}@example.com`, email_key: `${name}@example.com`, full_name: name, full_name_key: name }
})
const chats = copies('chats', { _id: oid(chat.id) }, () => ({ updated_at: anyTime() }))
let slot = 1000
let place = 0
const inChat = await must('POST', '/chats', ann, {})
const branched = await must('POST', '/chats', ann, {})
await must('POST', `/chats/${branched.id}/messages`, ann, { content: 'root' })
await must('POST', `/chats/${branched.id}/branches`, ann, { name: 'one', message_index: 0 })
// As often as in a long conversation something is said and taken back while somebody reads it.
const talk: Pick<List, 'make' | 'remove'> = {
  make: async count => await Promise.all(Array.from({ length: count }, async () => (await must('POST', `/chats/${inChat.id}/messages`, ann, { content: word() })).id)),
  remove: async keys => await Promise.all(keys.map(async key => await must('DELETE', `/messages/${key}`, ann).catch(() => {})))
}
const turns: Pick<List, 'make' | 'remove'> = {
  make: async count => await Promise.all(Array.from({ length: count }, async () => (await must('POST', `/chats/${inChat.id}/turns`, ann, { question: word(), response: 'yes' })).turn_id)),
  remove: talk.remove
}
const branches = copies('branches', { chat_id: oid(branched.id), name: 'one' }, () => ({ name: word(), seq: 10 + ++place * 7919 % 100_003 }))
const audit = copies('audit', {}, () => ({ created_at: anyTime() }))

await must('POST', '/auth/api-keys', ann, { name: 'A program', scopes: ['read'] })
// Something to be written in the audit log.
await must('GET', `/admin/chats/${chat.id}/messages`, root)

/** Each paged list of the document, and how its rows come and go. */
const lists: Record<string, List> = {
  listSessions: { path: '/auth/sessions', ...copies('sessions', { user_id: oid(ann.id) }) },
  listApiKeys: { path: '/auth/api-keys', ...copies('api_keys', { user_id: oid(ann.id) }, () => ({ slot: ++slot })) },
  listUsers: { path: '/users', ...people },
  searchUsers: { path: '/users/search?q=pg-', ...people },
  listAccounts: { path: '/admin/users', ...people, as: root },
  listChats: { path: '/chats', ...chats },
  listChatsOfUser: { path: `/admin/users/${ann.id}/chats`, ...chats, as: root },
  listMessages: { path: `/chats/${inChat.id}/messages`, ...talk },
  readAnyMessages: { path: `/admin/chats/${inChat.id}/messages?order=asc`, ...talk, as: root },
  listTurns: { path: `/chats/${inChat.id}/turns`, ...turns, keyOf: ({ turn_id: id }) => id },
  listBranches: { path: `/chats/${branched.id}/branches`, ...branches },
  getTree: { path: `/chats/${branched.id}/tree`, ...branches },
  listMemories: { path: '/memories', ...copies('memories', { user_id: oid(ann.id) }, () => ({ slot: ++slot })) },
  listAudit: { path: '/admin/audit', ...audit, as: root },
  listUsage: { path: '/admin/usage', ...copies('usage', {}, () => ({ user_id: anyId(), model: 'test-model' })), keyOf: ({ user_id: id }) => id, as: root }
}
// The sums have a row for a person, not for a record.
lists['listUsage']!.make = async count => {
  const record = (await collection('usage').findOne({}))!
  const rows = Array.from({ length: count }, () => ({ ...record, _id: anyId(), user_id: anyId() }))
  await collection('usage').insertMany(rows)
  return rows.map(({ user_id: id }) => String(id))
}
lists['listUsage']!.remove = async keys => await collection('usage').deleteMany({ user_id: { $in: keys.map(oid) } })

t.test('every paged list of the document is tried here', async t => {
  t.same(Object.keys(lists).sort(), operations.filter(({ method, takes }) => method === 'GET' && takes('query', 'cursor')).map(({ id }) => id).sort())
})

for (const [id, { path, make, remove, keyOf = (row: any) => row.id as string, as = ann }] of Object.entries(lists)) {
  t.test(`${id}: what was there at the start and stays is seen once, while others come and go`, async t => {
    // A deletion in the log is a transaction, and a turn is two: of these fewer go, and fewer come.
    const [atOnce, going, enough] = id === 'listTurns' ? [8, 1, churn / 10] : id.endsWith('Messages') ? [40, 2, churn] : [40, 40, churn]
    // Each page of them is also written to the audit log, or is read from the log: fewer and larger ones.
    const [size, there] = id.endsWith('Messages') ? [50, 60] : [limit, staying]
    const stay = await make(there)
    const live = await make(20)
    let moved = 20
    const join = path.includes('?') ? '&' : '?'
    let passes = 0
    let firstCursor = ''
    // Each of these lists has an end that goes on only while something is added to it.
    while (moved < enough || passes === 0) {
      passes++
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { items: unknown[], next_cursor: string | null } = await must('GET', `${path}${join}limit=${size}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, as)
        if (page.items.length > size) t.fail(`a page of ${page.items.length}`)
        seen.push(...page.items.map(keyOf))
        cursor = page.next_cursor
        firstCursor ||= cursor ?? ''
        if (moved < enough) {
          const fresh = await make(atOnce)
          moved += fresh.length
          await remove(live.splice(0, going))
          live.push(...fresh)
        }
      }
      const times = stay.map(key => seen.filter(one => one === key).length)
      t.same(times.filter(count => count !== 1), [], `pass ${passes}: ${seen.length} rows`)
      t.equal(new Set(seen).size, seen.length, 'and no other twice')
    }
    if (atOnce === going) await remove([...live, ...stay])

    const half = Math.floor(firstCursor.indexOf('.') / 2)
    const other = (text: string) => text === 'A' ? 'B' : 'A'
    const forged = {
      'another place': other(firstCursor[half]!) + firstCursor.slice(1),
      'another signature': firstCursor.slice(0, -2) + other(firstCursor.at(-2)!) + firstCursor.at(-1)!,
      'no signature': firstCursor.split('.')[0]!,
      'a signature cut short': firstCursor.slice(0, -4),
      'more behind it': `${firstCursor}.x`,
      'a place of one\'s own': `${Buffer.from('[{"$gt":""}]').toString('base64url')}.${firstCursor.split('.')[1]!}`,
      'that of another list': (await must('GET', id === 'listUsers' ? '/chats?limit=1' : '/users?limit=1', ann)).next_cursor,
      nonsense: 'x'
    }
    for (const [what, cursor] of Object.entries(forged)) {
      const { status, body } = await app.request('GET', `${path}${join}cursor=${encodeURIComponent(cursor)}`, { token: as.token })
      t.match({ status, code: body.code }, { status: 400, code: 'invalid_cursor' }, what)
    }
    if (as === ann) {
      const { status, body } = await app.request('GET', `${path}${join}cursor=${encodeURIComponent(firstCursor)}`, { token: bob.token })
      t.ok(status >= 400 || !body.items.some((row: unknown) => stay.includes(keyOf(row))) || path.startsWith('/users'), 'another person gains nothing by it')
    }
  })
}

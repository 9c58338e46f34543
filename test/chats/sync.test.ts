import { Types } from 'mongoose'
import t from 'tap'
import type { Sync } from '../../src/chats/read-schemas.ts'
import { createCursors } from '../../src/platform/cursor.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const { services } = app
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const collection = (name: string) => app.connection.collection(name)
const ask = async (method: string, path: string, { token }: Person, body?: unknown) => await app.request(method, path, { token, ...(body !== undefined && { body }) })
const actorOf = ({ id, username }: Person): Actor => ({ id, username, role: 'user', session_id: '', expires_at: 0 })
const upTo = (n: number) => [...Array(n).keys()]
const hourMs = 3_600_000

/** One round of pages. */
async function round (person: Person, cursor?: string, limit = 500) {
  const chats: Sync['chats'] = []
  const removed: string[] = []
  for (let since = cursor, pages = 1; ; pages++) {
    const { status, body, text } = await ask('GET', `/sync?limit=${limit}${since === undefined ? '' : `&since=${since}`}`, person)
    if (status !== 200) throw new Error(text)
    chats.push(...body.chats)
    removed.push(...body.removed)
    since = body.next_cursor as string
    if (!body.has_more) return { chats, removed, cursor: since, pages, ids: chats.map(({ chat_id: id }) => id).sort() }
  }
}

/** Makes all that happened so far an hour older, so that only what happens from now on is new. */
async function age () {
  await services.chats.summaries.flush()
  for (const [name, fields] of Object.entries({ messages: ['created_at'], chats: ['created_at', 'updated_at'], reads: ['at'], removals: ['at'] })) {
    await collection(name).updateMany({}, [{ $set: Object.fromEntries(fields.map(field => [field, { $subtract: [`$${field}`, hourMs] }])) }])
  }
}

t.test('all chats first, then those in which something happened', async t => {
  const chats: any[] = []
  for (const i of upTo(7)) chats.push(await makeChat(app, ann, i === 0 ? 'direct' : 'group', [bob]))
  const mine = await makeChat(app, ann)
  await say(app, bob, chats[2].id, 'x')
  const all = await round(ann)
  t.same(all.ids, [...chats, mine].map(({ id }) => id).sort())
  t.match(all.chats.find(({ chat_id: id }) => id === chats[2].id), { type: 'group', title: 'A chat', epoch: chats[2].epoch, version: 1, active_branch_id: chats[2].active_branch_id, last_seq: 1, unread_count: 1 })
  for (const limit of [1, 3, 8]) {
    const paged = await round(ann, undefined, limit)
    t.same([paged.ids, paged.pages], [all.ids, Math.ceil(8 / limit)], `pages of ${limit}`)
  }
  await age()
  t.same((await round(ann, all.cursor)).ids, [], 'nothing happened')

  const sent = await say(app, bob, chats[1].id, 'y')
  await ask('PATCH', `/chats/${chats[3].id}`, ann, { title: 'Other' })
  await ask('PUT', `/chats/${chats[2].id}/read`, ann, { seq: 1 })
  const { id: invited } = await makeChat(app, bob, 'group', [ann])
  const moved = await round(ann, all.cursor)
  t.same(moved.ids, [chats[1].id, chats[2].id, chats[3].id, invited].sort(), 'a message, a title, what one read on another device, a new chat')
  t.match(moved.chats.find(({ chat_id: id }) => id === chats[1].id), { last_seq: 1, unread_count: 1 })
  t.match(moved.chats.find(({ chat_id: id }) => id === chats[3].id), { title: 'Other', version: 2 })
  t.same((await round(ann, all.cursor, 2)).ids, moved.ids)
  await age()
  t.same((await round(ann, moved.cursor)).ids, [])
  await ask('PATCH', `/messages/${sent.id}`, bob, { content: 'z' })
  t.same((await round(ann, moved.cursor)).ids, [chats[1].id], 'an edit')
  t.same((await round(bob, (await round(bob)).cursor)).ids, [chats[1].id], 'for the others too')

  await age()
  await ask('DELETE', `/chats/${chats[4].id}/participants/${bob.id}`, ann)
  await ask('DELETE', `/chats/${chats[5].id}`, ann)
  await ask('POST', `/chats/${chats[6].id}/leave`, bob)
  await ask('POST', `/chats/${chats[6].id}/participants`, ann, { user_ids: [bob.id] })
  const cursor = (await round(bob)).cursor
  const out = await round(bob, cursor, 3)
  t.same([...out.removed].sort(), [chats[4].id, chats[5].id].sort(), 'where one is not any more')
  t.same(out.ids, [chats[6].id], 'and where one is again')
  t.same((await round(ann, cursorOf(ann, Date.now()))).removed, [chats[5].id])
})

/** A cursor that another time would have given. */
const cursorOf = (person: Person, from: number) => createCursors(app.config.SECRET_KEY).seal(`sync ${person.id}`, [from, null, null])

t.test('what becomes visible late', async t => {
  const carl = await register(app)
  const chat = await makeChat(app, carl)
  await say(app, carl, chat.id, 'x')
  await age()
  const { cursor } = await round(carl)
  t.same((await round(carl, cursor)).ids, [])
  // A process that took its time a while ago, and whose summaries died with it.
  const { _id, ...row } = (await collection('messages').findOne({ chat_id: new Types.ObjectId(chat.id) }))!
  await collection('messages').insertOne({ ...row, seq: 2, rev: 2, message_index: 1, created_at: new Date(Date.now() - 70_000) })
  const late = await round(carl, cursor)
  t.match(late.chats, [{ chat_id: chat.id, last_seq: 2 }])
  t.equal((await collection('chats').findOne({ _id: new Types.ObjectId(chat.id) }))!['last_seq'], 1)
})

t.test('which cursors are refused', async t => {
  const { cursor } = await round(ann)
  for (const [query, status, code] of [
    [`since=x${cursor}`, 400, 'invalid_cursor'],
    [`since=${(await round(bob)).cursor}`, 400, 'invalid_cursor'],
    ['since=', 400, 'validation_failed'],
    ['limit=0', 400, 'validation_failed'],
    ['limit=501', 400, 'validation_failed'],
    [`since=${cursorOf(ann, Date.now() - 30 * 24 * hourMs)}`, 410, 'resync_required'],
    [`since=${cursorOf(ann, Date.now() - 29 * 24 * hourMs)}`, 200, undefined]
  ] as const) t.match(await ask('GET', `/sync?${query}`, ann), { status, body: code ? { code } : {} }, query)
  t.equal((await app.request('GET', '/sync')).status, 401)
  await collection('removals').insertMany(upTo(1001).map(() => ({ user_id: new Types.ObjectId(ann.id), chat_id: new Types.ObjectId(), at: new Date() })))
  t.match(await ask('GET', `/sync?since=${cursor}`, ann), { status: 410, body: { code: 'resync_required' } })
  await collection('removals').deleteMany({})
})

t.test('no chat is missed while others write, and one that rests is not told', async t => {
  const dora = await register(app)
  const [reader, writer] = [actorOf(dora), actorOf(ann)]
  const { chats, messages } = services
  const ids: string[] = []
  for (const _ of upTo(24)) ids.push((await chats.create(writer, { type: 'group', participant_ids: [dora.id] })).chat.id)
  for (const id of ids) await messages.send(writer, id, { content: 'x' })
  const known = new Map<string, number>()
  let cursor: string | undefined
  async function catchUp () {
    for (let more = true; more;) {
      const answer = await chats.sync(reader, { limit: 13, ...(cursor !== undefined && { since: cursor }) })
      for (const { chat_id: id, last_seq: seq } of answer.chats) known.set(id, seq)
      cursor = answer.next_cursor
      more = answer.has_more
    }
  }
  await catchUp()
  t.equal(known.size, 24)
  await age()
  known.clear()
  const resting = ids.slice(20)
  const state = { writing: true, rounds: 0 }
  const reading = (async () => {
    while (state.writing) {
      await catchUp()
      state.rounds++
    }
  })()
  await Promise.all(upTo(4).map(async lane => {
    for (const i of upTo(15)) {
      const id = ids[(i * 4 + lane * 7) % 20]!
      if (i % 3 === 0) await chats.update(writer, id, { title: `title ${i}` })
      else {
        const { message } = await messages.send(writer, id, { content: `text ${i}` })
        if (i % 3 === 1) await messages.edit(writer, message.id, 'edited')
      }
    }
  }))
  state.writing = false
  await reading
  await catchUp()
  const highest = await collection('messages').aggregate<{ _id: Types.ObjectId, seq: number }>([{ $match: { chat_id: { $in: ids.slice(0, 20).map(id => new Types.ObjectId(id)) } } }, { $group: { _id: '$chat_id', seq: { $max: '$seq' } } }]).toArray()
  t.same([...known].sort(), highest.map(({ _id, seq }) => [String(_id), seq]).sort(), `after ${state.rounds} rounds`)
  t.ok(resting.every(id => !known.has(id)))
})

t.test('the newest entry of each chat is found by its index', async t => {
  let pipeline: any[] = []
  const chats = app.connection.models['Chat']!.collection as any
  const real = chats.aggregate
  chats.aggregate = (given: any[]) => {
    pipeline = given
    return real.call(chats, given)
  }
  t.teardown(() => { chats.aggregate = real })
  await services.chats.sync(actorOf(ann), {})
  chats.aggregate = real
  const plan = await real.call(chats, pipeline).explain('executionStats')
  const text = JSON.stringify(plan.stages[0].$cursor.queryPlanner.winningPlan)
  t.match(text, /"stage":"IXSCAN"/)
  t.notMatch(text, /COLLSCAN|SORT/)
  const lookup = plan.stages.find((stage: any) => stage.$lookup)
  t.ok(Number(lookup.totalDocsExamined) <= Number(lookup.nReturned), `${lookup.totalDocsExamined} entries for ${lookup.nReturned} chats`)
  t.equal(Number(lookup.collectionScans), 0)
})

import fc from 'fast-check'
import { Types } from 'mongoose'
import t from 'tap'
import { Problem } from '../../src/platform/errors.ts'
import type { Actor } from '../../src/platform/guard.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { type Catcher, createCatcher, freshRead, inOrder } from './catching-up.ts'

const app = await startApp(t)
const { services } = app
const [ann, bob, cyd] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const actorOf = ({ id, username }: Person): Actor => ({ id, username, role: 'user', session_id: '', expires_at: 0 })
const entries = app.connection.collection('messages')
const ask = async (method: string, path: string, { token }: Person, body?: unknown) => await app.request(method, path, { token, ...(body !== undefined && { body }) })
const changes = async (chatId: string, query: string, person = ann) => await ask('GET', `/chats/${chatId}/changes?${query}`, person)
const told = ({ body }: { body: any }) => body.changes.map(({ seq, type, message }: any) => [seq, message?.content ?? type])

t.test('what was missed, compacted', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  t.match(await changes(chat.id, 'since=0'), { status: 200, body: { chat_id: chat.id, epoch: chat.epoch, from: 0, to: 0, has_more: false, changes: [] } }, 'nothing yet')
  const first = await say(app, ann, chat.id, 'first')
  const second = await say(app, bob, chat.id, 'second')
  await ask('PATCH', `/messages/${first.id}`, ann, { content: 'first again' })
  await ask('PATCH', `/chats/${chat.id}`, ann, { title: 'Another' })
  await ask('PATCH', `/messages/${first.id}`, ann, { content: 'first for good' })
  await ask('POST', `/chats/${chat.id}/participants`, ann, { user_ids: [cyd.id] })
  await ask('DELETE', `/messages/${second.id}`, bob)
  const all = await changes(chat.id, `since=0&epoch=${chat.epoch}`)
  t.match(all.body, { from: 0, to: 7, has_more: false })
  t.same(all.body.changes, [
    { seq: 4, type: 'chat_updated', actor_id: ann.id },
    { seq: 5, type: 'message', message: (await ask('GET', `/messages/${first.id}`, ann)).body },
    { seq: 6, type: 'participant_added', user_id: cyd.id, actor_id: ann.id },
    { seq: 7, type: 'message', message: (await ask('GET', `/messages/${second.id}`, ann)).body }
  ].map(({ message, ...item }) => {
    const { alternatives: _, ...present } = message ?? {}
    return { ...item, ...(message && { message: present }) }
  }))
  t.match(all.body.changes[3].message, { is_deleted: true, content: '', rev: 7, seq: 2 }, 'a tombstone')
  t.notMatch(all.text, /second|again/)
  t.same(told(await changes(chat.id, 'since=5')), [[6, 'participant_added'], [7, '']])
  t.same(told(await changes(chat.id, 'since=0', cyd)), told(all), 'who was let in later sees all, as in the history')
  for (const [since, limit, to, items] of [[0, 3, 3, []], [3, 1, 4, [[4, 'chat_updated']]], [4, 2, 6, [[5, 'first for good'], [6, 'participant_added']]], [6, 1, 7, [[7, '']]], [7, 500, 7, []]] as const) {
    const page = await changes(chat.id, `since=${since}&limit=${limit}`)
    t.match(page.body, { from: since, to, has_more: to < 7 })
    t.same(told(page), items, `since ${since}, ${limit} numbers`)
  }
  for (const query of ['', 'since=-1', 'since=x', 'since=1.5', 'since=0&limit=0', 'since=0&limit=501', 'since=0&epoch=x', 'since=0&colour=red']) t.equal((await changes(chat.id, query)).status, 400, query)
})

t.test('what cannot be told whole is refused, never passed over', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const gone = async (query: string) => { t.match(await changes(chat.id, query), { status: 410, body: { code: 'resync_required' } }, query) }
  for (const text of 'abcdef') await say(app, ann, chat.id, text)
  await gone('since=7')
  await gone(`since=${Number.MAX_SAFE_INTEGER}`)
  await gone('since=6&epoch=0000000000000000')
  t.match(await changes(chat.id, 'since=6'), { status: 200, body: { to: 6, changes: [] } })

  const hidden = await entries.findOneAndDelete({ chat_id: new Types.ObjectId(chat.id), seq: 3 })
  await gone('since=0')
  await gone('since=2&limit=1')
  t.same(told(await changes(chat.id, 'since=3')), [[4, 'd'], [5, 'e'], [6, 'f']], 'what is behind the hole can be told')
  t.same(told(await changes(chat.id, 'since=0&limit=2')), [[1, 'a'], [2, 'b']], 'and what is before it')
  await entries.insertOne(hidden!)

  t.equal((await ask('DELETE', `/chats/${chat.id}/messages`, ann)).status, 204)
  for (const since of [0, 5, 6]) await gone(`since=${since}`)
  const { epoch } = (await ask('GET', `/chats/${chat.id}`, ann)).body
  await gone(`since=7&epoch=${chat.epoch}`)
  await say(app, ann, chat.id, 'g')
  t.match((await changes(chat.id, `since=7&epoch=${epoch}`)).body, { epoch, from: 7, to: 8, changes: [{ seq: 8, message: { content: 'g' } }] })
  // As after the purge, five minutes later.
  await entries.deleteMany({ chat_id: new Types.ObjectId(chat.id), seq: { $lt: 7 } })
  for (const since of [0, 5, 6]) await gone(`since=${since}`)
  t.same(told(await changes(chat.id, 'since=7')), [[8, 'g']])
})

t.test('a deleted branch', async t => {
  const chat = await makeChat(app, ann)
  await say(app, ann, chat.id, 'on main')
  const { body: branch } = await ask('POST', `/chats/${chat.id}/branches`, ann, { name: 'aside', message_index: 0 })
  await say(app, ann, chat.id, 'a word aside', { branch_id: branch.id })
  t.same(told(await changes(chat.id, 'since=0')), [[1, 'on main'], [2, 'branch_created'], [3, 'a word aside']])
  t.equal((await ask('DELETE', `/chats/${chat.id}/branches/${branch.id}`, ann)).status, 204)
  // Its text may be there for a moment longer: a process may have died before it took it.
  await entries.updateOne({ chat_id: new Types.ObjectId(chat.id), seq: 3 }, { $set: { content: 'a word aside', is_deleted: false } })
  const after = await changes(chat.id, 'since=0')
  t.match(after.body.changes, [{ seq: 1 }, { seq: 2, type: 'branch_created' }, { seq: 4, type: 'branch_deleted', branch_id: branch.id }])
  t.notMatch(after.text, /aside/)
})

t.test('rights', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  await say(app, ann, chat.id, 'x')
  t.equal((await changes(chat.id, 'since=0', bob)).status, 200)
  // Past all that is remembered of rights, as by another process.
  await app.connection.collection('chats').updateOne({ _id: new Types.ObjectId(chat.id) }, { $pull: { participants: { user_id: new Types.ObjectId(bob.id) } } } as never)
  const removed = await changes(chat.id, 'since=0', bob)
  t.match(removed, { status: 404, body: { code: 'chat_not_found' } }, 'a removal counts at once')
  const absent = await changes('66f0c0ffee0000000000c001', 'since=0', bob)
  t.equal(absent.body.detail, removed.body.detail, 'and looks like no chat at all')
  t.equal((await app.request('GET', `/chats/${chat.id}/changes?since=0`)).status, 401)
})

t.test('a page of long texts ends before it is too long for a frame', async t => {
  const chat = await makeChat(app, ann)
  for (let i = 0; i < 9; i++) await say(app, ann, chat.id, `${i} ${'😀'.repeat(9_990)}${'é'.repeat(5)}`)
  const sizes: number[] = []
  for (let since = 0; since < 9;) {
    const { body, text } = await changes(chat.id, `since=${since}`)
    sizes.push(body.changes.length)
    t.ok(Buffer.byteLength(text) < 512 * 1024, `${Buffer.byteLength(text)} bytes`)
    t.equal(body.has_more, body.to < 9)
    since = body.to
  }
  t.same(sizes, [6, 3])
})

const n = fc.nat({ max: 1000 })
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('send' as const), at: n, who: n }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), at: n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), at: n }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('react' as const), at: n, who: n, remove: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('branch' as const), at: n, replace: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('activate' as const), at: n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), at: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('name' as const), at: n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('title' as const), at: n }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('people' as const), who: n, what: fc.constantFrom('add', 'remove', 'admin') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), sure: fc.nat({ max: 1 }) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('catch up' as const), client: n, limit: fc.integer({ min: 1, max: 9 }), pages: fc.integer({ min: 1, max: 6 }), epoch: fc.boolean() }) }
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
const pick = <T>(items: T[], at: number): T | undefined => items[at % Math.max(1, items.length)]
const total = { runs: 0, pages: 0, resyncs: 0, items: 0, done: 0, refused: 0 }

/** Several writers and several clients on one chat. `steps` of one list come after each other, the lists at the same time. */
async function run (lists: Step[][]) {
  total.runs++
  const { chats, messages, branches } = services
  const owner = actorOf(ann)
  const { chat: { id } } = await chats.create(owner, { type: 'group', participant_ids: [bob.id], title: 'A chat' })
  const clients: Catcher[] = [ann, bob, bob, cyd].map(person => createCatcher(services, actorOf(person), id))
  let texts = 0
  const known = async () => (await freshRead(services, owner, id))!.shown

  async function perform (step: Step): Promise<unknown> {
    if (step.do === 'catch up') {
      const client = pick(clients, step.client)!
      return await catchUp(client, step.limit, step.epoch, step.pages)
    }
    const text = `text ${++texts}`
    if (step.do === 'title') return await chats.update(owner, id, { title: text })
    if (step.do === 'clear') return step.sure === 0 ? await chats.clear(owner, id) : undefined
    if (step.do === 'people') {
      const person = pick([bob, cyd], step.who)!
      if (step.what === 'add') return await chats.participants.add(owner, id, [person.id])
      return step.what === 'remove' ? await chats.participants.remove(owner, id, person.id) : await chats.participants.change(owner, id, person.id, step.who % 2 === 0)
    }
    const shown = await known()
    const all = [...shown.messages.values()]
    const branch = 'at' in step ? pick([...shown.branches.keys()], step.at)! : ''
    if (step.do === 'send') return await messages.send(actorOf(pick([ann, bob], step.who)!), id, { content: text, branch_id: branch })
    if (step.do === 'activate') return await branches.activate(owner, id, branch)
    if (step.do === 'drop') return await branches.remove(owner, id, branch, true)
    if (step.do === 'name') return await branches.rename(owner, id, branch, text)
    const message = pick(all, step.at)
    if (!message) return
    if (step.do === 'edit') return await messages.edit(actorOf(message.sender_id === ann.id ? ann : bob), message.id, text)
    if (step.do === 'delete') return await messages.remove(owner, message.id)
    if (step.do === 'react') return await messages.react(actorOf(pick([ann, bob], step.who)!), message.id, step.at % 2 ? '👍' : '🎉', step.remove)
    return await branches.create(owner, id, { message_id: message.id, ...(step.replace ? { replace_with: text } : { name: text }) })
  }

  const busy = new Map<Catcher, Promise<void>>()
  /** A client does one thing at a time, as a real one does. */
  async function catchUp (client: Catcher, limit: number, epoch: boolean, pages: number) {
    const before = busy.get(client)
    const mine = (async () => {
      await before
      for (let i = 0; i < pages && await client.step(limit, epoch); i++);
    })()
    busy.set(client, mine.catch(() => {}))
    await mine
  }

  await Promise.all(lists.map(async list => {
    for (const step of list) {
      try {
        await perform(step)
        total.done++
      } catch (error) {
        // What another writer has just removed cannot be changed any more; that is not what is tested here.
        if (!(error instanceof Problem) || error.status >= 500 || error.code === 'resync_required') throw error
        total.refused++
      }
    }
  }))
  for (const [i, client] of clients.entries()) {
    await catchUp(client, 1 + i, i % 2 === 0, 1000)
    const [copy, fresh] = [inOrder(client.shown), inOrder((await freshRead(services, client.actor, id))?.shown)]
    if (JSON.stringify(copy) !== JSON.stringify(fresh)) throw new Error(`client ${i} differs:\n  copy  ${JSON.stringify(copy)}\n  fresh ${JSON.stringify(fresh)}`)
    for (const key of ['pages', 'resyncs', 'items'] as const) total[key] += client.counts[key]
  }
}

t.test('whoever catches up, whenever and in whatever portions, ends with what a fresh read gives', async t => {
  const seed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`PROPERTY_SEED=${seed}`)
  const lists = fc.array(fc.array(step, { minLength: 10, maxLength: 25, size: 'max' }), { minLength: 1, maxLength: 3 })
  await fc.assert(fc.asyncProperty(lists, run), { seed, numRuns: 6, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false, endOnFailure: true })
  t.ok(total.pages > 10 && total.items > 10, `held for seed ${seed}: ${JSON.stringify(total)}`)
})

import { Types } from 'mongoose'
import t, { type Test } from 'tap'
import { makeChat } from '../helpers/people.ts'
import { branchScene, chatOf } from './scene.ts'

interface Item { id: string, content: string, message_index: number, alternatives: { index: number, count: number } }

const { app, owner } = await branchScene(t)
const { entries, branches } = app.services.log

/** A chat of 40 messages with more branches than are read at once, some of them where nothing stands before. */
async function crowdedChat () {
  const chat = await makeChat(app, owner)
  const here = chatOf(app, owner, chat.id)
  for (let i = 0; i < 40; i++) await here.say(`message ${i}`)
  const main = chat.active_branch_id
  for (const place of [0, 0, 3, 3, 3, 17, 20, 28, 29, 38, 39, 39]) await here.branch({ message_index: place, replace_with: `again at ${place}`, branch_id: main, activate: false })
  return { ...here, chat, main }
}

/** What single messages tell of themselves: each by queries of its own. */
async function checkPage (t: Test, here: Awaited<ReturnType<typeof crowdedChat>>, query: string) {
  const page = await here.page(query)
  for (const item of page.items as Item[]) t.same(item.alternatives, (await here.must('GET', `/messages/${item.id}?branch_id=${here.main}`)).alternatives, `place ${item.message_index} of ${query}`)
  return page
}

t.test('each message of a page tells how often it was asked again, wherever the page lies and however it is reached', async t => {
  const here = await crowdedChat()
  let counted = 0
  for (const [order, deleted] of [['desc', false], ['asc', false], ['desc', true], ['asc', true]] as const) {
    const seen: Item[] = []
    for (let cursor = ''; ;) {
      const page = await checkPage(t, here, `branch_id=${here.main}&limit=3&order=${order}&include_deleted=${deleted}${cursor && `&cursor=${cursor}`}`)
      seen.push(...page.items)
      if (!page.next_cursor) break
      cursor = page.next_cursor
    }
    const expected = { 0: 3, 3: 4, 17: 2, 20: 2, 28: 2, 29: 2, 38: 2, 39: 3 } as Record<number, number>
    t.same(seen.filter(({ alternatives }) => alternatives.count > 1).map(({ message_index, alternatives }) => [message_index, alternatives.count]).sort(([a], [b]) => a! - b!), Object.entries(expected).map(([place, count]) => [Number(place), count]), `${order}, ${seen.length} messages`)
    counted += seen.length
  }
  t.equal(counted, 160)
})

t.test('so it does where a page is not where it was expected', async t => {
  const here = await crowdedChat()
  const newest = `branch_id=${here.main}&limit=3`
  const { next_cursor: older } = await checkPage(t, here, newest)
  // Tombstones move the page far down.
  for (const { id } of (await here.path(here.main)).slice(20, 37)) await here.must('DELETE', `/messages/${id}`)
  const moved = await checkPage(t, here, `${newest}&cursor=${older}`)
  t.same(moved.items.map(({ message_index }: Item) => message_index), [19, 18, 17])
  t.equal(moved.count, 23)
  // Another process adds more messages than are reckoned with, and a branch among them.
  const chatId = new Types.ObjectId(here.chat.id)
  const last = await entries.findOne({ chat_id: chatId, branch_id: new Types.ObjectId(here.main), message_index: 39 }) as any
  const { seq } = (await entries.find({ chat_id: chatId }).sort({ seq: -1 }).limit(1).toArray())[0]!
  const added = Array.from({ length: 60 }, (_, n) => ({ ...last, _id: new Types.ObjectId(), seq: seq + 1 + n, rev: seq + 1 + n, message_index: 40 + n, content: `elsewhere ${n}`, client_id: `elsewhere ${n}` }))
  await entries.insertMany(added)
  const main = (await branches.findById(here.main).lean())!
  const made = { ...main, _id: new Types.ObjectId(), name: 'made elsewhere', kind: 'named' as const, parent_branch_id: main._id, fork_message_id: added[57]!._id, created_from_message_index: 97, seq: seq + 61, lineage: [{ branch_id: main._id, upto_seq: added[57]!.seq, upto_index: 97, upto_turns: 0 }] }
  await branches.collection.insertOne(made)
  await entries.insertOne({ ...last, _id: new Types.ObjectId(), branch_id: made._id, seq: seq + 62, rev: seq + 62, message_index: 98, client_id: 'on the branch' })
  const { items } = await checkPage(t, here, newest)
  t.same(items.map(({ message_index, alternatives }: Item) => [message_index, alternatives.count]), [[99, 1], [98, 2], [97, 1]])
})

t.test('a branch that ended is not found, whatever is remembered of it', async t => {
  const here = await crowdedChat()
  const branch = (await here.branch({ name: 'to end', message_index: 5, branch_id: here.main })).id
  await here.activate(here.main)
  const query = `branch_id=${branch}&limit=3`
  for (let n = 0; n < 2; n++) t.equal((await here.page(query)).items.length, 3)
  await branches.collection.deleteOne({ _id: new Types.ObjectId(branch) })
  const { status, body } = await here.ask('GET', `/chats/${here.chat.id}/messages?${query}`)
  t.match({ status, body }, { status: 404, body: { code: 'branch_not_found' } })
})

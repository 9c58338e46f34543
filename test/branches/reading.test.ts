import t from 'tap'
import { makeChat } from '../helpers/people.ts'
import { branchScene, chatOf } from './scene.ts'

const { app, owner, chat, ...here } = await branchScene(t)
const main = chat.active_branch_id
for (let i = 0; i < 6; i++) await here.say(`m${i}`)
// main m0..m5; one m0..m2 o3..o5; two m0..m2 o3 t4..t6; and late, which follows the whole of main.
const one = await here.branch({ name: 'one', message_index: 2 })
for (const i of [3, 4, 5]) await here.say(`o${i}`, { branch_id: one.id })
const two = await here.branch({ name: 'two', message_index: 3, branch_id: one.id })
for (const i of [4, 5, 6]) await here.say(`t${i}`, { branch_id: two.id })
const late = await here.branch({ name: 'late', message_index: 5 })
const texts = ['m0', 'm1', 'm2', 'o3', 't4', 't5', 't6']
const path = await here.path(two.id)
const at = (i: number) => path[i].id
const read = async (query: string) => (await here.page(`branch_id=${two.id}&${query}`)).items.map(({ content }: any) => content)

t.test('a path is paged in both directions, whatever the size of a page', async t => {
  t.same(path.map(({ content, message_index: index }) => [content, index]), texts.map((text, i) => [text, i]))
  for (const order of ['asc', 'desc']) {
    for (let limit = 1; limit <= 8; limit++) {
      const seen: string[] = []
      for (let cursor = ''; ;) {
        const page = await here.page(`order=${order}&limit=${limit}${cursor ? `&cursor=${cursor}` : `&branch_id=${two.id}`}`)
        t.equal(page.count, 7)
        seen.push(...page.items.map(({ content }: any) => content))
        if (!page.next_cursor) break
        cursor = page.next_cursor
      }
      t.same(seen, order === 'asc' ? texts : [...texts].reverse(), `${order} by ${limit}`)
    }
  }
})

t.test('before, after and around, at every place and so at the borders', async t => {
  for (let i = 0; i < 7; i++) {
    t.same(await read(`order=asc&before=${at(i)}`), texts.slice(0, i))
    t.same(await read(`order=asc&after=${at(i)}`), texts.slice(i + 1))
    t.same(await read(`order=asc&around=${at(i)}&limit=3`), texts.slice(Math.max(0, i - 1), i + (i === 0 ? 2 : 2)))
    t.same(await read(`around=${at(i)}&limit=1`), [texts[i]])
  }
  t.same(await read(`order=asc&after=${at(1)}&before=${at(5)}`), ['m2', 'o3', 't4'])
  t.same(await read(`order=asc&after=${at(5)}&before=${at(1)}`), [])
  const mid = await here.page(`order=asc&around=${at(3)}&limit=3&branch_id=${two.id}`)
  t.same((await here.page(`cursor=${mid.next_cursor}&limit=2`)).items.map(({ content }: any) => content), ['t5', 't6'])
  const back = await here.page(`around=${at(3)}&limit=3&branch_id=${two.id}`)
  t.same(back.items.map(({ content }: any) => content), ['t4', 'o3', 'm2'])
  t.same((await here.page(`cursor=${back.next_cursor}`)).items.map(({ content }: any) => content), ['m1', 'm0'])
})

t.test('a message that is on another path is not found on this one', async t => {
  const off = (await here.path(main))[3].id
  for (const which of ['before', 'after', 'around']) t.match(await here.ask('GET', `/chats/${chat.id}/messages?branch_id=${two.id}&${which}=${off}`), { status: 404, body: { code: 'message_not_found' } })
})

t.test('the tree: parents before children, sizes, heads and first words', async t => {
  t.match(await here.tree(), [
    { name: 'main', depth: 0, own_size: 6, size: 6, first_words: 'm0', parent_branch_id: null, is_active: true },
    { name: 'one', depth: 1, own_size: 3, size: 6, first_words: 'o3', parent_branch_id: main },
    { name: 'two', depth: 2, own_size: 3, size: 7, first_words: 't4', parent_branch_id: one.id, head_message_id: at(6) },
    { name: 'late', depth: 1, own_size: 0, size: 6, first_words: null, parent_branch_id: main }
  ])
  const seen: string[] = []
  for (let cursor = ''; ;) {
    const page = await here.must('GET', `/chats/${chat.id}/tree?limit=1${cursor && `&cursor=${cursor}`}`)
    seen.push(page.items[0].name)
    if (!page.next_cursor) break
    cursor = page.next_cursor
  }
  t.same(seen, ['main', 'one', 'two', 'late'])
  t.match(await here.ask('GET', `/chats/${chat.id}/branches?cursor=${(await here.must('GET', `/chats/${chat.id}/tree?limit=1`)).next_cursor}`), { status: 400, body: { code: 'invalid_cursor' } }, 'a cursor is of one list')
})

t.test('branches are listed in the order of the log, whatever their ids', async t => {
  const chat = await makeChat(app, owner)
  const there = chatOf(app, owner, chat.id)
  await there.say('a')
  const parent = await there.branch({ name: 'parent', message_index: 0 })
  await there.say('b', { branch_id: parent.id })
  const child = await there.branch({ name: 'child', message_index: 1, branch_id: parent.id })
  // Another process, whose ids are lower, made the child.
  const { branches } = app.services.log
  const record = (await branches.findOne({ _id: child.id }).lean())!
  await branches.deleteOne({ _id: child.id })
  await branches.collection.insertOne({ ...record, _id: branches.base.Types.ObjectId.createFromHexString('0'.repeat(24)) } as never)
  t.same((await there.tree()).map(({ name }: any) => name), ['main', 'parent', 'child'])
  t.same((await there.branches()).map(({ name }: any) => name), ['main', 'parent', 'child'])
})

t.test('where two branches part, at every kind of place', async t => {
  const root = await here.branch({ message_index: 0, branch_id: main, replace_with: 'r0', activate: false })
  const diff = async (a: string, b: string, query = '') => await here.must('GET', `/chats/${chat.id}/branches/${a}/diff/${b}${query}`)
  const sides = ({ common_size: common, common_message_id: id, branch, other }: any) => [common, id, ...[branch, other].map(({ size, items }) => `${size} ${items.map(({ content }: any) => content).join(' ')}`)]
  t.same(sides(await diff(main, one.id)), [3, at(2), '3 m3 m4 m5', '3 o3 o4 o5'], 'a parent and its child')
  t.same(sides(await diff(one.id, main)), [3, at(2), '3 o3 o4 o5', '3 m3 m4 m5'])
  t.same(sides(await diff(two.id, main)), [3, at(2), '4 o3 t4 t5 t6', '3 m3 m4 m5'], 'a grandchild')
  t.same(sides(await diff(one.id, two.id)), [4, at(3), '2 o4 o5', '3 t4 t5 t6'])
  t.same(sides(await diff(main, late.id)), [6, late.head_message_id, '0 ', '0 '], 'one at the head of the other')
  t.same(sides(await diff(main, main)), [6, late.head_message_id, '0 ', '0 '], 'with itself')
  t.same(sides(await diff(two.id, late.id)), [3, at(2), '4 o3 t4 t5 t6', '3 m3 m4 m5'])
  t.same(sides(await diff(main, root.id)), [0, null, '6 m0 m1 m2 m3 m4 m5', '1 r0'], 'before the first message')
  t.same(sides(await diff(root.id, root.id)), [1, root.message.id, '0 ', '0 '])
  t.same(sides(await diff(main, one.id, '?limit=1')), [3, at(2), '3 m3', '3 o3'])
})

t.test('the whole chat in one answer', async t => {
  const whole = await here.must('GET', `/chats/${chat.id}?include=messages,branches`)
  t.same(whole.messages.items.map(({ content }: any) => content), ['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
  t.equal(whole.messages.count, 6)
  t.equal(whole.branches.items[0].name, 'main')
  t.equal((await here.must('GET', `/chats/${chat.id}?include=branches`)).messages, undefined)
  t.equal((await here.must('GET', `/chats/${chat.id}`)).branches, undefined)
  t.match(await here.ask('GET', `/chats/${chat.id}?include=people`), { status: 400, body: { code: 'validation_failed' } })
})

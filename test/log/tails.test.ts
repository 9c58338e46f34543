import fc from 'fast-check'
import { Types } from 'mongoose'
import t from 'tap'
import { createBackwards } from '../../src/log/backwards.ts'
import type { MessageEntry } from '../../src/log/entry.ts'
import { findNow, type FindMessages, readPath } from '../../src/log/path.ts'
import { createTails } from '../../src/log/tails.ts'
import { createFindFew } from '../../src/platform/find-few.ts'
import { startApp } from '../helpers/app.ts'
import { makeChain } from './chain.ts'

const { connection, services: { log: { entries } } } = await startApp(t)
const find = findNow(createFindFew(connection))
const placesOf = (rows: MessageEntry[] | undefined) => rows?.map(({ message_index }) => message_index)
const chats = async (...lengths: number[]) => await Promise.all(lengths.map(async length => await makeChain(entries, [length])))
const commandsOf = (queries: unknown[]) => queries.splice(0).length

/** Reads, and notes what it is asked for. */
function watch () {
  const queries: Parameters<FindMessages>[0][] = []
  const watched: FindMessages = async query => {
    queries.push(query)
    return await find(query)
  }
  return { queries, watched }
}

t.test('branches that are asked for in one turn are read by one command, eight at a time', async t => {
  const { queries, watched } = watch()
  const tailOf = createTails(watched)
  const ten = await chats(...Array.from({ length: 10 }, (_, index) => 10 * index + 10))
  const found = await Promise.all(ten.map(async ({ branch }, index) => await tailOf({ branch, from: 10 * index + 5, expected: 5 })))
  t.same(found.map(placesOf), ten.map((_, index) => [4, 3, 2, 1, 0].map(more => 10 * index + 5 + more)))
  found.forEach((rows, index) => t.ok(rows!.every(({ branch_id }) => branch_id.equals(ten[index]!.branch._id))))
  t.equal(commandsOf(queries), 2)
  await tailOf({ branch: ten[0]!.branch, from: 5, expected: 5 })
  await tailOf({ branch: ten[1]!.branch, from: 15, expected: 5 })
  t.equal(commandsOf(queries), 2, 'one after the other has waited for nobody')
})

t.test('who asks for the same branch shares what is read of it, each from their own place', async t => {
  const { queries, watched } = watch()
  const tailOf = createTails(watched)
  const [one, other] = await chats(30, 30)
  const asked = [[one!, 20], [other!, 29], [one!, 28], [one!, 25]] as const
  const found = await Promise.all(asked.map(async ([{ branch }, from]) => await tailOf({ branch, from, expected: 30 - from })))
  t.same(found.map(rows => rows!.length), [10, 1, 2, 5])
  t.same(placesOf(found[2]), [29, 28])
  t.equal(queries.length, 1)
  t.match(queries[0], { limit: 12, filter: { $or: { length: 2 } } })
})

t.test('nothing is known where more came than was expected, and where a message is missing', async t => {
  const tailOf = createTails(find)
  const [full, busy, holed] = await chats(20, 20, 20)
  await busy!.say(20)
  const of = async (chat: typeof full, from: number, expected = 5) => placesOf(await tailOf({ branch: chat!.branch, from, expected }))
  t.same(await Promise.all([of(full, 15), of(busy, 15)]), [undefined, undefined], 'not even of the others: theirs may be what was cut off')
  t.same(await Promise.all([of(full, 15), of(busy, 38)]), [[19, 18, 17, 16, 15], [39, 38]])
  await entries.deleteOne({ branch_id: holed!.branch._id, message_index: 17 })
  t.same(await of(holed, 15), undefined)
  t.same(await of(holed, 18), [19, 18])
  t.same(await of(holed, 17), undefined, 'the first one')
  t.same(await of(holed, 20), undefined, 'nothing at all')
})

t.test('the newest pages of many chats at once are what each would be by itself', async t => {
  const step = fc.record({ chat: fc.nat(4), said: fc.integer({ min: 0, max: 16 }) })
  const ask = fc.record({ chat: fc.nat(4), limit: fc.integer({ min: 1, max: 12 }), includeDeleted: fc.boolean() })
  await fc.assert(fc.asyncProperty(
    fc.array(fc.array(fc.nat(12), { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 5 }), fc.array(fc.tuple(fc.array(step, { maxLength: 3 }), fc.array(ask, { minLength: 1, maxLength: 8 })), { minLength: 2, maxLength: 6 }),
    async (chains, rounds) => {
      const all = await Promise.all(chains.map(async lengths => await makeChain(entries, lengths, 4)))
      const { readBackwards } = createBackwards(find, find)
      for (const [steps, asks] of rounds) {
        for (const { chat, said } of steps) await all[chat]!.say(said)
        const pages = await Promise.all(asks.map(async ({ chat, ...view }) => await readBackwards(all[chat]!.branch, { from: 0, to: Infinity, ...view })))
        for (const [index, { rows, head }] of pages.entries()) {
          const { chat, ...view } = asks[index]!
          const alone = await readPath(find, all[chat]!.branch, { from: 0, to: Infinity, order: 'desc', ...view })
          t.same(rows.map(({ _id }) => String(_id)), alone.map(({ _id }) => String(_id)))
          const [newest] = await readPath(find, all[chat]!.branch, { from: 0, to: Infinity, order: 'desc', limit: 1, includeDeleted: true })
          t.equal(head.index, newest?.message_index ?? -1)
        }
      }
    }), { numRuns: 40 })
})

t.test('once the ends of their branches are known, the newest pages of four chats take one command', async t => {
  const { queries, watched } = watch()
  const { readBackwards } = createBackwards(watched, watched)
  const four = await chats(100, 30, 7, 1)
  const pages = async () => await Promise.all(four.map(async ({ branch }) => placesOf((await readBackwards(branch, { from: 0, to: Infinity, limit: 20, includeDeleted: false })).rows)))
  const first = await pages()
  t.equal(commandsOf(queries), 4)
  t.same(await pages(), first)
  t.equal(commandsOf(queries), 1)
  for (const { say } of four) await say(10)
  t.same((await pages()).map(places => places![0]), [109, 39, 16, 10], 'with what has come since')
  t.equal(commandsOf(queries), 1)
  await four[0]!.say(100)
  t.same((await pages()).map(places => places![0]), [209, 39, 16, 10])
  t.equal(commandsOf(queries), 5, 'more came than there was room for: each is read by itself')
})

t.test('a page that goes on in the branch before is not looked for in its own', async t => {
  const { queries, watched } = watch()
  const { readBackwards } = createBackwards(watched, watched)
  const { branch } = await makeChain(entries, [30, 5])
  for (const again of [false, true]) {
    const { rows } = await readBackwards(branch, { from: 0, to: Infinity, limit: 20, includeDeleted: false })
    t.same(placesOf(rows), Array.from({ length: 20 }, (_, n) => 34 - n))
    t.equal(commandsOf(queries), 2, again ? 'the second time' : 'the first time')
  }
})

t.test('what is asked for when the database fails is told to all who asked together', async t => {
  const tailOf = createTails(async () => { throw new Error('no database') })
  const branch = () => ({ _id: new Types.ObjectId(), chat_id: new Types.ObjectId(), lineage: [], fork_message_id: null })
  const told = await Promise.allSettled([1, 2].map(async () => await tailOf({ branch: branch(), from: 0, expected: 1 })))
  t.match(told, [{ status: 'rejected', reason: { message: 'no database' } }, { status: 'rejected', reason: { message: 'no database' } }])
})

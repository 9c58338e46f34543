import fc from 'fast-check'
import t from 'tap'
import { createBackwards } from '../../src/log/backwards.ts'
import type { MessageEntry } from '../../src/log/entry.ts'
import { findNow, type FindMessages, headOf, readPath } from '../../src/log/path.ts'
import { createFindFew } from '../../src/platform/find-few.ts'
import { startApp } from '../helpers/app.ts'
import { makeChain } from './chain.ts'

const { connection, services: { log: { entries } } } = await startApp(t)
const find = findNow(createFindFew(connection))

/** A reader, as one process has it, and how many commands it took and messages they gave. */
function reader () {
  const counted = { commands: 0, messages: 0 }
  const watched: FindMessages = async query => {
    counted.commands++
    const found = await find(query)
    counted.messages += found.length
    return found
  }
  return Object.assign(createBackwards(watched, watched).readBackwards, { counted })
}

const placesOf = (rows: MessageEntry[]) => rows.map(({ message_index }) => message_index)

t.test('whatever has come since, and whichever process read last, a page is what it would be by reads of its own', async t => {
  const range = fc.record({ from: fc.nat(30), length: fc.nat(40), limit: fc.integer({ min: 1, max: 12 }), isWhole: fc.boolean(), toNewest: fc.boolean(), includeDeleted: fc.boolean() })
  const step = fc.oneof({ weight: 3, arbitrary: range }, fc.record({ said: fc.integer({ min: 0, max: 25 }) }))
  await fc.assert(fc.asyncProperty(
    fc.array(fc.nat(15), { minLength: 1, maxLength: 5 }), fc.integer({ min: 2, max: 6 }), fc.array(fc.tuple(fc.nat(1), step), { minLength: 3, maxLength: 12 }),
    async (lengths, deleted, steps) => {
      const { branch, say } = await makeChain(entries, lengths, deleted)
      const readers = [reader(), reader()]
      for (const [who, step] of steps) {
        if ('said' in step) {
          await say(step.said)
          continue
        }
        const { isWhole, toNewest, limit, includeDeleted } = step
        const view = { from: isWhole ? 0 : step.from, to: toNewest ? Infinity : step.from + step.length - 1, limit, includeDeleted }
        const { rows, head } = await readers[who]!(branch, view)
        t.same(placesOf(rows), placesOf(await readPath(find, branch, { ...view, order: 'desc' })))
        t.same(head, await headOf(find, branch))
      }
    }), { numRuns: 60 })
})

t.test('going back through a history takes one command a page, though messages come in meanwhile', async t => {
  const { branch, say } = await makeChain(entries, [30, 30, 30])
  const read = reader()
  let to = Infinity
  for (const came of [0, 1, 10, 0]) {
    await say(came)
    const before = { ...read.counted }
    const { rows, head } = await read(branch, { from: 0, to, limit: 10, includeDeleted: false })
    t.equal(read.counted.commands - before.commands, 1, `${came} came`)
    t.equal(read.counted.messages - before.messages, 10 + (to === Infinity ? 0 : 1 + came), 'no more messages than are shown, beside the newest that was seen and those that came')
    t.same(head, await headOf(find, branch))
    to = rows.at(-1)!.message_index - 1
  }
  await say(11)
  const { rows, head } = await read(branch, { from: 0, to, limit: 10, includeDeleted: false })
  t.same(placesOf(rows), Array.from({ length: 10 }, (_, n) => to - n))
  t.equal(head.index, 111, 'more came than there was room for: it is read once more')
})

t.test('tombstones on a page are made room for on the next, beside messages that come in, and whoever reads them meanwhile', async t => {
  const { branch, say } = await makeChain(entries, [120], 5)
  const read = reader()
  const commands = []
  let to = Infinity
  for (const came of [0, 0, 0, 10, 0]) {
    await say(came)
    const before = read.counted.commands
    const { rows } = await read(branch, { from: 0, to, limit: 15, includeDeleted: false })
    commands.push(read.counted.commands - before)
    t.same(placesOf(rows), placesOf(await readPath(find, branch, { from: 0, to, order: 'desc', limit: 15, includeDeleted: false })))
    to = rows.at(-1)!.message_index - 1
    const { messages } = read.counted
    t.equal((await read(branch, { from: 0, to: 50, limit: 15, includeDeleted: true })).rows.length, 15)
    t.equal(read.counted.messages - messages, 16, 'no room is made where they are wanted')
  }
  t.same(commands, [2, 2, 1, 1, 1])
})

t.test('a branch without messages of its own is not looked at for newer ones', async t => {
  const { branch } = await makeChain(entries, [20, 0])
  const read = reader()
  for (const to of [Infinity, 10, 5]) t.equal((await read(branch, { from: 0, to, limit: 5, includeDeleted: false })).head.index, 19)
  t.equal(read.counted.commands, 6, 'each page looks into the branch and its parent')
})

t.test('a history that ends before the place where it was seen to end', async t => {
  const { branch } = await makeChain(entries, [20])
  const read = reader()
  t.equal((await read(branch, { from: 0, to: Infinity, limit: 5, includeDeleted: false })).head.index, 19)
  await entries.deleteMany({ chat_id: branch.chat_id, message_index: { $gte: 12 } })
  const { rows, head } = await read(branch, { from: 0, to: 9, limit: 5, includeDeleted: false })
  t.same(placesOf(rows), [9, 8, 7, 6, 5])
  t.equal(head.index, 11)
})

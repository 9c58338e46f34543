import { randomBytes } from 'node:crypto'
import { Types } from 'mongoose'
import t from 'tap'
import type { Entry } from '../../src/log/entry.ts'
import { highestPipeline } from '../../src/log/highest.ts'
import { startApp } from '../helpers/app.ts'

const { services: { log } } = await startApp(t)
const newId = () => new Types.ObjectId(randomBytes(12))
const sizes = [1, 10, 3000]
const chats = sizes.map(() => newId())
for (const [index, chatId] of chats.entries()) {
  await log.entries.insertMany(Array.from({ length: sizes[index]! }, (_, number): Entry => ({ _id: new Types.ObjectId(), kind: 'change', chat_id: chatId, seq: number + 1, type: 'chat_updated', actor_id: newId(), created_at: new Date() })))
}

t.test('the highest number of each chat, without those that have none', async t => {
  const empty = newId()
  t.same([...await log.highest([...chats, empty].map(String))].sort(), chats.map((id, index) => [String(id), sizes[index]]).sort())
  t.same(await log.highest([]), new Map())
  const many = Array.from({ length: 1200 }, newId)
  t.same(await log.highest([...many, chats[2]!].map(String)), new Map([[String(chats[2]), 3000]]), 'however many are asked for')
})

t.test('a long log costs no more than a short one', async t => {
  const plan = await log.entries.aggregate(highestPipeline(chats)).explain('executionStats')
  const text = JSON.stringify(plan)
  t.match(text, /"stage":"DISTINCT_SCAN"/)
  const examined = [...text.matchAll(/"totalKeysExamined":(\d+)/g)].map(([, count]) => Number(count))
  t.ok(examined.length > 0 && Math.max(...examined) <= 2 * chats.length, `${examined.join()} keys`)
})

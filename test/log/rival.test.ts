import { setTimeout as delay } from 'node:timers/promises'
import { Types } from 'mongoose'
import t from 'tap'
import { structureWritten, entryWritten } from '../../src/log/events.ts'
import type { MessageDraft } from '../../src/log/operations.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'

const app = await startApp(t)
const ann = await register(app, 'ann')
const { log, bus } = app.services

/** Takes a number of a chat as another process would, and says whether it got it. */
async function take (chatId: string, branchId: string, seq: number): Promise<boolean> {
  const entry = { _id: new Types.ObjectId(), kind: 'message' as const, chat_id: new Types.ObjectId(chatId), seq, rev: seq, branch_id: new Types.ObjectId(branchId), message_index: seq - 1, turn_id: null, turn_count: 0, role: 'user' as const, sender_id: new Types.ObjectId(ann.id), content: 'rival', status: 'complete' as const, run_id: null, reply_to: null, reactions: [], is_edited: false, edited_at: null, is_deleted: false, created_at: new Date() }
  return await log.entries.insertOne(entry).then(() => true, () => false)
}

t.test('a change wins in the end, however fast a rival takes each of its numbers', async t => {
  const chat = await makeChat(app, ann)
  let attempts = 0
  const rivals: Promise<boolean>[] = []
  const seq = await log.change<number>({
    chatId: chat.id,
    async apply ({ seq }) {
      attempts++
      const rival = take(chat.id, chat.active_branch_id, seq)
      rivals.push(rival)
      // The rival is done first, unless the change had reserved its number: then it waits for the change.
      await Promise.race([rival, delay(200)])
      return { drafts: [{ type: 'chat_updated', actor_id: new Types.ObjectId(ann.id) }], result: seq }
    }
  })
  const outcomes = await Promise.all(rivals)
  t.same(outcomes.at(-1), false, 'the last rival came too late')
  t.ok(attempts > 1 && attempts < 10, `${attempts} attempts`)
  const entries = await log.entries.find({ chat_id: new Types.ObjectId(chat.id) }).sort({ seq: 1 }).toArray()
  t.same(entries.map(({ seq, kind }) => `${seq} ${kind}`), [...outcomes.filter(Boolean).map((_, i) => `${i + 1} message`), `${seq} change`])
})

t.test('a change that needs nothing leaves no entry, even after it had reserved a number', async t => {
  const chat = await makeChat(app, ann)
  let attempts = 0
  await log.change<void>({
    chatId: chat.id,
    async apply ({ seq }) {
      if (++attempts <= 2) {
        await Promise.race([take(chat.id, chat.active_branch_id, seq), delay(200)])
        if (attempts <= 1) return { drafts: [{ type: 'chat_updated', actor_id: new Types.ObjectId(ann.id) }], result: undefined }
      }
      return { drafts: [], result: undefined }
    }
  })
  t.equal(attempts, 2)
  t.same((await log.entries.distinct('kind', { chat_id: new Types.ObjectId(chat.id) })), ['message'])
  t.equal((await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x' } })).status, 201)
})

t.test('news of a rival during a change makes the change begin anew', async t => {
  const chat = await makeChat(app, ann)
  const promised: number[] = []
  const seq = await log.change<number>({
    chatId: chat.id,
    async apply ({ seq }) {
      if (promised.push(seq) === 1) {
        t.ok(await take(chat.id, chat.active_branch_id, seq))
        bus.emit(entryWritten, { chat_id: chat.id, entry_id: String(new Types.ObjectId()), seq, kind: 'message', branch_id: chat.active_branch_id, message_index: seq - 1, turn_count: 0 }, 'elsewhere')
      }
      return { drafts: [{ type: 'chat_updated', actor_id: new Types.ObjectId(ann.id) }], result: seq }
    }
  })
  t.same(promised, [1, 2], 'what was read before the rival counts no more')
  t.equal((await log.entries.findOne({ chat_id: new Types.ObjectId(chat.id), kind: 'change' }))?.seq, seq, 'the number is the one that the change was told')
})

t.test('news of a rival while a send is judged makes it be judged anew', async t => {
  const chat = await makeChat(app, ann)
  const chatId = new Types.ObjectId(chat.id)
  let judged = 0
  const draft: MessageDraft = { branch_id: new Types.ObjectId(chat.active_branch_id as string), role: 'user', sender_id: new Types.ObjectId(ann.id), content: 'x' }
  const { entry } = await log.send({
    chatId: chat.id,
    async prepare () {
      // The first judgement is from before the chat's head is known: it is repeated in any case.
      if (++judged === 2) {
        const entry = { _id: new Types.ObjectId(), kind: 'change' as const, chat_id: chatId, seq: 1, type: 'participant_removed' as const, actor_id: new Types.ObjectId(ann.id), created_at: new Date() }
        await log.entries.insertOne(entry)
        bus.emit(structureWritten, { chat_id: chat.id, entry_id: String(entry._id), seq: 1, kind: 'change', type: entry.type }, 'elsewhere')
      }
      return draft
    },
    committed () {}
  })
  t.equal(entry.seq, 2)
  t.equal(judged, 3, 'after the change of the rival')
})

t.test('news that comes in another order than what it tells of hides nothing: what lies between is read before a send gets its number', async t => {
  const chat = await makeChat(app, ann)
  const chatId = new Types.ObjectId(chat.id)
  const actor = new Types.ObjectId(ann.id)
  let judged = 0
  const sending = async () => await log.send({
    chatId: chat.id,
    async prepare () {
      judged++
      return { branch_id: new Types.ObjectId(chat.active_branch_id as string), role: 'user', sender_id: actor, content: 'x' } satisfies MessageDraft
    },
    committed () {}
  })
  t.equal((await sending()).entry.seq, 1)
  await log.entries.insertOne({ _id: new Types.ObjectId(), kind: 'change', chat_id: chatId, seq: 2, type: 'participant_removed', actor_id: actor, created_at: new Date() })
  t.ok(await take(chat.id, chat.active_branch_id, 3))
  bus.emit(entryWritten, { chat_id: chat.id, entry_id: String(new Types.ObjectId()), seq: 3, kind: 'message', branch_id: chat.active_branch_id, message_index: 2, turn_count: 0 }, 'elsewhere')
  judged = 0
  t.match(await sending(), { entry: { seq: 4, message_index: 3 } })
  t.equal(judged, 2, 'again after the removal, of which no news had come')
})

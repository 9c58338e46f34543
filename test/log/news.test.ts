import { Types } from 'mongoose'
import t from 'tap'
import { entryWritten, structureWritten } from '../../src/log/events.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'

const app = await startApp(t)
const ann = await register(app, 'ann')
const { log, bus } = app.services
const ids = (chat: { id: string, active_branch_id: string }) => ({ chat_id: new Types.ObjectId(chat.id), branch_id: new Types.ObjectId(chat.active_branch_id), sender_id: new Types.ObjectId(ann.id) })

t.test('a change has the number that it was told, though news of another process comes while it is made', async t => {
  const chat = await makeChat(app, ann)
  const { chat_id, branch_id, sender_id } = ids(chat)
  let attempts = 0
  const told = await log.change<number>({
    chatId: chat.id,
    async apply ({ seq }) {
      if (++attempts === 1) {
        const place = { message_index: 0, turn_count: 0 }
        const { insertedId } = await log.entries.insertOne({ _id: new Types.ObjectId(), kind: 'message', chat_id, seq, rev: seq, branch_id, ...place, turn_id: null, role: 'user', sender_id, content: 'said elsewhere', status: 'complete', run_id: null, reply_to: null, reactions: [], is_edited: false, edited_at: null, is_deleted: false, created_at: new Date() })
        bus.emit(entryWritten, { chat_id: chat.id, entry_id: String(insertedId), seq, kind: 'message', branch_id: chat.active_branch_id, ...place }, 'elsewhere')
      }
      return { drafts: [{ type: 'chat_updated', actor_id: sender_id }], result: seq }
    }
  })
  t.match(await log.entries.find({ chat_id }).sort({ seq: 1 }).toArray(), [{ seq: 1, kind: 'message' }, { seq: 2, kind: 'change' }])
  t.equal(told, 2, 'what is noted at a message as its revision is the number of the change')
})

t.test('a send is judged again when a change of the chat becomes known while it is judged', async t => {
  const chat = await makeChat(app, ann)
  const { chat_id, branch_id, sender_id } = ids(chat)
  const judgedAt: number[] = []
  const { entry } = await log.send({
    chatId: chat.id,
    async prepare () {
      const known = await log.entries.countDocuments({ chat_id })
      judgedAt.push(known)
      // The first time is before it waits in its lane.
      if (judgedAt.length === 2) {
        const { insertedId } = await log.entries.insertOne({ _id: new Types.ObjectId(), kind: 'change', chat_id, seq: 1, type: 'participant_removed', user_id: sender_id, actor_id: sender_id, created_at: new Date() })
        bus.emit(structureWritten, { chat_id: chat.id, entry_id: String(insertedId), seq: 1, kind: 'change', type: 'participant_removed' }, 'elsewhere')
      }
      return { branch_id, role: 'user', sender_id, content: 'x' }
    },
    committed () {}
  })
  t.equal(entry.seq, 2)
  t.same(judgedAt, [0, 0, 1], 'the removal at number 1 was known to whoever let number 2 pass')
})

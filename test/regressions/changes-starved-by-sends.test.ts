// Found by test/faults: edits took 5 s and more while other processes sent to the same chat, and held up other chats.
import { setTimeout as delay } from 'node:timers/promises'
import { Types } from 'mongoose'
import t from 'tap'
import { changeWaiting, entryWritten } from '../../src/log/events.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'

const app = await startApp(t)
const ann = await register(app)
const { log, bus } = app.services
const actor = new Types.ObjectId(ann.id)

/** Makes a change that lasts until `release`. */
function slowChange (chatId: string) {
  let release = () => {}
  const held = new Promise<void>(resolve => { release = resolve })
  const done = log.change<void>({
    chatId,
    async apply () {
      await held
      return { drafts: [{ type: 'chat_updated', actor_id: actor }], result: undefined }
    }
  })
  return { done, release: () => { release() } }
}

t.test('a change that takes long holds up no other chat', async t => {
  const chats = await Promise.all(Array.from({ length: 6 }, () => makeChat(app, ann)))
  const { done, release } = slowChange(chats[0]!.id)
  const sends = await Promise.race([
    Promise.all(chats.slice(1).map(async ({ id }) => (await app.request('POST', `/chats/${id}/messages`, { token: ann.token, body: { content: 'x' } })).status)),
    delay(3000, 'held up', { ref: false })
  ])
  t.same(sends, [201, 201, 201, 201, 201])
  release()
  await done
})

t.test('sends wait for a change that another process announced, until news of it come', async t => {
  const chat = await makeChat(app, ann)
  const send = () => app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x' } })
  await send()
  let inserts = 0
  const { insertMany } = log.inserts
  t.teardown(() => { log.inserts.insertMany = insertMany })
  log.inserts.insertMany = async (...args) => {
    inserts++
    return await insertMany(...args)
  }
  bus.emit(changeWaiting, { chat_id: chat.id }, 'elsewhere')
  const sent = send()
  await delay(100)
  t.equal(inserts, 0, 'nothing is written')
  bus.emit(entryWritten, { chat_id: chat.id, entry_id: String(new Types.ObjectId()), seq: 1, kind: 'change', type: 'message_edited' }, 'elsewhere')
  t.equal((await sent).status, 201)
  bus.emit(changeWaiting, { chat_id: chat.id }, 'elsewhere')
  t.equal((await send()).status, 201, 'and not for ever, when none come')
})

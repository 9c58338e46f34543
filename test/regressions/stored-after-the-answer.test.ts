// Found by test/faults: a message that was stored after its sender had heard that nobody knows (503), or by a process that died meanwhile, was told to nobody: its sender had not read
// it, the chat's last message was another one, and sockets heard of it some 20 s later.
import { mongo, Types } from 'mongoose'
import t from 'tap'
import { messageUpdated, newMessage } from '../../src/messages/events.ts'
import { startApp, type TestApp } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeChat, register, say } from '../helpers/people.ts'

/** What the chat and its sender's mark say, as they are stored. */
async function summaryOf ({ connection, services }: TestApp, chatId: string) {
  await services.chats.summaries.flush()
  const chat = new Types.ObjectId(chatId)
  const [known, mark] = await Promise.all([connection.collection('chats').findOne({ _id: chat }), connection.collection('reads').findOne({ chat_id: chat })])
  return { last_seq: known?.['last_seq'], last_message_seq: known?.['last_message_seq'], last_message: String(known?.['last_message_id']), read: mark?.['seq'] }
}

/** As if whoever stored the messages of a chat had died before it wrote what follows from them. */
async function forget ({ connection, services }: TestApp, chatId: string) {
  await services.chats.summaries.flush()
  const chat = new Types.ObjectId(chatId)
  await connection.collection('chats').updateOne({ _id: chat }, { $set: { last_seq: 0, last_message_seq: 0, last_message_id: null } })
  await connection.collection('reads').updateOne({ chat_id: chat }, { $set: { seq: 0 } })
}

t.test('the process that acknowledges a repeat makes good what the one that stored it owed', async t => {
  const app = await startApp(t)
  const ann = await register(app)

  t.test('of a message', async t => {
    const { id: chatId } = await makeChat(app, ann)
    await say(app, ann, chatId, 'one', { client_id: 'one' })
    const two = await say(app, ann, chatId, 'two', { client_id: 'two' })
    await forget(app, chatId)
    // The older one last: what is known must not go back.
    await say(app, ann, chatId, 'two', { client_id: 'two' })
    await say(app, ann, chatId, 'one', { client_id: 'one' })
    t.same(await summaryOf(app, chatId), { last_seq: 2, last_message_seq: 2, last_message: two.id, read: 2 })
  })

  t.test('of a turn', async t => {
    const { id: chatId } = await makeChat(app, ann)
    const send = async () => await app.request('POST', `/chats/${chatId}/turns`, { token: ann.token, body: { question: 'well?', response: 'well', client_id: 'one' } })
    const { body } = await send()
    await forget(app, chatId)
    t.equal((await send()).status, 200)
    t.same(await summaryOf(app, chatId), { last_seq: 2, last_message_seq: 2, last_message: body.response_id, read: 2 })
  })

  t.test('of a question to a model', async t => {
    const { id: chatId } = await makeChat(app, ann)
    const ask = async () => await app.request('POST', `/chats/${chatId}/completions`, { token: ann.token, body: { content: 'well?', client_id: 'one', stream: false } })
    const { body } = await ask()
    await forget(app, chatId)
    t.equal((await ask()).status, 200)
    t.match(await summaryOf(app, chatId), { last_message: body.reply.id, last_message_seq: body.reply.seq, read: body.message.seq })
  })
})

t.test('what was stored although its write was given up is told all the same, without a repeat', { timeout: 120_000 }, async t => {
  const { url, fail, pause, resume } = await startFaultyMongo(t)
  const app = await startApp(t, { MONGODB_URL: url })
  const { services: { bus, log } } = app
  const ann = await register(app)
  const heard: string[] = []
  bus.on(newMessage, ({ message }) => { heard.push(message.content) })

  /** Resolves when the next write of a kind has ended, which is after its caller was answered. */
  function endOf (kind: 'send' | 'change') {
    const write = log[kind] as (request: never) => Promise<unknown>
    return new Promise<void>(resolve => {
      log[kind] = (async (request: never) => {
        log[kind] = write as never
        return await write(request).finally(resolve)
      }) as never
    })
  }

  t.test('a message that arrives when the database goes on', async t => {
    const chat = await makeChat(app, ann)
    await say(app, ann, chat.id, 'first')
    const givenUp = endOf('send')
    const told = new Promise<string>(resolve => { bus.on(newMessage, ({ message }) => { resolve(message.content) }) })
    pause()
    try {
      const sent = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'second', client_id: 'second' } })
      t.match(sent, { status: 503, body: { code: 'retry_same_client_id' } })
      await givenUp
      // The first look for it fails.
      const { find } = log.entries
      log.entries.find = () => {
        log.entries.find = find
        throw new mongo.MongoNetworkError('connection closed')
      }
    } finally {
      resume()
    }
    t.equal(await told, 'second')
    t.match(await summaryOf(app, chat.id), { last_seq: 2, last_message_seq: 2, read: 2 })
  })

  t.test('an edit that no majority confirms in time', async t => {
    const chat = await makeChat(app, ann)
    const message = await say(app, ann, chat.id, 'first')
    const told = new Promise<string>(resolve => { bus.on(messageUpdated, ({ message }) => { resolve(message.content) }) })
    await fail('alwaysOn', { failCommands: ['commitTransaction'], writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } })
    const givenUp = endOf('change')
    const edited = await app.request('PATCH', `/messages/${message.id}`, { token: ann.token, body: { content: 'edited' } })
    await givenUp
    await fail('off')
    t.match(edited, { status: 503, body: { code: 'retry_same_client_id' } })
    t.equal(await told, 'edited')
    t.match(await summaryOf(app, chat.id), { last_seq: 2, last_message_seq: 1 })
    t.same(heard, ['first', 'second', 'first'], 'and what was found before was told once')
  })
})

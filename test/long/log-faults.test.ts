import { Types } from 'mongoose'
import t from 'tap'
import { messageUpdated, newMessage } from '../../src/messages/events.ts'
import { startApp } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const { url, fail } = await startFaultyMongo(t)
const app = await startApp(t, { MONGODB_URL: url })
const [ann] = await registerAll(app, 'ann') as [Person]
const entries = app.connection.collection('messages')
const logOf = async (chatId: string) => await entries.find({ chat_id: new Types.ObjectId(chatId) }).sort({ seq: 1 }).toArray()
const upTo = (n: number, first = 0) => Array.from({ length: n }, (_, i) => i + first)
const heard: { seq: number, chat_id: string, what: string }[] = []
app.services.bus.on(newMessage, ({ seq, chat_id }) => { heard.push({ seq, chat_id, what: 'new' }) })
app.services.bus.on(messageUpdated, ({ seq, chat_id }) => { heard.push({ seq, chat_id, what: 'edited' }) })

for (const [what, mode, data] of [
  ['the connection closes before the insert', { times: 1 }, { failCommands: ['insert'], closeConnection: true }],
  ['it closes before the insert and before the driver\'s own repetition', { times: 2 }, { failCommands: ['insert'], closeConnection: true }],
  ['it closes five times', { times: 5 }, { failCommands: ['insert'], closeConnection: true }],
  ['the insert is refused by a primary that steps down', { times: 3 }, { failCommands: ['insert'], errorCode: 10107 }],
  ['the insert is done, and then it is said that it was not', { times: 1 }, { failCommands: ['insert'], writeConcernError: { code: 91, errmsg: 'stepping down', errorLabels: ['RetryableWriteError'] } }],
  ['the insert is done, but a majority does not confirm it in time', { times: 1 }, { failCommands: ['insert'], writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } }],
  ['the insert is done, with a write concern error nobody knows', { times: 1 }, { failCommands: ['insert'], writeConcernError: { code: 100, errmsg: 'not enough members' } }],
  ['the reads of the head fail', { times: 3 }, { failCommands: ['find'], closeConnection: true }]
] as const) {
  t.test(`sends while ${what}`, async t => {
    const chat = await makeChat(app, ann)
    await say(app, ann, chat.id, 'first')
    await fail(mode, data)
    const answers = await Promise.all(upTo(12).map(async i => await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: `text ${i}`, client_id: `key-${i}` } })))
    await fail('off')
    // The one answer that may not be a success says what to do, and doing it is enough.
    const unknown = answers.flatMap(({ status, body }, i) => status === 201 ? [] : [{ status, code: body.code, i }])
    t.same(unknown.filter(({ code }) => code !== 'retry_same_client_id'), [], 'nobody is told a lie')
    for (const { i } of unknown) await say(app, ann, chat.id, `text ${i}`, { client_id: `key-${i}` })
    const log = await logOf(chat.id)
    t.same(log.map(({ seq }) => seq), upTo(13, 1), 'numbers without hole or double')
    t.same(log.map(({ message_index }) => message_index), upTo(13))
    t.same(log.map(({ content }) => content).sort(), ['first', ...upTo(12).map(i => `text ${i}`)].sort(), 'each is stored once')
    const told = heard.filter(({ chat_id }) => chat_id === chat.id).map(({ seq }) => seq)
    if (unknown.length === 0) t.same(told, upTo(13, 1), 'and told once, in order')
    else t.equal(new Set(told).size, told.length, 'and told at most once')
    for (const { status, body } of answers) if (status === 201) t.equal(log[body.seq - 1]?.['content'], body.content)
    if (unknown.length > 0) t.comment(`${unknown.length} had to be repeated`)
  })
}

for (const [what, mode, data] of [
  ['the commit gets no answer', { times: 1 }, { failCommands: ['commitTransaction'], closeConnection: true }],
  ['the commit gets no answer, four times', { times: 4 }, { failCommands: ['commitTransaction'], closeConnection: true }],
  ['the commit is done, but the majority is not confirmed', { times: 2 }, { failCommands: ['commitTransaction'], writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } }],
  ['the transaction conflicts', { times: 3 }, { failCommands: ['insert'], errorCode: 112, errorLabels: ['TransientTransactionError'] }],
  ['the primary steps down within the transaction', { times: 2 }, { failCommands: ['update'], errorCode: 10107, errorLabels: ['TransientTransactionError'] }]
] as const) {
  t.test(`an edit while ${what}`, async t => {
    const chat = await makeChat(app, ann)
    const message = await say(app, ann, chat.id, 'first')
    await fail(mode, data)
    const edited = await app.request('PATCH', `/messages/${message.id}`, { token: ann.token, body: { content: 'edited' }, headers: { 'if-match': '"1"' } })
    await fail('off')
    t.match(edited, { status: 200, body: { content: 'edited', rev: 2 } })
    const log = await logOf(chat.id)
    t.same(log.map(({ seq, rev, type, content }) => [seq, rev ?? type, content]), [[1, 2, 'edited'], [2, 'message_edited', undefined]], 'done once')
    t.same(heard.filter(({ chat_id }) => chat_id === chat.id).map(({ what, seq }) => `${what} ${seq}`), ['new 1', 'edited 2'], 'told once')
    t.equal((await say(app, ann, chat.id, 'next')).seq, 3)
  })
}

t.test('a removal whose commit got no answer takes the rights away all the same', async t => {
  const [bob] = await registerAll(app, 'bob') as [Person]
  const chat = await makeChat(app, ann, 'group', [bob])
  await say(app, bob, chat.id, 'remembered')
  t.equal((await app.request('GET', `/chats/${chat.id}/messages`, { token: bob.token })).status, 200)
  await fail({ times: 3 }, { failCommands: ['commitTransaction'], writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } })
  t.equal((await app.request('DELETE', `/chats/${chat.id}/participants/${bob.id}`, { token: ann.token })).status, 204)
  await fail('off')
  t.equal((await app.request('GET', `/chats/${chat.id}/messages`, { token: bob.token })).status, 404)
})

for (const [why, data] of [['the database was away', { closeConnection: true }], ['it failed for a reason nobody knows', { errorCode: 8 }]] as const) {
  t.test(`the newest message of a chat is written after ${why}`, async t => {
    const chat = await makeChat(app, ann)
    const message = await say(app, ann, chat.id, 'hello')
    await fail('alwaysOn', { failCommands: ['update', 'bulkWrite'], ...data })
    await app.services.chats.summaries.flush()
    await fail('off')
    t.match((await app.request('GET', `/chats/${chat.id}`, { token: ann.token })).body, { last_seq: 1, last_message: { id: message.id } })
  })
}

t.test('what is sent while summaries cannot be written is written with them', async t => {
  const [bob] = await registerAll(app, 'bob-2') as [Person]
  const chat = await makeChat(app, ann, 'group', [bob])
  await say(app, ann, chat.id, 'one')
  await fail('alwaysOn', { failCommands: ['update', 'bulkWrite'], blockConnection: true, blockTimeMS: 40, errorCode: 91 })
  const failing = app.services.chats.summaries.flush()
  const { id } = await say(app, bob, chat.id, 'two')
  await failing
  await fail('off')
  t.match((await app.request('GET', `/chats/${chat.id}`, { token: ann.token })).body, { last_seq: 2, last_message: { id } })
  const { body: { items } } = await app.request('GET', `/chats/${chat.id}/reads`, { token: ann.token })
  t.same(items.map(({ user_id, seq }: { user_id: string, seq: number }) => [user_id, seq]), [[ann.id, 1], [bob.id, 2]])
})

t.test('a database that stays away', async t => {
  const chat = await makeChat(app, ann)
  await say(app, ann, chat.id, 'first')
  await fail('alwaysOn', { failCommands: ['insert'], closeConnection: true })
  const watch = stopwatch()
  const body = { content: 'second', client_id: 'second' }
  const answer = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body })
  await fail('off')
  t.match(answer, { status: 503, body: { code: 'retry_same_client_id' } })
  t.ok(answer.headers.get('retry-after'))
  t.ok(watch.stop() < 7000, 'is told of in time')
  // Unknown is unknown: the last attempt may have been kept after the answer.
  const repeat = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body })
  t.match(repeat, { status: repeat.headers.has('idempotency-replayed') ? 200 : 201, body: { seq: 2, message_index: 1 } }, 'and the repeat does it')
  t.equal((await logOf(chat.id)).length, 2)
})

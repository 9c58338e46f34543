// Found by test/faults: when the primary had just ended a connection, the driver passed on Node's own EPIPE or ECONNRESET, and senders heard 500; so did
// who changed something, as the driver stumbles over such an error where it commits.
import { createRequire } from 'node:module'
import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'

const app = await startApp(t)
const ann = await register(app)
const { entries, inserts } = app.services.log

/** Lets the next call of a method fail as a write to an ended connection does. */
function failOnce<Name extends string> (of: Record<Name, unknown>, name: Name, code: string) {
  const method = of[name]
  Object.assign(of, {
    [name]: async () => {
      Object.assign(of, { [name]: method })
      throw Object.assign(new Error('This socket has been ended by the other party'), { code })
    }
  })
}

for (const code of ['EPIPE', 'ECONNRESET']) {
  t.test(`a send and an edit whose connection ended with ${code} are written again`, async t => {
    const chat = await makeChat(app, ann)
    failOnce(inserts, 'insertMany', code)
    const sent = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x', client_id: 'one' } })
    t.match(sent, { status: 201, body: { seq: 1 } })
    failOnce(entries, 'updateOne', code)
    t.match(await app.request('PATCH', `/messages/${sent.body.id}`, { token: ann.token, body: { content: 'y' } }), { status: 200, body: { content: 'y', rev: 2 } })
    t.equal(await entries.countDocuments({ chat_id: new Types.ObjectId(chat.id) }), 2)
  })
}

t.test('a change whose connection ended as it was committed is committed again', async t => {
  const driver = createRequire(createRequire(import.meta.url).resolve('mongoose'))
  const { isRetryableWriteError } = driver('mongodb/lib/error.js') as { isRetryableWriteError: (error: Error) => boolean }
  const chat = await makeChat(app, ann)
  const { body: { id } } = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x' } })
  const client = app.connection.getClient()
  const { startSession } = client
  let isCommitted = false
  client.startSession = options => {
    const session = startSession.call(client, options)
    const commitTransaction = session.commitTransaction.bind(session)
    session.commitTransaction = async () => {
      if (isCommitted) return await commitTransaction()
      isCommitted = true
      await commitTransaction()
      // What the driver makes of the error.
      isRetryableWriteError(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    }
    return session
  }
  t.teardown(() => { client.startSession = startSession })
  t.match(await app.request('PATCH', `/messages/${id}`, { token: ann.token, body: { content: 'y' } }), { status: 200, body: { content: 'y', rev: 2 } })
  t.ok(isCommitted)
  t.equal(await entries.countDocuments({ chat_id: new Types.ObjectId(chat.id) }), 2, 'once')
})

// Found by test/faults: a member that had just been chosen refused reads with codes that counted as our own mistake, and senders heard 500.
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { startFaultyMongo } from '../helpers/faulty-mongo.ts'
import { makeChat, register } from '../helpers/people.ts'

const { url, fail } = await startFaultyMongo(t)
const app = await startApp(t, { MONGODB_URL: url })
const ann = await register(app)

for (const [name, errorCode] of [['ReadConcernMajorityNotAvailableYet', 134], ['ExceededTimeLimit', 262], ['HostUnreachable', 6]] as const) {
  t.test(`a send while reads are refused with ${name} is stored`, async t => {
    const chat = await makeChat(app, ann)
    await fail({ times: 3 }, { failCommands: ['find'], errorCode })
    const sent = await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x', client_id: 'one' } })
    await fail('off')
    t.notSame(sent.status, 500)
    t.match(sent.status === 201 ? sent : await app.request('POST', `/chats/${chat.id}/messages`, { token: ann.token, body: { content: 'x', client_id: 'one' } }), { body: { seq: 1 } })
  })
}

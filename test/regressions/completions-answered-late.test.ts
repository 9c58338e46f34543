// Found by test/faults: with a primary that was stopped, whoever asked a model waited 7 to 18 s to hear that it had not begun, and 10 s when finding
// out who asks had taken its time, too.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'

t.test('whoever asks a model hears within 5 s that it cannot begin, and asking again finds what was begun', async t => {
  const app = await startApp(t)
  const ann = await register(app)
  const chat = await makeChat(app, ann)
  const { auth, log: { entries } } = app.services
  let release = () => {}
  const held = new Promise<void>(resolve => { release = resolve })
  const insertMany = entries.insertMany.bind(entries)
  entries.insertMany = async (...args) => {
    await held
    return await insertMany(...args)
  }
  const authenticate = auth.authenticate.bind(auth)
  auth.authenticate = async token => {
    await delay(2000)
    return await authenticate(token)
  }
  const ask = async () => await app.request('POST', `/chats/${chat.id}/completions`, { token: ann.token, body: { content: 'well?', client_id: 'one', stream: false } })
  const began = Date.now()
  const refused = await ask()
  t.match(refused, { status: 503, body: { code: 'retry_same_client_id' } })
  t.ok(refused.headers.get('retry-after'))
  t.ok(Date.now() - began < 5500, `after ${Date.now() - began} ms`)
  release()
  t.match(await ask(), { status: 200, body: { message: { content: 'well?', seq: 1 }, reply: { status: 'complete' } } })
  t.equal(await entries.countDocuments({ client_id: 'one' }), 1)
})

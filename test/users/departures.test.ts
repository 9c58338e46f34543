import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, registerAll } from '../helpers/people.ts'

t.test('a deletion that a dying process left half done is finished by the next start', async t => {
  const first = await startApp(t)
  const [ann, bob] = await registerAll(first, 'ann', 'bob')
  const group = await makeChat(first, ann!, 'group', [bob!])
  const direct = await makeChat(first, bob!, 'direct', [ann!])
  // What a process leaves that is killed right after it began.
  await first.connection.collection('departures').insertOne({ _id: new Types.ObjectId(bob!.id), begun_at: new Date() })

  const second = await startApp(t, { MONGODB_DATABASE: first.config.MONGODB_DATABASE, SECRET_KEY: first.config.SECRET_KEY })
  const left = async () => await first.connection.collection('departures').countDocuments() === 0
  while (!await left()) await new Promise(resolve => { setImmediate(resolve) })

  t.equal((await second.request('GET', `/users/${bob!.id}`, { token: ann!.token })).status, 404)
  const { body } = await second.request('GET', `/chats/${group.id}`, { token: ann!.token })
  t.strictSame(body.participants.map(({ username }: { username: string }) => username), ['ann'])
  t.equal((await second.request('GET', `/chats/${direct.id}`, { token: ann!.token })).status, 200, 'the other person keeps the direct chat')
})

import { Types } from 'mongoose'
import t from 'tap'
import { type Answer, startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { startBeside } from '../helpers/process.ts'

const app = await startApp(t)
const other = await startBeside(t, app)
const servers = [app, other]
const [ann, bob, cyd] = await registerAll(app, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const stored = (name: string) => app.connection.collection(name)

/** Asks; whoever waits for longer than a caller is kept waiting, on a machine with too much else to do, comes again as told. Counts those. */
const late = { answers: 0 }
async function ask (i: number, method: string, path: string, { token }: { token: string }, body: object): Promise<Answer> {
  const answer = await servers[i % 2]!.request(method, path, { token, body })
  if (answer.status !== 503) return answer
  late.answers++
  return await ask(i, method, path, { token }, body)
}

t.test('one direct chat for a pair, however it is asked for', async t => {
  const branches = await stored('branches').countDocuments()
  late.answers = 0
  const answers = await Promise.all(Array.from({ length: 200 }, async (_, i) => {
    const [person, peer] = i % 4 < 2 ? [ann, bob] : [bob, ann]
    return await ask(i, 'POST', '/chats', person, { type: 'direct', participant_ids: [peer.id] })
  }))
  const count = (wanted: number) => answers.filter(({ status }) => status === wanted).length
  t.equal(count(200) + count(201), 200)
  t.ok(count(201) === 1 || (late.answers > 0 && count(201) === 0), `${count(201)} are told that it is new, ${late.answers} came again`)
  t.equal(new Set(answers.map(({ body }) => body.id)).size, 1, 'all are told of the same')
  t.same((await stored('chats').find({ 'participants.user_id': new Types.ObjectId(ann.id) }).toArray()).map(({ _id }) => String(_id)), [answers[0]!.body.id], 'and it is the only one')
  t.equal(await stored('branches').countDocuments() - branches, 1)
  await say(app, ann, answers[0]!.body.id, 'hello')
  t.match(await other.request('GET', `/chats/${answers[0]!.body.id}/messages`, { token: bob.token }), { body: { count: 1 } })
})

t.test('300 additions at once to 95 people: five come in', async t => {
  const ids = await Promise.all(Array.from({ length: 94 + 300 }, async () => {
    const word = String(new Types.ObjectId())
    return (await app.services.users.create({ email: `${word}@example.com`, username: `s-${word}`, password_hash: 'none' })).id
  }))
  const group = await makeChat(app, ann, 'group', ids.slice(0, 94).map(id => ({ id }) as Person))
  const path = `/chats/${group.id}/participants`
  const people = async () => (await stored('chats').findOne({ _id: new Types.ObjectId(group.id) }))!['participants'].map(({ user_id }: { user_id: Types.ObjectId }) => String(user_id)) as string[]
  const answers = await Promise.all(ids.slice(94).map(async (id, i) => await ask(i, 'POST', path, ann, { user_ids: [id] })))
  t.equal(answers.filter(({ status }) => status === 201).length, 5)
  t.equal(answers.filter(({ status, body }) => status === 409 && body.code === 'chat_full').length, 295)
  t.equal(new Set(await people()).size, 100)
  t.same((await stored('messages').find({ chat_id: new Types.ObjectId(group.id) }).sort({ seq: 1 }).toArray()).map(({ seq }) => seq), [1, 2, 3, 4, 5], 'what was refused has no number')
  await app.request('DELETE', `${path}/${ids[0]}`, { token: ann.token })
  t.match(await app.request('POST', path, { token: ann.token, body: { user_ids: [bob.id, cyd.id] } }), { status: 409, body: { code: 'chat_full' } }, 'two do not fit one place')
  t.equal((await app.request('POST', path, { token: ann.token, body: { user_ids: [bob.id] } })).status, 201)
})

import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob, cyd, dan, eve] = await registerAll(app, 'ann', 'bob', 'cyd', 'dan', 'eve') as [Person, Person, Person, Person, Person]
const ask = async (method: string, path: string, person: Person | undefined, body?: unknown) => await app.request(method, path, { ...(person && { token: person.token }), body })
const peopleOf = async (chatId: string): Promise<{ user_id: string, is_admin: boolean }[]> => {
  const chat = await app.connection.collection('chats').findOne({ _id: new Types.ObjectId(chatId) })
  return (chat?.['participants'] ?? []).map(({ user_id, is_admin }: { user_id: Types.ObjectId, is_admin: boolean }) => ({ user_id: String(user_id), is_admin }))
}
const logOf = async (chatId: string) => await app.connection.collection('messages').find({ chat_id: new Types.ObjectId(chatId) }).sort({ seq: 1 }).toArray()

t.test('who may do what', async t => {
  // Ann is the owner, bob a second admin, cyd takes part, dan is outside.
  for (const [who, person, seen, ruling] of [['the owner', ann, true, true], ['an admin', bob, true, true], ['a participant', cyd, true, false], ['an outsider', dan, false, false], ['nobody', undefined, false, false]] as const) {
    const chat = await makeChat(app, ann, 'group', [bob, cyd])
    await ask('PATCH', `/chats/${chat.id}/participants/${bob.id}`, ann, { is_admin: true })
    const path = `/chats/${chat.id}/participants`
    const refused = person ? seen ? 403 : 404 : 401
    t.equal((await ask('GET', path, person)).status, seen ? 200 : refused, `${who} lists`)
    t.equal((await ask('POST', path, person, { user_ids: [eve.id] })).status, ruling ? 201 : refused, `${who} adds`)
    t.equal((await ask('PATCH', `${path}/${cyd.id}`, person, { is_admin: true })).status, ruling ? 200 : refused, `${who} appoints`)
    t.equal((await ask('DELETE', `${path}/${cyd.id}`, person)).status, person === cyd ? 204 : ruling ? 204 : refused, `${who} removes`)
    t.equal((await peopleOf(chat.id)).some(({ user_id }) => user_id === eve.id), ruling)
  }
})

t.test('adding', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const path = `/chats/${chat.id}/participants`
  const added = await ask('POST', path, ann, { user_ids: [cyd.id, bob.id, dan.id] })
  t.match(added.body.items.map(({ username }: { username: string }) => username), ['ann', 'bob', 'cyd', 'dan'], 'who is in already stays')
  t.same((await logOf(chat.id)).map(({ seq, type, user_id }) => [seq, type, String(user_id)]), [[1, 'participant_added', cyd.id], [2, 'participant_added', dan.id]], 'an entry for each')
  t.match(await ask('POST', path, ann, { user_ids: [bob.id] }), { status: 409, body: { code: 'already_participant' } })
  t.match(await ask('POST', path, ann, { user_ids: [eve.id, '0123456789abcdef01234567'] }), { status: 404, body: { code: 'user_not_found' } })
  t.equal((await peopleOf(chat.id)).length, 4, 'all or none')
  for (const body of [{}, { user_ids: [] }, { user_ids: ['x'] }, { user_ids: [eve.id, eve.id] }, { user_ids: [eve.id], is_admin: true }]) t.equal((await ask('POST', path, ann, body)).status, 400)
  for (const type of ['direct', 'assistant'] as const) {
    const other = await makeChat(app, ann, type, type === 'direct' ? [bob] : [])
    t.match(await ask('POST', `/chats/${other.id}/participants`, ann, { user_ids: [cyd.id] }), { status: 403, body: { code: 'group_only' } }, type)
    t.match(await ask('POST', `/chats/${other.id}/leave`, ann), { status: 403, body: { code: 'group_only' } })
  }
})

t.test('admins', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const change = async (person: Person, who: Person, value: unknown) => await ask('PATCH', `/chats/${chat.id}/participants/${who.id}`, person, { is_admin: value })
  t.match(await change(ann, ann, false), { status: 409, body: { code: 'last_admin' } })
  t.match(await change(ann, bob, true), { status: 200, body: { user_id: bob.id, username: 'bob', is_admin: true } })
  const { last_seq } = (await ask('GET', `/chats/${chat.id}`, ann)).body
  t.equal((await change(ann, bob, true)).status, 200, 'again')
  t.equal((await ask('GET', `/chats/${chat.id}`, ann)).body.last_seq, last_seq, 'changes nothing')
  t.equal((await change(ann, ann, false)).status, 200)
  t.match(await change(ann, bob, false), { status: 403, body: { code: 'forbidden' } })
  t.match(await change(bob, cyd, true), { status: 404, body: { code: 'participant_not_found' } })
  t.equal((await change(bob, ann, 'yes')).status, 400)
  for (let round = 0; round < 5; round++) {
    const rivals = await makeChat(app, ann, 'group', [bob])
    await ask('PATCH', `/chats/${rivals.id}/participants/${bob.id}`, ann, { is_admin: true })
    const answers = await Promise.all([ann, bob].map(async person => (await ask('PATCH', `/chats/${rivals.id}/participants/${person.id}`, person, { is_admin: false })).status))
    t.same(answers.sort(), [200, 409], 'of two who step down at once one stays')
    t.equal((await peopleOf(rivals.id)).filter(({ is_admin }) => is_admin).length, 1)
  }
})

t.test('leaving', async t => {
  const chat = await makeChat(app, ann, 'group', [bob, cyd])
  await ask('POST', `/chats/${chat.id}/participants`, ann, { user_ids: [dan.id] })
  const leave = async (person: Person, chatId: string = chat.id) => (await ask('POST', `/chats/${chatId}/leave`, person)).status
  t.equal(await leave(bob), 204)
  t.equal(await leave(bob), 404, 'twice is once')
  t.equal((await ask('GET', `/chats/${chat.id}`, bob)).status, 404)
  t.equal((await ask('POST', `/chats/${chat.id}/messages`, bob, { content: 'x' })).status, 404)
  t.equal(await leave(ann), 204)
  t.same(await peopleOf(chat.id), [{ user_id: cyd.id, is_admin: true }, { user_id: dan.id, is_admin: false }], 'the one who has been there longest decides now')
  t.same((await logOf(chat.id)).map(({ type, user_id }) => [type, String(user_id)]).slice(-2), [['participant_removed', ann.id], ['participant_changed', cyd.id]])
  await say(app, dan, chat.id, 'still here')
  t.equal(await leave(cyd), 204)
  t.equal(await leave(dan), 204)
  t.equal((await ask('GET', `/chats/${chat.id}`, dan)).status, 404, 'the last one took it along')
  t.same(await peopleOf(chat.id), [])
  t.equal((await logOf(chat.id)).at(-1)!['type'], 'chat_deleted')

  for (let round = 0; round < 4; round++) {
    const team = await makeChat(app, ann, 'group', [bob, cyd, dan, eve])
    for (const person of [bob, cyd]) await ask('PATCH', `/chats/${team.id}/participants/${person.id}`, ann, { is_admin: true })
    t.same(await Promise.all([ann, bob, cyd].map(async person => await leave(person, team.id))), [204, 204, 204], 'all admins at once')
    t.same(await peopleOf(team.id), [{ user_id: dan.id, is_admin: true }, { user_id: eve.id, is_admin: false }])
    t.same(await Promise.all([dan, eve].map(async person => await leave(person, team.id))), [204, 204])
    t.same(await peopleOf(team.id), [])
    const log = await logOf(team.id)
    t.same(log.map(({ seq }) => seq), log.map((_, i) => i + 1))
  }
})

t.test('a removed person, and one who comes back', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const message = await say(app, bob, chat.id, 'mine')
  t.equal((await ask('DELETE', `/chats/${chat.id}/participants/${bob.id}`, ann)).status, 204)
  t.match(await ask('DELETE', `/chats/${chat.id}/participants/${bob.id}`, ann), { status: 404, body: { code: 'participant_not_found' } })
  for (const [method, path, body] of [['GET', `/chats/${chat.id}`], ['GET', `/chats/${chat.id}/messages`], ['GET', `/messages/${message.id}`], ['PATCH', `/messages/${message.id}`, { content: 'x' }], ['DELETE', `/messages/${message.id}`], ['POST', `/chats/${chat.id}/messages`, { content: 'x' }]] as const) {
    t.equal((await ask(method, path, bob, body)).status, 404, `${method} ${path}`)
  }
  t.same((await ask('GET', '/chats', bob)).body.items.filter(({ id }: { id: string }) => id === chat.id), [])
  await ask('POST', `/chats/${chat.id}/participants`, ann, { user_ids: [bob.id] })
  t.equal((await ask('GET', `/messages/${message.id}`, bob)).status, 200)
})

t.test('a deleted account', async t => {
  const [fay] = await registerAll(app, 'fay') as [Person]
  const own = await makeChat(app, fay)
  const group = await makeChat(app, fay, 'group', [ann, bob])
  const direct = await makeChat(app, fay, 'direct', [ann])
  const lonely = await makeChat(app, fay, 'group', [bob])
  await ask('POST', `/chats/${lonely.id}/leave`, bob)
  const { id } = await say(app, fay, direct.id, 'remember me')
  t.equal((await ask('DELETE', '/users/me', fay)).status, 204)
  // The withdrawal follows the deletion; its last act is in the log.
  const withdrawn = async () => (await Promise.all([own, group, lonely].map(async chat => await peopleOf(chat.id)))).every(people => people.every(({ user_id }) => user_id !== fay.id))
  while (!await withdrawn()) await new Promise(resolve => { setImmediate(resolve) })
  t.same(await peopleOf(group.id), [{ user_id: ann.id, is_admin: true }, { user_id: bob.id, is_admin: false }], 'groups go on')
  t.same(await peopleOf(own.id), [], 'own chats are gone')
  t.same(await peopleOf(lonely.id), [])
  t.match(await ask('GET', `/chats/${direct.id}`, ann), { status: 200, body: { participants: [{ user_id: fay.id, username: null }, { user_id: ann.id }], last_message: { id, sender_username: null } } }, 'direct chats stay for the other')
  t.match(await ask('GET', `/messages/${id}`, ann), { status: 200, body: { content: 'remember me', sender_username: null } })
  t.equal((await ask('POST', '/chats', ann, { type: 'direct', participant_ids: [fay.id] })).status, 404)
})

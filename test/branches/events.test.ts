import t from 'tap'
import { makeChat } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { branchScene, chatOf } from './scene.ts'

const { app, owner, other } = await branchScene(t)
const chat = await makeChat(app, owner, 'group', [other])
const main = chat.active_branch_id
const here = chatOf(app, owner, chat.id)
const listen = async (person: typeof owner) => {
  const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${person.token}`)
  socket.send({ type: 'ping', id: 'ready' })
  await socket.next('pong')
  return socket
}
const [hers, his] = [await listen(owner), await listen(other)]
/** What the socket hears until a message that is sent now; so nothing more comes before it. */
async function heard (socket = his) {
  const end = await here.say('end', { branch_id: main })
  await socket.next(({ type, message }) => type === 'new_message' && message.id === end.id)
  return socket.frames.splice(0).filter(({ type }) => /branch|new_message/.test(type))
}

t.test('REST calls are heard by all sockets, in the order of the log', async t => {
  await here.say('a')
  await heard()
  const { message: _, ...made } = await here.branch({ name: 'one', message_index: 0 })
  t.match(await heard(), [{ type: 'branch_created', chat_id: chat.id, seq: Number, branch: made }])
  const renamed = await here.must('PATCH', `/chats/${chat.id}/branches/${made.id}`, { name: 'two' })
  t.match(await heard(), [{ type: 'branch_updated', chat_id: chat.id, branch: renamed }])
  await here.activate(made.id)
  t.match(await heard(), [{ type: 'active_branch_changed', chat_id: chat.id, branch_id: made.id }])
  await here.must('PATCH', `/chats/${chat.id}/branches/${made.id}`, { name: 'two' })
  await here.activate(made.id)
  t.same(await heard(), [], 'what changes nothing is not told')
  const again = await here.branch({ message_index: 0, replace_with: 'again' })
  const frames = await heard()
  t.match(frames, [
    { type: 'branch_created', branch: { id: again.id, kind: 'alternative', is_active: true, size: 1 } },
    { type: 'new_message', message: { id: again.message.id, branch_id: again.id, content: 'again' } },
    { type: 'active_branch_changed', branch_id: again.id }
  ])
  t.same(frames.map(({ seq }) => seq - frames[0]!['seq']), [0, 1, 2])
  const below = await here.branch({ name: 'below', message_index: 1, branch_id: (await here.say('on two', { branch_id: made.id })).branch_id })
  await heard()
  await here.must('DELETE', `/chats/${chat.id}/branches/${made.id}?cascade=true`)
  t.match(await heard(), [{ type: 'branch_deleted', chat_id: chat.id, branch_ids: [made.id, below.id] }])
  hers.frames.splice(0)
})

t.test('the frame `branch` does what the REST call does', async t => {
  hers.send({ type: 'branch', id: '1', chat_id: chat.id, name: 'by frame', message_index: 0, branch_id: main })
  const { branch } = await hers.next('ack')
  t.match(branch, { name: 'by frame', parent_branch_id: main, size: 1, message: null })
  t.match(await heard(), [{ type: 'branch_created', branch: { id: branch.id } }])
  t.match(await here.must('GET', `/chats/${chat.id}/branches/${branch.id}`), { name: 'by frame' })
  hers.send({ type: 'branch', id: '2', chat_id: chat.id, message_index: 0, branch_id: main, replace_with: 'by frame', activate: false })
  t.match((await hers.next('ack'))['branch'], { kind: 'alternative', is_active: false, message: { content: 'by frame' } })
  const head = (await here.path(main)).at(-1).id
  for (const [id, frame, code] of [
    ['3', { name: 'by frame', message_index: 0 }, 'branch_name_taken'],
    ['4', { name: 'x' }, 'validation_failed'],
    ['5', { name: 'x', message_index: 0, turn_index: 0 }, 'validation_failed'],
    ['6', { name: 'x', message_index: 0, colour: 'red' }, 'validation_failed'],
    ['7', { name: 'x', message_index: 1_000_000 }, 'index_off_path']
  ] as [string, object, string][]) {
    hers.send({ type: 'branch', id, chat_id: chat.id, ...frame })
    t.match(await hers.next('error'), { id, code })
  }
  his.send({ type: 'branch', id: '8', chat_id: chat.id, name: 'x', message_id: head, activate: true })
  t.match(await his.next('error'), { id: '8', code: 'forbidden' })
})

t.test('the frame `activate_branch` does what the REST call does', async t => {
  const { id } = await here.branch({ name: 'to activate', message_index: 0, branch_id: main })
  await heard()
  hers.send({ type: 'activate_branch', id: '1', chat_id: chat.id, branch_id: id })
  t.match(await hers.next('ack'), { id: '1', branch: { id, is_active: true } })
  t.match(await heard(), [{ type: 'active_branch_changed', branch_id: id }])
  t.equal((await here.must('GET', `/chats/${chat.id}`)).active_branch_id, id)
  his.send({ type: 'activate_branch', id: '2', chat_id: chat.id, branch_id: main })
  t.match(await his.next('error'), { id: '2', code: 'forbidden' })
  hers.send({ type: 'activate_branch', id: '3', chat_id: chat.id, branch_id: chat.id })
  t.match(await hers.next('error'), { id: '3', code: 'branch_not_found' })
})

t.test('a turn is heard as its two messages', async t => {
  const mine = await makeChat(app, owner)
  const socket = await openSocket(t, `${app.api}/ws/${mine.id}?token=${owner.token}`)
  socket.send({ type: 'ping' })
  await socket.next('pong')
  const turn = await chatOf(app, owner, mine.id).turn('q', 'a')
  t.match(await socket.next('new_message'), { seq: 1, message: { id: turn.turn_id, content: 'q', role: 'user' } })
  t.match(await socket.next('new_message'), { seq: 2, message: { id: turn.response_id, content: 'a', role: 'assistant', turn_id: turn.turn_id } })
})

import { Types } from 'mongoose'
import t from 'tap'
import { makeChat } from '../helpers/people.ts'
import { branchScene, chatOf } from './scene.ts'

const { app, owner, other } = await branchScene(t)
async function newChat () {
  const chat = await makeChat(app, owner)
  const here = chatOf(app, owner, chat.id)
  return { chat, main: chat.active_branch_id as string, turns: async (query = '') => await here.must('GET', `/chats/${chat.id}/turns?${query}`), ...here }
}
const pairs = ({ items }: { items: any[] }) => items.map(({ turn_index: index, question, response }) => `${index} ${question} ${response}`)

t.test('a turn is two messages next to each other', async t => {
  const { turn, path, ask, chat } = await newChat()
  const first = await turn('q0', 'a0')
  t.match(first, { turn_index: 0, question: 'q0', response: 'a0', chat_id: chat.id, timestamp: /^\d{4}-.*Z$/ })
  const [question, answer] = await path()
  t.match(question, { id: first.turn_id, turn_id: first.turn_id, role: 'user', content: 'q0', message_index: 0, seq: 1, sender_id: owner.id })
  t.match(answer, { id: first.response_id, turn_id: first.turn_id, role: 'assistant', content: 'a0', message_index: 1, seq: 2, reply_to: first.turn_id })
  const answered = await ask('POST', `/chats/${chat.id}/turns`, { question: 'q1', response: 'a1' })
  t.equal(answered.headers.get('location'), `/api/v1/messages/${answered.body.turn_id}`)
  t.equal(answered.body.turn_index, 1)
  for (const body of [{ question: 'q' }, { response: 'a' }, { question: '', response: 'a' }, { question: 'q', response: ' ' }, { question: 'q', response: 'a'.repeat(10_001) }, { question: 'q', response: 'a', role: 'user' }]) {
    t.match(await ask('POST', `/chats/${chat.id}/turns`, body), { status: 400, body: { code: 'validation_failed' } })
  }
  t.equal((await path()).length, 4)
})

t.test('both halves are stored or neither', async t => {
  const { turn, ask, path, chat, say } = await newChat()
  await turn('q0', 'a0')
  // The database itself refuses the second half of this turn, after it took the first.
  await app.connection.db!.command({ collMod: 'messages', validator: { content: { $ne: 'unspeakable' } } })
  const refused = await ask('POST', `/chats/${chat.id}/turns`, { question: 'q1', response: 'unspeakable', client_id: 'c1' })
  t.equal(refused.status, 500)
  t.equal(await app.services.log.entries.countDocuments({ chat_id: new Types.ObjectId(chat.id) }), 2, 'nothing of it is kept')
  await app.connection.db!.command({ collMod: 'messages', validator: {} })
  t.match(await ask('POST', `/chats/${chat.id}/turns`, { question: 'q1', response: 'a1', client_id: 'c1' }), { status: 201, body: { turn_index: 1 } }, 'the same client_id is still free')
  await say('after')
  t.same((await path()).map(({ seq, content }: any) => `${seq} ${content}`), ['1 q0', '2 a0', '3 q1', '4 a1', '5 after'])
})

t.test('a repeat answers the first result', async t => {
  const { ask, chat, path, say } = await newChat()
  const url = `/chats/${chat.id}/turns`
  const body = { question: 'q', response: 'a', client_id: 'once' }
  const first = await ask('POST', url, body)
  const again = await ask('POST', url, body)
  t.match([first.status, again.status], [201, 200])
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.same(again.body, first.body)
  const { client_id: key, ...bare } = body
  t.same((await ask('POST', url, bare, { 'idempotency-key': key })).body, first.body)
  t.match(await ask('POST', url, body, { 'idempotency-key': 'another' }), { status: 400, body: { code: 'validation_failed' } })
  t.match(await ask('POST', url, { ...body, response: 'b' }), { status: 409, body: { code: 'idempotency_conflict' } })
  t.match(await ask('POST', `/chats/${chat.id}/messages`, { content: 'q', client_id: 'once' }), { status: 409, body: { code: 'idempotency_conflict' } })
  await say('m', { client_id: 'mine' })
  t.match(await ask('POST', url, { question: 'm', response: 'a', client_id: 'mine' }), { status: 409, body: { code: 'idempotency_conflict' } })
  await say('another answer', { role: 'assistant', reply_to: first.body.turn_id })
  t.same((await ask('POST', url, body)).body, first.body, 'also when another answer came since')
  const many = await Promise.all(Array.from({ length: 10 }, async () => await ask('POST', url, { question: 'x', response: 'y', client_id: 'at-once' })))
  t.same(many.map(({ status }) => status).sort(), [...Array(9).fill(200), 201])
  t.equal(new Set(many.map(({ body: { turn_id } }) => turn_id)).size, 1)
  t.equal((await path()).length, 6)
})

t.test('only the owner of an assistant chat stores both halves', async t => {
  for (const type of ['group', 'direct'] as const) {
    const chat = await makeChat(app, owner, type, [other])
    t.match(await chatOf(app, owner, chat.id).ask('POST', `/chats/${chat.id}/turns`, { question: 'q', response: 'a' }), { status: 403, body: { code: 'role_not_allowed' } })
  }
})

t.test('paged both ways, also across a fork between question and answer', async t => {
  const { turn, branch, turns, path, say, main, must, ask, chat } = await newChat()
  for (let i = 0; i < 5; i++) await turn(`q${i}`, `a${i}`)
  const messages = await path()
  await say('by the way', { branch_id: main })
  const again = await branch({ message_id: messages[5].id, replace_with: 'a2 again' })
  await turn('q3 again', 'a3 again')
  const all = await turns(`branch_id=${again.id}`)
  t.same(pairs(all), ['0 q0 a0', '1 q1 a1', '2 q2 a2 again', '3 q3 again a3 again'])
  t.equal(all.count, 4)
  t.same(pairs(await turns(`branch_id=${main}`)), [0, 1, 2, 3, 4].map(i => `${i} q${i} a${i}`))
  for (const order of ['asc', 'desc']) {
    for (const limit of [1, 2, 3]) {
      const seen = []
      for (let cursor = ''; ;) {
        const page = await turns(`branch_id=${again.id}&order=${order}&limit=${limit}${cursor && `&cursor=${cursor}`}`)
        seen.push(...pairs(page))
        if (!page.next_cursor) break
        cursor = page.next_cursor
      }
      t.same(seen, order === 'asc' ? pairs(all) : pairs(all).reverse(), `${order}, ${limit} at a time`)
    }
  }
  t.match(await branch({ name: 'after turn 2', turn_index: 2, branch_id: again.id }), { parent_branch_id: again.id, created_from_message_index: 5 })
  t.match(await branch({ name: 'after turn 2 of main', turn_index: 2, branch_id: main }), { parent_branch_id: main, created_from_message_index: 5 })
  await must('DELETE', `/messages/${messages[1].id}`)
  t.match((await turns(`branch_id=${main}`)).items[0], { question: 'q0', response: '', response_id: messages[1].id }, 'a deleted answer leaves its place')
  t.match(await ask('GET', `/chats/${chat.id}/turns?cursor=abc.def`), { status: 400, body: { code: 'invalid_cursor' } })
  const { next_cursor: cursor } = await turns('limit=1')
  await must('DELETE', `/chats/${chat.id}/messages`)
  t.match(await ask('GET', `/chats/${chat.id}/turns?cursor=${cursor}`), { status: 410, body: { code: 'resync_required' } })
  t.match(await turns(), { items: [], count: 0, next_cursor: null })
})

t.test('a question is answered later, however much later', async t => {
  const { turn, branch, turns, path, say, main } = await newChat()
  await turn('q0', 'a0')
  const { message: question, id } = await branch({ message_id: (await path())[0].id, replace_with: 'q0 again' })
  t.match((await turns()).items, [{ turn_id: question.id, question: 'q0 again', response: null, response_id: null, turn_index: 0 }])
  await turn('q1', 'a1')
  t.same(pairs(await turns()), ['0 q0 again null', '1 q1 a1'])
  const late = await say('late', { role: 'assistant', reply_to: question.id })
  t.equal(late.turn_id, question.id)
  t.same(pairs(await turns()), ['0 q0 again late', '1 q1 a1'], 'the answer joins its own turn')
  t.same(pairs(await turns('limit=1&order=desc')), ['1 q1 a1'])
  t.match(await branch({ name: 'after turn 0', turn_index: 0, branch_id: id }), { created_from_message_index: 0 }, 'a turn ends where the next begins')
  t.match(await branch({ name: 'after turn 1', turn_index: 1, branch_id: id }), { created_from_message_index: 2 })
  const elsewhere = await say('no answer here', { role: 'assistant', reply_to: question.id, branch_id: main })
  t.match(elsewhere, { turn_id: null, reply_to: question.id }, 'where the question is not, it is only a reply')
  t.same(pairs(await turns(`branch_id=${main}`)), ['0 q0 a0'])
  t.equal((await say('a person', { reply_to: question.id, branch_id: id })).turn_id, null)
  const below = await branch({ name: 'below', message_index: 3, branch_id: id })
  await say('later still', { role: 'assistant', reply_to: question.id, branch_id: below.id })
  t.same(pairs(await turns(`branch_id=${below.id}`)), ['0 q0 again later still', '1 q1 a1'])
  t.same(pairs(await turns(`branch_id=${id}`)), ['0 q0 again late', '1 q1 a1'], 'the newest on the path that is read')
})

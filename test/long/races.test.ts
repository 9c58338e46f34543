import { Types } from 'mongoose'
import t from 'tap'
import type { Message } from '../../src/messages/schemas.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { startPair, type TestServer } from '../helpers/process.ts'

// One process sends while the other takes the ground away: each remembers what the other has just changed.
const { one, two, servers, db } = await startPair(t)
const [ann, bob, cyd] = await registerAll(one, 'ann', 'bob', 'cyd') as [Person, Person, Person]
const entries = db.collection('messages')
const logOf = async (chatId: string) => await entries.find({ chat_id: new Types.ObjectId(chatId) }).sort({ seq: 1 }).toArray()
const upTo = (n: number, first = 0) => Array.from({ length: n }, (_, i) => i + first)

/** Several senders at once, each until it is refused or `enough` says so; `after` is called once so many are acknowledged. */
function senders (plan: [TestServer, Person][], chatId: string, { when, enough = () => false }: { when: number, enough?: () => boolean }) {
  const acknowledged: Message[] = []
  const refusals: { status: number, code: string }[] = []
  let begin = () => {}
  const begun = new Promise<void>(resolve => { begin = resolve })
  const done = Promise.all(plan.map(async ([server, { token }]) => {
    while (!enough()) {
      const { status, body } = await server.request('POST', `/chats/${chatId}/messages`, { token, body: { content: 'a text of before' } })
      if (status !== 201) return refusals.push({ status, code: body.code })
      if (acknowledged.push(body) === when) begin()
    }
  }))
  done.then(begin, begin)
  return { acknowledged, refusals, begun, done }
}

t.test('nothing of a removed person comes after the removal', async t => {
  let before = 0
  await Promise.all(upTo(3).map(async lane => {
    for (const round of upTo(5)) {
      const chat = await makeChat(one, ann, 'group', [bob, cyd])
      // Cyd goes on through the other process: the removal has rivals for its number.
      let over = false
      const others = senders([[one, cyd], [two, cyd]], chat.id, { when: 1, enough: () => over })
      const { acknowledged, refusals, begun, done } = senders(Array(6).fill([two, bob]), chat.id, { when: 3 + round })
      await begun
      const { status } = await one.request('DELETE', `/chats/${chat.id}/participants/${bob.id}`, { token: ann.token })
      await done
      over = true
      await others.done
      const log = await logOf(chat.id)
      const removal = log.find(({ type }) => type === 'participant_removed')!
      const late = log.filter(({ sender_id, seq }) => String(sender_id) === bob.id && seq > removal['seq'])
      before += acknowledged.length
      if (status !== 204 || late.length > 0 || others.refusals.length > 0) t.fail(`lane ${lane}, round ${round}`, { status, late: late.map(({ seq }) => seq), others: others.refusals })
      t.same(refusals, Array(6).fill({ status: 404, code: 'chat_not_found' }))
      t.same(log.map(({ seq }) => seq), upTo(log.length, 1))
      t.same(acknowledged.filter(({ seq }) => log[seq - 1]?.['content'] !== 'a text of before'), [], 'and all that was acknowledged is there')
    }
  }))
  t.comment(`${before} sends before the removals`)
})

t.test('a clear among sends', async t => {
  await Promise.all(upTo(2).map(async () => {
    for (const round of upTo(2)) {
      const chat = await makeChat(one, ann, 'group', [bob, cyd])
      let over = false
      const { acknowledged, refusals, begun, done } = senders([[one, ann], [two, ann], [one, bob], [two, bob], [two, cyd], [two, cyd]], chat.id, { when: 10 + 5 * round, enough: () => over })
      await begun
      for (const server of [one, two]) t.equal((await server.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })).status, 204)
      over = true
      await done
      // Each process once more after all of it.
      for (const server of servers) acknowledged.push(await say(server, bob, chat.id, 'the last words'))
      t.same(refusals, [], 'no sender is disturbed')
      const log = await logOf(chat.id)
      const cleared = log.findLast(({ type }) => type === 'chat_cleared')!['seq']
      const { active_branch_id } = (await two.request('GET', `/chats/${chat.id}`, { token: ann.token })).body
      const rest = log.filter(({ kind, seq }) => kind === 'message' && seq > cleared)
      t.same(rest.map(({ message_index }) => message_index), upTo(rest.length), 'the new history has places without a hole')
      t.ok(rest.every(({ branch_id }) => String(branch_id) === active_branch_id), 'on the new main branch')
      t.same(log.filter(({ seq }) => seq < cleared).filter(({ content }) => content), [], 'the old text is gone')
      const kept = acknowledged.filter(({ seq }) => seq > cleared).map(({ id }) => id)
      for (const server of servers) {
        const { body } = await server.request('GET', `/chats/${chat.id}/messages?limit=100`, { token: bob.token })
        t.equal(body.count, rest.length)
        t.same(new Set(body.items.map(({ id }: Message) => id)), new Set(kept), 'what was acknowledged after it is there, and nothing else')
      }
      const gone = await Promise.all(acknowledged.filter(({ seq }) => seq < cleared).map(async ({ id }) => (await one.request('GET', `/messages/${id}`, { token: bob.token })).status))
      t.same(new Set(gone), new Set([404]), 'what was acknowledged before it is not')
    }
  }))
})

t.test('the end of a chat among sends', async t => {
  for (const round of upTo(4)) {
    const chat = await makeChat(one, ann, 'group', [bob, cyd])
    const { refusals, begun, done } = senders([[one, bob], [two, bob], [two, bob], [two, cyd], [two, cyd]], chat.id, { when: 5 + round })
    await begun
    t.equal((await one.request('DELETE', `/chats/${chat.id}`, { token: ann.token })).status, 204)
    await done
    t.same(refusals, Array(5).fill({ status: 404, code: 'chat_not_found' }))
    const log = await logOf(chat.id)
    t.equal(log.at(-1)!['type'], 'chat_deleted', 'is the last entry')
  }
})

t.test('what another process changed is seen at once by those it concerns', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  await say(two, bob, chat.id, 'two remembers the chat')
  await one.request('POST', `/chats/${chat.id}/participants`, { token: ann.token, body: { user_ids: [cyd.id] } })
  t.equal((await two.request('GET', `/chats/${chat.id}/messages`, { token: cyd.token })).status, 200, 'who was let in reads')
  await say(two, cyd, chat.id, 'and writes')

  const old = (await two.request('GET', `/chats/${chat.id}/messages?limit=1`, { token: bob.token })).body.next_cursor
  await one.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })
  t.match(await two.request('GET', `/chats/${chat.id}/messages`, { token: bob.token }), { status: 200, body: { items: [], count: 0, next_cursor: null } }, 'a cleared chat is empty')
  await one.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })
  t.match(await two.request('GET', `/chats/${chat.id}/messages?cursor=${old}`, { token: bob.token }), { status: 410, body: { code: 'resync_required' } })
  await one.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })
  for (const text of ['x', 'y']) await say(one, bob, chat.id, text)
  const fresh = (await one.request('GET', `/chats/${chat.id}/messages?limit=1`, { token: bob.token })).body.next_cursor
  t.match(await two.request('GET', `/chats/${chat.id}/messages?cursor=${fresh}`, { token: bob.token }), { status: 200, body: { items: [{ content: 'x' }] } })
})

t.test('a send of a process that did not see a clear', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  await say(two, ann, chat.id, 'two remembers number 1')
  for (let i = 2; i <= 9; i++) await say(one, ann, chat.id, 'said elsewhere')
  t.equal((await one.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })).status, 204)
  const message = await say(two, bob, chat.id, 'after the clear')
  t.equal(message.seq, 11, 'takes the number after the clear')
  t.equal(message.message_index, 0)
  for (const server of [one, two]) {
    const { body } = await server.request('GET', `/chats/${chat.id}/messages`, { token: bob.token })
    t.match(body, { count: 1, items: [{ id: message.id }] })
    t.equal((await server.request('GET', `/messages/${message.id}`, { token: ann.token })).status, 200)
  }
  t.same(await entries.distinct('content', { chat_id: new Types.ObjectId(chat.id), content: /said|remembers/ }), [], 'no text of before is kept')
})

t.test('a send of a process that did not see the end of the chat', async t => {
  const chat = await makeChat(one, ann, 'group', [bob])
  await say(two, bob, chat.id, 'two remembers number 1')
  for (let i = 2; i <= 9; i++) await say(one, ann, chat.id, 'said elsewhere')
  t.equal((await one.request('DELETE', `/chats/${chat.id}`, { token: ann.token })).status, 204)
  const { status, body } = await two.request('POST', `/chats/${chat.id}/messages`, { token: bob.token, body: { content: 'into the void' } })
  t.match({ status, body }, { status: 404, body: { code: 'chat_not_found' } })
  t.equal(await entries.countDocuments({ chat_id: new Types.ObjectId(chat.id), content: 'into the void' }), 0)
})

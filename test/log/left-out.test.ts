import { Types } from 'mongoose'
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const stored = app.connection.collection('messages')

/** What earlier builds stored in each message, where a later one leaves it out. */
const earlier = { turn_id: null, run_id: null, reply_to: null, reactions: [], is_edited: false, edited_at: null, is_deleted: false }

const ok = async (method: string, path: string, { token }: Person, body?: object) => {
  const answer = await app.request(method as 'GET', path, { token, ...(body && { body }) })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
  return answer.body
}

t.test('however a message is written, what would say nothing is left out', async t => {
  const { id } = await makeChat(app, ann)
  const first = await say(app, ann, id, 'a message', { client_id: 'one' })
  await say(app, ann, id, 'an answer', { role: 'assistant', reply_to: first.id })
  await ok('POST', `/chats/${id}/turns`, ann, { question: 'a question', response: 'its answer' })
  await ok('POST', `/chats/${id}/completions`, ann, { content: 'another question' })
  await ok('POST', `/chats/${id}/branches`, ann, { message_index: 0, replace_with: 'another message' })
  await ok('PUT', `/messages/${first.id}/reactions/${encodeURIComponent('👍')}`, ann)
  await ok('POST', `/chats/${id}/fork`, ann, { include: 'branches' })
  const rows = await stored.find({ kind: 'message' }).toArray()
  t.equal(rows.length, 14)
  t.same(rows.filter(row => Object.entries(earlier).some(([name, nothing]) => name in row && JSON.stringify(row[name]) === JSON.stringify(nothing))), [])
  t.same(rows.filter(row => Object.values(row).includes(null)), [])
  const plain = rows.find(({ _id }) => String(_id) === String(first.id))!
  t.same(Object.keys(plain).sort(), ['_id', 'branch_id', 'chat_id', 'client_id', 'content', 'created_at', 'kind', 'message_index', 'reactions', 'rev', 'role', 'sender_id', 'seq', 'status', 'turn_count'])
})

t.test('what an earlier build stored with it reads and changes the same', async t => {
  /** A chat in which all can be changed, read and told of; with `isEarlier` stored as before. */
  async function live (isEarlier: boolean) {
    const { id } = await makeChat(app, ann, 'group', [bob])
    const ids: string[] = []
    for (let n = 0; n < 6; n++) ids.push((await say(app, ann, id, `message ${n}`, { client_id: `m${n}` })).id)
    const [edited, reactedTo, deleted] = ids
    if (isEarlier) await stored.updateMany({ chat_id: new Types.ObjectId(String(id)), kind: 'message' }, [{ $set: { ...earlier, reactions: { $literal: [] } } }])
    const seen: unknown[] = []
    const look = async () => {
      seen.push(await ok('GET', `/chats/${id}/messages`, bob), await ok('GET', `/chats/${id}/messages?include_deleted=true&order=asc&limit=3`, bob), await ok('GET', `/chats/${id}/messages?order=asc&limit=4`, bob), await ok('GET', `/messages/${reactedTo}`, bob))
      seen.push(await ok('GET', `/chats/${id}/changes?since=0`, bob), await ok('GET', `/chats/${id}`, bob), await ok('GET', '/sync', bob))
    }
    await look()
    await ok('PATCH', `/messages/${edited}`, ann, { content: 'edited' })
    await ok('PUT', `/messages/${reactedTo}/reactions/${encodeURIComponent('👍')}`, bob)
    await ok('DELETE', `/messages/${deleted}`, ann)
    await say(app, ann, id, 'message 3', { client_id: 'm3' })
    await look()
    await ok('DELETE', `/messages/${reactedTo}/reactions/${encodeURIComponent('👍')}`, bob)
    await ok('POST', `/chats/${id}/branches`, ann, { message_index: 3, replace_with: 'another' })
    await look()
    t.same((await stored.find({ chat_id: new Types.ObjectId(String(id)), kind: 'message', seq: { $gt: ids.length } }).toArray()).filter(row => Object.values(row).includes(null)), [], 'what it is taken from passes no null on')
    await ok('DELETE', `/chats/${id}`, ann)
    // Ids, times and the names of this run differ between two chats.
    return JSON.stringify(seen).replace(/[0-9a-f]{24}/g, 'id').replace(/"[^"]*(?:_at|timestamp|cursor|epoch)":(?:"[^"]*"|null)/g, '""').replace(/"\d{4}-[^"]*Z"/g, '""')
  }
  t.equal(await live(true), await live(false))
})

import { setTimeout as wait } from 'node:timers/promises'
import mongoose from 'mongoose'
import t from 'tap'
import { testMongoUrl, testSettings } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { startProvider } from '../helpers/provider.ts'
import { openSocket } from '../helpers/socket.ts'
import { type Operation, readDocument, requestOf, sender } from './inputs.ts'

/** Where a word was planted, and how it is taken away. Each word stands nowhere else. */
const words = {
  message: 'quince-message',
  edited: 'quince-edited',
  before: 'quince-before-the-edit',
  newest: 'quince-newest',
  branch: 'quince-on-a-branch',
  dropped: 'quince-on-a-deleted-branch',
  reply: 'quince-in-a-reply',
  question: 'quince-in-a-question',
  response: 'quince-in-a-response',
  cleared: 'quince-in-a-cleared-chat',
  gone: 'quince-in-a-deleted-chat',
  title: 'quince-in-a-deleted-title',
  prompt: 'quince-in-a-prompt',
  memory: 'quince-in-a-memory',
  oldMemory: 'quince-in-an-old-memory',
  summed: 'quince-in-a-summary'
}

t.test('what is deleted is nowhere: in no answer, no frame, no request to a model, no record and no log', async t => {
  const provider = await startProvider(t)
  // What a model makes of a text holds that text.
  provider.script(({ messages }) => /^You keep the summary/.test(messages[0].content) ? `They spoke of ${words.summed}.` : messages.at(-1).content.includes(words.reply) ? words.reply : 'Yes.')
  const settings: Record<string, string> = { ...testSettings(), ...provider.settings, AI_CONTEXT_TOKENS: '600', LOG_LEVEL: 'trace' }
  const connection = await mongoose.createConnection(testMongoUrl(), { dbName: settings['MONGODB_DATABASE']!, readConcern: { level: 'majority' } }).asPromise()
  t.teardown(async () => { await connection.dropDatabase(); await connection.close() })
  const app = await startServer(t, settings)
  const [ann, bob, root] = await registerAll(app, 'ann', 'bob', 'root') as [Person, Person, Person]
  await connection.collection('users').updateOne({ username: 'root' }, { $set: { role: 'admin' } })
  const must = async (method: string, path: string, body?: unknown, { token } = ann) => {
    const answer = await app.request(method, path, { token, ...(body !== undefined && { body }) })
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }

  const group = await makeChat(app, ann, 'group', [bob])
  const own = await makeChat(app, ann)
  const long = await makeChat(app, ann)
  const cleared = await makeChat(app, ann)
  const gone = await must('POST', '/chats', { title: words.title, system_prompt: words.prompt })
  const stays = await say(app, ann, group.id, 'this stays')
  const message = await say(app, ann, group.id, words.message)
  const edited = await say(app, bob, group.id, words.before)
  await must('PATCH', `/messages/${edited.id}`, { content: words.edited }, bob)
  await must('PUT', `/messages/${message.id}/reactions/👍`, undefined, bob)
  const branch = await must('POST', `/chats/${group.id}/branches`, { name: 'side', message_id: stays.id })
  const onBranch = await say(app, ann, group.id, words.branch, { branch_id: branch.id })
  const drop = await must('POST', `/chats/${group.id}/branches`, { name: 'drop', message_id: stays.id })
  const dropped = await say(app, ann, group.id, words.dropped, { branch_id: drop.id })
  const newest = await say(app, ann, group.id, words.newest)
  const turn = await must('POST', `/chats/${own.id}/turns`, { question: words.question, response: words.response })
  const { reply, run, message: asked } = await must('POST', `/chats/${own.id}/completions`, { content: `Say ${words.reply}` })
  const inCleared = await say(app, ann, cleared.id, words.cleared)
  const inGone = await say(app, ann, gone.id, words.gone)
  const memory = await must('POST', '/memories', { content: words.oldMemory })
  await must('PATCH', `/memories/${memory.id}`, { content: words.memory })
  const sentLong = []
  for (let i = 0; i < 14; i++) sentLong.push(await say(app, ann, long.id, Array.from({ length: 40 }, (_, n) => `${i === 0 ? 'long' : 'w'}${i}${n}`).join(' ')))
  await must('POST', `/chats/${long.id}/completions`, { content: 'And then?' })
  while (!(await connection.collection('summaries').findOne({ content: new RegExp(words.summed) }))) await wait(20)

  const { operations } = await readDocument(app)
  const send = sender(t, app.url)
  const ids: Record<string, string[]> = {
    chat_id: [group.id, own.id, long.id, cleared.id, gone.id],
    message_id: [message, edited, newest, onBranch, dropped, reply, asked, inCleared, inGone, { id: turn.turn_id }, { id: turn.response_id }].map(({ id }) => id),
    branch_id: [branch.id, drop.id, group.active_branch_id, own.active_branch_id],
    other_id: [group.active_branch_id],
    user_id: [ann.id, bob.id],
    memory_id: [memory.id],
    run_id: [run.id],
    session_id: []
  }
  const inQuery: Record<string, string[]> = { include: ['messages,branches'], include_deleted: ['true'], order: ['asc', 'desc'], branch_id: ids['branch_id']!, around: [stays.id], since: ['0'], limit: ['100'], q: ['quince'], content: ['hm'] }
  /** Every combination of what the parameters may be, one optional one at a time. */
  const drafts = ({ inputs }: Operation) => {
    const paths = inputs.filter(({ where }) => where === 'path').reduce<Record<string, string>[]>((made, { name }) => made.flatMap(params => (ids[name] ?? ['none']).map(value => ({ ...params, [name]: value }))), [{}])
    const needed = Object.fromEntries(inputs.filter(({ where, required }) => where === 'query' && required).map(({ name }) => [name, (inQuery[name] ?? ['1'])[0]!]))
    const queries = [needed, ...inputs.filter(({ where, name, required }) => where === 'query' && !required && inQuery[name]).flatMap(({ name }) => inQuery[name]!.map(value => ({ ...needed, [name]: value })))]
    return paths.flatMap(params => queries.map(query => ({ params, query, headers: {}, body: undefined })))
  }
  /** Which words can be read by anybody, by any operation, by a socket that resumes, or in what a model is asked. */
  async function crawl (): Promise<Map<string, string>> {
    const found = new Map<string, string>()
    const look = (text: string, where: string) => { for (const word of Object.values(words)) if (text.includes(word) && !found.has(word)) found.set(word, where) }
    let reads = 0
    for (const operation of operations.filter(({ method, isPublic }) => method === 'GET' && !isPublic)) {
      for (const draft of drafts(operation)) {
        for (const person of operation.tag === 'admin' ? [root] : [ann, bob]) {
          reads++
          look((await send(requestOf(operation, draft, person.token))).body, `${operation.id} ${JSON.stringify(draft)} as ${person.username}`)
        }
      }
    }
    t.ok(reads > 200, `${reads} reads`)
    for (const person of [ann, bob]) {
      const socket = await openSocket(t, `${app.api}/ws?token=${person.token}`)
      for (const chatId of ids['chat_id']!) {
        socket.send({ type: 'subscribe', id: chatId, chat_id: chatId, since: 0 })
        await socket.next(({ type, id }) => (type === 'ack' || type === 'error') && id === chatId)
      }
      socket.send({ type: 'ping', id: 'end' })
      await socket.next(({ type, id }) => type === 'pong' && id === 'end')
      look(JSON.stringify(socket.frames), `a socket of ${person.username}`)
      socket.socket.terminate()
    }
    const before = provider.received.length
    for (const chat of [own, long]) await app.request('POST', `/chats/${chat.id}/completions`, { token: ann.token, body: { content: 'What else?' } })
    look(Buffer.concat(provider.received.slice(before).map(({ raw }) => raw)).toString(), 'a request to the model')
    return found
  }

  const readable = await crawl()
  t.same(Object.values(words).filter(word => !readable.has(word)), [words.oldMemory], 'before, each can be read by someone; of a memory only the text it has now')

  for (const one of [message, newest, onBranch, reply, asked, { id: turn.turn_id }, { id: turn.response_id }, sentLong[0]]) await must('DELETE', `/messages/${one.id}`)
  await must('DELETE', `/messages/${edited.id}`, undefined, bob)
  await must('DELETE', `/chats/${group.id}/branches/${drop.id}`)
  await must('DELETE', `/chats/${cleared.id}/messages`)
  await must('DELETE', `/chats/${gone.id}`)
  await must('DELETE', `/memories/${memory.id}`)
  // The text of what goes as a whole is taken out of the database a moment later.
  const stored = async () => {
    const names = (await connection.db!.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
    const all = JSON.stringify(await Promise.all(names.map(async name => await connection.collection(name).find().toArray())))
    return Object.values(words).filter(word => all.includes(word))
  }
  for (const until = Date.now() + 10_000; (await stored()).length > 0 && Date.now() < until;) await wait(50)
  t.same(await stored(), [], 'no record holds one')
  t.same(Object.fromEntries(await crawl()), {}, 'nobody can read one')

  app.kill()
  await app.stopped
  const log = app.lines.join('\n')
  t.match(log, /"msg":"answered"/)
  t.same(Object.values(words).filter(word => log.includes(word)), [], 'no log, at its chattiest, has ever held one')
})

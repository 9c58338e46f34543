import { Types } from 'mongoose'
import t from 'tap'
import type { Problem } from '../../src/platform/errors.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'

const app = await startApp(t)
const { connection, services: { chats, log } } = app
const [ann, bob, stranger] = await registerAll(app, 'ann', 'bob', 'stranger') as [Person, Person, Person]
const made = await Promise.all([1, 2, 3].map(() => makeChat(app, ann, 'group', [bob])))
const ids: string[] = made.map(({ id }) => id)

const read = async ({ id, username }: Person, chatId: string): Promise<string> => {
  try {
    return (await chats.get({ id, username, role: 'user', session_id: '' }, chatId)).id
  } catch (error) {
    return (error as Problem).code
  }
}

/** What something gives, and the finds that were made meanwhile, by the collection. */
async function watch<Result> (work: () => Promise<Result>) {
  const db = connection.db!
  const { command } = db
  const found: string[] = []
  db.command = async function (given, ...rest) {
    if (given['find']) found.push(given['find'])
    return await command.call(this, given, ...rest)
  }
  const result = await work().finally(() => { db.command = command })
  return { result, found }
}

t.test('chats that are read at once are read by one command, each by those who are in it', async t => {
  const readers = Array.from({ length: 40 }, (_, n) => ({ person: [ann, bob, bob, stranger][n % 4]!, chatId: ids[n % 3]! }))
  const { result, found } = await watch(() => Promise.all(readers.map(({ person, chatId }) => read(person, chatId))))
  t.same(result, readers.map(({ person, chatId }) => person === stranger ? 'chat_not_found' : chatId))
  t.same(found.filter(collection => collection === 'chats'), ['chats'])
})

t.test('whoever is taken out is refused by the next read, beside others who are let in', async t => {
  t.equal(await read(bob, ids[0]!), ids[0])
  await app.request('DELETE', `/chats/${ids[0]}/participants/${bob.id}`, { token: ann.token })
  t.same(await Promise.all([read(ann, ids[0]!), read(bob, ids[0]!), read(bob, ids[1]!)]), [ids[0], 'chat_not_found', ids[1]])
})

t.test('the highest number of a chat that many ask for at once is read once', async t => {
  const empty = String(new Types.ObjectId())
  for (let n = 0; n < 5; n++) await say(app, ann, ids[1]!, 'x')
  const highest = await log.highest(ids)
  const { result, found } = await watch(() => Promise.all(Array.from({ length: 20 }, () => log.newestSeq(ids[1]!))))
  t.same(result, Array(20).fill(highest.get(ids[1]!)))
  t.same(found, ['messages'])
  t.same(await Promise.all([...ids, empty, ids[1]!].map(log.newestSeq)), [...ids.map(id => highest.get(id) ?? 0), 0, highest.get(ids[1]!)], 'each its own')
})

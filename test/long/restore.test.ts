import mongoose from 'mongoose'
import t, { type Test } from 'tap'
import { testMongoUrl, testSettings } from '../helpers/app.ts'
import { type Backup, backUp, restore } from '../helpers/backup.ts'
import { freshMessages, liveClient } from '../helpers/live-client.ts'
import { within } from '../helpers/load.ts'
import { makeChat, type Person, register, registerAll, say } from '../helpers/people.ts'
import { startServer, type TestServer } from '../helpers/process.ts'
import { runScript } from '../helpers/run.ts'

const settings = testSettings()
const database = settings['MONGODB_DATABASE']!
const mongo = await new mongoose.mongo.MongoClient(testMongoUrl(), { readConcernLevel: 'majority' }).connect()
const db = mongo.db(database)
t.teardown(async () => {
  await db.dropDatabase()
  await mongo.close()
})

type Sent = { id: string, seq: number, chat_id: string, content: string }

/** People who go on sending, one message after the other, until they are stopped. */
function load (server: TestServer, senders: { person: Person, chatId: string }[]) {
  const acknowledged: Sent[] = []
  const state = { isOver: false }
  let heard = () => {}
  const done = Promise.all(senders.map(async ({ person, chatId }, lane) => {
    for (let i = 0; !state.isOver; i++) {
      acknowledged.push(await say(server, person, chatId, `${lane} says ${i}`, { client_id: `${lane}-${i}` }))
      heard()
    }
  }))
  return {
    acknowledged,
    /** Resolves when so many are acknowledged. */
    async reaches (count: number) { while (acknowledged.length < count) await new Promise<void>(resolve => { heard = resolve }) },
    async stop () {
      state.isOver = true
      await done
    }
  }
}

/** What a person can read of a chat, whole. */
async function readAll (server: TestServer, person: Person, chatId: string) {
  const ask = async (path: string) => (await server.request('GET', `/chats/${chatId}${path}`, { token: person.token })).body
  const { epoch, unread_count: _, ...chat } = await ask('')
  return { chat, epoch, branches: (await ask('/branches')).items, messages: await freshMessages(server.api, person.token, chatId) }
}

async function stop (server: TestServer) {
  server.kill('SIGTERM')
  t.equal((await server.stopped).code, 0)
}

/** Every chat's log is whole: numbers and places without a hole, each message at its newest change. */
function checkLogs (t: Test, backup: Backup) {
  const entries = backup.get('messages')!
  const chats = new Map<string, typeof entries>()
  for (const entry of entries) chats.set(String(entry['chat_id']), [...chats.get(String(entry['chat_id'])) ?? [], entry])
  for (const rows of chats.values()) {
    rows.sort((one, other) => one['seq'] - other['seq'])
    t.same(rows.map(({ seq }) => seq), rows.map((_, i) => i + 1))
    for (const { kind, rev, _id } of rows) {
      if (kind !== 'message') continue
      const changes = rows.filter(({ message_id: id }) => id && String(id) === String(_id)).map(({ seq }) => seq)
      t.equal(rev, Math.max(...changes, rows.find(row => row['_id'] === _id)!['seq']))
    }
  }
}

t.test('a backup under load, restored: all is as it was at its moment, and whoever knows more hears that it is gone', async t => {
  const before = await startServer(t, settings)
  const [ann, bob, cid] = await registerAll(before, 'ann', 'bob', 'cid') as [Person, Person, Person]
  const people = [ann, bob, cid]
  const group = await makeChat(before, ann, 'group', [bob, cid])
  const others = [await makeChat(before, bob, 'group', [cid]), await makeChat(before, cid)]
  const first = await say(before, ann, group.id, 'first')
  await say(before, bob, group.id, 'second')
  const branch = await before.request('POST', `/chats/${group.id}/branches`, { token: ann.token, body: { message_id: first.id, name: 'side' } })
  t.equal(branch.status, 201, branch.text)
  await say(before, ann, group.id, 'on the side', { branch_id: branch.body.id })
  await before.request('PATCH', `/messages/${first.id}`, { token: ann.token, body: { content: 'first, edited' } })

  const servers = [before.api]
  const reader = liveClient({ servers, token: ann.token, chatId: group.id })
  t.teardown(() => { reader.stop() })
  reader.connect()
  const senders = [...people.map(person => ({ person, chatId: group.id })), { person: bob, chatId: others[0].id }, { person: cid, chatId: others[0].id }, { person: cid, chatId: others[1].id }]
  const sending = load(before, senders)
  await sending.reaches(60)
  const sure = [...sending.acknowledged]
  const backup = await backUp(mongo, database)
  await sending.reaches(sending.acknowledged.length + 120)
  await sending.stop()
  checkLogs(t, backup)
  const entries = new Map(backup.get('messages')!.map(entry => [String(entry['_id']), entry]))
  for (const { id, seq, content } of sure) t.match(entries.get(id), { seq, content }, 'what was acknowledged before is in it')
  t.ok(entries.size < sending.acknowledged.length, 'and not what came after it')

  // What happens after the backup is to be gone.
  const dan = await register(before, 'dan')
  t.equal((await before.request('DELETE', `/chats/${group.id}/participants/${cid.id}`, { token: ann.token })).status, 204)
  await before.request('PATCH', `/messages/${first.id}`, { token: ann.token, body: { content: 'edited again' } })
  const late = await makeChat(before, ann)
  const { body: known } = await before.request('GET', `/chats/${group.id}`, { token: ann.token })
  await within('the reader', reader.reaches(known.last_seq))
  t.same(reader.list().length > 0 && reader.faults, [])
  const cursorOf = async (path: string) => (await before.request('GET', path, { token: ann.token })).body.next_cursor as string
  const kept = [
    `/chats/${group.id}/changes?since=${reader.at}&epoch=${reader.epoch}`,
    `/chats/${group.id}/changes?since=3&epoch=${reader.epoch}`,
    `/chats/${group.id}/messages?cursor=${await cursorOf(`/chats/${group.id}/messages?limit=10`)}`,
    `/sync?since=${await cursorOf('/sync')}`
  ]
  for (const path of kept) t.equal((await before.request('GET', path, { token: ann.token })).status, 200, path)
  await stop(before)

  await restore(mongo, database, backup)
  const after = await startServer(t, settings)
  const now = await backUp(mongo, database)
  for (const name of ['messages', 'branches', 'users', 'versions']) t.same(now.get(name) ?? [], backup.get(name) ?? [], name)
  t.match((await after.request('GET', `/messages/${first.id}/history`, { token: ann.token })).body.items.map(({ content }: { content: string }) => content), ['first'])
  t.equal((await after.request('GET', `/messages/${first.id}`, { token: ann.token })).body.content, 'first, edited')
  const { chat, branches, messages, epoch } = await readAll(after, bob, group.id)
  t.same(chat.participants.map(({ user_id: id }: { user_id: string }) => id).sort(), people.map(({ id }) => id).sort(), 'who was taken out later is in it again')
  t.equal(chat.last_seq, Math.max(...[...entries.values()].filter(({ chat_id: id }) => String(id) === group.id).map(({ seq }) => seq as number)))
  t.match(branches.map(({ name }: { name: string }) => name), ['main', 'side'])
  t.ok(messages.length >= sure.filter(({ chat_id: id }) => id === group.id).length)
  t.equal((await after.request('GET', '/users/me', { token: ann.token })).status, 200, 'a token of before is good')
  t.equal((await after.request('POST', '/auth/login', { body: { username: 'cid', password: cid.password } })).status, 200)
  t.equal((await after.request('GET', '/users/me', { token: dan.token })).status, 401, 'who came later is not known')
  t.equal((await after.request('GET', `/chats/${late.id}`, { token: ann.token })).status, 404)
  t.not(epoch, reader.epoch, 'the dump was noticed')

  // The numbers that the reader knows are given to other messages, and more: nothing but the epoch tells.
  while ((await say(after, bob, group.id, 'another history')).seq <= reader.at + 5);
  for (const path of kept) t.match(await after.request('GET', path, { token: ann.token }), { status: 410, body: { code: 'resync_required' } }, path)
  servers[0] = after.api
  const { body: { last_seq: last } } = await after.request('GET', `/chats/${group.id}`, { token: ann.token })
  await within('the reader', reader.until(() => reader.counts.resyncs > 0))
  await within('the reader', reader.reaches(last))
  t.same(reader.list(), await freshMessages(after.api, ann.token, group.id), 'and its copy is that of the database')
  t.equal(reader.counts.resyncs, 1)
  await stop(after)

  await t.test('a snapshot of the files is not noticed by itself: "npm run db:restored" tells', async t => {
    // The collections are the same, only their documents are of before.
    for (const [name, rows] of now) {
      await db.collection(name).deleteMany({})
      if (rows.length > 0) await db.collection(name).insertMany(rows)
    }
    const outcome = await runScript('db-restored', { settings })
    t.match(outcome, { code: 0, stdout: /: 3 chats have a new epoch\. / }, outcome.stderr)
    const again = await startServer(t, settings)
    while ((await say(again, bob, group.id, 'a third history')).seq <= last + 5);
    servers[0] = again.api
    const { body: { last_seq: end } } = await again.request('GET', `/chats/${group.id}`, { token: ann.token })
    await within('the reader', reader.until(() => reader.counts.resyncs > 1))
    await within('the reader', reader.reaches(end))
    t.same(reader.list(), await freshMessages(again.api, ann.token, group.id))
    t.same(reader.faults, [])
  })
})

import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { freshMessages, liveClient } from '../helpers/live-client.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'

const app = await startApp(t, { WS_SOCKETS_PER_USER: '100' })
const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
const { messages, log } = app.services
const actor = { id: ann.id, username: 'ann', role: 'user' as const, session_id: '' }

/** Sends, edits and deletes until it is told to stop. */
async function keepWriting (chatId: string, isOver: () => boolean) {
  const sent: string[] = []
  for (let number = 0; !isOver(); number++) {
    const batch = await Promise.all(Array.from({ length: 3 }, (_, index) => messages.send(actor, chatId, { content: `message ${number}.${index}` })))
    sent.push(...batch.map(({ message }) => message.id))
    const any = () => sent[Math.floor(Math.random() * sent.length)]!
    if (number % 3 === 1) await messages.edit(actor, any(), `edited ${number}`).catch(() => {})
    if (number % 7 === 2) await messages.remove(actor, any())
    await new Promise(resolve => { setTimeout(resolve, 15) })
  }
}

// test/long/cuts.test.ts does the same to fifty sockets of two processes, ten times each.
t.test('twelve sockets that are cut five times each end with what a fresh read gives', async t => {
  const chat = await makeChat(app, ann, 'direct', [bob])
  const clients = Array.from({ length: 12 }, (_, index) => liveClient({ servers: [app.api], token: index % 2 ? ann.token : bob.token, chatId: chat.id }))
  t.teardown(() => { for (const client of clients) client.stop() })
  let over = false
  const writing = keepWriting(chat.id, () => over)
  await Promise.all(clients.map(async client => {
    client.connect()
    for (let cuts = 0; cuts < 5; cuts++) {
      // Anywhere: before the answer to `subscribe`, in the past, or live.
      const { frames } = client.counts
      const wanted = frames + Math.floor(Math.random() * 12)
      await client.until(() => client.counts.frames >= wanted)
      const { connections } = client.counts
      client.cut()
      await client.until(() => client.counts.connections > connections)
    }
  }))
  over = true
  await writing
  const head = (await log.highest([chat.id])).get(chat.id)!
  const fresh = await freshMessages(app.api, bob.token, chat.id)
  t.ok(fresh.length > 20 && fresh.some(({ is_deleted: isDeleted }) => isDeleted), `${fresh.length} messages, ${head} numbers`)
  let wrong = 0
  for (const client of clients) {
    await client.reaches(head)
    if (client.faults.length > 0 || JSON.stringify(client.list()) !== JSON.stringify(fresh)) wrong++
    if (wrong === 1) t.same({ faults: client.faults, list: client.list() }, { faults: [], list: fresh })
  }
  t.equal(wrong, 0, 'every copy is the same, and nothing was missed, doubled or out of order on the way')
  t.ok(clients.every(({ counts }) => counts.connections >= 6))
})

t.test('a clear while somebody is away makes them read anew', async t => {
  const chat = await makeChat(app, ann, 'group', [bob])
  const reasons: string[] = []
  const client = liveClient({ servers: [app.api], token: bob.token, chatId: chat.id, comesBack: false, hear: ({ type, reason }) => { if (type === 'resync_required') reasons.push(reason) } })
  t.teardown(() => { client.stop() })
  for (const content of ['one', 'two', 'three']) await messages.send(actor, chat.id, { content })
  client.connect()
  await client.reaches(3)
  client.cut()
  await client.until(() => client.closes.length === 1)
  await app.request('DELETE', `/chats/${chat.id}/messages`, { token: ann.token })
  await messages.send(actor, chat.id, { content: 'after' })
  client.connect()
  await client.until(() => client.counts.resyncs === 1)
  t.same(reasons, ['cleared'], 'and says why: nothing was lost')
  await messages.send(actor, chat.id, { content: 'live' })
  await client.reaches(6)
  t.same(client.faults, [])
  t.same(client.list().map(({ content }) => content), ['after', 'live'])
  t.same(client.list(), await freshMessages(app.api, bob.token, chat.id))
})

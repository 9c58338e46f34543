import t from 'tap'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { openSocket } from '../helpers/socket.ts'
import { testMongoUrl } from '../helpers/app.ts'
import mongoose from 'mongoose'

const database = `test_stop_${process.pid}_${Date.now()}`
const server = await startServer(t, { MONGODB_DATABASE: database })
const client = new mongoose.mongo.MongoClient(testMongoUrl())
t.teardown(async () => {
  await client.db(database).dropDatabase()
  await client.close()
})
const [ann, bob] = await registerAll(server, 'ann', 'bob') as [Person, Person]
const chat = await makeChat(server, ann, 'direct', [bob])

t.test('a stop under load tells every socket when to come back, ends well, and loses nothing that was acknowledged', async t => {
  const sockets = await Promise.all(Array.from({ length: 20 }, async (_, index) => {
    const socket = await openSocket(t, `${server.api}/ws/${chat.id}?token=${index % 2 ? ann.token : bob.token}`)
    await socket.next('subscribed')
    return socket
  }))
  const acknowledged = new Set<string>()
  const refused: object[] = []
  let enough: () => void = () => {}
  const flowing = new Promise<void>(resolve => { enough = resolve })
  const writing = Promise.all(sockets.map(async (socket, index) => {
    for (let number = 0; ; number++) {
      socket.send({ type: 'message', chat_id: chat.id, content: `${index}.${number}`, id: String(number) })
      const answer = await socket.next(({ type }) => type === 'ack' || type === 'error').catch(() => undefined)
      if (!answer) return
      if (answer.type === 'error') refused.push(answer)
      else acknowledged.add(answer['message'].content)
      if (acknowledged.size > 300) enough()
    }
  }))
  await flowing
  const began = Date.now()
  server.kill('SIGTERM')
  const ends = await Promise.all(sockets.map(socket => socket.closed))
  t.ok(ends.every(({ code }) => code === 1001), 'closed with 1001')
  const told = sockets.map(({ frames }) => frames.find(({ type }) => type === 'shutdown')?.['retry_after_ms'])
  t.ok(told.every(ms => Number.isInteger(ms) && ms >= 500 && ms <= 5000), told.join())
  t.ok(new Set(told).size > 10, 'each at another moment')
  t.same(await server.stopped, { code: 0, signal: null })
  t.ok(Date.now() - began < 20_000)
  await writing
  t.ok(refused.every(error => (error as { retryable: boolean }).retryable), 'who was refused is told to come again')
  const stored = await client.db(database).collection('messages').find({ kind: 'message' }).sort({ seq: 1 }).toArray()
  t.same(stored.map(({ seq }) => seq), stored.map((_, index) => index + 1), 'no hole')
  const contents = new Set(stored.map(({ content }) => content))
  t.same([...acknowledged].filter(content => !contents.has(content)), [], `${acknowledged.size} acknowledged, ${stored.length} stored`)
})

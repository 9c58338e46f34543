import { mongo } from 'mongoose'
import t, { type Test } from 'tap'
import { keepWriting, seeded, within } from '../helpers/load.ts'
import { makeChat, type Person, register, registerAll } from '../helpers/people.ts'
import { startPair } from '../helpers/process.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'
import { openSocket, type TestSocket } from '../helpers/socket.ts'

/** How soon it is told on the other process, in milliseconds: a second, and what a busy machine takes. */
const toldMs = 5000
const rounds = 4

t.test('who loses their rights through one process hears no more on the other while messages flow on both', { skip: noRedis }, async t => {
  const random = seeded(t)
  const redis = await startRedis(t)
  const { one, two, db } = await startPair(t, { REDIS_URL: redis.url, WS_SOCKETS_PER_USER: '100', WS_COMPARE_MS: '600000' })
  const [ann, bob, root] = await registerAll(one, 'ann', 'bob', 'root') as [Person, Person, Person]
  await db.collection('users').updateOne({ username: 'root' }, { $set: { role: 'admin' } })
  root.token = (await one.request('POST', '/auth/login', { body: { username: root.username, password: root.password } })).body.access_token
  const must = async (answer: Promise<{ status: number, text: string }>) => {
    const { status, text } = await answer
    if (status >= 300) throw new Error(`answered ${status}: ${text}`)
  }

  interface Scene { person: Person, chatId: string, socket: TestSocket }
  interface Way {
    happen: (scene: Scene) => Promise<void>
    /** Resolves when the socket was told. */
    told: (scene: Scene) => Promise<void>
    /** The highest number that may be heard, when the chat's own log tells it. */
    bound?: (scene: Scene) => Promise<number>
  }

  async function loses (t: Test, { happen, told, bound }: Way) {
    const delays: number[] = []
    const excesses: number[] = []
    for (let round = 0; round < rounds; round++) {
      const person = await register(one)
      const chatId = (await makeChat(one, ann, 'group', [person, bob])).id as string
      const socket = await openSocket(t, `${two.api}/ws`, { headers: { authorization: `Bearer ${person.token}` } })
      socket.send({ type: 'subscribe', chat_id: chatId, id: '1' })
      await socket.next('ack')
      const scene = { person, chatId, socket }
      const writing = { chatId, random, pauseMs: 5 }
      const writers = [keepWriting({ ...writing, servers: [one.api], person: ann }), keepWriting({ ...writing, servers: [two.api], person: bob })]
      await socket.next('new_message')
      await socket.next('new_message')
      await happen(scene)
      const began = Date.now()
      const [newest] = await db.collection('messages').find({ chat_id: new mongo.ObjectId(chatId) }).sort({ seq: -1 }).limit(1).toArray()
      await within('the news', told(scene), toldMs)
      delays.push(Date.now() - began)
      // It goes on for a while, so that there is something that must not be heard.
      const sent = writers.map(writer => writer.sent.size)
      const witness = await openSocket(t, `${two.api}/ws/${chatId}?token=${bob.token}`)
      while (writers.some((writer, index) => writer.sent.size < sent[index]! + 5)) await witness.next(({ seq, type }) => seq !== undefined && type !== 'subscribed')
      for (const writer of writers) await writer.stop()
      witness.socket.terminate()
      const heard = Math.max(...socket.frames.flatMap(({ seq, type }) => typeof seq === 'number' && type !== 'ack' ? seq : []))
      const highest = bound ? await bound(scene) : newest!['seq'] as number
      excesses.push(heard - highest)
    }
    t.comment(`told after ${delays.join(', ')} ms; the last number heard lay ${excesses.map(excess => -excess).join(', ')} before the bound`)
    t.same(excesses.filter(excess => excess > 0), [], 'nothing later was heard')
  }

  const closed = (code: number) => async ({ socket }: Scene) => {
    const end = await socket.closed
    if (end.code !== code) throw new Error(`closed with ${end.code} ${end.reason}`)
  }

  await t.test('removed from the chat', async t => await loses(t, {
    happen: async ({ person, chatId }) => await must(one.request('DELETE', `/chats/${chatId}/participants/${person.id}`, { token: ann.token })),
    async told ({ socket, chatId }) {
      t.same(await socket.next('unsubscribed'), { type: 'unsubscribed', chat_id: chatId, reason: 'removed' })
      socket.send({ type: 'subscribe', chat_id: chatId, id: '2' })
      t.match(await socket.next(({ id }) => id === '2'), { type: 'error', code: 'chat_not_found' })
    },
    // Not even the removal itself.
    bound: async ({ person, chatId }) => (await db.collection('messages').findOne({ chat_id: new mongo.ObjectId(chatId), type: 'participant_removed', user_id: new mongo.ObjectId(person.id) }))!['seq'] - 1
  }))

  await t.test('logged out', async t => await loses(t, {
    happen: async ({ person }) => await must(one.request('POST', '/auth/logout', { token: person.token })),
    told: closed(4401)
  }))

  await t.test('switched off by an administrator', async t => await loses(t, {
    happen: async ({ person }) => await must(one.request('PATCH', `/admin/users/${person.id}`, { token: root.token, body: { is_active: false } })),
    told: closed(4401)
  }))
})

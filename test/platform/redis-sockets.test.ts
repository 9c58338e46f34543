import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startApp, type TestApp, testSettings } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { noRedis, startRedis } from '../helpers/redis.ts'
import { openSocket } from '../helpers/socket.ts'

t.test('sockets on two processes', { skip: noRedis }, async t => {
  const redis = await startRedis(t)
  const { MONGODB_DATABASE, SECRET_KEY } = testSettings() as { MONGODB_DATABASE: string, SECRET_KEY: string }
  // Long: what is missed is to be found because Redis came back, not because it was time.
  const settings = { MONGODB_DATABASE, SECRET_KEY, REDIS_URL: redis.url, WS_COMPARE_MS: '600000', WS_SOCKETS_PER_USER: '4', PRESENCE_GRACE_MS: '2000' }
  const a = await startApp(t, settings)
  const b = await startApp(t, settings)
  const [ann, bob, eve, zoe] = await registerAll(a, 'ann', 'bob', 'eve', 'zoe') as [Person, Person, Person, Person]
  const chat = await makeChat(a, ann, 'group', [bob, eve, zoe])

  async function open (app: TestApp, { token }: Person) {
    const socket = await openSocket(t, `${app.api}/ws/${chat.id}?token=${token}`)
    socket.send({ type: 'ping', id: 'open' })
    await socket.next(({ type, id }) => type === 'pong' && id === 'open')
    return socket
  }
  const online = async (app: TestApp) => (await app.request('GET', `/chats/${chat.id}/online`, { token: ann.token })).body.items.map(({ username }: { username: string }) => username).sort()

  const annOnA = await open(a, ann)
  const bobOnB = await open(b, bob)

  await t.test('a message, an edit and typing arrive at the other process', async t => {
    annOnA.send({ type: 'message', chat_id: chat.id, content: 'hello', id: 'sent' })
    const { message } = await bobOnB.next('new_message')
    t.match(message, { content: 'hello', sender_username: 'ann' })
    t.match((await annOnA.next('new_message')).message, message)
    bobOnB.send({ type: 'typing', chat_id: chat.id, content: 'start' })
    t.match(await annOnA.next('typing_started'), { user_id: bob.id })
    await a.request('PATCH', `/messages/${message.id}`, { token: ann.token, body: { content: 'hello again' } })
    t.match(await bobOnB.next('message_updated'), { message: { content: 'hello again' } })
    t.notOk(bobOnB.frames.some(({ type }) => type === 'typing_started'), 'who types hears nothing of it')
    await say(b, bob, chat.id, 'from b')
    t.match(await annOnA.next('new_message'), { message: { content: 'from b' } })
    t.equal(annOnA.frames.filter(({ type }) => type === 'new_message').length, 0, 'once')
  })

  await t.test('who comes and goes is told once over both, and both know who is online', async t => {
    t.same(await online(a), ['ann', 'bob'])
    const first = await open(a, eve)
    t.match(await bobOnB.next('user_joined'), { user_id: eve.id })
    t.same([await online(a), await online(b)], [['ann', 'bob', 'eve'], ['ann', 'bob', 'eve']])
    first.socket.close()
    await first.closed
    const second = await open(b, eve)
    t.same([await online(a), await online(b)], [['ann', 'bob', 'eve'], ['ann', 'bob', 'eve']], 'who moves is not away')
    second.socket.close()
    t.match(await annOnA.next('user_left'), { user_id: eve.id })
    t.match(await bobOnB.next('user_left'), { user_id: eve.id })
    t.equal([...annOnA.frames, ...bobOnB.frames].filter(({ type, user_id: id }) => (type === 'user_joined' || type === 'user_left') && id === eve.id).length, 1, 'and joined, at ann')
    t.same(await online(b), ['ann', 'bob'])
    annOnA.frames.length = 0
  })

  await t.test('the sums over both', async t => {
    await b.services.everywhere!.renew(b.services.hub, b.services.presence.gone)
    t.match((await a.request('GET', '/ws/stats', { token: ann.token })).body, { connections: 2, users: 2, chats: 2 })
  })

  await t.test('a person has at most so many sockets over both', async t => {
    const more = [await open(a, ann), await open(b, ann), await open(b, ann)]
    for (const app of [a, b]) {
      const fifth = await openSocket(t, `${app.api}/ws?token=${ann.token}`)
      // One that is let in answers this; then it must end here, as the test would wait for its end in vain.
      fifth.send({ type: 'ping', id: 'fifth' })
      t.match(await fifth.next(({ type }) => type === 'error' || type === 'pong'), { type: 'error', code: 'too_many_sockets' })
      fifth.socket.close()
      t.match(await fifth.closed, { code: 4409 })
    }
    for (const { socket, closed } of more) {
      socket.close()
      await closed
    }
    // They are counted out a moment after they have closed.
    const counted = () => a.services.hub.count().connections + b.services.hub.count().connections
    while (counted() > 2) await delay(20)
    const again = await open(b, ann)
    again.socket.close()
    await again.closed
  })

  await t.test('who is removed or logged out on one process is cut off on the other', async t => {
    const eveOnB = await open(b, eve)
    await a.request('DELETE', `/chats/${chat.id}/participants/${eve.id}`, { token: ann.token })
    t.match(await eveOnB.closed, { code: 4403 })
    await say(a, ann, chat.id, 'without eve')
    t.notOk(eveOnB.frames.some(({ type }) => type === 'new_message' || type === 'chat_updated'))
    await bobOnB.next(({ message }) => message?.content === 'without eve')
    await a.request('POST', '/auth/logout', { token: bob.token })
    t.match(await bobOnB.closed, { code: 4401 })
  })

  await t.test('what was missed while Redis was away is made good when it is back', async t => {
    const annOnB = await open(b, ann)
    const zoeOnB = await open(b, zoe)
    await redis.kill()
    await say(a, ann, chat.id, 'unheard')
    await a.request('POST', '/auth/logout', { token: zoe.token })
    t.notOk(annOnB.frames.some(({ type }) => type === 'new_message'))
    await redis.restart()
    t.match(await annOnB.next('new_message'), { message: { content: 'unheard' } })
    t.match(await zoeOnB.closed, { code: 4401 }, 'a session that ended meanwhile')
    await say(a, ann, chat.id, 'heard')
    t.match(await annOnB.next('new_message'), { message: { content: 'heard' } })
    // Whose socket has just closed is settled a moment later.
    for (const deadline = Date.now() + 10_000; (await online(a)).includes('zoe') && Date.now() < deadline; await delay(20));
    t.same(await online(a), ['ann'])
  })
})

import t from 'tap'
import { each, type ShutdownFrame } from '../../client/src/index.ts'
import { freePort } from '../../src/platform/port.ts'
import { freshDatabase } from '../helpers/run.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { clientOf, openSocket } from '../client/scene.ts'

const { settings } = await freshDatabase(t)
// With the limits on: more is sent at once after each start than the server takes.
const start = async () => await startServer(t, { ...settings, RATE_LIMIT: 'on', PORT: String(port) })
const port = await freePort()

t.test('what is sent while the server is killed and started again is stored once and in order, and heard so', async t => {
  let server = await start()
  const [ann, bob] = await registerAll(server, 'ann', 'bob') as [Person, Person]
  const chats = [await makeChat(server, ann, 'group', [bob]), await makeChat(server, ann, 'group', [bob])]
  const anns = openSocket(t, clientOf(server, ann))
  const bobs = openSocket(t, clientOf(server, bob))
  for (const { socket } of [anns, bobs]) {
    socket.connect()
    for (const { id } of chats) await socket.subscribe(id)
  }
  const sends: Promise<unknown>[] = []
  const texts: string[] = []
  const send = (count: number) => {
    for (let i = 0; i < count; i++) {
      const content = `text ${texts.length}`
      texts.push(content)
      for (const { id } of chats) sends.push(anns.socket.send({ type: 'message', chat_id: id, content }))
    }
  }
  // Some of these are under way when the process is killed.
  send(4)
  await Promise.all(sends.slice(0, 2))
  server.kill('SIGKILL')
  send(3)
  await server.stopped
  await anns.reaches('waiting')
  send(3)
  server = await start()
  send(2)
  await Promise.all(sends)

  const heard = (name: typeof anns, chatId: string) => name.frames.flatMap(frame => frame.type === 'new_message' && frame.chat_id === chatId ? [frame.message.content] : frame.type === 'sync' && frame.chat_id === chatId ? frame.changes.flatMap(({ message }) => message ? [message.content] : []) : [])
  const api = clientOf(server, bob)
  for (const { id } of chats) {
    const stored: string[] = []
    for await (const { content } of each(page => api.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: id }, query: { order: 'asc', limit: 5, ...page } } }))) stored.push(content)
    t.same(stored, texts)
    for (const one of [anns, bobs]) {
      await one.until(() => heard(one, id).length === texts.length)
      t.same(heard(one, id), texts)
    }
  }

  // Then it stops as it should, and says to each when to come back.
  server.kill('SIGTERM')
  for (const one of [anns, bobs]) {
    await one.until(() => one.states.some(({ code }) => code === 1001))
    const { at, frame } = one.wire.find(({ frame }) => frame?.type === 'shutdown') as { at: number, frame: ShutdownFrame }
    const wait = one.states.find(({ code }) => code === 1001)!.retryAt! - at
    t.ok(wait >= frame.retry_after_ms && wait < frame.retry_after_ms + 500, `${wait} for ${frame.retry_after_ms} ms`)
  }
})

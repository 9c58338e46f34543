import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { each } from '../../client/src/index.ts'
import { freshDatabase } from '../scripts/run.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'
import { startServer } from '../helpers/process.ts'
import { clientOf, openSocket } from './scene.ts'

async function freePort (): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => { server.close(resolve) })
  return String(port)
}

const { settings } = await freshDatabase(t)
// With the limits on: more is sent at once after each start than the server takes.
const start = async () => await startServer(t, { ...settings, RATE_LIMIT: 'on', PORT: port })
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
      for (const { id: chat_id } of chats) sends.push(anns.socket.send({ type: 'message', chat_id, content }))
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

  await t.test('and a server that stops says when to come back', async t => {
    server.kill('SIGTERM')
    await bobs.until(() => bobs.socket.state === 'waiting' && bobs.frames.some(({ type }) => type === 'shutdown'))
    const shutdown = bobs.frames.find(({ type }) => type === 'shutdown') as { retry_after_ms: number }
    const heard = bobs.wire.find(({ frame }) => frame?.type === 'shutdown')!
    const status = bobs.states.find(({ code }) => code === 1001)!
    t.ok(Math.abs(status.retryAt! - heard.at - shutdown.retry_after_ms) < 400, `${status.retryAt! - heard.at} and ${shutdown.retry_after_ms}`)
    send(1)
    await server.stopped
    server = await start()
    await Promise.all(sends)
  })

  const heard = (name: typeof anns, chatId: string) => name.frames.flatMap(frame => frame.type === 'new_message' && frame.chat_id === chatId ? [frame.message.content] : frame.type === 'sync' && frame.chat_id === chatId ? frame.changes.flatMap(({ message }) => message ? [message.content] : []) : [])
  const api = clientOf(server, bob)
  for (const { id: chat_id } of chats) {
    const stored: string[] = []
    for await (const { content } of each(page => api.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id }, query: { order: 'asc', limit: 5, ...page } } }))) stored.push(content)
    t.same(stored, texts)
    for (const one of [anns, bobs]) {
      await one.until(() => heard(one, chat_id).length === texts.length)
      t.same(heard(one, chat_id), texts)
    }
  }
})

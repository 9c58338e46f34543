// Found by test/faults: with a primary that was stopped, senders over sockets waited up to 13 s for an answer that REST gives after 4.8 s.
import t from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeChat, register } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'
import { stopwatch } from '../helpers/stopwatch.ts'

const app = await startApp(t)
const { services: { log }, connection } = app
const ann = await register(app)
const chat = await makeChat(app, ann)
const headers = { authorization: `Bearer ${ann.token}` }

/** Lets one call of a method hang until `release`. */
function hold<Name extends string> (of: Record<Name, (...args: any[]) => any>, name: Name) {
  const method = of[name]
  let release = () => {}
  const held = new Promise<void>(resolve => { release = resolve })
  of[name] = async (...args) => {
    of[name] = method
    await held
    return await method.apply(of, args)
  }
  return () => { release() }
}

t.test('a frame that writes is answered within 5 s while the database is silent, and its repeat finds what was kept', async t => {
  const socket = await openSocket(t, `${app.api}/ws`, { headers })
  const message = { type: 'message', chat_id: chat.id, content: 'x', client_id: 'one' }
  const release = hold(log.inserts as never, 'insertMany')
  const watch = stopwatch()
  socket.send({ ...message, id: '1' })
  t.match(await socket.next('error'), { id: '1', code: 'retry_same_client_id', retryable: true })
  const ms = watch.stop()
  t.ok(ms < 5000, `after ${ms} ms`)
  socket.send({ ...message, id: '2' })
  release()
  t.match(await socket.next('ack'), { id: '2', replayed: true, message: { content: 'x', seq: 1 } })
  t.same(socket.frames.filter(({ id }) => id === '1'), [], 'what was given up is not answered once more')
})

t.test('a handshake that cannot be judged is refused within 5 s', async t => {
  // Somebody whose session is not remembered.
  const { token } = await register(app)
  const release = hold(connection.db as never, 'command')
  t.teardown(release)
  const watch = stopwatch()
  const socket = await openSocket(t, `${app.api}/ws`, { headers: { authorization: `Bearer ${token}` } })
  t.match(await socket.closed, { code: 1013 })
  const ms = watch.stop()
  t.ok(ms < 5500, `after ${ms} ms`)
})

// Found by test/faults: whoever authenticated on a socket of a process whose start waited for the primary heard `internal_error`.
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig } from '../../src/platform/config.ts'
import { createConnection } from '../../src/platform/mongo.ts'
import { startApp, testSettings } from '../helpers/app.ts'
import { register } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

t.test('a socket of a process that has no database yet is told so', async t => {
  const settings = testSettings()
  const running = await startApp(t, settings)
  const { token } = await register(running)
  const app = await buildApp({ config: loadConfig(settings, '/nonexistent'), connection: createConnection() })
  t.teardown(async () => { await app.close() })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = await openSocket(t, `${url}/api/v1/ws`)
  socket.send({ type: 'authenticate', token, id: '1' })
  t.match(await socket.next('error'), { code: 'database_unavailable' })
  t.match(await socket.closed, { code: 1013 })
})

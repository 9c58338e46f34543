import t from 'tap'
import { startApp } from '../helpers/app.ts'

t.test('the shared clock goes by the latest that a primary told, and back only when the primary\'s own was set back', async t => {
  const { connection, services: { clock } } = await startApp(t)
  const client = connection.getClient()
  const told = (localTime: number, isWritablePrimary = true) => client.emit('serverHeartbeatSucceeded', { reply: { isWritablePrimary, localTime: new Date(localTime) } } as never)
  const start = clock.now()
  t.ok(Math.abs(start - Date.now()) < 1000, 'it was asked at the start')
  told(start - 500)
  t.ok(clock.now() >= start, 'an answer that was long on its way sets nothing back')
  told(start + 60_000, false)
  t.ok(clock.now() < start + 50_000, 'a secondary is not asked')
  told(start + 60_000)
  t.ok(clock.now() > start + 59_000, 'it follows')
  told(start)
  t.ok(clock.now() < start + 50_000, 'also back')
})

import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { startApp } from '../helpers/app.ts'

t.test('a stop does not wait for a connection by which nothing was asked, and answers what was', async t => {
  const { app, url } = await startApp(t)
  const { port } = new URL(url)
  const seen = once(app.server, 'connection')
  const unused = connect(Number(port), '127.0.0.1')
  const gone = once(unused, 'close')
  await seen
  t.equal((await fetch(`${url}/livez`)).status, 200)
  const stopped = app.close()
  // Without an end it would be the minute until Node times it out.
  const late = new AbortController()
  t.equal(await Promise.race([Promise.all([gone, stopped]).then(() => 'ended'), delay(10_000, 'waits', { signal: late.signal })]), 'ended')
  late.abort()
  unused.destroy()
})

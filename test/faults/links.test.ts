import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import t from 'tap'
import { openProxy } from './links.ts'

/** Keeps the thread from everything else, as one that carries much is kept. */
function beBusy (ms: number) {
  const until = performance.now() + ms
  while (performance.now() < until);
}

t.test('a slow link keeps the order of what it carries, also while its thread is busy', async t => {
  const heard: Buffer[] = []
  const ended = new Promise<void>(resolve => {
    const server = createServer(socket => { socket.on('data', chunk => { heard.push(chunk) }).on('close', () => { resolve() }) })
    t.teardown(() => { server.close() })
    server.listen(0, '127.0.0.1')
    void once(server, 'listening').then(async () => { await speak((server.address() as { port: number }).port) })
  })
  const said: Buffer[] = []

  async function speak (port: number) {
    const proxy = await openProxy(port)
    t.teardown(async () => { await proxy.close() })
    proxy.slow({ delayMs: 29, bytesPerSecond: 564_000 })
    const socket = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    for (let block = 0; block < 300; block++) {
      const bytes = Buffer.alloc(block % 3 === 0 ? 8000 : 16, block)
      bytes.writeUInt32LE(block)
      said.push(bytes)
      socket.write(bytes)
      beBusy(block % 5 === 0 ? 6 : 0.2)
      if (block % 2) await new Promise(resolve => { setImmediate(resolve) })
    }
    socket.end()
  }

  await ended
  t.ok(Buffer.concat(heard).equals(Buffer.concat(said)), 'every byte in its place')
})

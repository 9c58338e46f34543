import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

/**
 * Ends, as the server stops, the connections by which nothing was ever asked. Node takes them for busy and would wait for them until they
 * time out; browsers and other clients open such in advance.
 */
export const unusedConnections = fp(async app => {
  const unused = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => { unused.delete(socket) })
  })
  app.addHook('onRequest', ({ raw: { socket } }, _reply, done) => {
    unused.delete(socket)
    done()
  })
  app.addHook('preClose', async () => { for (const socket of unused) if (socket.bytesRead === 0) socket.destroy() })
}, { name: 'unused-connections' })

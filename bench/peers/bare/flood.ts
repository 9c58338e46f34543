// Floods every connection with prepared frames, so many in one write, as fast as they are taken: what the load program is measured by.
import { createHash } from 'node:crypto'
import { createServer } from 'node:net'
import { serverFrame } from '../../load/frames.ts'

const { FRAME: text = '', TOGETHER = '8', PORT = '0' } = process.env
const frames = Buffer.concat(Array.from({ length: Number(TOGETHER) }, () => serverFrame(Buffer.from(text))))

const server = createServer({ noDelay: true }, socket => {
  let isOpen = true
  socket.on('error', () => {})
  socket.on('close', () => { isOpen = false })
  socket.on('drain', pour)
  function pour () {
    if (isOpen && socket.write(frames)) setImmediate(pour)
  }
  socket.once('data', request => {
    const key = /Sec-WebSocket-Key: (\S+)/i.exec(String(request))?.[1]
    if (key === undefined) return socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    // RFC 6455, section 4.2.2.
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`)
    setTimeout(pour, 300)
    socket.resume()
  })
})
server.listen(Number(PORT), '127.0.0.1', () => { process.stdout.write(`ready ${(server.address() as { port: number }).port}\n`) })
process.on('SIGTERM', () => { process.exit() })

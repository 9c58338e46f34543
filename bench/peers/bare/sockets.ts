// A server that does nothing but WebSocket: whatever one socket says, all of its path hear the same prepared frame. With a
// MONGODB_URL it first inserts a document for each, acknowledged by a majority, one after the other for each socket.
import { createServer } from 'node:http'
import mongoose from 'mongoose'
import * as library from 'ws'
import type { WebSocket } from 'ws'

const { MONGODB_URL: uri, FRAME: text = '', PORT = '0', HEARS = 'all' } = process.env
const client = uri ? await new mongoose.mongo.MongoClient(uri).connect() : undefined
const documents = client?.db('bare').collection('frames')

const frame = Buffer.concat((library as unknown as { Sender: { frame: (data: Buffer, options: object) => Buffer[] } })
  .Sender.frame(Buffer.from(text), { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true }))
const rooms = new Map<string, Set<WebSocket>>()
const http = createServer((_request, response) => { response.end('ok') })

new library.WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket, request) => {
  const { pathname } = new URL(request.url!, 'http://bare')
  const room = rooms.get(pathname) ?? new Set<WebSocket>()
  rooms.set(pathname, room.add(socket))
  const tell = () => {
    for (const other of room) {
      if (HEARS === 'others' && other === socket) continue
      ;(other as unknown as { _socket: NodeJS.WritableStream })._socket.write(frame)
    }
  }
  let turn = Promise.resolve()
  socket.on('message', data => {
    if (!documents) return tell()
    turn = turn.then(async () => {
      await documents.insertOne({ content: String(data), created_at: new Date() }, { writeConcern: { w: 'majority' } })
      tell()
    })
  })
  socket.on('close', () => { room.delete(socket) })
})

http.listen(Number(PORT), '127.0.0.1', () => { process.stdout.write(`ready ${(http.address() as { port: number }).port}\n`) })
process.on('SIGTERM', () => { process.exit() })

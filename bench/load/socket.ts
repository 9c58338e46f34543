import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Dialect, Kind, Place } from './dialects.ts'
import { clientFrame, createWalker, opcodes } from './frames.ts'

/** All sockets read into one buffer: what came is looked at before the next read. */
const shared = Buffer.allocUnsafe(256 * 1024)

/** The local addresses that sockets come from in turn: each has 28,000 ports of its own, and a closed one is not free at once. */
const localAddresses = 16
let opened = 0

/** Told of a counted frame. `buffer` is valid during the call only. */
export type OnCounted = (socket: LoadSocket, buffer: Buffer, start: number, end: number) => void

export interface LoadSocket {
  place: Place
  net: Socket
  /** What is counted now, and who is told. */
  watch: (kind: Kind, told: OnCounted | undefined) => void
  send: (text: string) => void
  /** Says a frame and waits for a text that begins so. */
  ask: (text: string, answer: string) => Promise<void>
  /** Closes as a client does, and resolves when the connection has ended. */
  close: () => Promise<void>
  isOpen: boolean
  /** Why the server closed, if it did. */
  closedWith: number | undefined
}

export interface Target { host: string, port: number, path: string, place: Place }

const crlf2 = Buffer.from('\r\n\r\n')

/** Opens one socket; resolves when it is in its chat. Throws what the server refuses. */
export function openSocket ({ host, port, path, place }: Target, dialect: Dialect): Promise<LoadSocket> {
  return new Promise((resolve, reject) => {
    let head: Buffer | undefined = Buffer.alloc(0)
    let isReady = false
    let onCounted: OnCounted | undefined
    let markAt = 0
    let mark = 0
    const beat = dialect.beat && { asks: Buffer.from(dialect.beat.asks), answer: dialect.beat.answer }
    const closed = { tell: () => {} }
    let awaited: { begins: Buffer, tell: () => void } | undefined

    const net = connect({
      host,
      port,
      localAddress: `127.0.0.${2 + opened++ % localAddresses}`,
      noDelay: true,
      onread: {
        buffer: shared,
        callback (size, buffer) {
          if (head) readHead(buffer as Buffer, size)
          else walk(buffer as Buffer, size)
          return true
        }
      }
    })
    const self: LoadSocket = {
      place,
      net,
      isOpen: true,
      closedWith: undefined,
      watch (kind, told) {
        markAt = dialect.mark[kind].at
        mark = Buffer.from(dialect.mark[kind].bytes).readUInt32BE()
        onCounted = told
      },
      send (text) { net.write(clientFrame(Buffer.from(text))) },
      ask (text, answer) {
        self.send(text)
        return new Promise(resolve => { awaited = { begins: Buffer.from(answer), tell: resolve } })
      },
      close: () => new Promise(resolve => {
        if (!self.isOpen) return resolve()
        closed.tell = resolve
        net.end(clientFrame(Buffer.from([1000 >> 8, 1000 & 255]), opcodes.close))
      })
    }

    function ready () {
      isReady = true
      resolve(self)
    }

    function readHead (buffer: Buffer, size: number) {
      head = Buffer.concat([head!, buffer.subarray(0, size)])
      const end = head.indexOf(crlf2)
      if (end < 0) return
      const status = head.toString('latin1', 9, 12)
      if (status !== '101') {
        net.destroy()
        return reject(new Error(`the handshake was answered with ${head.toString('latin1').slice(0, 400)}`))
      }
      const after = Buffer.from(head.subarray(end + 4))
      head = undefined
      if (dialect.hello) self.send(dialect.hello(place))
      if (!dialect.isReady) ready()
      if (after.length > 0) walk(after, after.length)
    }

    const walk = createWalker((opcode, buffer, start, end) => {
      if (opcode === opcodes.text) {
        if (onCounted && end - start >= markAt + 4 && buffer.readUInt32BE(start + markAt) === mark) return onCounted(self, buffer, start, end)
        if (beat && end - start === beat.asks.length && beat.asks.compare(buffer, start, end) === 0) return self.send(beat.answer)
        if (awaited && awaited.begins.compare(buffer, start, Math.min(end, start + awaited.begins.length)) === 0) {
          const { tell } = awaited
          awaited = undefined
          return tell()
        }
        if (isReady) return
        const text = buffer.toString('utf8', start, end)
        const answer = dialect.answer?.(text, place)
        if (answer !== undefined) self.send(answer)
        if (dialect.isReady?.(text)) ready()
      } else if (opcode === opcodes.ping) net.write(clientFrame(buffer.subarray(start, end), opcodes.pong))
      else if (opcode === opcodes.close) {
        self.closedWith ??= end - start >= 2 ? buffer.readUInt16BE(start) : 1005
        if (!net.writableEnded) net.end(clientFrame(buffer.subarray(start, Math.min(end, start + 2)), opcodes.close))
      }
    })

    net.on('connect', () => {
      net.write(`GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`)
    })
    net.on('error', error => { reject(error) })
    net.on('close', () => {
      self.isOpen = false
      closed.tell()
      reject(new Error(`the socket was closed (${self.closedWith ?? 'without a word'}) before it was in its chat`))
    })
  })
}

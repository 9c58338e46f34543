import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** What came back: the status, and how many bytes with the headers. */
export interface Answer { status: number, bytes: number }

/** What all connections read into: of an answer nothing is kept. */
const buffer = Buffer.allocUnsafe(64 * 1024)

/**
 * One kept-alive HTTP connection with one request in flight, that does as little as can be done: on two cores what the load program
 * uses the servers lack. It looks at status and length, and reads no body.
 */
export class HttpConnection {
  #socket: Socket
  /** Rejects when nobody listens there. */
  readonly connected: Promise<unknown>
  #head = ''
  #left = 0
  #status = 0
  #bytes = 0
  #answered: ((answer: Answer) => void) | undefined
  #failed: ((error: Error) => void) | undefined

  constructor (port: number) {
    const callback = (size: number) => {
      this.#take(size)
      return true
    }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback } })
    this.connected = once(this.#socket, 'connect')
    const fail = (error: Error) => { this.#failed?.(error) }
    this.#socket.on('error', fail)
    this.#socket.on('close', () => fail(new Error('the server closed the connection')))
  }

  /** Sends a whole request, headers and body. Rejects when the connection breaks. */
  ask (request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
      this.#socket.write(request, 'utf8')
    })
  }

  close () {
    this.#failed = undefined
    this.#socket.destroy()
  }

  #take (size: number) {
    this.#bytes += size
    if (this.#left > 0) this.#left -= size
    else {
      this.#head += buffer.toString('latin1', 0, size)
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return
      this.#status = Number(this.#head.slice(9, 12))
      const length = /\r\ncontent-length: *(\d+)/i.exec(this.#head)
      if (!length) return this.#failed?.(new Error('an answer without a length'))
      this.#left = Number(length[1]) - (this.#head.length - end - 4)
      this.#head = ''
    }
    if (this.#left > 0) return
    const answer = { status: this.#status, bytes: this.#bytes }
    this.#bytes = 0
    this.#answered?.(answer)
  }
}

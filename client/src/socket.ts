import type { Ack, Sendable } from './acks.ts'
import type { Client } from './client.ts'
import { type Connection, type ConnectionOptions, createConnection, type FrameRecord, type Loss } from './connection.ts'
import { ParleyError } from './error.ts'
import type { MessageCommand, ServerFrame, SubscribedFrame } from './frame-types.ts'
import { createOutbox } from './outbox.ts'
import { backOffMs } from './random.ts'
import { createSubscriptions, type Place } from './subscriptions.ts'
import type { WebSocketConstructor } from './websocket.ts'

export interface SocketOptions extends ConnectionOptions {
  /** How long to wait before coming back: the first time, and at the most, in milliseconds (500 and 30,000). */
  leastMs?: number
  mostMs?: number
}

/** `connecting`: on its way; `open`: logged in; `waiting`: for the next try; `closed`: for good, or not begun. */
export type SocketState = 'connecting' | 'open' | 'waiting' | 'closed'

export interface SocketStatus {
  state: SocketState
  /** Why it is not open, in words for a person. */
  reason?: string
  /** The close code of the last connection. */
  code?: number
  /** What the server, or the login, said about it. */
  error?: ParleyError
  /** When it is tried again, in milliseconds since 1970. */
  retryAt?: number
}

/** What can be listened to: every frame of the server by its `type`, each change of the status, and every frame on the wire. */
export type SocketEvents = { [Frame in ServerFrame as Frame['type']]: Frame } & { state: SocketStatus, frame: FrameRecord }

/** Close codes after which coming back is of no use, and what they mean. */
const finalCodes: Record<number, string> = {
  1009: 'a frame was too large',
  4400: 'the server does not understand this client',
  4403: 'this person may not open the socket',
  4404: 'there is no such chat',
  4409: 'this person has too many sockets open'
}
const notAuthenticated = 4401
const sessionEnded = 'session ended'
/** So long a connection has to hold until the next loss counts as the first, in milliseconds. */
const steadyMs = 10_000

/**
 * A WebSocket that is logged in, hears chats, and comes back by itself: to each chat at the place where it was, so that its listeners
 * miss nothing, hear nothing twice and hear everything in order. `connect` begins it.
 */
export class ParleySocket {
  readonly #api: Pick<Client, 'baseUrl' | 'session' | 'POST'>
  readonly #options: Required<SocketOptions>
  readonly #listeners = new Map<string, Set<(event: never) => void>>()
  readonly #link = () => this.#connection?.isOpen ? this.#connection : undefined
  readonly #subscriptions = createSubscriptions({ connection: this.#link, gone: frame => this.#emit('unsubscribed', frame) })
  readonly #outbox = createOutbox(this.#link)
  #connection: Connection | undefined
  #status: SocketStatus = { state: 'closed', reason: 'not connected yet' }
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #tries = 0
  #openedAt = 0
  /** What the server says that it takes; until then, what it usually takes. */
  #frameBytes = 65_536
  #comeBackMs: number | undefined

  /** A socket of the person that `api` is logged in as. Throws where there is no WebSocket and none is given. */
  constructor (api: Pick<Client, 'baseUrl' | 'session' | 'POST'>, options: SocketOptions = {}) {
    const WebSocket = options.WebSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket
    if (!WebSocket) throw new Error('There is no WebSocket here: give one as an option, for example that of the package "ws".')
    this.#api = api
    this.#options = { auth: 'token', pingMs: 25_000, answerMs: 15_000, leastMs: 500, mostMs: 30_000, ...options, WebSocket }
  }

  /** What it does at the moment. */
  get state (): SocketState { return this.#status.state }

  /** The state, and why it is so. */
  get status (): SocketStatus { return this.#status }

  /** The messages that are not acknowledged yet, the oldest first. */
  get unsent (): MessageCommand[] { return this.#outbox.waiting }

  /** Up to which number it has heard a chat, and the chat's epoch: where `subscribe` can go on after a restart of the app. */
  place (chatId: string): Required<Place> | undefined { return this.#subscriptions.place(chatId) }

  /** Calls `listener` with each such frame or event; the answer ends that. */
  on<Type extends keyof SocketEvents> (type: Type, listener: (event: SocketEvents[Type]) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
    return () => { listeners.delete(listener) }
  }

  /** Begins, and from then on comes back after each loss, until `close` or until the server says that it is of no use. */
  connect () {
    if (this.state !== 'closed') return
    this.#tries = 0
    this.#listenOnline('addEventListener')
    this.#attempt()
  }

  /** Ends it. Messages that are not acknowledged are given up. */
  close () {
    if (this.state !== 'closed') this.#end({ reason: 'closed by this side' })
  }

  /** Tries again at once instead of at `status.retryAt`. */
  readonly retry = () => {
    if (this.state === 'waiting') this.#attempt()
  }

  /**
   * Hears a chat from now on, or from a place on; resolves once everything up to now was heard, and keeps hearing it over losses.
   * After `resync_required` the app reads the chat again; after `unsubscribed` it is heard no more. Rejects with ParleyError.
   */
  async subscribe (chatId: string, from: Place = {}): Promise<SubscribedFrame> {
    return await this.#subscriptions.subscribe(chatId, from)
  }

  /** Hears a chat no more. Rejects with ParleyError. */
  async unsubscribe (chatId: string): Promise<void> {
    if (this.#subscriptions.forget(chatId)) await this.#link()?.request({ type: 'unsubscribe', chat_id: chatId }, this.#options.answerMs)
  }

  /**
   * Sends a frame and resolves with its answer. A `message` waits for a connection, and is sent again until it is known to be stored,
   * once and in the order of its chat; anything else rejects when there is no connection (`offline`) or no answer (`timeout`).
   * Rejects with ParleyError.
   */
  async send<Frame extends Sendable> (frame: Frame): Promise<Ack<Frame['type']>> {
    if (this.state === 'closed') throw this.#closedError()
    // The rest is the `id` and the `client_id`.
    const bytes = new TextEncoder().encode(JSON.stringify(frame)).length + 100
    if (bytes > this.#frameBytes) throw new ParleyError('frame_too_large', `A frame has ${this.#frameBytes} bytes at the most.`)
    if (frame.type === 'message') return await this.#outbox.send(frame) as Ack<Frame['type']>
    return await this.#opened().request(frame, this.#options.answerMs) as Ack<Frame['type']>
  }

  /** Sends a text as it is, for consoles; what is answered is only told to listeners. Throws ParleyError when it is not open. */
  sendRaw (text: string) { this.#opened().transmit(text) }

  #opened (): Connection {
    const link = this.#link()
    if (!link) throw new ParleyError('offline', 'The socket is not open at the moment.', { retryable: true })
    return link
  }

  #emit<Type extends keyof SocketEvents> (type: Type, event: SocketEvents[Type]) {
    for (const listener of [...this.#listeners.get(type) ?? []]) {
      try {
        listener(event as never)
      } catch (error) {
        // It is the listener's own fault: it shall be seen, and hurt nobody else.
        queueMicrotask(() => { throw error })
      }
    }
  }

  #become (status: SocketStatus) {
    this.#status = status
    this.#emit('state', status)
  }

  #listenOnline (how: 'addEventListener' | 'removeEventListener') {
    (globalThis as Partial<Pick<EventTarget, typeof how>>)[how]?.('online', this.retry)
  }

  #attempt (refused?: string) {
    clearTimeout(this.#retryTimer)
    this.#connection = createConnection({
      api: this.#api,
      options: this.#options,
      refused,
      opened: () => {
        refused = undefined
        this.#openedAt = Date.now()
        this.#become({ state: 'open' })
        this.#subscriptions.restart()
        this.#outbox.restart()
      },
      hear: frame => {
        if (frame.type === 'hello') this.#frameBytes = frame.limits.frame_bytes
        if (frame.type === 'shutdown') this.#comeBackMs = frame.retry_after_ms
        if (this.#subscriptions.hear(frame)) this.#emit(frame.type, frame as never)
      },
      record: record => { this.#emit('frame', record) },
      lost: loss => { this.#lost(loss, refused !== undefined) }
    })
    this.#become({ state: 'connecting' })
  }

  /** Tries again later, unless that is of no use; `isSecond` after a token that was renewed because the server refused the one before. */
  #lost ({ code, reason, error, token }: Loss, isSecond: boolean) {
    const problem = error instanceof ParleyError ? error : undefined
    const status = {
      reason: reason || problem?.detail || 'the connection was lost',
      ...(code !== undefined && { code }),
      ...(problem && { error: problem })
    }
    if (code !== undefined && code in finalCodes) return this.#end({ ...status, reason: finalCodes[code]! })
    const isRefused = code === notAuthenticated && (reason === sessionEnded || isSecond)
    if (isRefused || problem?.status === 401 || problem?.status === 403) return this.#end({ ...status, reason: 'the session has ended' })
    if (this.state === 'open' && Date.now() - this.#openedAt > steadyMs) this.#tries = 0
    const ms = this.#comeBackMs ?? backOffMs(this.#tries++, this.#options)
    this.#comeBackMs = undefined
    this.#retryTimer = setTimeout(() => { this.#attempt(code === notAuthenticated ? token : undefined) }, ms)
    this.#become({ state: 'waiting', ...status, retryAt: Date.now() + ms })
  }

  #end (status: Omit<SocketStatus, 'state'>) {
    clearTimeout(this.#retryTimer)
    this.#connection?.leave()
    this.#listenOnline('removeEventListener')
    this.#become({ state: 'closed', ...status })
    this.#outbox.clear(this.#closedError())
    this.#subscriptions.clear(this.#closedError())
  }

  #closedError () {
    const { reason, error } = this.#status
    return new ParleyError('closed', `The socket is closed: ${reason!}.`, { cause: error })
  }
}

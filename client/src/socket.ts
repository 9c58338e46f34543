import type { Ack, Sendable } from './acks.ts'
import type { Client } from './client.ts'
import { errorOfFrame, ParleyError, unwrap } from './error.ts'
import type { ClientFrame, ErrorFrame, PongFrame, ServerFrame, SubscribedFrame } from './frame-types.ts'
import { createOutbox } from './outbox.ts'
import { type Place, take } from './places.ts'
import { backOffMs } from './random.ts'
import type { WebSocketConstructor, WebSocketLike } from './websocket.ts'

export interface SocketOptions {
  /** For platforms without a global one, such as Node 20: that of the package `ws`. */
  WebSocket?: WebSocketConstructor
  /** How it says who it is: by a first frame with the access token (the default), or by a ticket in the address. */
  auth?: 'token' | 'ticket'
  /** How often the server is asked whether it is there, in milliseconds (25,000). */
  pingMs?: number
  /** How long an answer may take, in milliseconds (15,000). */
  answerMs?: number
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

/** A frame as it went over the wire; of an `authenticate` the token is left out. */
export interface FrameRecord { direction: 'in' | 'out', /** Milliseconds since 1970. */ at: number, /** Undefined for what is no JSON. */ frame: ClientFrame | ServerFrame | undefined, raw: string }

/** What can be listened to: every frame of the server by its `type`, each change of the status, and every frame on the wire. */
export type SocketEvents = { [Frame in ServerFrame as Frame['type']]: Frame } & { state: SocketStatus, frame: FrameRecord }

interface Pending { resolve: (answer: never) => void, reject: (error: ParleyError) => void, timer: ReturnType<typeof setTimeout> | undefined }

interface Subscription extends Place {
  /** Asked for on this connection and not answered yet: what is missing is on its way. */
  isEntering: boolean
  /** How often in a row it was asked for in vain. */
  tries: number
  entered: Promise<SubscribedFrame>
  resolve: (frame: SubscribedFrame) => void
  reject: (error: unknown) => void
}

interface Loss { code?: number, reason?: string, error?: unknown }

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
/** The largest frame of a server that has not said its own bound yet, in bytes. */
const usualFrameBytes = 65_536

/**
 * A WebSocket that is logged in, hears chats, and comes back by itself: to each chat at the place where it was, so that its listeners
 * miss nothing, hear nothing twice and hear everything in order. `connect` begins it.
 */
export class ParleySocket {
  readonly #api: Pick<Client, 'baseUrl' | 'session' | 'POST'>
  readonly #options: Required<SocketOptions>
  readonly #listeners = new Map<string, Set<(event: never) => void>>()
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #pending = new Map<string, Pending>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  readonly #outbox = createOutbox({ isOpen: () => this.state === 'open', request: async frame => await this.#request(frame), later: (ms, work) => this.#later(ms, work) })
  #status: SocketStatus = { state: 'closed', reason: 'not connected yet' }
  #socket: WebSocketLike | undefined
  /** Changes with every connection: what belonged to an earlier one is over. */
  #turn = 0
  #ids = 0
  #tries = 0
  #openedAt = 0
  #heardAt = 0
  #frameBytes = usualFrameBytes
  /** The access token in use, and the one that the server refused. */
  #token = ''
  #refused: string | undefined
  /** What the server said last about this connection. */
  #said: ErrorFrame | undefined
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
  get unsent () { return this.#outbox.waiting }

  /** Up to which number it has heard a chat, and the chat's epoch: where `subscribe` goes on after a restart of the app. */
  place (chatId: string): { since: number, epoch: string } | undefined {
    const { at, epoch } = this.#subscriptions.get(chatId) ?? {}
    return at === undefined || epoch === undefined ? undefined : { since: at, epoch }
  }

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
    this.#refused = undefined
    this.#listenOnline('addEventListener')
    this.#attempt()
  }

  /** Ends it. Messages that are not acknowledged are given up. */
  close () {
    if (this.state !== 'closed') this.#end({ reason: 'closed by this side' })
  }

  /** Tries again at once instead of at `status.retryAt`. */
  readonly retry = () => {
    if (this.state !== 'waiting') return
    this.#leave()
    this.#attempt()
  }

  /**
   * Hears a chat from now on, or from a place on; resolves once everything up to now was heard, and keeps hearing it over losses.
   * After `resync_required` the app reads the chat again; after `unsubscribed` it is heard no more. Rejects with ParleyError.
   */
  async subscribe (chatId: string, { since, epoch }: { since?: number, epoch?: string } = {}): Promise<SubscribedFrame> {
    const known = this.#subscriptions.get(chatId)
    if (known) return await known.entered
    const { promise, ...settle } = deferred<SubscribedFrame>()
    const subscription: Subscription = { at: since, epoch, subscribed: undefined, isEntering: false, tries: 0, entered: promise, ...settle }
    this.#subscriptions.set(chatId, subscription)
    if (this.state === 'open') this.#enter(chatId, subscription)
    return await promise
  }

  /** Hears a chat no more. Rejects with ParleyError. */
  async unsubscribe (chatId: string): Promise<void> {
    if (this.#subscriptions.delete(chatId) && this.state === 'open') await this.#request({ type: 'unsubscribe', chat_id: chatId }, this.#options.answerMs)
  }

  /**
   * Sends a frame and resolves with its answer. A `message` waits for a connection, and is sent again until it is known to be stored,
   * once and in the order of its chat; anything else rejects when there is no connection (`offline`) or no answer (`timeout`).
   * Rejects with ParleyError.
   */
  async send<Frame extends Sendable> (frame: Frame): Promise<Ack<Frame['type']>> {
    if (this.state === 'closed') throw this.#closedError()
    const bytes = new TextEncoder().encode(JSON.stringify(frame)).length + 100
    if (bytes > this.#frameBytes) throw new ParleyError({ code: 'frame_too_large', detail: `A frame has ${this.#frameBytes} bytes at the most.` })
    if (frame.type === 'message') return await this.#outbox.send(frame) as Ack<Frame['type']>
    if (this.state !== 'open') throw new ParleyError({ code: 'offline', detail: 'The socket is not open at the moment.', retryable: true })
    return await this.#request(frame, this.#options.answerMs)
  }

  /** Sends a text as it is, for consoles; what is answered is only told to listeners. Throws ParleyError when it is not open. */
  sendRaw (text: string) {
    if (this.state !== 'open') throw new ParleyError({ code: 'offline', detail: 'The socket is not open at the moment.', retryable: true })
    this.#transmit(text)
  }

  #become (status: SocketStatus) {
    this.#status = status
    this.#emit('state', status)
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

  #listenOnline (how: 'addEventListener' | 'removeEventListener') {
    (globalThis as Partial<Pick<EventTarget, typeof how>>)[how]?.('online', this.retry)
  }

  /** Does something later, unless the connection ends before. */
  #later (ms: number, work: () => void) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      work()
    }, ms)
    this.#timers.add(timer)
  }

  #attempt () {
    this.#become({ state: 'connecting' })
    const turn = this.#turn
    this.#begin(turn).catch((error: unknown) => { if (turn === this.#turn) this.#lost({ error }) })
  }

  async #begin (turn: number) {
    const { session, baseUrl } = this.#api
    const { WebSocket, auth, answerMs } = this.#options
    const token = this.#refused === undefined ? await session.accessToken() : await session.refresh(this.#refused)
    const query = auth === 'ticket' ? `?ticket=${encodeURIComponent((await unwrap(this.#api.POST('/api/v1/auth/ws-ticket'))).ticket)}` : ''
    if (turn !== this.#turn) return
    this.#token = token
    this.#said = undefined
    this.#later(answerMs, () => { if (this.state === 'connecting') this.#lost({ reason: 'the server does not answer' }) })
    const socket = this.#socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/api/v1/ws${query}`)
    const ifCurrent = <Event>(work: (event: Event) => void) => (event: Event) => { if (this.#socket === socket) work(event) }
    socket.onerror = () => {}
    socket.onmessage = ifCurrent(({ data }: { data: string }) => { this.#hear(data) })
    socket.onclose = ifCurrent(({ code, reason }: { code: number, reason: string }) => { this.#lost({ code, reason }) })
    // With a ticket any answer shows that it was taken. A refusal is followed by a close.
    socket.onopen = ifCurrent(() => { this.#request(auth === 'ticket' ? { type: 'ping' } : { type: 'authenticate', token }).then(() => { this.#opened() }, () => {}) })
  }

  #opened () {
    this.#openedAt = Date.now()
    this.#refused = undefined
    this.#become({ state: 'open' })
    this.#renewLater()
    this.#beat()
    for (const [chatId, subscription] of this.#subscriptions) this.#enter(chatId, subscription)
    this.#outbox.restart()
  }

  /** Logs in again on the same connection before the token ends. If that fails, the server ends the connection with the token. */
  #renewLater () {
    const { session } = this.#api
    const end = session.tokens?.expires_at
    if (end === undefined) return
    const turn = this.#turn
    const renew = async () => {
      const token = await session.refresh(this.#token)
      if (turn !== this.#turn) return
      this.#token = token
      await this.#request({ type: 'authenticate', token }, this.#options.answerMs)
    }
    this.#later(Math.max(1000, (end - Date.now()) * 0.8), () => {
      renew().catch(() => {}).finally(() => { if (turn === this.#turn) this.#renewLater() })
    })
  }

  /** Notices a link that is dead without having been closed. */
  #beat () {
    const { pingMs, answerMs } = this.#options
    this.#later(pingMs, () => {
      const asked = Date.now()
      this.#request({ type: 'ping' }, answerMs).catch(() => {})
      this.#later(answerMs, () => { if (this.#heardAt < asked) this.#lost({ reason: 'the server does not answer' }) })
      this.#beat()
    })
  }

  async #request (frame: ClientFrame, timeoutMs?: number): Promise<any> {
    const id = frame.id ?? String(++this.#ids)
    return await new Promise((resolve, reject) => {
      const late = () => {
        this.#pending.delete(id)
        reject(new ParleyError({ code: 'timeout', detail: `The server has not answered the frame \`${frame.type}\` in time.`, retryable: true }))
      }
      this.#pending.set(id, { resolve, reject, timer: timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs) })
      this.#transmit(JSON.stringify({ ...frame, id }))
    })
  }

  #transmit (raw: string) {
    this.#socket!.send(raw)
    this.#record('out', raw)
  }

  #record (direction: FrameRecord['direction'], raw: string) {
    if (!this.#listeners.get('frame')?.size) return
    const frame = parse(raw) as ClientFrame | ServerFrame | undefined
    const shown = frame?.type === 'authenticate' ? { ...frame, token: '…' } : frame
    this.#emit('frame', { direction, at: Date.now(), frame: shown, raw: shown === frame ? raw : JSON.stringify(shown) })
  }

  #hear (raw: string) {
    const frame = parse(raw) as ServerFrame | undefined
    if (!frame) return
    this.#heardAt = Date.now()
    this.#record('in', raw)
    if (frame.type === 'hello') this.#frameBytes = frame.limits.frame_bytes
    if (frame.type === 'shutdown') this.#comeBackMs = frame.retry_after_ms
    if (frame.type === 'error') this.#said = frame
    if (frame.type === 'pong') this.#compare(frame)
    const chatId = 'chat_id' in frame ? frame.chat_id as string : undefined
    const subscription = chatId === undefined ? undefined : this.#subscriptions.get(chatId)
    const judged = subscription ? take(subscription, frame) : 'news'
    if (frame.type === 'unsubscribed') this.#subscriptions.delete(frame.chat_id)
    if (judged === 'news') this.#emit(frame.type, frame as never)
    if (judged === 'gap') this.#enter(chatId!, subscription!)
    if (frame.type === 'ack' || frame.type === 'pong' || frame.type === 'error') this.#settle(frame)
  }

  #settle (frame: { id?: string } & ServerFrame) {
    const pending = frame.id === undefined ? undefined : this.#pending.get(frame.id)
    if (!pending) return
    this.#pending.delete(frame.id!)
    clearTimeout(pending.timer)
    if (frame.type === 'error') pending.reject(errorOfFrame(frame))
    else pending.resolve(frame as never)
  }

  /** Asks for what was lost at the end of a chat, of which no later frame would tell. */
  #compare ({ heads }: PongFrame) {
    for (const { chat_id: chatId, seq } of heads) {
      const subscription = this.#subscriptions.get(chatId)
      if (subscription?.at !== undefined && seq > subscription.at) this.#enter(chatId, subscription)
    }
  }

  /** Asks for a chat from the place on where it is. */
  #enter (chatId: string, subscription: Subscription) {
    if (subscription.isEntering) return
    subscription.isEntering = true
    const { at, epoch } = subscription
    const isWanted = () => this.#subscriptions.get(chatId) === subscription
    this.#request({ type: 'subscribe', chat_id: chatId, ...(at !== undefined && { since: at }), ...(epoch !== undefined && { epoch }) }).then(() => {
      subscription.isEntering = false
      subscription.tries = 0
      subscription.resolve(subscription.subscribed!)
    }, (error: ParleyError) => {
      if (!isWanted() || error.code === 'offline') return
      if (error.retryable) {
        return this.#later(backOffMs(subscription.tries++), () => {
          subscription.isEntering = false
          if (isWanted()) this.#enter(chatId, subscription)
        })
      }
      this.#subscriptions.delete(chatId)
      subscription.reject(error)
      // Whoever heard it before has to know that it is over.
      if (subscription.subscribed) this.#emit('unsubscribed', { type: 'unsubscribed', chat_id: chatId, reason: 'removed' })
    })
  }

  /** The connection is gone, or could not be made: tries again later, unless that is of no use. */
  #lost ({ code, reason, error }: Loss) {
    const problem = error instanceof ParleyError ? error : this.#said && errorOfFrame(this.#said)
    const isSteady = this.state === 'open' && Date.now() - this.#openedAt > steadyMs
    this.#leave()
    const status = {
      reason: reason || problem?.detail || 'the connection was lost',
      ...(code !== undefined && { code }),
      ...(problem && { error: problem })
    }
    if (code !== undefined && code in finalCodes) return this.#end({ ...status, reason: finalCodes[code]! })
    const isRefused = code === notAuthenticated && (reason === sessionEnded || this.#refused !== undefined)
    if (isRefused || problem?.status === 401 || problem?.status === 403) return this.#end({ ...status, reason: 'the session has ended' })
    if (code === notAuthenticated) this.#refused = this.#token
    if (isSteady) this.#tries = 0
    const ms = this.#comeBackMs ?? backOffMs(this.#tries++, this.#options)
    this.#comeBackMs = undefined
    this.#become({ state: 'waiting', ...status, retryAt: Date.now() + ms })
    this.#later(ms, () => { this.#attempt() })
  }

  /** Forgets the connection and all that waits for it. */
  #leave () {
    this.#turn++
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    const socket = this.#socket
    this.#socket = undefined
    if (socket?.readyState === 1) socket.close(1000)
    else if (socket?.terminate) socket.terminate()
    else socket?.close()
    for (const subscription of this.#subscriptions.values()) subscription.isEntering = false
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject, timer } of pending) {
      clearTimeout(timer)
      reject(new ParleyError({ code: 'offline', detail: 'The connection broke off before the answer: it is not known whether it was done.', retryable: true }))
    }
  }

  #end (status: Omit<SocketStatus, 'state'>) {
    this.#leave()
    this.#listenOnline('removeEventListener')
    this.#become({ state: 'closed', ...status })
    this.#outbox.clear(this.#closedError())
    for (const [chatId, { subscribed, reject }] of [...this.#subscriptions]) {
      if (subscribed) continue
      this.#subscriptions.delete(chatId)
      reject(this.#closedError())
    }
  }

  #closedError () {
    const { reason, error } = this.#status
    return new ParleyError({ code: 'closed', detail: `The socket is closed: ${reason ?? 'not connected'}.`, cause: error })
  }
}

function parse (raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}

function deferred<T> () {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((_resolve, _reject) => {
    resolve = _resolve
    reject = _reject
  })
  return { promise, resolve, reject }
}

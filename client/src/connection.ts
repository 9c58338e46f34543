import type { Client } from './client.ts'
import { errorOfFrame, ParleyError, unwrap } from './error.ts'
import type { ClientFrame, ErrorFrame, ServerFrame } from './frame-types.ts'
import type { WebSocketConstructor, WebSocketLike } from './websocket.ts'

export interface ConnectionOptions {
  /** For platforms without a global one, such as Node 20: that of the package `ws`. */
  WebSocket?: WebSocketConstructor
  /** How it says who it is: by a first frame with the access token (the default), or by a ticket in the address. */
  auth?: 'token' | 'ticket'
  /** How often the server is asked whether it is there, in milliseconds (25,000). */
  pingMs?: number
  /** How long an answer may take, in milliseconds (15,000). */
  answerMs?: number
}

/** A frame as it went over the wire; of an `authenticate` the token is left out. */
export interface FrameRecord { direction: 'in' | 'out', /** Milliseconds since 1970. */ at: number, /** Undefined for what is no JSON. */ frame: ClientFrame | ServerFrame | undefined, raw: string }

/** How a connection ended, or could not be made. */
export interface Loss { code?: number, reason?: string, error?: unknown, /** The access token it had. */ token?: string }

interface Needs {
  api: Pick<Client, 'baseUrl' | 'session' | 'POST'>
  options: Required<ConnectionOptions>
  /** An access token that the server would not take. */
  refused: string | undefined
  opened: () => void
  hear: (frame: ServerFrame) => void
  record: (record: FrameRecord) => void
  lost: (loss: Loss) => void
}

interface Pending { resolve: (answer: ServerFrame) => void, reject: (error: ParleyError) => void, timer: ReturnType<typeof setTimeout> | undefined }

function parse (raw: string): unknown {
  try {
    return JSON.parse(raw)
  } catch {
    return undefined
  }
}

/** One connection: opens, logs in, stays logged in, notices when the link is dead, and matches answers to frames. It is lost once, or left. */
export function createConnection ({ api, options: { WebSocket, auth, pingMs, answerMs }, refused, opened, hear, record, lost }: Needs) {
  const { session, baseUrl } = api
  const pending = new Map<string, Pending>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let socket: WebSocketLike | undefined
  let token = ''
  let isOver = false
  let isOpen = false
  let ids = 0
  let heardAt = 0
  /** What the server said last against this connection. */
  let said: ErrorFrame | undefined

  /** Does something later, unless the connection is over by then. */
  function later (ms: number, work: () => void) {
    if (isOver) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, ms)
    timers.add(timer)
  }

  function leave () {
    if (isOver) return
    isOver = true
    isOpen = false
    for (const timer of timers) clearTimeout(timer)
    if (socket?.readyState !== 1 && socket?.terminate) socket.terminate()
    else socket?.close(1000)
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer)
      reject(new ParleyError('offline', 'The connection broke off before the answer: it is not known whether it was done.', { retryable: true }))
    }
  }

  function lose (loss: Loss) {
    if (isOver) return
    leave()
    lost({ token, ...loss, error: loss.error ?? (said && errorOfFrame(said)) })
  }
  const silence = () => { lose({ reason: 'the server does not answer' }) }

  function tell (direction: FrameRecord['direction'], raw: string, frame: FrameRecord['frame']) {
    const shown = frame?.type === 'authenticate' ? { ...frame, token: '…' } : frame
    record({ direction, at: Date.now(), frame: shown, raw: shown === frame ? raw : JSON.stringify(shown) })
  }

  function transmit (raw: string) {
    socket!.send(raw)
    tell('out', raw, parse(raw) as ClientFrame | undefined)
  }

  /** Sends a frame and resolves with what answers it. Rejects with ParleyError: what the server says, `offline`, `timeout`. */
  async function request (frame: ClientFrame, timeoutMs?: number): Promise<ServerFrame> {
    const id = frame.id ?? String(++ids)
    return await new Promise((resolve, reject) => {
      const late = () => {
        pending.delete(id)
        reject(new ParleyError('timeout', `The server has not answered the frame \`${frame.type}\` in time.`, { retryable: true }))
      }
      pending.set(id, { resolve, reject, timer: timeoutMs === undefined ? undefined : setTimeout(late, timeoutMs) })
      transmit(JSON.stringify({ ...frame, id }))
    })
  }

  function settle (frame: ServerFrame) {
    const { id } = frame as { id?: string }
    if (frame.type === 'error' && (id === undefined || !isOpen)) said = frame
    const one = id === undefined ? undefined : pending.get(id)
    if (!one) return
    pending.delete(id!)
    clearTimeout(one.timer)
    if (frame.type === 'error') one.reject(errorOfFrame(frame))
    else one.resolve(frame)
  }

  function receive (raw: string) {
    const frame = parse(raw) as ServerFrame | undefined
    heardAt = Date.now()
    tell('in', raw, frame)
    if (!frame) return
    hear(frame)
    settle(frame)
  }

  /** Logs in again before the token ends. If that fails, the server ends the connection with the token. */
  function renewLater () {
    const end = session.tokens?.expires_at
    if (end === undefined) return
    const renew = async () => {
      token = await session.refresh(token)
      if (!isOver) await request({ type: 'authenticate', token }, answerMs)
    }
    later(Math.max(1000, (end - Date.now()) * 0.8), () => { renew().catch(() => {}).finally(renewLater) })
  }

  function beat () {
    const asked = Date.now()
    request({ type: 'ping' }, answerMs).catch(() => {})
    later(answerMs, () => { if (heardAt < asked) silence() })
    later(pingMs, beat)
  }

  async function begin () {
    token = refused === undefined ? await session.accessToken() : await session.refresh(refused)
    const query = auth === 'ticket' ? `?ticket=${encodeURIComponent((await unwrap(api.POST('/api/v1/auth/ws-ticket'))).ticket)}` : ''
    if (isOver) return
    later(answerMs, () => { if (!isOpen) silence() })
    const ifWanted = <Event>(work: (event: Event) => void) => (event: Event) => { if (!isOver) work(event) }
    socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/api/v1/ws${query}`)
    socket.onerror = () => {}
    socket.onclose = ifWanted(({ code, reason }: { code: number, reason: string }) => { lose({ code, reason }) })
    socket.onmessage = ifWanted(({ data }: { data: string }) => { receive(data) })
    socket.onopen = ifWanted(() => {
      // With a ticket any answer shows that it was taken. A refusal is followed by a close.
      request(auth === 'ticket' ? { type: 'ping' } : { type: 'authenticate', token }).then(() => {
        isOpen = true
        later(pingMs, beat)
        renewLater()
        opened()
      }, () => {})
    })
  }
  begin().catch((error: unknown) => { lose({ error }) })

  return { get isOpen () { return isOpen }, request, transmit, later, leave }
}

export type Connection = ReturnType<typeof createConnection>

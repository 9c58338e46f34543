import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { type Client, createClient, ParleySocket, type ServerFrame, type SocketEvents, type SocketOptions, type SocketState } from '../../client/src/index.ts'
import type { TestApp } from '../helpers/app.ts'
import type { Person } from '../helpers/people.ts'

/** A client of somebody who is registered. */
export const clientOf = ({ url }: { url: string }, { token, refreshToken }: Person, more: Partial<Parameters<typeof createClient>[0]> = {}): Client =>
  createClient({ baseUrl: url, tokens: { access_token: token, refresh_token: refreshToken }, ...more })

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token of somebody's session that ends when the test wants it, in seconds since 1970. */
export function tokenUntil ({ config }: Pick<TestApp, 'config'>, { id, token }: Person, exp: number): string {
  const { sid } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'parley', aud: 'parley', sub: id, sid, typ: 'access', iat: exp - 60, exp })}`
  return `${text}.${createHmac('sha256', config.SECRET_KEY).update(text).digest('base64url')}`
}

/** A socket that is quick to come back, and what it heard; it is closed with the test. */
export function openSocket (t: Test, api: ConstructorParameters<typeof ParleySocket>[0], options: SocketOptions = {}) {
  const socket = new ParleySocket(api, { WebSocket, leastMs: 20, mostMs: 500, ...options })
  t.teardown(() => { socket.close() })
  const states: SocketEvents['state'][] = []
  const frames: ServerFrame[] = []
  const wire: SocketEvents['frame'][] = []
  const hearers = new Set<() => void>()
  const tell = () => { for (const hear of [...hearers]) hear() }
  socket.on('state', status => { states.push(status); tell() })
  socket.on('frame', record => { wire.push(record); tell() })
  for (const type of ['new_message', 'message_updated', 'message_deleted', 'sync', 'resync_required', 'unsubscribed', 'chat_cleared', 'shutdown', 'hello'] as const) {
    socket.on(type, frame => { frames.push(frame); tell() })
  }
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise<void>(resolve => { const hear = () => { hearers.delete(hear); resolve() }; hearers.add(hear) })
  }
  return {
    socket,
    /** Every status it had. */
    states,
    /** What its listeners heard of the log of chats. */
    frames,
    /** Every frame on the wire. */
    wire,
    until,
    async reaches (state: SocketState) { await until(() => socket.state === state) },
    /** The texts of messages that it heard, from frames as from `sync`, as they came. */
    texts: () => frames.flatMap(frame => frame.type === 'new_message' ? [frame.message.content] : frame.type === 'sync' ? frame.changes.flatMap(({ message }) => message ? [message.content] : []) : [])
  }
}

type Wire = Record<string, any> & { type: string }

/**
 * A wire between sockets and a server that can be tampered with: `pass` says for each frame how often it goes on (once unless said
 * otherwise), `silent` lets nothing through, `cut` breaks off.
 */
export async function startWire (t: Test, { api }: Pick<TestApp, 'api'>) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const wire = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: 0,
    silent: false,
    pass: (_frame: Wire, _direction: 'in' | 'out'): number => 1,
    cut () { for (const socket of server.clients) socket.terminate() },
    /** Somebody's client by this wire: only the socket goes over it. */
    of: ({ session, POST }: Client) => ({ session, POST, baseUrl: wire.url })
  }
  server.on('connection', (near, request) => {
    wire.connections++
    const far = new WebSocket(api.replace(/^http(.*)\/api\/v1$/, `ws$1${request.url!}`))
    const waiting: string[] = []
    const ends = { in: near, out: far }
    const go = (direction: 'in' | 'out', raw: string) => {
      if (wire.silent) return
      for (let times = wire.pass(JSON.parse(raw), direction); times > 0; times--) ends[direction].send(raw)
    }
    near.on('message', data => { if (far.readyState === WebSocket.OPEN) go('out', String(data)); else waiting.push(String(data)) })
    far.on('open', () => { for (const raw of waiting.splice(0)) go('out', raw) })
    far.on('message', data => { go('in', String(data)) })
    near.on('close', () => { far.terminate() })
    far.on('close', (code, reason) => { if (code === 1006) near.terminate(); else near.close(code, reason) })
    for (const socket of [near, far]) socket.on('error', () => {})
  })
  t.teardown(async () => {
    wire.cut()
    await new Promise(resolve => { server.close(resolve) })
  })
  return wire
}

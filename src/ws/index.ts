import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import websocket from '@fastify/websocket'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { Command } from '../platform/command.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { Nothing, operation } from '../platform/operation.ts'
import type { RateLimits } from '../platform/rate-limit.ts'
import { Closed, Id, Ref } from '../platform/typebox.ts'
import type { Validators } from '../platform/validation.ts'
import { closePatienceMs, serveConnection } from './connection.ts'
import { OnlineList, SocketStats } from './frames.ts'
import type { Hub } from './hub.ts'

/** The largest frame a client may send, in bytes; a larger one closes the socket with 1009. */
export const frameBound = 64 * 1024

interface Options {
  hub: Hub
  commands: Command[]
  validators: Validators
  limits: RateLimits
  /** Who a token belongs to. Throws `unauthenticated`, `token_expired`. */
  authenticate: (token: string) => Promise<Actor>
  /** Whether somebody may hear a chat. */
  mayHear: (actor: Actor, chatId: string) => Promise<boolean>
  /** Origins of pages that may open a socket; `*` for any. The server's own always may. */
  origins: string[]
}

const params = Closed({ chat_id: Id('The chat.') })
const tag = 'realtime'

function isAllowedOrigin ({ headers: { origin, host } }: FastifyRequest, origins: string[]): boolean {
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return true
  return URL.canParse(origin) && new URL(origin).host === host
}

/** The socket and what can be asked about it over HTTP. */
const socketRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { hub, commands, validators, limits, authenticate, mayHear, origins }) => {
  const compiled = new Map(commands.map(command => [command.name, { ...command, validate: validators.json(command.schema) }]))
  await app.register(websocket, {
    options: { maxPayload: frameBound, perMessageDeflate: false },
    preClose (done) {
      // Not by the hub: those whose token is still being judged are not in it.
      const { clients } = app.websocketServer
      for (const socket of clients) socket.close(1001, 'shutdown')
      setTimeout(() => { for (const socket of clients) socket.terminate() }, closePatienceMs).unref()
      app.websocketServer.close(() => { hub.settled().then(() => done(), done) })
    }
  })

  // HTTP lets go of a connection that asks for an upgrade. One that is refused, or was asked for at another address, would stay open
  // for ever; so it ends with its answer.
  app.server.on('upgrade', (_request, socket) => {
    const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse }
    answer?.once('finish', () => { (socket as Socket).destroySoon() })
  })

  const requireMember = async (actor: Actor, chatId: string) => {
    if (!await mayHear(actor, chatId)) throw new Problem('chat_not_found')
  }

  async function admit (request: FastifyRequest, chatId: string) {
    const header = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const token = header ?? (request.query as { token?: string }).token
    if (!token) throw new Problem('unauthenticated')
    const actor = await authenticate(token)
    await requireMember(actor, chatId)
    return actor
  }

  app.route({
    method: 'GET',
    url: '/ws/:chat_id',
    ...operation({
      id: 'openSocket',
      tag,
      summary: 'Open a WebSocket to a chat',
      description: 'Open it with a WebSocket client: `ws://…/api/v1/ws/{chat_id}?token=…` (or an `Authorization: Bearer` header). You hear `new_message`, `message_updated`, `message_deleted`, `chat_updated`, `typing_started`, `typing_stopped`, `user_joined`, `user_left`, and send `{"type":"message","chat_id":"…","content":"…"}`, `{"type":"typing","chat_id":"…","content":"start"}` or `{"type":"ping"}`. A frame with an `id` is answered by `ack` or `error` with the same `id`. Closed with 4401 without a valid token and 4404 where there is no such chat for you. A plain request answers 426.',
      public: true,
      input: { params, querystring: Type.Object({ token: Type.Optional(Type.String({ maxLength: 4096, description: 'The access token, for clients that cannot send headers.' })) }) },
      output: { 101: Nothing },
      withoutDatabase: true,
      problems: ['upgrade_required', 'origin_not_allowed']
    }),
    onRequest: async request => {
      if (!isAllowedOrigin(request, origins)) throw new Problem('origin_not_allowed')
    },
    handler: async () => { throw new Problem('upgrade_required', 'Open this address with a WebSocket client.', { headers: { Upgrade: 'websocket' } }) },
    wsHandler: (socket, request) => {
      serveConnection({ socket, hub, commands: compiled, limits, log: request.log, chatId: request.params.chat_id, admit: () => admit(request, request.params.chat_id) })
    }
  })

  app.route({
    method: 'GET',
    url: '/ws/stats',
    ...operation({
      id: 'getSocketStats',
      tag,
      summary: 'Count the sockets',
      description: 'How many sockets, people and chats are connected to this process.',
      output: { 200: Ref(SocketStats) }
    }),
    handler: async () => ({ ...hub.count(), uptime_seconds: Math.round(process.uptime() * 10) / 10 })
  })

  app.route({
    method: 'GET',
    url: '/chats/:chat_id/online',
    ...operation({
      id: 'listOnline',
      tag,
      summary: 'Who is online in a chat',
      description: 'The people who have a socket open in a chat you are in.',
      input: { params },
      output: { 200: Ref(OnlineList) },
      problems: ['chat_not_found']
    }),
    handler: async request => {
      await requireMember(request.actor, request.params.chat_id)
      return { items: hub.online(request.params.chat_id), next_cursor: null }
    }
  })
}

export default socketRoutes

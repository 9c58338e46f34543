import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import websocket from '@fastify/websocket'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { Command } from '../platform/command.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { Nothing, operation } from '../platform/operation.ts'
import { Closed, Id, Ref } from '../platform/typebox.ts'
import type { Validators } from '../platform/validation.ts'
import { closings } from './close-codes.ts'
import { closePatienceMs, serveConnection, type Shared } from './connection.ts'
import { OnlineList, SocketStats } from './frames.ts'
import { Credentials, credentialsOf, isAllowedOrigin, PlacedCredentials } from './handshake.ts'
import type { Presence } from './presence.ts'
import type { Place } from './subscribe.ts'

/** Clients are asked to come back within this time after a shutdown, each at another moment, in milliseconds. */
const comeBackMs = { least: 500, spread: 4500 }

interface Options extends Omit<Shared, 'commands'> {
  presence: Presence
  /** How many sockets, people and chats there are in all processes. */
  count: () => Promise<{ connections: number, users: number, chats: number }>
  commands: Command[]
  validators: Validators
  /** Origins of pages that may open a socket; `*` for any. The server's own always may. */
  origins: string[]
}

const params = Closed({ chat_id: Id('The chat.') })
const tag = 'realtime'
const whoMayCome = 'Say who you are by an `Authorization: Bearer` header, by `?ticket=…` from `POST /auth/ws-ticket`, by `?token=…`, or by a first frame `{"type":"authenticate","token":"…"}` within 5 seconds.'
const howItEnds = `Closed with ${closings.unauthenticated.code} without a valid token and when it ends, ${closings.authentication_timeout.code} when the first frame does not come in time, ${closings.too_many_sockets.code} with too many sockets, ${closings.too_slow.code} when you read too slowly, and ${closings.shutdown.code} when the server stops. A plain request answers 426. All frames, errors and close codes: [/asyncapi](/asyncapi).`

function shutDown (socket: WebSocket) {
  const retryAfterMs = Math.round(comeBackMs.least + Math.random() * comeBackMs.spread)
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'shutdown', retry_after_ms: retryAfterMs }))
  socket.close(closings.shutdown.code, 'shutdown')
}

/** The socket and what can be asked about it over HTTP. */
const socketRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { presence, count, commands, validators, origins, ...shared }) => {
  const { hub, reader, settings } = shared
  const compiled = new Map(commands.map(command => [command.name, { ...command, validate: validators.json(command.schema) }]))
  await app.register(websocket, {
    options: { maxPayload: settings.frameBytes, perMessageDeflate: false },
    preClose (done) {
      // Not by the hub: those whose token is still being judged are not in it.
      const { clients } = app.websocketServer
      for (const socket of clients) shutDown(socket)
      const patience = setTimeout(() => { for (const socket of clients) socket.terminate() }, closePatienceMs)
      app.websocketServer.close(() => {
        clearTimeout(patience)
        hub.stop()
        hub.settled().then(() => done(), done)
      })
    }
  })

  // HTTP lets go of a connection that asks for an upgrade. One that is refused, or was asked for at another address, would stay open
  // for ever; so it ends with its answer.
  app.server.on('upgrade', (_request, socket) => {
    const { _httpMessage: answer } = socket as Socket & { _httpMessage?: ServerResponse }
    answer?.once('finish', () => { (socket as Socket).destroySoon() })
  })

  const serve = (socket: WebSocket, request: FastifyRequest, home?: { chatId: string } & Place) => {
    serveConnection({ ...shared, commands: compiled, socket, stream: request.raw.socket, log: request.log, credentials: credentialsOf(request), ...(home && { home }) })
  }
  const checkOrigin = async (request: FastifyRequest) => {
    if (!isAllowedOrigin(request, origins)) throw new Problem('origin_not_allowed')
  }
  const needsUpgrade = async (): Promise<never> => { throw new Problem('upgrade_required', 'Open this address with a WebSocket client.', { headers: { Upgrade: 'websocket' } }) }

  app.route({
    method: 'GET',
    url: '/ws',
    ...operation({
      id: 'openSocket',
      tag,
      summary: 'Open a WebSocket for many chats',
      description: `Open it with a WebSocket client: \`ws://…/api/v1/ws\`. ${whoMayCome} The first frame you hear is \`hello\`. Then \`{"type":"subscribe","chat_id":"…"}\` for each chat; to come back without missing anything send with it the highest \`since\` and the \`epoch\` you know. A frame with an \`id\` is answered by \`ack\` or \`error\` with the same \`id\`. ${howItEnds}`,
      public: true,
      input: { querystring: Credentials },
      output: { 101: Nothing },
      withoutDatabase: true,
      problems: ['upgrade_required', 'origin_not_allowed']
    }),
    onRequest: checkOrigin,
    handler: needsUpgrade,
    wsHandler: (socket, request) => { serve(socket, request) }
  })

  app.route({
    method: 'GET',
    url: '/ws/:chat_id',
    ...operation({
      id: 'openChatSocket',
      tag,
      summary: 'Open a WebSocket to a chat',
      description: `The same socket as \`/ws\`, subscribed to one chat at once: \`ws://…/api/v1/ws/{chat_id}?token=…\`. ${whoMayCome} You hear \`new_message\`, \`message_updated\`, \`message_deleted\`, \`chat_updated\`, \`typing_started\`, \`typing_stopped\`, \`user_joined\`, \`user_left\`, and send \`{"type":"message","chat_id":"…","content":"…"}\`, \`{"type":"typing","chat_id":"…","content":"start"}\` or \`{"type":"ping"}\`. Closed with ${closings.chat_gone.code} where there is no such chat for you, and with ${closings.forbidden.code} when you are taken out of it. ${howItEnds}`,
      public: true,
      input: { params, querystring: PlacedCredentials },
      output: { 101: Nothing },
      withoutDatabase: true,
      problems: ['upgrade_required', 'origin_not_allowed']
    }),
    onRequest: checkOrigin,
    handler: needsUpgrade,
    wsHandler: (socket, request) => {
      const { since, epoch } = request.query
      serve(socket, request, { chatId: request.params.chat_id, ...(since !== undefined && { since }), ...(epoch !== undefined && { epoch }) })
    }
  })

  app.route({
    method: 'GET',
    url: '/ws/stats',
    ...operation({
      id: 'getSocketStats',
      tag,
      summary: 'Count the sockets',
      description: 'How many sockets, people and chats are connected, in all processes that share a Redis: what the others said within the last seconds. Whoever has sockets to several processes counts in each; so does a chat.',
      output: { 200: Ref(SocketStats) }
    }),
    handler: async () => ({ ...await count(), uptime_seconds: Math.round(process.uptime() * 10) / 10 })
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
      if (!await reader.mayHear(request.actor as Actor, request.params.chat_id)) throw new Problem('chat_not_found')
      return { items: await presence.online(request.params.chat_id), next_cursor: null }
    }
  })
}

export default socketRoutes

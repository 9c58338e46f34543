import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import websocket from '@fastify/websocket'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { WebSocket } from 'ws'
import type { Command } from '../platform/command.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { operation } from '../platform/operation.ts'
import { Closed, Id, Ref } from '../platform/typebox.ts'
import type { Validators } from '../platform/validation.ts'
import { closings } from './close-codes.ts'
import { closePatienceMs, serveConnection } from './connection.ts'
import { OnlineList, SocketStats } from './frames.ts'
import { Credentials, credentialsOf, isAllowedOrigin, PlacedCredentials } from './handshake.ts'
import type { Presence } from './presence.ts'
import type { Shared } from './shared.ts'
import type { Place } from './subscribe.ts'

/** Clients are asked to come back within this time after a shutdown, each at another moment, in milliseconds. */
const comeBackMs = { least: 500, spread: 4500 }

interface Options extends Omit<Shared, 'commands' | 'log'> {
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

/** The answer to the request that a connection came with, until it is taken off. */
const answerOf = (stream: Socket) => (stream as Socket & { _httpMessage?: ServerResponse | null })._httpMessage

/** A part of an address keeps all of it in memory, the token too: V8 does not copy it. */
const copyOf = (text: string) => Buffer.from(text).toString()

function shutDown (socket: WebSocket) {
  const retryAfterMs = Math.round(comeBackMs.least + Math.random() * comeBackMs.spread)
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'shutdown', retry_after_ms: retryAfterMs }))
  socket.close(closings.shutdown.code, 'shutdown')
}

/** The socket and what can be asked about it over HTTP. */
const socketRoutes: FastifyPluginAsyncTypebox<Options> = async (app, { presence, count, commands, validators, origins, ...options }) => {
  const { hub, reader, settings } = options
  const shared: Shared = { ...options, log: app.log, commands: new Map(commands.map(command => [command.name, { ...command, validate: validators.json(command.schema) }])) }
  await app.register(websocket, {
    options: { maxPayload: settings.frameBytes, perMessageDeflate: false },
    preClose (done) {
      // Not by the hub: those whose token is still being judged are not in it.
      const { clients } = app.websocketServer
      hub.turn.end()
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
    answerOf(socket as Socket)?.once('finish', () => { (socket as Socket).destroySoon() })
  })

  const serve = (socket: WebSocket, request: FastifyRequest, home?: { chatId: string } & Place) => {
    const { socket: stream } = request.raw
    // Else the answer that is never given stays as long as the socket, with the request and all headers of both.
    answerOf(stream)?.detachSocket(stream)
    // The plugin's own holds both as well; ours does what it does.
    socket.removeAllListeners('error')
    serveConnection(shared, { socket, stream, about: { reqId: request.id, ip: request.ip }, credentials: credentialsOf(request), ...(home && { home }) })
  }
  const checkOrigin = async (request: FastifyRequest) => {
    if (!isAllowedOrigin(request, origins)) throw new Problem('origin_not_allowed')
  }
  const needsUpgrade = async (): Promise<never> => { throw new Problem('upgrade_required', 'Open this address with a WebSocket client.', { headers: { Upgrade: 'websocket' } }) }

  // OpenAPI has no words for a socket: AsyncAPI describes these two, and the ticket's operation points there.
  app.route({
    method: 'GET',
    url: '/ws',
    schema: { hide: true, querystring: Credentials },
    // Without a database it is a close code that tells: pages do not see the status of a refused upgrade.
    config: { public: true, withoutDatabase: true },
    onRequest: checkOrigin,
    handler: needsUpgrade,
    wsHandler: (socket, request) => { serve(socket, request) }
  })

  app.route({
    method: 'GET',
    url: '/ws/:chat_id',
    schema: { hide: true, params, querystring: PlacedCredentials },
    // Without a database it is a close code that tells: pages do not see the status of a refused upgrade.
    config: { public: true, withoutDatabase: true },
    onRequest: checkOrigin,
    handler: needsUpgrade,
    wsHandler: (socket, request) => {
      const { since, epoch } = request.query
      serve(socket, request, { chatId: copyOf(request.params.chat_id), ...(since !== undefined && { since }), ...(epoch !== undefined && { epoch }) })
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

import type { TSchema } from '@sinclair/typebox'
import type { EventDefinition } from '../platform/bus.ts'
import { commandProblems, unreadableProblems } from '../platform/command.ts'
import { catalogue, type ErrorCode, Problem } from '../platform/errors.ts'
import { guide, tags } from './asyncapi-guide.ts'
import { collectSchemas } from './asyncapi-schemas.ts'
import type { AsyncapiDocument, Channel, ErrorEntry, Message, Operation, Reference, Server, SocketContract } from './asyncapi-types.ts'

const pascal = (name: string) => name.split('_').map(word => word[0]!.toUpperCase() + word.slice(1)).join('')
const words = (name: string) => name[0]!.toUpperCase() + name.slice(1).replaceAll('_', ' ')
const refer = (kind: string, name: string): Reference => ({ $ref: `#/${kind}/${name}` })
const typeOf = (schema: TSchema) => (schema['properties'] as { type: { const: string } }).type.const

/** The order in which a client meets the frames beside events; one that is not named comes last. */
const meeting = ['hello', 'subscribed', 'sync', 'resync_required', 'unsubscribed', 'pong', 'error', 'shutdown']
const turnOf = (frame: TSchema) => (meeting.indexOf(typeOf(frame)) + meeting.length + 1) % (meeting.length + 1)
const inOrder = (frames: TSchema[]) => frames.toSorted((one, other) => turnOf(one) - turnOf(other))

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token or an API key in the header `Authorization`, where a client can set headers.' },
  ticket: { type: 'httpApiKey', in: 'query', name: 'ticket', description: 'What `POST /api/v1/auth/ws-ticket` answered; works once, for 30 seconds. Best for web pages.' },
  token: { type: 'httpApiKey', in: 'query', name: 'token', description: 'The access token or API key itself. Or send none of the three, and `authenticate` as the first frame.' }
}

/** The server of `publicUrl`; without it one whose host the reader fills in, so that the document says nothing of where it was written. */
function serverOf (publicUrl: string | undefined): Server {
  const shared = { title: 'This server', description: 'Serves HTTP and WebSocket at one port.', security: Object.keys(securitySchemes).map(name => refer('components/securitySchemes', name)) }
  if (publicUrl === undefined) return { host: '{host}', protocol: 'ws', pathname: '/api/v1', ...shared, variables: { host: { default: 'localhost:8000', description: 'Where the server is reached.' } } }
  const { protocol, host, pathname } = new URL(publicUrl)
  return { host, protocol: protocol === 'https:' ? 'wss' : 'ws', pathname: `${pathname.replace(/\/$/, '')}/api/v1`, ...shared }
}

/** Where the sockets are, for a reader. */
export const addressOf = ({ protocol, host, pathname, variables = {} }: Server) =>
  `${protocol}://${host.replaceAll(/\{(\w+)\}/g, (_match, name: string) => variables[name]!.default)}${pathname}`

const audiences: Record<EventDefinition['audience'], string> = { chat: 'everybody who hears the chat', others: 'the others who hear the chat', internal: '' }

function errorsOf ({ commands, closings, replyFaults }: SocketContract): ErrorEntry[] {
  const all = Object.values(commands).flat()
  return (Object.entries(catalogue) as [ErrorCode, readonly [number, string]][]).map(([code, [status, title]]) => {
    const closing = closings.find(({ after }) => after?.includes(code))
    return {
      code,
      status,
      title,
      retryable: new Problem(code).retryable,
      commands: all.filter(({ problems }) => [...problems, ...commandProblems].includes(code)).map(({ name }) => name),
      unreadable: (unreadableProblems as readonly ErrorCode[]).includes(code),
      reply: replyFaults.includes(code),
      ...(closing && { close_code: closing.code })
    }
  })
}

interface Needs { version: string, publicUrl: string | undefined, contract: SocketContract }

/** The AsyncAPI 3 document of the sockets, from what their frames are validated with. It takes the side of a client: `send` is what a client sends. */
export function asyncapiDocument ({ version, publicUrl, contract }: Needs): AsyncapiDocument {
  const { add, inline, schemas } = collectSchemas(contract.schemas)
  const messages: Record<string, Message> = {}
  const operations: [name: string, operation: Omit<Operation, 'channel' | 'messages' | 'reply'>, message: string, replies?: string[]][] = []

  function addMessage (key: string, schema: TSchema, tag: string) {
    if (key in messages) throw new Error(`There are two frames named ${key}.`)
    const carriesId = 'id' in (schema['properties'] as object)
    messages[key] = {
      name: typeOf(schema),
      title: words(key),
      summary: schema.description!,
      payload: add(schema, ['examples', 'description']),
      ...(carriesId && { correlationId: refer('components/correlationIds', 'frame_id') }),
      tags: [{ name: tag }],
      examples: (schema['examples'] as unknown[]).map(payload => ({ payload }))
    }
  }

  for (const frame of inOrder(contract.frames)) addMessage(typeOf(frame), frame, 'realtime')
  for (const [tag, commands] of Object.entries(contract.commands)) {
    for (const { name, summary, schema, reply, ack, problems } of commands) {
      addMessage(name, schema, tag)
      const answer = reply === 'ack' ? `${name}_ack` : reply
      if (reply === 'ack') addMessage(answer, ack, tag)
      operations.push([`send${pascal(name)}`, { action: 'send', title: words(name), summary, tags: [{ name: tag }], 'x-error-codes': [...problems, ...commandProblems] }, name, [answer, 'error']])
    }
  }
  for (const frame of inOrder(contract.frames)) {
    const type = typeOf(frame)
    operations.push([`receive${pascal(type)}`, { action: 'receive', title: words(type), summary: frame.description!, tags: [{ name: 'realtime' }] }, type])
  }
  const told: EventDefinition[] = []
  for (const [tag, events] of Object.entries(contract.events)) {
    for (const event of events) {
      const { name, summary, schema, audience, numbered, droppable } = event
      if (audience === 'internal') continue
      told.push(event)
      addMessage(name, schema, tag)
      operations.push([`receive${pascal(name)}`, { action: 'receive', title: words(name), summary, tags: [{ name: tag }], 'x-delivery': { audience: audiences[audience], numbered, droppable } }, name])
    }
  }

  const server = serverOf(publicUrl)
  const ws = (query: TSchema) => ({ ws: { method: 'GET', query: inline(query), headers: { type: 'object', properties: { Authorization: { type: 'string', maxLength: 4103, description: '`Bearer` and an access token.' } } }, bindingVersion: '0.1.0' } })
  const channels: Record<string, Channel> = {
    socket: {
      address: '/ws',
      title: 'A socket for many chats',
      summary: 'Hears the chats that it subscribes to.',
      description: 'The first frame is `hello`. Subscribe to each chat that you want to hear.',
      messages: Object.fromEntries(Object.keys(messages).map(name => [name, refer('components/messages', name)])),
      bindings: ws(contract.handshakes.socket)
    },
    chat_socket: {
      address: '/ws/{chat_id}',
      title: 'A socket to one chat',
      summary: 'The same socket, subscribed to one chat at once.',
      description: 'As if `subscribe` were the first command: after `hello` comes `subscribed`. All commands work here, too, those about other chats as well. The socket closes when you are taken out of the chat of its address or that is deleted.',
      messages: Object.fromEntries(Object.keys(messages).map(name => [name, refer('components/messages', name)])),
      parameters: { chat_id: { description: 'The chat: 24 hexadecimal digits.', examples: ['66f0c0ffee0000000000c001'] } },
      bindings: ws(contract.handshakes.chatSocket)
    }
  }
  const on = (channel: string, suffix: string) => operations.map(([name, operation, message, answers]): [string, Operation] => [name + suffix, {
    ...operation,
    channel: refer('channels', channel),
    messages: [refer(`channels/${channel}/messages`, message)],
    ...(answers && { reply: { channel: refer('channels', channel), messages: answers.map(answer => refer(`channels/${channel}/messages`, answer)) } })
  }])

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Parley: the WebSocket',
      version,
      description: guide(contract.settings, {
        address: addressOf(server),
        sends: Object.values(contract.commands).flat().filter(({ limit }) => limit === 'send').map(({ name }) => name),
        numbered: told.filter(({ numbered }) => numbered).map(({ name }) => name),
        droppable: told.filter(({ droppable }) => droppable).map(({ name }) => name)
      }),
      license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
      contact: { name: 'Parley' },
      tags,
      externalDocs: { url: new URL('/docs', publicUrl ?? 'http://localhost:8000').href, description: 'The operations over HTTP' }
    },
    defaultContentType: 'application/json',
    servers: { this: server },
    channels,
    operations: Object.fromEntries([...on('socket', ''), ...on('chat_socket', 'OnChatSocket')]),
    components: {
      schemas: schemas(),
      messages,
      securitySchemes,
      correlationIds: { frame_id: { location: '$message.payload#/id', description: 'The `id` of a command comes back in the frame that answers it.' } }
    },
    'x-error-codes': errorsOf(contract),
    'x-close-codes': contract.closings
  }
}

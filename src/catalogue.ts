import type { TSchema } from '@sinclair/typebox'
import * as admin from './admin/schemas.ts'
import { aiCommands } from './ai/commands.ts'
import * as context from './ai/context-schemas.ts'
import * as aiEvents from './ai/events.ts'
import { modelFaults } from './ai/run-routes.ts'
import * as runs from './ai/run-schemas.ts'
import * as ai from './ai/schemas.ts'
import * as apiKeys from './auth/api-key-schemas.ts'
import * as auth from './auth/schemas.ts'
import * as authEvents from './auth/events.ts'
import { branchCommands } from './branches/commands.ts'
import * as branchEvents from './branches/events.ts'
import * as branches from './branches/schemas.ts'
import { chatCommands } from './chats/commands.ts'
import * as chatEvents from './chats/events.ts'
import * as reads from './chats/read-schemas.ts'
import * as chats from './chats/schemas.ts'
import * as logEvents from './log/events.ts'
import * as messageChanges from './messages/change-schemas.ts'
import { messageCommands } from './messages/commands.ts'
import * as messageEvents from './messages/events.ts'
import * as messages from './messages/schemas.ts'
import type { EventDefinition } from './platform/bus.ts'
import type { Command } from './platform/command.ts'
import { ErrorCode, FieldError, ProblemDetails } from './platform/errors.ts'
import { EventStream } from './platform/operation.ts'
import * as system from './platform/system-routes.ts'
import type { Services } from './services.ts'
import * as userEvents from './users/events.ts'
import * as users from './users/schemas.ts'
import { closings } from './ws/close-codes.ts'
import { socketCommands } from './ws/commands.ts'
import * as ws from './ws/frames.ts'
import { Credentials, PlacedCredentials } from './ws/handshake.ts'

const isNamed = (value: unknown): value is TSchema => typeof (value as TSchema | undefined)?.$id === 'string'

const chatFrames = ws.chatFrames({ chat: chats.Chat, change: messageChanges.Change })

/** Every named schema of the contract; each becomes a component of the documents. */
export const schemas: TSchema[] = [{ ErrorCode, EventStream, FieldError, ProblemDetails }, system, users, auth, apiKeys, chats, reads, messages, messageChanges, branches, ai, runs, context, admin, ws, chatFrames].flatMap(module => Object.values<unknown>(module).filter(isNamed))

/** What a socket can hear beside events. */
export const socketFrames: TSchema[] = Object.values<unknown>({ ...ws, ...chatFrames }).filter(isNamed).filter(({ $id }) => $id!.endsWith('Frame'))

/** What is announced, by the tag of the documents under which it stands. */
const taggedEvents = { realtime: ws.events, chats: chatEvents.events, messages: messageEvents.events, branches: branchEvents.events, ai: aiEvents.events } as Record<string, EventDefinition[]>

/** Everything that is announced. */
export const events = [...logEvents.events, ...userEvents.events, authEvents.sessionRevoked, ...Object.values(taggedEvents).flat()] as EventDefinition[]

const taggedCommands = (services: Services): Record<string, Command[]> =>
  ({ realtime: socketCommands, chats: chatCommands(services), messages: messageCommands(services), branches: branchCommands(services), ai: aiCommands(services) })

/** Every frame a client can send. */
export const commands = (services: Services): Command[] => Object.values(taggedCommands(services)).flat()

/** All that goes over a socket and how one is opened and closed: what the AsyncAPI document tells. */
export const socketContract = (services: Services) => ({
  commands: taggedCommands(services),
  events: taggedEvents,
  frames: socketFrames,
  schemas,
  closings: Object.entries(closings).map(([name, closing]) => ({ name, ...closing })),
  handshakes: { socket: Credentials, chatSocket: PlacedCredentials },
  replyFaults: modelFaults,
  settings: services.sockets
})

import type { TSchema } from '@sinclair/typebox'
import type { EventDefinition } from '../platform/bus.ts'
import type { Command } from '../platform/command.ts'
import type { ErrorCode } from '../platform/errors.ts'
import type { SocketBounds } from './asyncapi-guide.ts'
import type { Schema } from './asyncapi-schemas.ts'

/** All that goes over a socket, and how one is opened and closed. */
export interface SocketContract {
  /** The frames a client sends and the events it hears, by the tag they stand under. */
  commands: Record<string, Command[]>
  events: Record<string, EventDefinition[]>
  /** The frames beside events. */
  frames: TSchema[]
  /** Every named schema. */
  schemas: TSchema[]
  closings: { name: string, code: number, by: string, meaning: string, then: string, after?: readonly ErrorCode[] }[]
  /** What the addresses of the two sockets may carry. */
  handshakes: { socket: TSchema, chatSocket: TSchema }
  /** How a reply can fail that has begun: told by `reply_finished`. */
  replyFaults: readonly ErrorCode[]
  settings: SocketBounds
}

export interface Reference { $ref: string }
export interface Message { name: string, title: string, summary: string, payload: Reference, tags: { name: string }[], examples: { payload: unknown }[], correlationId?: Reference }
export interface Operation {
  action: 'send' | 'receive'
  channel: Reference
  title: string
  summary: string
  description?: string
  tags: { name: string }[]
  messages: Reference[]
  reply?: { channel: Reference, messages: Reference[] }
  'x-error-codes'?: ErrorCode[]
  'x-delivery'?: { audience: string, numbered: boolean, droppable: boolean }
}
export interface Channel { address: string, title: string, summary: string, description: string, messages: Record<string, Reference>, parameters?: Record<string, { description: string, examples: string[] }>, bindings: { ws: { query: Schema, headers: Schema } } }
export interface Server { host: string, protocol: string, pathname: string, title: string, description: string, variables?: Record<string, { default: string, description: string }>, security: Reference[] }
/** An error: which commands it can answer, whether a frame that cannot be read, whether a reply can fail with it, and the code that a socket closes with which cannot be opened because of it. */
export interface ErrorEntry { code: ErrorCode, status: number, title: string, retryable: boolean, commands: string[], unreadable: boolean, reply: boolean, close_code?: number }

export interface AsyncapiDocument {
  asyncapi: string
  info: { title: string, version: string, description: string, license: object, contact: object, tags: { name: string, description: string }[], externalDocs: { url: string, description: string } }
  defaultContentType: string
  servers: Record<string, Server>
  channels: Record<string, Channel>
  operations: Record<string, Operation>
  components: { schemas: Record<string, Schema>, messages: Record<string, Message>, securitySchemes: Record<string, Record<string, string>>, correlationIds: Record<string, object> }
  'x-error-codes': ErrorEntry[]
  'x-close-codes': SocketContract['closings']
}

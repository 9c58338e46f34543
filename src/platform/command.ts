import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import type { Actor } from './guard.ts'
import type { LimitName } from './rate-limit.ts'
import type { Scope } from './scopes.ts'
import { Closed } from './typebox.ts'

/** What a command may do with the socket that it came by. */
export interface CommandSocket {
  /** Lets the socket hear a chat, and sends what happened after `since` first; answers the number it is at. Throws `chat_not_found`, `too_many_subscriptions`. */
  subscribe: (chatId: string, from: { since?: number, epoch?: string }) => Promise<number>
  /** Lets it hear the chat no more. */
  unsubscribe: (chatId: string) => void
  /** The highest number that is known of each chat it hears, or of one of them. */
  heads: (chatId?: string) => { chat_id: string, seq: number }[]
  /** Goes on with another token of the same person; answers when that ends, in milliseconds since 1970; undefined for an API key without an end. Throws `unauthenticated`, `token_expired`, `forbidden`, `insufficient_scope`. */
  authenticate: (token: string) => Promise<number | undefined>
}

/** Something a client can ask for over a socket: the twin of an HTTP operation, with the same schema and the same service call. */
export interface Command {
  name: string
  summary: string
  schema: TObject
  limit: LimitName | undefined
  /** What it needs of an API key. */
  scope: Scope
  /** Does it, given the frame without `type` and `id`; what it answers is sent back as the members of `ack` when the frame carried an `id`. */
  run: (actor: Actor, payload: never, socket: CommandSocket) => Promise<Record<string, unknown> | undefined>
}

interface Description<P extends TProperties> {
  name: string
  summary: string
  /** A tighter limit than that of all frames. */
  limit?: LimitName
  /** What it needs of an API key: `write` unless it says otherwise. */
  scope?: Scope
  properties: P
  example: object
  run: (actor: Actor, payload: Static<TObject<P>>, socket: CommandSocket) => Promise<Record<string, unknown> | undefined>
}

/** The members every client frame may have. */
export const frameMembers = (name: string) => ({
  type: Type.Unsafe<string>({ type: 'string', const: name }),
  id: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Your word for this frame; the `ack` or `error` that answers it carries it back.' }))
})

/** Describes a client frame and what it does. */
export function command<P extends TProperties> ({ name, summary, limit, scope = 'write', properties, example, run }: Description<P>): Command {
  const $id = name.split('_').map(word => word[0]!.toUpperCase() + word.slice(1)).join('') + 'Command'
  const schema: TObject = Closed<TProperties>({ ...frameMembers(name), ...properties }, { $id, description: summary, examples: [{ type: name, ...example }] })
  return { name, summary, limit, scope, run, schema }
}

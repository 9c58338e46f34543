import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import type { ErrorCode } from './errors.ts'
import type { Actor } from './guard.ts'
import { patienceMs } from './operation.ts'
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

/** What a frame that cannot be read is answered with: it is not known what was asked for. */
export const unreadableProblems = ['malformed_json', 'unknown_frame'] as const satisfies ErrorCode[]

/** What every command can be answered with, beside its own problems. */
export const commandProblems = ['validation_failed', 'unauthenticated', 'token_expired', 'insufficient_scope', 'rate_limited', 'database_unavailable', 'internal_error'] as const satisfies ErrorCode[]

/** What a command that writes into a chat's log can be answered with, too. */
export const writeProblems = ['chat_busy', 'retry_same_client_id', 'unavailable'] as const satisfies ErrorCode[]

/** Something a client can ask for over a socket: the twin of an HTTP operation, with the same schema and the same service call. */
export interface Command {
  name: string
  summary: string
  schema: TObject
  limit: LimitName | undefined
  /** What it needs of an API key. */
  scope: Scope
  /** The type of the frame that answers it: an `ack` is sent where the command carried an `id`, any other always. */
  reply: string
  /** The shape of the `ack`. */
  ack: TObject
  /** The codes of the catalogue that it can be answered with, beside `commandProblems`. */
  problems: ErrorCode[]
  /** How many milliseconds a client is kept waiting at the most, and what it hears then. */
  patience: { ms: number, code: ErrorCode } | undefined
  /** It says when its place is taken: the next one for the same chat may begin then, before this one is done. */
  isPlaced: boolean
  /** Does it, given the frame without `type` and `id`; what it answers are the members of the reply. `placed` is to be told when whatever begins from now on comes after it. */
  run: (actor: Actor, payload: never, socket: CommandSocket, placed: () => void) => Promise<Record<string, unknown> | undefined>
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
  /** What its `ack` tells beside the `id`, and how that looks. */
  answer?: TProperties
  answerExample?: object
  /** The frame that answers it in place of an `ack`, described where frames are. */
  reply?: string
  problems?: ErrorCode[]
  /** Takes as long as what it starts, which has limits of its own. */
  unhurried?: true
  isPlaced?: boolean
  run: (actor: Actor, payload: Static<TObject<P>>, socket: CommandSocket, placed: () => void) => Promise<Record<string, unknown> | undefined>
}

/** The members every client frame may have. */
const frameMembers = (name: string) => ({
  type: Type.Unsafe<string>({ type: 'string', const: name }),
  id: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'Your word for this frame; the `ack` or `error` that answers it carries it back.' }))
})

/** The members every `ack` has. */
const ackMembers = {
  type: Type.Unsafe<string>({ type: 'string', const: 'ack' }),
  id: Type.String({ minLength: 1, maxLength: 100, description: 'The `id` of the frame that was done.' })
}

/** Describes a client frame, what it does and how it is answered. */
export function command<P extends TProperties> ({ name, summary, limit, scope = 'write', properties, example, answer = {}, answerExample, reply = 'ack', problems = [], isPlaced = false, unhurried, run }: Description<P>): Command {
  const title = name.split('_').map(word => word[0]!.toUpperCase() + word.slice(1)).join('')
  const schema: TObject = Closed<TProperties>({ ...frameMembers(name), ...properties }, { $id: `${title}Command`, description: summary, examples: [{ type: name, id: '1', ...example }] })
  const ack: TObject = Closed<TProperties>({ ...ackMembers, ...answer }, { $id: `${title}Ack`, description: `A \`${name}\` that carried an \`id\` is done.`, examples: [{ type: 'ack', id: '1', ...answerExample }] })
  // A write that is given up may still happen; to anything else nothing has happened.
  const patience = unhurried ? undefined : { ms: patienceMs.usual, code: problems.includes('retry_same_client_id') ? 'retry_same_client_id' as const : 'database_unavailable' as const }
  return { name, summary, limit, scope, isPlaced, run, schema, reply, ack, problems, patience }
}

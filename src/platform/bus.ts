import { EventEmitter } from 'node:events'
import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import { Closed, Count } from './typebox.ts'

/**
 * Something a feature announces. For the audience `chat` it becomes a frame for the sockets of the payload's `chat_id`, for
 * `others` without those of its `user_id`.
 */
export interface EventDefinition<Payload = unknown> {
  name: string
  summary: string
  audience: 'chat' | 'others' | 'internal'
  /** Which processes hear of it: only this one, those where a socket of the payload's `chat_id` lives, or all. */
  reach: 'process' | 'chat' | 'everywhere'
  /** Its `seq` is that of an entry in the chat's log: sockets hear it in this order, and what was lost on the way is read again. */
  numbered: boolean
  /** May be left out for a socket that reads slowly. */
  droppable: boolean
  /** The shape of the frame: the payload and its `type`. */
  schema: TObject
  /** Carries the payload's type; has no value. */
  payload?: Payload
}

interface Delivery { numbered?: boolean, droppable?: boolean }

/** A frame that tells of several entries of the log at once tells which is the first; `seq` is the last. */
const firstSeq = { first_seq: Type.Optional(Count('When it tells of several numbers at once: the first of them; `seq` is the last.', { minimum: 1 })) }

/**
 * Describes an event; all but an `internal` one must carry `chat_id`. An `internal` one stays in this process. One with a `seq` is
 * `numbered` unless it says that its `seq` is something else than its place in the log.
 */
export function defineEvent<P extends TProperties> (
  name: string, audience: EventDefinition['audience'], summary: string, properties: P, example?: object,
  { numbered = audience !== 'internal' && 'seq' in properties, droppable = false }: Delivery = {}
): EventDefinition<Static<TObject<P>> & { first_seq?: number }> {
  const $id = name.split('_').map(word => word[0]!.toUpperCase() + word.slice(1)).join('') + 'Frame'
  const type = Type.Unsafe<string>({ type: 'string', const: name })
  const schema = Closed({ type, ...properties, ...(numbered && firstSeq) }, { $id, description: summary, ...(example && { examples: [{ type: name, ...example }] }) }) as TObject
  return { name, summary, audience, reach: audience === 'internal' ? 'process' : 'chat', numbered, droppable, schema }
}

/** Describes an event for the code alone, of which the other processes in its reach hear, too; with the reach `chat` it must carry `chat_id`. */
export const defineInternal = <P extends TProperties> (name: string, reach: EventDefinition['reach'], summary: string, properties: P): EventDefinition<Static<TObject<P>>> =>
  ({ ...defineEvent(name, 'internal', summary, properties), reach })

/** Where an event was emitted first. */
export type Origin = 'here' | 'elsewhere'

export interface Bus {
  /** Whether there are other processes that hear of what is told. */
  isShared: boolean
  /** Tells every subscriber at once, in the order of the calls. A subscriber that throws is reported and hurts nobody. */
  emit: <Payload>(event: EventDefinition<Payload>, payload: Payload, origin?: Origin) => void
  /** Subscribes; the answer ends the subscription. */
  on: <Payload>(event: EventDefinition<Payload>, subscriber: (payload: Payload, origin: Origin) => void | Promise<void>) => () => void
}

/** A typed bus within this process, `isShared` when something carries what is told to others. Order is that of `emit`; `report` hears of subscribers that fail. */
export function createBus (report: (error: unknown, event: string) => void, { isShared = false } = {}): Bus {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    isShared,
    emit: (event, payload, origin = 'here') => { emitter.emit(event.name, payload, origin) },
    on (event, subscriber) {
      const guarded = (...news: Parameters<typeof subscriber>) => {
        try {
          subscriber(...news)?.catch((error: unknown) => report(error, event.name))
        } catch (error) {
          report(error, event.name)
        }
      }
      emitter.on(event.name, guarded)
      return () => { emitter.off(event.name, guarded) }
    }
  }
}

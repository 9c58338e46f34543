import { EventEmitter } from 'node:events'
import { type Static, type TObject, type TProperties, Type } from '@sinclair/typebox'
import { Closed } from './typebox.ts'

/**
 * Something a feature announces. For the audience `chat` it becomes a frame for the sockets of the payload's `chat_id`, for
 * `others` without those of its `user_id`.
 */
export interface EventDefinition<Payload = unknown> {
  name: string
  summary: string
  audience: 'chat' | 'others' | 'internal'
  /** The shape of the frame: the payload and its `type`. */
  schema: TObject
  /** Carries the payload's type; has no value. */
  payload?: Payload
}

/** Describes an event; all but an `internal` one must carry `chat_id`. */
export function defineEvent<P extends TProperties> (name: string, audience: EventDefinition['audience'], summary: string, properties: P, example?: object): EventDefinition<Static<TObject<P>>> {
  const $id = name.split('_').map(word => word[0]!.toUpperCase() + word.slice(1)).join('') + 'Frame'
  const type = Type.Unsafe<string>({ type: 'string', const: name })
  return { name, summary, audience, schema: Closed({ type, ...properties }, { $id, description: summary, ...(example && { examples: [{ type: name, ...example }] }) }) as TObject }
}

export interface Bus {
  /** Tells every subscriber at once, in the order of the calls. A subscriber that throws is reported and hurts nobody. */
  emit: <Payload>(event: EventDefinition<Payload>, payload: Payload) => void
  /** Subscribes; the answer ends the subscription. */
  on: <Payload>(event: EventDefinition<Payload>, subscriber: (payload: Payload) => void | Promise<void>) => () => void
}

/** A typed bus within this process. Order is that of `emit`; `report` hears of subscribers that fail. */
export function createBus (report: (error: unknown, event: string) => void): Bus {
  const emitter = new EventEmitter()
  emitter.setMaxListeners(0)
  return {
    emit: (event, payload) => { emitter.emit(event.name, payload) },
    on (event, subscriber) {
      const guarded = (payload: Parameters<typeof subscriber>[0]) => {
        try {
          subscriber(payload)?.catch((error: unknown) => report(error, event.name))
        } catch (error) {
          report(error, event.name)
        }
      }
      emitter.on(event.name, guarded)
      return () => { emitter.off(event.name, guarded) }
    }
  }
}

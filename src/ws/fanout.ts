import type { Bus, EventDefinition } from '../platform/bus.ts'
import type { Hub } from './hub.ts'

/** The one place where an event becomes a frame: serialised once, then given to every socket that may have it. */
export function fanOut (bus: Bus, hub: Hub, events: EventDefinition[]) {
  for (const event of events) {
    if (event.audience === 'internal') continue
    bus.on(event as EventDefinition<{ chat_id: string, user_id?: string }>, payload => {
      hub.broadcast(payload.chat_id, JSON.stringify({ type: event.name, ...payload }), event.audience === 'others' ? payload.user_id : undefined)
    })
  }
}

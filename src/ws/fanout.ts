import type { Bus, EventDefinition } from '../platform/bus.ts'
import { encode } from './frame.ts'
import type { Hub } from './hub.ts'

interface Payload { chat_id: string, user_id?: string, seq?: number, first_seq?: number }

/** The one place where an event becomes a frame: serialised once, then given to every socket that may have it. */
export function fanOut (bus: Bus, hub: Hub, events: EventDefinition[]) {
  for (const event of events) {
    const { audience, name, numbered, droppable } = event
    if (audience === 'internal') continue
    bus.on(event as EventDefinition<Payload>, payload => {
      const { chat_id: chatId, user_id: userId } = payload
      if (!hub.hears(chatId)) return
      hub.publish(chatId, encode({ type: name, ...payload }, numbered ? payload : {}, { droppable, except: audience === 'others' ? userId : undefined }))
    })
  }
}

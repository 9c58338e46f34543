import type { Access, Chats } from '../chats/service.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log, Moment } from '../log/index.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Changes, ChangesQuery } from './change-schemas.ts'
import { toChange } from './model.ts'
import type { Message } from './schemas.ts'

interface Needs { log: Log, chats: Chats, presentAll: (entries: MessageEntry[]) => Promise<Message[]> }

/** What somebody missed. */
export function createChanges ({ log, chats, presentAll }: Needs) {
  async function read (chatId: string, { since, epoch, limit = 100 }: ChangesQuery, judge: (moment: Moment) => Promise<Pick<Access, 'epoch' | 'clearedSeq'>>): Promise<Changes> {
    const { access, page } = await log.atOneMoment(async moment => {
      const access = await judge(moment)
      if (epoch !== undefined && epoch !== access.epoch) throw new Problem('resync_required', 'The chat was cleared, or its data were restored from a backup: read it again from the start.')
      return { access, page: await log.changesSince(chatId, { since, limit, clearedSeq: access.clearedSeq }, moment) }
    })
    const messages = await presentAll(page.changes.flatMap(item => 'message' in item ? item.message : []))
    const byId = new Map(messages.map(message => [message.id, message]))
    return {
      chat_id: chatId,
      epoch: access.epoch,
      from: since,
      to: page.to,
      has_more: page.hasMore,
      changes: page.changes.map(item => 'message' in item
        ? { seq: item.seq, type: 'message', message: byId.get(String(item.message._id))! }
        : toChange(item.change))
    }
  }

  return {
    /**
     * What happened in a chat after `since`, as of one moment at which the actor is in the chat. Throws `chat_not_found`, and
     * `resync_required` when it cannot be told whole: the chat was cleared, or `since` was never given.
     */
    changes: (actor: Actor, chatId: string, query: ChangesQuery) => read(chatId, query, moment => chats.access.atMoment(moment, actor, chatId)),

    /** The same for the sockets that hear the chat: whoever is out of it is out of its sockets. */
    changesForAll: (chatId: string, query: ChangesQuery) => read(chatId, query, moment => chats.access.stateAtMoment(moment, chatId))
  }
}

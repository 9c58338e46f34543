import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { Actor } from '../platform/guard.ts'
import type { Users } from '../users/service.ts'
import { type ChatRecord, toChat } from './model.ts'
import type { Reads } from './reads.ts'
import { type Chat, lastMessageLength } from './schemas.ts'

/** Makes the public shape of chats: with names and newest messages, each fetched once for all of them. */
export function createPresenter ({ log, users, unread }: { log: Log, users: Users, unread: Reads['unread'] }) {
  async function presentAll (records: ChatRecord[]): Promise<Chat[]> {
    const lastIds = records.flatMap(({ last_message_id }) => last_message_id ?? [])
    const lasts = lastIds.length === 0 ? [] : await log.entries.find({ _id: { $in: lastIds } }).toArray() as MessageEntry[]
    const people = [...records.flatMap(({ participants }) => participants.map(({ user_id }) => user_id)), ...lasts.map(({ sender_id }) => sender_id)]
    const names = await users.names([...new Set(people.map(String))])
    const shortened = new Map(lasts.map(({ _id, seq, sender_id, role, content, is_deleted, created_at }) => [String(_id), {
      id: String(_id),
      seq,
      sender_id: String(sender_id),
      sender_username: names.get(String(sender_id)) ?? null,
      role,
      // By code points, so that no character is cut in half; each has at most two UTF-16 units.
      content: [...content.slice(0, 2 * lastMessageLength)].slice(0, lastMessageLength).join(''),
      is_deleted: is_deleted ?? false,
      created_at: created_at.toISOString()
    }]))
    return records.map(record => toChat(record, names, shortened.get(String(record.last_message_id)) ?? null))
  }

  return {
    /** As one person sees them: also with what they have not read. */
    async presentFor (actor: Pick<Actor, 'id'>, records: ChatRecord[]): Promise<Chat[]> {
      const [chats, counts] = await Promise.all([presentAll(records), unread(actor, records)])
      return chats.map(chat => Object.assign(chat, { unread_count: counts.get(chat.id) ?? 0 }))
    },

    present: async (record: ChatRecord): Promise<Chat> => (await presentAll([record]))[0]!
  }
}

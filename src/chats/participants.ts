import { type mongo, Types } from 'mongoose'
import type { ChangeEntry, Entry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import { numbersOf } from '../log/numbers.ts'
import type { ChangeDraft, Transaction } from '../log/operations.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Users } from '../users/service.ts'
import { chatUpdated, participantRemoved } from './events.ts'
import type { ChatModel, ChatRecord, ParticipantRecord } from './model.ts'
import type { Reads } from './reads.ts'
import type { Removals } from './removals.ts'
import type { Chat } from './schemas.ts'

/** The most people in one chat (seed 004). */
export const peopleLimit = 100

/** The one who has been there longest, to be made admin when the last admin goes. */
const eldest = (people: ParticipantRecord[]) => [...people].sort((a, b) => a.joined_at.getTime() - b.joined_at.getTime())[0]

interface Needs {
  log: Log
  bus: Bus
  model: ChatModel
  users: Users
  reads: Reads
  removals: Removals
  /** The public shape of a chat. Made before the commit, so that the news can be told in the order of the log. */
  present: (record: ChatRecord) => Promise<Chat>
  dissolve: (chat: ChatRecord, actorId: Types.ObjectId, transaction: Transaction) => Promise<ChangeDraft>
  dissolved: (chatId: string, seq: number) => void
}

/** Who is in a group, and who decides in it. */
export function createParticipants ({ log, bus, model, users, reads, removals, present, dissolve, dissolved }: Needs) {
  async function group (session: mongo.ClientSession, actor: Actor, chatId: string, needsAdmin: boolean): Promise<ChatRecord> {
    const chat = await model.findOne({ _id: chatId, 'participants.user_id': actor.id }, null, { session }).lean<ChatRecord | null>()
    if (!chat) throw new Problem('chat_not_found')
    if (chat.type !== 'group') throw new Problem('group_only', 'The people of an assistant or direct chat are fixed.')
    if (needsAdmin && !chat.participants.some(({ user_id, is_admin }) => is_admin && String(user_id) === actor.id)) throw new Problem('forbidden', 'Only an admin of the group may do this.')
    return chat
  }

  async function store (chat: ChatRecord, participants: ParticipantRecord[], { session, seq, now }: Transaction, entries: number): Promise<Chat> {
    const changed = { ...chat, participants, version: chat.version + 1, last_seq: seq + entries - 1, updated_at: now }
    await model.updateOne(
      { _id: chat._id, version: chat.version },
      { $set: { participants, version: changed.version, last_seq: changed.last_seq, updated_at: now } },
      { session, timestamps: false }
    )
    return await present(changed)
  }

  const tell = (chat: Chat, entries: Entry[]) =>
    bus.emit(chatUpdated, { chat_id: chat.id, ...numbersOf(entries), change: (entries[0] as ChangeEntry).type as 'chat_updated', chat })

  async function takeOut (actor: Actor, chatId: string, userId: string) {
    const actorId = new Types.ObjectId(actor.id)
    return await log.change<Chat | 'gone'>({
      chatId,
      async apply (transaction) {
        const chat = await group(transaction.session, actor, chatId, userId !== actor.id)
        const left = chat.participants.filter(({ user_id }) => String(user_id) !== userId)
        if (left.length === chat.participants.length) throw new Problem('participant_not_found')
        if (left.length === 0) return { drafts: [await dissolve(chat, actorId, transaction)], result: 'gone' }
        const heir = left.some(({ is_admin }) => is_admin) ? undefined : eldest(left)
        const people = left.map(person => person === heir ? { ...person, is_admin: true } : person)
        const drafts: ChangeDraft[] = [{ type: 'participant_removed', user_id: new Types.ObjectId(userId), actor_id: actorId }]
        await reads.end(chat._id, userId, transaction)
        await removals.note(chat._id, [new Types.ObjectId(userId)], transaction)
        if (heir) drafts.push({ type: 'participant_changed', user_id: heir.user_id, actor_id: actorId })
        return { drafts, result: await store(chat, people, transaction, drafts.length) }
      },
      committed (chat, entries) {
        if (chat === 'gone') return dissolved(chatId, entries.at(-1)!.seq)
        bus.emit(participantRemoved, { chat_id: chatId, seq: entries[0]!.seq, user_id: userId })
        tell(chat, entries)
      }
    })
  }

  return {
    /** Adds people; those who are in already stay as they are. Throws `already_participant` when all are, `chat_full` when not all fit. */
    async add (actor: Actor, chatId: string, userIds: string[]) {
      const existing = await users.existing(userIds)
      const changed = await log.change<Chat>({
        chatId,
        async apply (transaction) {
          const chat = await group(transaction.session, actor, chatId, true)
          const inside = new Set(chat.participants.map(({ user_id }) => String(user_id)))
          const added = userIds.filter(id => !inside.has(id))
          const missing = added.find(id => !existing.has(id))
          if (missing) throw new Problem('user_not_found', `There is no such user: ${missing}.`)
          if (added.length === 0) throw new Problem('already_participant')
          if (inside.size + added.length > peopleLimit) throw new Problem('chat_full', `A chat holds ${peopleLimit} people; ${inside.size} are in this one.`)
          const people = [...chat.participants, ...added.map(id => ({ user_id: new Types.ObjectId(id), is_admin: false, joined_at: transaction.now }))]
          const drafts = added.map((id): ChangeDraft => ({ type: 'participant_added', user_id: new Types.ObjectId(id), actor_id: new Types.ObjectId(actor.id) }))
          await reads.begin(chat._id, added, transaction.seq + drafts.length - 1, transaction)
          return { drafts, result: await store(chat, people, transaction, drafts.length) }
        },
        committed: tell
      })
      return changed.participants
    },

    /** Makes somebody an admin or an ordinary participant. Throws `last_admin`. */
    async change (actor: Actor, chatId: string, userId: string, isAdmin: boolean) {
      const changed = await log.change<Chat>({
        chatId,
        async apply (transaction) {
          const chat = await group(transaction.session, actor, chatId, true)
          const person = chat.participants.find(({ user_id }) => String(user_id) === userId)
          if (!person) throw new Problem('participant_not_found')
          if (person.is_admin === isAdmin) return { drafts: [], result: await present(chat) }
          const people = chat.participants.map(one => one === person ? { ...one, is_admin: isAdmin } : one)
          if (!people.some(({ is_admin }) => is_admin)) throw new Problem('last_admin', 'Make somebody else an admin first.')
          return {
            drafts: [{ type: 'participant_changed', user_id: person.user_id, actor_id: new Types.ObjectId(actor.id) }],
            result: await store(chat, people, transaction, 1)
          }
        },
        committed: tell
      })
      return changed.participants.find(({ user_id }) => user_id === userId)!
    },

    /** Takes a person out: oneself, or as an admin anybody. The eldest becomes admin when none is left; an empty group goes. */
    async remove (actor: Actor, chatId: string, userId: string): Promise<void> {
      await takeOut(actor, chatId, userId)
    }
  }
}

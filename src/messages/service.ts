import { createHmac, hash } from 'node:crypto'
import { Types } from 'mongoose'
import type { Access, Chats } from '../chats/service.ts'
import type { Branch } from '../log/branch.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { MessageDraft } from '../log/operations.ts'
import { isOnPath } from '../log/path.ts'
import type { Bus } from '../platform/bus.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Users } from '../users/service.ts'
import { messageSent, newMessage } from './events.ts'
import { createAlternatives } from './alternatives.ts'
import { createChanges } from './changes.ts'
import { createEdit } from './edit.ts'
import { createHistory } from './history.ts'
import { createLocate, createRelocate } from './locate.ts'
import { toMessage } from './model.ts'
import { createReactions } from './reactions.ts'
import { createRepeats } from './repeats.ts'
import type { Message, MessageCreate } from './schemas.ts'
import { createTurns } from './turns.ts'

interface Needs { bus: Bus, log: Log, chats: Chats, users: Users, cursors: Cursors, secret: string }

/** Sending, reading and changing messages. */
export function createMessages ({ bus, log, chats, users, cursors, secret }: Needs) {
  const locate = createLocate({ log, chats })
  const alternativesOf = createAlternatives({ log })
  const digestKey = createHmac('sha256', secret).update('parley client_id').digest('base64url')

  /** Tells a repeat of a request from another one under the same `client_id`, without keeping its text. It is only ever compared with digests of our own, for which a key before the text is enough and an eighth of what an HMAC takes. */
  const digestOf = (parts: unknown[]) => hash('sha256', digestKey + JSON.stringify(parts), 'base64url')
  const { isRepeat, trace } = createRepeats(digestOf)

  async function presentAll (entries: MessageEntry[]): Promise<Message[]> {
    const names = await users.names([...new Set(entries.map(({ sender_id }) => String(sender_id)))])
    return entries.map(entry => toMessage(entry, names.get(String(entry.sender_id)) ?? null))
  }

  const present = async (entry: MessageEntry): Promise<Message> => (await presentAll([entry]))[0]!

  /** The message that a send answers. Throws `message_not_found`. */
  async function answeredBy (chatId: string, messageId: string, access: Access): Promise<MessageEntry> {
    const entry = await log.entries.findOne({ _id: new Types.ObjectId(messageId), chat_id: new Types.ObjectId(chatId), kind: 'message', seq: { $gt: access.clearedSeq } }) as MessageEntry | null
    if (!entry || !await log.branches.exists({ _id: entry.branch_id, chat_id: chatId })) throw new Problem('message_not_found', 'The message that `reply_to` names is not in this chat.')
    return entry
  }

  async function liesOn (chatId: string, branchId: Types.ObjectId, entry: MessageEntry): Promise<boolean> {
    const branch = await log.branches.findOne({ _id: branchId, chat_id: chatId }).lean<Branch | null>()
    return branch !== null && isOnPath(branch, entry)
  }

  async function prepare (actor: Actor, chatId: string, message: MessageCreate): Promise<MessageDraft> {
    const { content, role = 'user', client_id, branch_id, reply_to, expected_head } = message
    const access = await chats.access.find(actor, chatId)
    if (!access) throw new Problem('chat_not_found')
    if (role !== 'user' && access.type !== 'assistant') throw new Problem('role_not_allowed', 'In direct and group chats a person writes as `user`.')
    const target = branch_id ? new Types.ObjectId(branch_id) : access.activeBranchId
    const answered = reply_to ? await answeredBy(chatId, reply_to, access) : undefined
    const joins = role === 'assistant' && answered?.turn_id?.equals(answered._id) && await liesOn(chatId, target, answered)
    const draft: MessageDraft = { branch_id: target, role, sender_id: new Types.ObjectId(actor.id), content, reply_to: answered?._id }
    if (expected_head) draft.expected_head = new Types.ObjectId(expected_head)
    if (joins) draft.turn_id = answered!._id
    if (client_id !== undefined) draft.client_id = client_id
    return draft
  }

  const changing = { bus, log, chats, locate, relocate: createRelocate({ log, chats }), present }

  return {
    ...createHistory({ log, chats, users, cursors, locate, alternativesOf }),
    ...createTurns({ bus, log, chats, cursors, digestOf }),
    ...createChanges({ log, chats, presentAll }),
    ...createEdit({ ...changing, trace }),
    ...createReactions(changing),

    /** The public shape of stored messages, with names. */
    present,
    presentAll,
    toMessage,
    digestOf,

    /** Stores a message and tells the chat; `placed` is told when any later one comes after it. `replayed` says that the same `client_id` had stored it before. */
    async send (actor: Actor, chatId: string, message: MessageCreate, placed?: () => void): Promise<{ message: Message, replayed: boolean }> {
      let told: Message | undefined
      const { entry, replayed } = await log.send({
        chatId,
        placed,
        prepare: () => prepare(actor, chatId, message),
        committed (entry) {
          chats.summaries.note(entry)
          told = toMessage(entry, actor.username)
          bus.emit(newMessage, { chat_id: chatId, seq: entry.seq, message: told })
          bus.emit(messageSent, { message: told, actor })
        }
      })
      if (replayed) chats.summaries.note(entry)
      if (replayed && !isRepeat(entry, message)) throw new Problem('idempotency_conflict', 'Another message was sent with this `client_id`.')
      return { message: !replayed && told ? told : await present(entry), replayed }
    },

    /** One message. Throws `message_not_found`. */
    async get (actor: Actor, messageId: string): Promise<Message> {
      const { entry, branch } = await locate(actor, messageId)
      const alternatives = await alternativesOf(branch, [entry])
      return { ...await present(entry), alternatives: alternatives(entry) }
    }
  }
}

export type Messages = ReturnType<typeof createMessages>

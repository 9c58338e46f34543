import { Types } from 'mongoose'
import type { Chats } from '../chats/service.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { MessageDraft } from '../log/operations.ts'
import type { TurnEntries } from '../log/turns.ts'
import type { Bus } from '../platform/bus.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { newMessage } from './events.ts'
import { toMessage } from './model.ts'
import type { Turn, TurnCreate, TurnQuery } from './schemas.ts'

interface Needs { bus: Bus, log: Log, chats: Chats, cursors: Cursors, digestOf: (parts: unknown[]) => string }

/** The public shape of a turn. */
function toTurn ({ question, response }: TurnEntries): Turn {
  return {
    turn_id: String(question.turn_id),
    turn_index: question.turn_count - 1,
    chat_id: String(question.chat_id),
    branch_id: String(question.branch_id),
    question: question.content,
    response: response?.content ?? null,
    response_id: response ? String(response._id) : null,
    timestamp: question.created_at.toISOString()
  }
}

/** Questions with their answers. */
export function createTurns ({ bus, log, chats, cursors, digestOf }: Needs) {
  async function stored (chatId: Types.ObjectId, question: MessageEntry): Promise<Turn> {
    const response = await log.entries.findOne({ chat_id: chatId, branch_id: question.branch_id, kind: 'message', message_index: question.message_index + 1 }) as MessageEntry | null
    chats.summaries.note(response ?? question)
    return toTurn({ question, response })
  }

  return {
    /** Stores a question and its answer, both or neither. `replayed` says that the same `client_id` had stored them before. */
    async addTurn (actor: Actor, chatId: string, body: TurnCreate): Promise<{ turn: Turn, replayed: boolean }> {
      const { question, response, branch_id, client_id } = body
      const digest = digestOf(['turn', question, response, branch_id ?? null])
      const chat = new Types.ObjectId(chatId)
      const sender = new Types.ObjectId(actor.id)
      let turn: Turn | undefined
      const known = await log.change<MessageEntry | undefined>({
        chatId,
        async apply ({ session }) {
          const access = await chats.access.inTransaction(session, actor, chatId)
          if (access.type !== 'assistant') throw new Problem('role_not_allowed', 'Both halves of a turn can only be stored in your own assistant chat.')
          const before = client_id === undefined ? null : await log.entries.findOne({ chat_id: chat, sender_id: sender, client_id }, { session })
          if (before) return { drafts: [], result: before as MessageEntry }
          const turnId = new Types.ObjectId()
          const common = { branch_id: branch_id ? new Types.ObjectId(branch_id) : access.activeBranchId, sender_id: sender, turn_id: turnId }
          const drafts: MessageDraft[] = [
            { ...common, _id: turnId, role: 'user', content: question, ...(client_id !== undefined && { client_id, client_digest: digest }) },
            { ...common, role: 'assistant', content: response, reply_to: turnId }
          ]
          return { drafts, result: undefined }
        },
        committed (_, entries) {
          const [question, response] = entries as [MessageEntry, MessageEntry]
          turn = toTurn({ question, response })
          for (const entry of entries as MessageEntry[]) {
            chats.summaries.note(entry)
            bus.emit(newMessage, { chat_id: chatId, seq: entry.seq, message: toMessage(entry, actor.username) })
          }
        }
      })
      if (!known) return { turn: turn!, replayed: false }
      if (known.client_digest !== digest) throw new Problem('idempotency_conflict', 'Something else was sent with this `client_id`.')
      return { turn: await stored(chat, known), replayed: true }
    },

    /** A page of the turns of a branch's path. Throws `chat_not_found`, `branch_not_found`, `invalid_cursor`, `resync_required`. */
    async listTurns (actor: Actor, chatId: string, { limit = 50, cursor, order = 'asc', branch_id }: TurnQuery) {
      const access = await chats.access.find(actor, chatId)
      if (!access) throw new Problem('chat_not_found')
      const list = `turns ${chatId}`
      const resumed = cursor === undefined ? undefined : cursors.open<[string, string, 'asc' | 'desc', number]>(list, cursor)
      if (resumed && resumed[0] !== access.epoch) throw new Problem('resync_required', 'The chat was cleared, or its data were restored from a backup: read it again from the start.')
      const [, branchId, direction, start] = resumed ?? [access.epoch, branch_id ?? String(access.activeBranchId), order, undefined]
      const branch = await log.branches.findOne({ _id: branchId, chat_id: chatId }).lean()
      if (!branch) throw new Problem('branch_not_found')
      const { turns: count } = await log.headOf(branch)
      const first = start ?? (direction === 'asc' ? 1 : count)
      const [from, to] = direction === 'asc' ? [first, Math.min(count, first + limit - 1)] : [Math.max(1, first - limit + 1), first]
      const turns = from > to ? [] : (await log.readTurns(branch, from, to)).map(toTurn)
      const next = direction === 'asc' ? to + 1 : from - 1
      const more = turns.length > 0 && next >= 1 && next <= count
      return {
        items: direction === 'asc' ? turns : turns.reverse(),
        count,
        next_cursor: more ? cursors.seal(list, [access.epoch, branchId, direction, next]) : null
      }
    }
  }
}

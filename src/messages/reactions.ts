import { Types } from 'mongoose'
import type { Chats } from '../chats/service.ts'
import type { MessageEntry, Reaction } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { messageUpdated } from './events.ts'
import type { Locate, Relocate } from './locate.ts'
import { emojiLength, type Message, reactionLimit, reactorLimit } from './schemas.ts'

interface Needs { bus: Bus, log: Log, chats: Chats, locate: Locate, relocate: Relocate, present: (entry: MessageEntry) => Promise<Message> }

/** Lets a pattern name sequences. Newer than the language level that the compiler allows in a literal, and known to Node 20. */
const sequences = 'v'
/** The emoji that Unicode recommends. */
const recommended = new RegExp('^\\p{RGI_Emoji}$', sequences)
/** Sequences of pictures that are newer than the server's Unicode, or that only some systems draw as one. */
const pictures = /^\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*(?:\u200D\p{Extended_Pictographic}[\uFE0F\p{Emoji_Modifier}]*)*$/u
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** Asks for the coloured form of a character that also has a plain one. */
const coloured = '\uFE0F'

/** One emoji in the form in which it is stored, so that the same one is not counted twice. Throws `validation_failed`. */
export function emojiOf (text: string): string {
  const emoji = text.normalize('NFC')
  const fits = emoji.length <= emojiLength && [...segmenter.segment(emoji)].length === 1
  if (fits && recommended.test(emoji)) return emoji
  if (fits && recommended.test(emoji + coloured)) return emoji + coloured
  if (fits && pictures.test(emoji)) return emoji
  throw new Problem('validation_failed', 'emoji must be exactly one emoji', { errors: [{ path: '/emoji', message: 'must be exactly one emoji' }] })
}

/** What the reactions become; the same list when nothing changes. Throws `too_many_reactions`. */
function react (reactions: Reaction[], emoji: string, user: Types.ObjectId, remove: boolean): Reaction[] {
  const known = reactions.find(reaction => reaction.emoji === emoji)
  const isIn = known?.user_ids.some(id => id.equals(user)) ?? false
  if (isIn !== remove) return reactions
  if (remove) return reactions.map(one => one === known ? { emoji, user_ids: one.user_ids.filter(id => !id.equals(user)) } : one).filter(({ user_ids }) => user_ids.length > 0)
  if (!known && reactions.length >= reactionLimit) throw new Problem('too_many_reactions', `A message takes at most ${reactionLimit} different emoji.`)
  if (known && known.user_ids.length >= reactorLimit) throw new Problem('too_many_reactions', `At most ${reactorLimit} people react with one emoji.`)
  return known ? reactions.map(one => one === known ? { emoji, user_ids: [...one.user_ids, user] } : one) : [...reactions, { emoji, user_ids: [user] }]
}

/** Answers in one character. */
export const createReactions = ({ bus, log, chats, locate, relocate, present }: Needs) => ({
  /**
   * Reacts to a message with an emoji, or takes that back; again does nothing. Throws `validation_failed`, `message_not_found`,
   * `message_deleted`, `too_many_reactions`.
   */
  async react (actor: Actor, messageId: string, text: string, remove = false): Promise<Message> {
    const emoji = emojiOf(text)
    const { entry: found } = await locate(actor, messageId)
    const actorId = new Types.ObjectId(actor.id)
    return await log.change<Message>({
      chatId: String(found.chat_id),
      async apply (transaction) {
        const { session, seq } = transaction
        const { entry } = await relocate(actor, found, transaction)
        if (entry.is_deleted) throw new Problem('message_deleted')
        const before = entry.reactions ?? []
        const reactions = react(before, emoji, actorId, remove)
        if (reactions === before) return { drafts: [], result: await present(entry) }
        const set = { reactions, rev: seq }
        await log.entries.updateOne({ _id: entry._id, chat_id: entry.chat_id, rev: entry.rev, is_deleted: { $ne: true } }, { $set: set }, { session })
        return { drafts: [{ type: 'message_reacted', message_id: entry._id, actor_id: actorId }], result: await present({ ...entry, ...set }) }
      },
      committed (message, [change]) {
        chats.summaries.note(change!)
        bus.emit(messageUpdated, { chat_id: message.chat_id, seq: change!.seq, message })
      }
    })
  }
})

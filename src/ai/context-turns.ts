import type { Access } from '../chats/service.ts'
import type { MessageEntry } from '../log/entry.ts'
import { createCache } from '../platform/cache.ts'
import type { Actor } from '../platform/guard.ts'
import type { Users } from '../users/service.ts'
import type { ModelTurn } from './provider.ts'
import type { Tokenizer } from './tokens.ts'

/** A stored message as a model gets it, and what it costs in tokens. */
export interface StoredTurn { entry: MessageEntry, turn: ModelTurn, tokens: number }

/**
 * What the chat protocol adds to the texts, in tokens: each message, each name, and the beginning of the reply.
 * Source: OpenAI Cookbook, "How to count tokens with tiktoken", section 6 (cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken).
 */
const overhead = { message: 3, name: 1 }
export const replyStart = 3

/** The most that is kept free for the reply, in tokens. */
const replyReserve = 1024

/** How many tokens of a model's `context_tokens` a context may take. */
export const budgetOf = (contextTokens: number) => contextTokens - Math.min(replyReserve, Math.floor(contextTokens / 4))

/** What a turn costs in tokens. */
export const costOf = ({ count }: Tokenizer, { role, content, name }: ModelTurn, contentTokens = count(content)) =>
  overhead.message + count(role) + contentTokens + (name === undefined ? 0 : overhead.name + count(name))

/**
 * The name that a model gets for a person, in the characters that OpenAI allows (`^[a-zA-Z0-9_-]{1,64}$`). No two usernames give the same
 * one, so nobody can be taken for somebody else: what stands for the one character that is not allowed begins with one that is doubled elsewhere.
 */
export const modelName = (username: string | undefined) =>
  username === undefined ? 'former-member' : username.replaceAll('-', '--').replaceAll('.', '-_')

/** Makes what models get of what people see. */
export function createTurns ({ users }: { users: Users }) {
  /** Token counts of texts: those of a long history are asked for with each question. */
  const counts = createCache<number>({ atMost: 50_000 })

  function contentTokens ({ count }: Tokenizer, { _id, rev, content }: MessageEntry): number {
    const key = `${String(_id)} ${rev} ${content.length}`
    const known = counts.get(key) ?? count(content)
    counts.set(key, known)
    return known
  }

  /** Whether a model is told who wrote something: not where it is all the asker's own. */
  const isNamed = (actor: Actor, chat: Access, senderId: string) => chat.type !== 'assistant' || senderId !== actor.id

  return {
    /** What somebody would ask, as it would be stored. */
    async question (actor: Actor, chat: Access, content: string): Promise<ModelTurn> {
      return { role: 'user', content, ...(isNamed(actor, chat, actor.id) && { name: modelName((await users.names([actor.id])).get(actor.id)) }) }
    },

    /** Those messages that have something to say, in the order given: not tombstones, empty replies, and replies that are still being written. */
    async stored (actor: Actor, chat: Access, entries: MessageEntry[], tokenizer: Tokenizer): Promise<StoredTurn[]> {
      const telling = entries.filter(({ content, status, is_deleted }) => content !== '' && status !== 'streaming' && !is_deleted)
      const named = telling.filter(({ sender_id }) => isNamed(actor, chat, String(sender_id)))
      const names = await users.names([...new Set(named.map(({ sender_id }) => String(sender_id)))])
      return telling.map(entry => {
        const sender = String(entry.sender_id)
        // Nobody can store it elsewhere; if somebody found a way, it would still be no more than what a person said.
        const role = entry.role === 'system' && (chat.type !== 'assistant' || sender !== actor.id) ? 'user' : entry.role
        const turn: ModelTurn = { role, content: entry.content, ...(role === 'user' && isNamed(actor, chat, sender) && { name: modelName(names.get(sender)) }) }
        return { entry, turn, tokens: costOf(tokenizer, turn, contentTokens(tokenizer, entry)) }
      })
    }
  }
}

export type Turns = ReturnType<typeof createTurns>

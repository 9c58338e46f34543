import type { Access, Chats } from '../chats/service.ts'
import type { Branch } from '../log/branch.ts'
import type { Log } from '../log/index.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { type Context, historyLimit } from './context-schemas.ts'
import { budgetOf, costOf, replyStart, type StoredTurn, type Turns } from './context-turns.ts'
import type { Memories } from './memories.ts'
import type { ModelTurn, Provider } from './provider.ts'
import type { Summaries } from './summaries.ts'
import { summaryTurn, toSummary } from './summary-model.ts'
import { loadTokenizer, type Tokenizer } from './tokens.ts'

interface Needs { log: Log, chats: Chats, memories: Memories, summaries: Summaries, turns: Turns, provider: Pick<Provider, 'find'> }

export interface ContextWish {
  /** The branch whose path is told; the active one when left out. */
  branchId?: string | undefined
  model?: string | undefined
  /** A question that is about to be asked, and not stored yet. */
  content?: string | undefined
  /** The `message_index` of a stored question to answer: nothing after it is told. */
  uptoIndex?: number | undefined
}

/** What is told, in the model's own type. */
export type BuiltContext = Omit<Context, 'messages'> & { messages: ModelTurn[] }

/** Messages read at a time. */
const portion = 100
const memoriesHead = 'What the person wants you to remember:'

/** A list in which no text can be taken for two. */
const listOf = (texts: string[]) => [memoriesHead, ...texts.map(text => `- ${text.trim().replaceAll(/\s+/g, ' ')}`)].join('\n')

/** What a model is told: the same for the same stored state, and nothing is changed by asking. */
export function createContext ({ log, chats, memories, summaries, turns, provider }: Needs) {
  /** The newest turns of a path up to `to` whose cost fits, newest first, and after them the first that does not, if there is one. */
  async function newest (actor: Actor, chat: Access, branch: Branch, to: number, room: number, tokenizer: Tokenizer): Promise<{ fitting: StoredTurn[], next: StoredTurn | undefined }> {
    const fitting: StoredTurn[] = []
    let used = 0
    for (let below = to; ;) {
      const entries = await log.readPath(branch, { from: 0, to: below, order: 'desc', limit: portion, includeDeleted: false })
      for (const one of await turns.stored(actor, chat, entries, tokenizer)) {
        used += one.tokens
        if (used > room || fitting.length === historyLimit) return { fitting, next: one }
        fitting.push(one)
      }
      if (entries.length < portion) return { fitting, next: undefined }
      below = entries.at(-1)!.message_index - 1
    }
  }

  /** The system turn: the prompt, then as many memories (the newest first served) as have room in a quarter of the budget. */
  function instruct (prompt: string | null, texts: string[], budget: number, left: number, tokenizer: Tokenizer) {
    const turnOf = (kept: string[]): ModelTurn[] => {
      const parts = [...(prompt === null ? [] : [prompt]), ...(kept.length > 0 ? [listOf(kept)] : [])]
      return parts.length > 0 ? [{ role: 'system', content: parts.join('\n\n') }] : []
    }
    const costs = (kept: string[]) => turnOf(kept).reduce((sum, turn) => sum + costOf(tokenizer, turn), 0)
    const system = costs([])
    const room = Math.min(Math.floor(budget / 4), left - system)
    let first = texts.length
    for (let used = tokenizer.count(memoriesHead); first > 0; first--) {
      used += tokenizer.count(`- ${texts[first - 1]!}\n`)
      if (used > room) break
    }
    // Tokens of parts are not quite those of the whole.
    while (first < texts.length && costs(texts.slice(first)) - system > room) first++
    const kept = texts.slice(first)
    return { turns: turnOf(kept), system, memories: costs(kept) - system, kept: kept.length }
  }

  return {
    /**
     * What a model is told in answer to `content`, or to the stored question at `uptoIndex`. Throws `chat_not_found`, `branch_not_found`,
     * `model_not_found`, `context_too_large` when prompt and question alone do not fit.
     */
    async build (actor: Actor, chatId: string, { branchId, model, content, uptoIndex = Infinity }: ContextWish = {}): Promise<BuiltContext> {
      const chat = await chats.access.withPrompt(actor, chatId)
      const { id, context_tokens: contextTokens } = provider.find(model)
      const branch = await log.branches.findOne({ _id: branchId ?? chat.activeBranchId, chat_id: chatId }).lean<Branch | null>()
      if (!branch) throw new Problem('branch_not_found')
      const tokenizer = await loadTokenizer()
      const budget = budgetOf(contextTokens)

      const stored = content === undefined && uptoIndex !== Infinity ? (await turns.stored(actor, chat, await log.messagesAt(branch, [uptoIndex]), tokenizer))[0] : undefined
      const asked = stored?.turn ?? (content === undefined ? undefined : await turns.question(actor, chat, content))
      const question = asked ? costOf(tokenizer, asked) : 0
      const texts = chat.type === 'assistant' && chat.memoriesEnabled ? await memories.texts(actor) : []
      const head = instruct(chat.systemPrompt, texts, budget, budget - replyStart - question, tokenizer)
      const room = budget - replyStart - question - head.system - head.memories
      if (room < 0) throw new Problem('context_too_large', `The question and the chat's system prompt take ${budget - room} tokens; the model is given ${budget} at the most.`)

      const { fitting, next } = await newest(actor, chat, branch, stored ? uptoIndex - 1 : uptoIndex, room, tokenizer)
      const candidates = next ? [...fitting, next] : fitting
      const found = next ? await summaries.find(branch, stored ? uptoIndex : uptoIndex + 1) : null
      const told = found && summaryTurn(found)
      const summaryCost = told ? costOf(tokenizer, told) : 0
      const summary = summaryCost <= room ? found : null
      const kept = summary ? fitting.filter(({ entry }) => entry.message_index > summary.upto_index) : fitting
      let history = kept.reduce((tokens, one) => tokens + one.tokens, 0)
      while (history > room - (summary ? summaryCost : 0)) history -= kept.pop()!.tokens

      const cutTo = candidates[kept.length]?.entry.message_index ?? null
      const included = [...kept.map(({ entry }) => entry.message_index).reverse(), ...(stored ? [uptoIndex] : [])]
      const parts = { system: head.system, memories: head.memories, summary: summary ? summaryCost : 0, history, question }
      return {
        model: id,
        branch_id: String(branch._id),
        budget_tokens: budget,
        messages: [...head.turns, ...(summary ? [told!] : []), ...kept.map(({ turn }) => turn).reverse(), ...(asked ? [asked] : [])],
        tokens: { ...parts, total: Object.values(parts).reduce((a, b) => a + b, replyStart) },
        included: { from_index: included[0] ?? null, to_index: included.at(-1) ?? null, count: included.length },
        cut: {
          count: cutTo === null ? 0 : cutTo + 1 - await log.countDeleted(branch, cutTo),
          up_to_index: cutTo,
          summarized: cutTo !== null && summary !== null && summary.upto_index >= cutTo
        },
        memories: { count: head.kept, cut: texts.length - head.kept },
        summary: summary && toSummary(summary)
      }
    }
  }
}

export type ContextService = ReturnType<typeof createContext>

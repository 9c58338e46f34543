import type { Chats } from '../chats/service.ts'
import type { Branch } from '../log/branch.ts'
import type { Log } from '../log/index.ts'
import type { Actor } from '../platform/guard.ts'
import { budgetOf, type Turns } from './context-turns.ts'
import { createFolds } from './fold.ts'
import type { ModelAsk, ModelUsage, Provider } from './provider.ts'
import type { Summaries } from './summaries.ts'
import { loadTokenizer, type Tokenizer } from './tokens.ts'

interface Needs { log: Log, chats: Chats, summaries: Summaries, turns: Turns, provider: Pick<Provider, 'find' | 'stream'>, report: (error: unknown) => void }

/** The most tokens of a summary; less where they would be more than a quarter of a small model's budget. */
const tokenBound = 400
/** Numbers of the log after which it is worth a write to note that a summary still holds. */
const confirmAfter = 1000

/** The beginning of a text that has at most `bound` tokens; no character is cut in half. */
function shorten (text: string, bound: number, { count }: Tokenizer): string {
  let characters = [...text]
  for (let tokens; (tokens = count(characters.join(''))) > bound;) characters = characters.slice(0, Math.floor(characters.length * bound / tokens))
  return characters.join('')
}

/** Keeps the summaries of branches up with their histories. */
export function createExtender ({ log, chats, summaries, turns, provider, report }: Needs) {
  const foldOf = createFolds({ log, turns })

  /** The whole reply, or null when it cannot be used. */
  async function hear (ask: ModelAsk): Promise<{ text: string, usage: ModelUsage | null } | null> {
    const reply = provider.stream(ask)
    let text = ''
    for (;;) {
      const { done, value } = await reply.next()
      if (!done) text += value
      else if (value.finishReason === 'content_filter') return null
      else return { text: text.trim(), usage: value.usage }
    }
  }

  async function extend (actor: Actor, chatId: string, branchId: string, modelId: string | undefined, signal: AbortSignal): Promise<ModelUsage | null> {
    const model = provider.find(modelId)
    // The built-in model answers everything alike: what it would write tells nothing.
    if (!model.is_language_model) return null
    const chat = await chats.access.withPrompt(actor, chatId)
    const branch = await log.branches.findOne({ _id: branchId, chat_id: chatId }).lean<Branch | null>()
    if (!branch) return null
    // Read before the texts: whatever changes one of them later has a higher number.
    const seq = await summaries.newestSeq(branch.chat_id)
    const previous = await summaries.find(branch)
    const own = await summaries.own(branch)
    // Made meanwhile by another process.
    if (own && own.upto_index > (previous?.upto_index ?? -1)) return null
    if (previous && seq - previous.covers_seq > confirmAfter) await summaries.confirm(previous, seq)
    const tokenizer = await loadTokenizer()
    const budget = budgetOf(model.context_tokens)
    const fold = await foldOf({ actor, chat, branch, previous, budget, tokenizer })
    if (!fold) return null
    // The reserve of a reply, though a summary is shorter: a model that thinks first needs room for its thoughts.
    const heard = await hear({ model: model.id, messages: fold.messages, temperature: 0, maxTokens: model.context_tokens - budget, signal })
    if (!heard) return null
    const { text, usage } = heard
    const content = shorten(text, Math.min(tokenBound, Math.floor(budget / 4)), tokenizer)
    if (content !== '') {
      await summaries.replace(branch, own, {
        upto_index: fold.last.entry.message_index,
        upto_message_id: fold.last.entry._id,
        covers_seq: seq,
        content,
        model: model.id,
        tokens: tokenizer.count(content)
      })
    }
    return usage
  }

  /**
   * Folds the older half of a branch's history into its summary once what the summary lacks takes more than three quarters of the
   * model's budget; to be called after a reply ended. Answers what the model used, or null when it was not asked or gave nothing. Never
   * throws: without a summary the oldest messages are only cut.
   */
  return async (actor: Actor, chatId: string, branchId: string, model: string | undefined, signal: AbortSignal): Promise<ModelUsage | null> => {
    try {
      return await extend(actor, chatId, branchId, model, signal)
    } catch (error) {
      if (!signal.aborted) report(error)
      return null
    }
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import type { ModelAsk, Reply } from './reply.ts'
import { loadTokenizer, type Tokenizer } from './tokens.ts'

/** So that one can watch a reply arrive. */
const pieceMs = 15
const quoteLength = 100

function quote (text: string): string {
  const characters = [...text.trim().replace(/\s+/g, ' ')]
  return characters.length > quoteLength ? `${characters.slice(0, quoteLength).join('').trimEnd()}…` : characters.join('')
}

function words ({ messages }: ModelAsk): string[] {
  const asked = messages.findLast(({ role }) => role === 'user')
  const text = [
    'I am Parley\'s offline model and no language model, so this is not an answer.',
    asked && `You asked: “${quote(asked.content)}”.`,
    `I was given ${messages.length} ${messages.length === 1 ? 'message' : 'messages'}.`,
    'To connect a real model, set GROQ_API_KEY, OPENAI_API_KEY, or AI_BASE_URL with AI_MODEL, and start the server again.'
  ].filter(Boolean).join(' ')
  return text.match(/\s*\S+/g)!
}

/** What the chat protocol adds to the texts themselves: as OpenAI counts, three tokens a message and three for the reply's start. */
const promptTokens = ({ messages }: ModelAsk, { count }: Tokenizer) => messages.reduce((sum, { content }) => sum + count(content) + 3, 3)

/** The built-in model: the same reply to the same messages, word by word. Throws the signal's reason once it is aborted. */
export async function * offlineReply (ask: ModelAsk): Reply {
  const { maxTokens = Infinity, signal } = ask
  signal.throwIfAborted()
  const tokenizer = await loadTokenizer()
  let text = ''
  let used = 0
  const end = (finishReason: 'stop' | 'length') => ({ finishReason, usage: { prompt_tokens: promptTokens(ask, tokenizer), completion_tokens: used } })

  for (const word of words(ask)) {
    const tokens = tokenizer.count(text + word)
    if (tokens > maxTokens) return end('length')
    // The rejection is the timer's own error; the caller is owed the reason.
    await wait(pieceMs, undefined, { signal }).catch(() => {})
    signal.throwIfAborted()
    text += word
    used = tokens
    yield word
  }
  return end('stop')
}

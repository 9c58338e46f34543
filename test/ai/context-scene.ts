import type { Test } from 'tap'
import type { Actor } from '../../src/platform/guard.ts'
import { loadTokenizer } from '../../src/ai/tokens.ts'
import { startApp } from '../helpers/app.ts'
import type { Person } from '../helpers/people.ts'
import { startProvider } from '../helpers/provider.ts'

/** What a test of contexts works on: an app whose models are small enough to be filled, and a count of tokens of its own. */
export async function contextScene (t: Test) {
  const stand = await startProvider(t)
  const app = await startApp(t, { ...stand.settings, AI_MODELS: 'wide', AI_CONTEXT_TOKENS: 'test-model=512,wide=8000' })
  const { count } = await loadTokenizer()
  const actorOf = ({ id, username }: Person): Actor => ({ id, username, role: 'user', session_id: '' })
  return {
    stand,
    app,
    count,
    /** A text of exactly so many tokens that begins with a word of its own. */
    textOf (tokens: number, word = 'a'): string {
      for (let text = word + ' a'.repeat(Math.max(0, tokens - count(word) - (tokens >> 6))); ; text += ' a') if (count(text) === tokens) return text
    },
    actorOf,
    build: async (person: Person, chatId: string, wish: object = {}) => await app.services.ai.context.build(actorOf(person), chatId, wish),
    show: async ({ token }: Person, chatId: string, query: Record<string, string> = {}) => await app.request('GET', `/chats/${chatId}/context?${new URLSearchParams(query)}`, { token }),
    entries: app.services.log.entries
  }
}

import type { Test } from 'tap'
import { startApp } from '../helpers/app.ts'
import { openEvents } from '../helpers/events.ts'
import { makeChat, register } from '../helpers/people.ts'
import { startProvider } from '../helpers/provider.ts'

/** An app that asks a real provider of the tests, and somebody with an assistant chat. */
export async function aiScene (t: Test, settings: Record<string, string> = {}) {
  const provider = await startProvider(t)
  const app = await startApp(t, { ...provider.settings, ...settings })
  const ann = await register(app, 'ann')
  const newChat = async () => (await makeChat(app, ann)).id as string
  const complete = async (chatId: string, body: object, { token } = ann) => await app.request('POST', `/chats/${chatId}/completions`, { token, body })
  const stream = async (t: Test, chatId: string, body: object, { token } = ann) => await openEvents(t, `${app.api}/chats/${chatId}/completions`, { token, body })
  const history = async (chatId: string, { token } = ann): Promise<any[]> => (await app.request('GET', `/chats/${chatId}/messages?order=asc&limit=100`, { token })).body.items
  return { app, provider, ann, newChat, complete, stream, history, request: app.request }
}

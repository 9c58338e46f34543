import type { Test } from 'tap'
import { startApp, type TestApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll } from '../helpers/people.ts'

/** What a test of branches works on: an app, and shorthands that speak HTTP as one person in one chat. */
export async function branchScene (t: Test, settings: Record<string, string> = {}) {
  const app = await startApp(t, settings)
  const [owner, other] = await registerAll(app, `owner-${process.pid}-${Math.random().toString(36).slice(2, 8)}`, `other-${process.pid}-${Math.random().toString(36).slice(2, 8)}`) as [Person, Person]
  const chat = await makeChat(app, owner)
  return { app, owner, other, chat, ...chatOf(app, owner, chat.id) }
}

/** Shorthands for one chat; those that make something throw when it was refused. */
export function chatOf (app: Pick<TestApp, 'request'>, person: Person, chatId: string) {
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    await app.request(method, path, { token: person.token, ...(body !== undefined && { body }), headers })
  const must = async (method: string, path: string, body?: unknown) => {
    const answer = await ask(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  const chat = `/chats/${chatId}`
  return {
    ask,
    must,
    say: async (content: string, more: object = {}) => await must('POST', `${chat}/messages`, { content, ...more }),
    turn: async (question: string, response: string, more: object = {}) => await must('POST', `${chat}/turns`, { question, response, ...more }),
    branch: async (body: object) => await must('POST', `${chat}/branches`, body),
    tryBranch: async (body: unknown) => await ask('POST', `${chat}/branches`, body),
    activate: async (branchId: string) => await must('PUT', `${chat}/active-branch`, { branch_id: branchId }),
    page: async (query = '') => await must('GET', `${chat}/messages?${query}`),
    /** The whole path of a branch, oldest first, tombstones among them. */
    async path (branchId?: string) {
      const items = []
      for (let cursor = ''; ;) {
        const page = await must('GET', `${chat}/messages?order=asc&limit=100&include_deleted=true${branchId ? `&branch_id=${branchId}` : ''}${cursor && `&cursor=${cursor}`}`)
        items.push(...page.items)
        if (!page.next_cursor) return items
        cursor = page.next_cursor
      }
    },
    texts: async (query = '') => (await must('GET', `${chat}/messages?order=asc&${query}`)).items.map(({ content }: { content: string }) => content),
    branches: async () => (await must('GET', `${chat}/branches?limit=100`)).items,
    tree: async () => (await must('GET', `${chat}/tree?limit=100`)).items
  }
}

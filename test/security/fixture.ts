import type { Test } from 'tap'
import { startApp } from '../helpers/app.ts'
import { makeAdmin, makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { startProvider } from '../helpers/provider.ts'
import { type Draft, type Operation, readDocument, sampleOf } from './inputs.ts'

/** A word of somebody who shares no chat with the others: whoever else is shown it sees what is not theirs. */
export const strangersWord = 'xylophone-of-zoe'

/**
 * An app with a person of each kind and an object of each kind, and for each operation of the document a request that is complete:
 * what goes wrong with a changed one is the fault of the change.
 */
export async function completeScene (t: Test, settings: Record<string, string> = {}) {
  const provider = await startProvider(t)
  provider.script('Yes.')
  const app = await startApp(t, { ...provider.settings, ...settings })
  const [ann, bob, zoe, root, guest] = await registerAll(app, 'ann', 'bob', 'zoe', 'root', 'guest') as [Person, Person, Person, Person, Person]
  await makeAdmin(app, root)
  const must = async (method: string, path: string, { token }: Person, body?: unknown) => {
    const answer = await app.request(method, path, { token, ...(body !== undefined && { body }) })
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }

  const secrets = await must('POST', '/chats', zoe, { title: strangersWord, system_prompt: strangersWord })
  await say(app, zoe, secrets.id, strangersWord)
  await must('POST', '/memories', zoe, { content: strangersWord })

  const group = await makeChat(app, ann, 'group', [bob])
  const left = await makeChat(app, ann, 'group', [bob])
  const chat = await makeChat(app, ann)
  const message = await say(app, ann, chat.id, 'the first message')
  const turn = await must('POST', `/chats/${chat.id}/turns`, ann, { question: 'who?', response: 'me' })
  const branch = await must('POST', `/chats/${chat.id}/branches`, ann, { name: 'side', message_id: message.id })
  const memory = await must('POST', '/memories', ann, { content: 'I am vegetarian.' })
  const completion = await must('POST', `/chats/${chat.id}/completions`, ann, { content: 'Are you there?' })
  const session = (await must('GET', '/auth/sessions', bob)).items[0]

  const { document, follow, operations } = await readDocument(app)
  const ids: Record<string, string> = { message_id: message.id, branch_id: branch.id, other_id: chat.active_branch_id, user_id: bob.id, session_id: session.id, memory_id: memory.id, run_id: completion.run.id, emoji: '👍' }
  /** What the sample of a schema cannot know, by the operation. */
  const bodies: Record<string, object> = {
    register: { email: 'new@example.com', password: 'correct horse battery' },
    login: { username: 'ann', password: 'not the right one' },
    token: { grant_type: 'password', username: 'ann', password: 'not the right one' },
    refresh: { refresh_token: 'none' },
    changePassword: { current_password: 'not the right one', new_password: 'another staple entirely' },
    createChat: { type: 'assistant' },
    updateMe: { full_name: 'Ann' },
    updateMeByPut: { full_name: 'Ann' },
    updateChat: { memories_enabled: true },
    updateChatByPut: { memories_enabled: true },
    updateAccount: { full_name: 'Bob' },
    createAccount: { email: 'made@example.com', password: 'correct horse battery' },
    createBranch: { name: 'another', message_id: message.id },
    addParticipants: { user_ids: [zoe.id] },
    updateParticipant: { is_admin: false },
    setActiveBranch: { branch_id: chat.active_branch_id },
    changeRole: { role: 'user' },
    regenerateReply: { temperature: 1 },
    markRead: { seq: 1 }
  }
  const ofGroup = new Set(['addParticipants', 'updateParticipant', 'removeParticipant', 'listParticipants'])

  /** A request that is complete and lets all validation pass. */
  const draftOf = ({ id, inputs, body }: Operation): Draft => ({
    params: Object.fromEntries(inputs.filter(({ where }) => where === 'path').map(({ name, schema }) => [name, name === 'message_id' && id === 'regenerateReply' ? completion.reply.id : name !== 'chat_id' ? ids[name] ?? String(sampleOf(schema)) : ofGroup.has(id) ? group.id : id === 'leaveChat' ? left.id : chat.id])),
    query: Object.fromEntries(inputs.filter(({ where, required }) => where === 'query' && required).map(({ name, schema }) => [name, String(sampleOf(schema))])),
    headers: {},
    body: body && structuredClone(bodies[id] ?? sampleOf(body))
  })
  /** Whose request it is. */
  const actorOf = ({ id, tag }: Operation) => id === 'logout' ? guest : tag === 'admin' ? root : ann

  return { app, provider, ann, bob, zoe, root, must, chat, group, message, turn, branch, memory, completion, secrets, document, follow, operations, draftOf, actorOf }
}

export type Scene = Awaited<ReturnType<typeof completeScene>>

/** Everything that is stored, by collection; without what time alone changes. */
export async function everything ({ app }: Pick<Scene, 'app'>): Promise<Record<string, unknown[]>> {
  // What a chat's list tells of its newest message is written a little later.
  await app.services.chats.summaries.flush()
  const collections = await app.connection.db!.listCollections({}, { nameOnly: true }).toArray()
  const found = await Promise.all(collections.map(async ({ name }) => [name, await app.connection.collection(name).find().sort({ _id: 1 }).toArray()] as const))
  return JSON.parse(JSON.stringify(Object.fromEntries(found.sort(([a], [b]) => a < b ? -1 : 1))))
}

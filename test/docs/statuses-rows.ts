// One row for each answer that needs something to be so before: the operation, its status, and what is asked. In order. Long, because it is one
// table of the whole contract.
import { type Connection, Types } from 'mongoose'
import { apiKeyLimit } from '../../src/auth/api-key-schemas.ts'
import { makeAdmin, makeChat, type Person, register, say } from '../helpers/people.ts'
import type { TestApp } from '../helpers/app.ts'
import type { Order, TestProvider } from '../helpers/provider.ts'
import type { Answer, Ask } from './witness.ts'

/** What is asked; a function, where it depends on answers before it. `after` looks at the answer. */
export type Row = [id: string, status: number, ask: Ask | (() => Ask | Promise<Ask>), after?: (answer: Answer) => void | Promise<void>]

const oid = (id: string) => new Types.ObjectId(id)
const nobody = '66f0c0ffee00000000009999'
const password = 'correct horse battery'

/** The people of the rows. Root is the only administrator. */
export async function makePeople (app: TestApp) {
  const [ann, bob, root] = await Promise.all(['ann', 'bob', 'root'].map(async name => await register(app, name))) as [Person, Person, Person]
  return { ann, bob, root: await makeAdmin(app, root) }
}

export interface World extends Awaited<ReturnType<typeof makePeople>> { app: TestApp, provider: TestProvider, connection: Connection }

export const systemRows = ({ ann }: World): Row[] => [
  ...['getRoot', 'getInfo', 'getHealth', 'getLiveness', 'getReadiness'].map((id): Row => [id, 200, {}]),
  ['getSocketStats', 200, { token: ann.token }],
  ['listModels', 200, { token: ann.token }],
  ['issueSocketTicket', 200, { token: ann.token }]
]

export const accountRows = ({ app, ann, bob, root, connection }: World): Row[] => {
  const users = connection.collection('users')
  const dan = { id: '', token: '', refresh: '' }
  const taken = { username: 'ann' }
  let session = ''
  const key = { api_key_id: '' }
  const newKey = { token: ann.token, body: { name: 'reader', scopes: ['read'] } }
  return [
    ['register', 201, { body: { email: 'dan@example.com', password, username: 'dan' } }, ({ body }) => { Object.assign(dan, { id: body.user.id, token: body.access_token, refresh: body.refresh_token }) }],
    ['register', 409, { body: { email: 'other@example.com', password, ...taken } }],
    ['login', 200, { body: { username: 'dan', password } }],
    ['login', 401, { body: { username: 'dan', password: 'wrong' } }],
    ['token', 200, { body: new URLSearchParams({ grant_type: 'password', username: 'dan', password }) }],
    ['token', 400, { body: new URLSearchParams({ grant_type: 'guess' }) }],
    ['refresh', 200, () => ({ body: { refresh_token: dan.refresh } }), ({ body }) => { dan.refresh = body.refresh_token }],
    ['refresh', 401, { body: { refresh_token: 'of nobody' } }],
    ['listSessions', 200, () => ({ token: dan.token }), ({ body }) => { session = body.items.find((each: { is_current: boolean }) => !each.is_current).id }],
    ['revokeSession', 204, () => ({ token: dan.token, path: { session_id: session } })],
    ['changePassword', 204, () => ({ token: dan.token, body: { current_password: password, new_password: `${password}!` } })],
    // As another process leaves it that ends between the two steps of switching an account off.
    ['refresh', 403, async () => {
      await users.updateOne({ _id: oid(dan.id) }, { $set: { is_active: false } })
      return { body: { refresh_token: dan.refresh } }
    }],
    ['login', 403, { body: { username: 'dan', password: `${password}!` } }],
    ['logout', 204, () => ({ token: dan.token })],

    ['createApiKey', 201, newKey, ({ body }) => { key.api_key_id = body.id }],
    ['listApiKeys', 200, { token: ann.token }],
    ['revokeApiKey', 204, () => ({ token: ann.token, path: key })],
    ['createApiKey', 409, async () => {
      for (let place = 0; place < apiKeyLimit; place++) await app.request('POST', '/auth/api-keys', newKey)
      return newKey
    }],

    ['getMe', 200, { token: ann.token }],
    ...['updateMe', 'updateMeByPut'].flatMap((id): Row[] => [
      [id, 200, { token: ann.token, body: { full_name: 'Ann Baker' } }],
      [id, 409, { token: bob.token, body: taken }]
    ]),
    ['listUsers', 200, { token: ann.token }],
    ['searchUsers', 200, { token: ann.token, query: { q: 'an' } }],
    ['getUser', 200, { token: ann.token, path: { user_id: bob.id } }],

    ['createAccount', 201, { token: root.token, body: { email: 'eve@example.com', password } }, ({ body }) => { dan.id = body.id }],
    ['createAccount', 409, { token: root.token, body: { email: 'eve@example.com', password } }],
    ['listAccounts', 200, { token: root.token }],
    ...(['updateAccount', 'changeRole'] as const).flatMap((id): Row[] => {
      const body = id === 'changeRole' ? { role: 'user' } : { is_active: false }
      return [
        [id, 200, () => ({ token: root.token, path: { user_id: dan.id }, body })],
        [id, 404, { token: root.token, body }],
        [id, 409, { token: root.token, path: { user_id: root.id }, body }]
      ]
    }),
    ['listChatsOfUser', 200, { token: root.token, path: { user_id: ann.id } }],
    ['listChatsOfUser', 404, { token: root.token }],
    ['readAnyMessages', 404, { token: root.token }],
    ['listAudit', 200, { token: root.token }],
    ['listUsage', 200, { token: root.token }],
    ['deleteUser', 403, { token: ann.token, path: { user_id: bob.id } }],
    ['deleteUser', 204, () => ({ token: root.token, path: { user_id: dan.id } })],
    ['deleteUser', 409, { token: root.token, path: { user_id: root.id } }],
    ['deleteMe', 409, { token: root.token }],
    ['register', 201, { body: { email: 'eve@example.com', password } }, ({ body }) => { Object.assign(dan, { id: body.user.id, token: body.access_token }) }],
    ['getMe', 200, () => ({ token: dan.token })],
    // Another process deleted the account, and the news is still on its way to this one.
    ['deleteMe', 404, async () => {
      await users.deleteOne({ _id: oid(dan.id) })
      return { token: dan.token }
    }],
    ['register', 201, { body: { email: 'eve@example.com', password } }, ({ body }) => { dan.token = body.access_token }],
    ['deleteMe', 204, () => ({ token: dan.token })]
  ]
}

export const chatRows = (world: World): Row[] => {
  const { ann, bob, connection } = world
  const a = ann.token
  const b = bob.token
  const chat = { chat_id: '' }
  const own = { chat_id: '' }
  return [
    ['createChat', 201, { token: a, body: { type: 'assistant', title: 'Mine' } }, ({ body }) => { own.chat_id = body.id }],
    ['createChat', 201, { token: a, body: { type: 'group', title: 'Ours', participant_ids: [bob.id] } }, ({ body }) => { chat.chat_id = body.id }],
    ['createChat', 201, { token: a, body: { type: 'direct', participant_ids: [bob.id] } }],
    ['createChat', 200, { token: b, body: { type: 'direct', participant_ids: [ann.id] } }],
    ['createChat', 404, { token: a, body: { type: 'group', title: 'Ours', participant_ids: [nobody] } }],
    ['listChats', 200, { token: a }],
    ['getChat', 200, { token: a, path: chat, query: { include: 'messages,branches' } }],
    ...['updateChat', 'updateChatByPut'].flatMap((id): Row[] => [
      [id, 200, { token: a, path: chat, body: { title: 'Renamed' } }],
      [id, 403, { token: b, path: chat, body: { title: 'Renamed' } }]
    ]),
    ['listParticipants', 200, { token: b, path: chat }],
    ['addParticipants', 201, { token: a, path: chat, body: { user_ids: [world.root.id] } }],
    ['addParticipants', 409, { token: a, path: chat, body: { user_ids: [world.root.id] } }],
    ['addParticipants', 403, { token: b, path: chat, body: { user_ids: [nobody] } }],
    ['updateParticipant', 200, () => ({ token: a, path: { ...chat, user_id: world.root.id }, body: { is_admin: false } })],
    ['updateParticipant', 403, () => ({ token: b, path: { ...chat, user_id: world.root.id }, body: { is_admin: true } })],
    ['updateParticipant', 409, () => ({ token: a, path: { ...chat, user_id: ann.id }, body: { is_admin: false } })],
    ['removeParticipant', 403, () => ({ token: b, path: { ...chat, user_id: world.root.id } })],
    ['removeParticipant', 204, () => ({ token: a, path: { ...chat, user_id: world.root.id } })],
    ['sendMessage', 201, { token: a, path: chat, body: { content: 'hello' } }],
    ['markRead', 200, { token: b, path: chat, body: { seq: 1 } }],
    ['listReads', 200, { token: b, path: chat }],
    ['listOnline', 200, { token: b, path: chat }],
    ['listChanges', 200, { token: b, path: chat, query: { since: 0 } }],
    ['listChanges', 410, { token: b, path: chat, query: { since: 0, epoch: 'f'.repeat(16) } }],
    ['sync', 200, { token: b }],
    // More than are told one by one.
    ['sync', 410, async () => {
      const { next_cursor: since } = (await world.app.request('GET', '/sync', { token: b })).body
      await connection.collection('removals').insertMany(Array.from({ length: 1001 }, () => ({ user_id: oid(bob.id), chat_id: new Types.ObjectId(), at: new Date() })))
      return { token: b, query: { since } }
    }],
    ['leaveChat', 403, { token: a, path: own }],
    ['deleteChat', 403, { token: b, path: chat }],
    ['leaveChat', 204, { token: b, path: chat }],
    ['deleteChat', 204, { token: a, path: chat }]
  ]
}

export const messageRows = (world: World): Row[] => {
  const { ann, bob, root, app } = world
  const a = ann.token
  const b = bob.token
  const chat = { chat_id: '' }
  const own = { chat_id: '' }
  const message = { message_id: '' }
  const deleted = { message_id: '' }
  const cursors = { messages: '', turns: '' }
  const turn = { question: 'Why?', response: 'Because.', client_id: 't1' }
  return [
    ['sendMessage', 201, async () => {
      chat.chat_id = (await makeChat(app, ann, 'group', [bob])).id
      own.chat_id = (await makeChat(app, ann)).id
      return { token: a, path: chat, body: { content: 'hello', client_id: 'm1' } }
    }, ({ body }) => { message.message_id = body.id }],
    ['sendMessage', 200, { token: a, path: chat, body: { content: 'hello', client_id: 'm1' } }],
    ['sendMessage', 409, { token: a, path: chat, body: { content: 'other', client_id: 'm1' } }],
    ['sendMessage', 403, { token: a, path: chat, body: { content: 'hello', role: 'system' } }],
    ['sendMessage', 201, { token: a, path: chat, body: { content: 'to be deleted' } }, ({ body }) => { deleted.message_id = body.id }],
    ['addTurn', 201, { token: a, path: own, body: turn }],
    ['addTurn', 200, { token: a, path: own, body: turn }],
    ['addTurn', 409, { token: a, path: own, body: { ...turn, response: 'No.' } }],
    ['addTurn', 403, { token: a, path: chat, body: turn }],
    ['addTurn', 201, { token: a, path: own, body: { ...turn, client_id: 't2' } }],
    ['listMessages', 200, { token: a, path: own, query: { limit: 1 } }, ({ body }) => { cursors.messages = body.next_cursor }],
    ['listTurns', 200, { token: a, path: own, query: { limit: 1 } }, ({ body }) => { cursors.turns = body.next_cursor }],
    ['getMessage', 200, { token: b, path: message }],
    ['addReaction', 200, () => ({ token: b, path: { ...message, emoji: '👍' } })],
    ['removeReaction', 204, () => ({ token: b, path: { ...message, emoji: '👍' } })],
    ...['updateMessage', 'updateMessageByPut'].flatMap((id): Row[] => [
      [id, 200, { token: a, path: message, body: { content: `by ${id}` } }],
      [id, 403, { token: b, path: message, body: { content: 'mine now' } }],
      [id, 412, { token: a, path: message, body: { content: 'late' }, headers: { 'if-match': '"1"' } }]
    ]),
    ['listMessageVersions', 200, { token: b, path: message }],
    ['deleteMessage', 403, { token: b, path: deleted }],
    ['deleteMessage', 412, { token: a, path: deleted, headers: { 'if-match': '"1"' } }],
    ['deleteMessage', 204, { token: a, path: deleted }],
    ...['updateMessage', 'updateMessageByPut'].map((id): Row => [id, 409, { token: a, path: deleted, body: { content: 'too late' } }]),
    ...['addReaction', 'removeReaction'].map((id): Row => [id, 409, () => ({ token: b, path: { ...deleted, emoji: '👍' } })]),
    ['readAnyMessages', 200, { token: root.token, path: own, query: { limit: 1 } }],
    ['clearMessages', 403, { token: b, path: chat }],
    ['clearMessages', 204, { token: a, path: own }],
    ['listMessages', 410, () => ({ token: a, path: own, query: { cursor: cursors.messages } })],
    ['listTurns', 410, () => ({ token: a, path: own, query: { cursor: cursors.turns } })],
    ['readAnyMessages', 410, () => ({ token: root.token, path: own, query: { cursor: cursors.messages } })]
  ]
}

export const branchRows = ({ ann, bob, app, connection }: World): Row[] => {
  const a = ann.token
  const b = bob.token
  const chat = { chat_id: '' }
  const branch = { chat_id: '', branch_id: '' }
  const main = { chat_id: '', branch_id: '' }
  return [
    ['createBranch', 201, async () => {
      const { id, active_branch_id: mainId } = await makeChat(app, ann, 'group', [bob])
      chat.chat_id = id
      Object.assign(main, { chat_id: id, branch_id: mainId })
      await say(app, ann, id, 'hello')
      return { token: a, path: chat, body: { name: 'one', message_index: 0 } }
    }, ({ body }) => { Object.assign(branch, { ...chat, branch_id: body.id }) }],
    ['createBranch', 403, { token: b, path: chat, body: { name: 'two', message_index: 0, activate: true } }],
    ['createBranch', 409, { token: a, path: chat, body: { name: 'one', message_index: 0 } }],
    ['listBranches', 200, { token: b, path: chat }],
    ['getTree', 200, { token: b, path: chat }],
    ['getBranch', 200, { token: b, path: branch }],
    ['diffBranches', 200, () => ({ token: b, path: { ...branch, other_id: main.branch_id } })],
    ['updateBranch', 200, { token: a, path: branch, body: { name: 'uno' } }],
    ['updateBranch', 403, { token: b, path: branch, body: { name: 'due' } }],
    ['updateBranch', 409, { token: a, path: branch, body: { name: 'main' } }],
    ['setActiveBranch', 200, () => ({ token: a, path: chat, body: { branch_id: main.branch_id } })],
    ['setActiveBranch', 403, () => ({ token: b, path: chat, body: { branch_id: branch.branch_id } })],
    ['deleteBranch', 409, { token: a, path: main }],
    ['deleteBranch', 403, { token: b, path: branch }],
    ['deleteBranch', 204, { token: a, path: branch }],
    ['forkChat', 201, { token: b, path: chat, body: {} }],
    ['forkChat', 409, async () => {
      // As if there were as many before it as are too many to copy.
      await connection.collection('messages').updateOne({ chat_id: oid(chat.chat_id), message_index: 0 }, { $set: { message_index: 100_000 } })
      return { token: b, path: chat, body: {} }
    }]
  ]
}

export const aiRows = ({ ann, bob, app, provider, connection }: World): Row[] => {
  const a = ann.token
  const chat = { chat_id: '' }
  const memory = { memory_id: '' }
  const reply = { message_id: '' }
  const run = { run_id: '' }
  let held: Promise<unknown> | undefined
  const failing = (order: Order, ask: () => Ask) => () => {
    provider.next(order)
    return ask()
  }
  const question = { content: 'What is a message log?' }
  return [
    ['createMemory', 201, { token: a, body: { content: 'I am vegetarian.' } }, ({ body }) => { memory.memory_id = body.id }],
    ['listMemories', 200, { token: a }],
    ['getMemory', 200, { token: a, path: memory }],
    ['updateMemory', 200, { token: a, path: memory, body: { content: 'I eat all.' } }],
    ['deleteMemory', 204, { token: a, path: memory }],
    ['createMemory', 409, async () => {
      await connection.collection('memories').insertMany(Array.from({ length: 200 }, (_, slot) => ({ user_id: oid(bob.id), slot, content: 'x', created_at: new Date(), updated_at: new Date() })))
      return { token: bob.token, body: { content: 'one more' } }
    }],
    ['createCompletion', 403, async () => {
      chat.chat_id = (await makeChat(app, ann, 'group', [bob])).id
      return { token: a, path: chat, body: question }
    }],
    ['updateChat', 200, { token: a, path: chat, body: { assistant_enabled: true } }],
    ['createCompletion', 200, { token: a, path: chat, body: { ...question, client_id: 'c1' } }, ({ body }) => {
      reply.message_id = body.reply.id
      run.run_id = body.run.id
    }],
    ['createCompletion', 200, { token: a, path: chat, body: { ...question, stream: true } }],
    ['createCompletion', 409, { token: a, path: chat, body: { content: 'Another?', client_id: 'c1' } }],
    ['createCompletion', 502, failing({ fault: 'status', status: 401 }, () => ({ token: a, path: chat, body: question }))],
    ['createCompletion', 504, failing({ fault: 'stall', times: 3 }, () => ({ token: a, path: chat, body: question }))],
    ['regenerateReply', 200, { token: a, path: reply, body: { temperature: 1 } }],
    ['regenerateReply', 200, { token: a, path: reply, body: {}, headers: { accept: 'text/event-stream' } }],
    ['regenerateReply', 403, { token: bob.token, path: reply, body: { activate: true } }],
    ['regenerateReply', 409, { token: a, path: reply, body: { client_id: 'c1' } }],
    ['regenerateReply', 502, failing({ fault: 'status', status: 401 }, () => ({ token: a, path: reply, body: {} }))],
    ['regenerateReply', 504, failing({ fault: 'stall', times: 3 }, () => ({ token: a, path: reply, body: {} }))],
    ['getContext', 200, { token: a, path: chat }],
    ['getRun', 200, { token: a, path: run }],
    ['followRun', 200, { token: a, path: run }],
    ['cancelRun', 409, { token: a, path: run }],
    ['cancelRun', 403, { token: bob.token, path: run }],
    ['cancelRun', 200, async () => {
      const { arrived } = provider.hold()
      held = app.request('POST', `/chats/${chat.chat_id}/completions`, { token: a, body: question })
      await arrived
      const running = await connection.collection('runs').findOne({ status: 'running' })
      return { token: a, path: { run_id: String(running!._id) } }
    }, async () => { await held }]
  ]
}

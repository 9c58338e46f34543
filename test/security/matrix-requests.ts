import type { Row } from './matrix.ts'
import { type Hall, missing, type Person, type Scene } from './scene.ts'

/** What one case is done to, and by whom. */
export interface Case {
  scene: Scene
  row: Row
  /** Who asks; of one without a valid token: whom they pretend to be. */
  person: Person
  hall: Hall
  /** Whose things in the hall are "own" ones: the one who asks, if they are or were in it. */
  own: Person
  /** Somebody else, whose account, session or memory it may be about. */
  other: Person
  /** What a "foreign" row names beside its own object. */
  foreign: string
  /** Whether the things are made for this case alone. */
  fresh: boolean
}

export interface Ask { params: Record<string, string>, query?: string, body?: object, form?: Record<string, string>, shows?: string }
type More = Omit<Partial<Ask>, 'params'> & { params?: Record<string, string> }

const thumb = '👍'
const chosen = async ({ hall, own }: Case) => await hall.message(own)
const account = ({ scene }: Case) => {
  const name = scene.word()
  return { email: `${name}@example.com`, username: name, password: scene.password }
}

/** What operations need beside the ids of their path, by the name of the row, or of the operation for all its rows. */
const requests: Record<string, (at: Case) => More | Promise<More>> = {
  register: at => ({ body: account(at) }),
  login: ({ person, scene }) => ({ body: { username: person.username, password: scene.password } }),
  'login switched off': ({ scene }) => ({ body: { username: scene.deactivated.username, password: scene.password } }),
  token: ({ person, scene }) => ({ form: { grant_type: 'password', username: person.username, password: scene.password } }),
  refresh: ({ person }) => ({ body: { refresh_token: person.refreshToken } }),
  'refresh ended': ({ scene }) => ({ body: { refresh_token: scene.ended.refreshToken } }),
  'refresh switched off': ({ scene }) => ({ body: { refresh_token: scene.ofDeactivated.refreshToken } }),
  'listSessions own': ({ person }) => ({ shows: person.actor.session_id }),
  'listSessions another\'s': ({ other, scene }) => ({ shows: scene.sessions.get(other.id)! }),
  changePassword: ({ scene }) => ({ body: { current_password: scene.password, new_password: 'another staple entirely' } }),
  createApiKey: () => ({ body: { name: 'A program', scopes: ['write'] } }),
  'createApiKey for the administration': () => ({ body: { name: 'A program', scopes: ['admin'] } }),
  'listApiKeys own': async ({ person, scene }) => ({ shows: await scene.keyOf(person) }),
  'listApiKeys another\'s': async ({ other, scene }) => ({ shows: await scene.keyOf(other) }),
  getMe: ({ person }) => ({ shows: person.email }),
  updateMe: () => ({ body: { full_name: 'Somebody Else' } }),
  updateMeByPut: () => ({ body: { full_name: 'Somebody Else' } }),
  listUsers: ({ scene }) => ({ query: 'limit=100', shows: scene.people.participant.id }),
  searchUsers: ({ other }) => ({ query: `q=${other.username}`, shows: other.id }),

  createChat: () => ({ body: { type: 'assistant', title: 'A chat' } }),
  'createChat direct': ({ other }) => ({ body: { type: 'direct', participant_ids: [other.id] } }),
  'createChat group': ({ other }) => ({ body: { type: 'group', title: 'A group', participant_ids: [other.id] } }),
  'createChat foreign person': ({ foreign }) => ({ body: { type: 'group', title: 'A group', participant_ids: [foreign] } }),
  listChats: ({ hall }) => ({ shows: hall.id }),
  sync: ({ hall }) => ({ shows: hall.id }),
  'getChat whole': ({ hall }) => ({ query: 'include=messages,branches', shows: `${hall.plant} message` }),
  updateChat: () => ({ body: { title: 'Another title' } }),
  updateChatByPut: () => ({ body: { title: 'Another title' } }),
  addParticipants: ({ scene }) => ({ body: { user_ids: [scene.target.id] } }),
  'addParticipants foreign person': ({ foreign }) => ({ body: { user_ids: [foreign] } }),
  updateParticipant: () => ({ body: { is_admin: true } }),
  markRead: async at => { await chosen(at); return { body: { seq: 1 } } },
  listReads: ({ own }) => ({ shows: own.id }),
  listChanges: ({ hall }) => ({ query: 'since=0', shows: `${hall.plant} message` }),
  listParticipants: ({ own }) => ({ shows: own.id }),
  listOnline: () => ({ shows: 'items' }),

  sendMessage: () => ({ body: { content: 'Some words' } }),
  'sendMessage as the assistant': () => ({ body: { content: 'Some words', role: 'assistant' } }),
  'sendMessage foreign branch': ({ foreign }) => ({ body: { content: 'Some words', branch_id: foreign } }),
  'sendMessage foreign message': ({ foreign }) => ({ body: { content: 'Some words', reply_to: foreign } }),
  listMessages: ({ hall }) => ({ shows: `${hall.plant} message` }),
  'listMessages foreign branch': ({ foreign }) => ({ query: `branch_id=${foreign}` }),
  'listMessages foreign message': ({ foreign }) => ({ query: `around=${foreign}` }),
  addTurn: () => ({ body: { question: 'A question?', response: 'An answer.' } }),
  'addTurn foreign branch': ({ foreign }) => ({ body: { question: 'A question?', response: 'An answer.', branch_id: foreign } }),
  listTurns: () => ({ shows: 'items' }),
  'listTurns foreign branch': ({ foreign }) => ({ query: `branch_id=${foreign}` }),
  listMessageVersions: () => ({ shows: 'items' }),
  updateMessage: () => ({ body: { content: 'Other words' } }),
  updateMessageByPut: () => ({ body: { content: 'Other words' } }),

  createBranch: async at => ({ body: { name: at.scene.word(), message_id: await chosen(at) } }),
  'createBranch that is active': async at => ({ body: { name: at.scene.word(), message_id: await chosen(at), activate: true } }),
  'createBranch with other words': async at => ({ body: { message_id: await chosen(at), replace_with: 'Other words' } }),
  'createBranch for the assistant': async ({ hall, own }) => ({ body: { message_id: (await hall.reply(own)).id, replace_with: 'Other words' } }),
  'createBranch foreign message': ({ scene, foreign }) => ({ body: { name: scene.word(), message_id: foreign } }),
  'createBranch foreign branch': async at => ({ body: { name: at.scene.word(), message_id: await chosen(at), branch_id: at.foreign } }),
  updateBranch: ({ scene }) => ({ body: { name: scene.word() } }),
  'setActiveBranch own': async ({ hall, own }) => ({ body: { branch_id: await hall.branch(own) } }),
  'setActiveBranch foreign branch': ({ foreign }) => ({ body: { branch_id: foreign } }),
  listBranches: async ({ hall, own }) => ({ shows: await hall.branch(own) }),
  getTree: async ({ hall, own }) => ({ shows: await hall.branch(own) }),
  diffBranches: async ({ hall, own, other }) => ({ params: { other_id: await hall.branch(hall.insiders.includes(other) ? other : own) } }),
  'diffBranches foreign branch': async ({ hall, own, foreign }) => ({ params: { branch_id: await hall.branch(own), other_id: foreign } }),
  forkChat: () => ({ body: { title: 'A copy' } }),
  'forkChat foreign branch': ({ foreign }) => ({ body: { branch_id: foreign } }),

  createCompletion: () => ({ body: { content: 'A question?' } }),
  'createCompletion foreign branch': ({ foreign }) => ({ body: { content: 'A question?', branch_id: foreign } }),
  regenerateReply: () => ({ body: {} }),
  'regenerateReply that is active': async ({ hall, own }) => ({ params: { message_id: (await hall.reply(own)).id }, body: { activate: true } }),
  getContext: ({ hall }) => ({ shows: hall.plant }),
  'getContext foreign branch': ({ foreign }) => ({ query: `branch_id=${foreign}` }),
  listModels: () => ({ shows: 'test-model' }),
  'listMemories own': ({ person, scene }) => ({ shows: scene.memories.get(person.id)! }),
  'listMemories another\'s': ({ other, scene }) => ({ shows: scene.memories.get(other.id)! }),
  createMemory: () => ({ body: { content: 'Likes tea' } }),
  updateMemory: () => ({ body: { content: 'Likes coffee' } }),

  listAccounts: ({ scene }) => ({ query: 'limit=100', shows: scene.people.owner.email }),
  createAccount: at => ({ body: account(at) }),
  updateAccount: () => ({ body: { full_name: 'Somebody Else' } }),
  changeRole: () => ({ body: { role: 'admin' } }),
  readAnyMessages: ({ hall }) => ({ shows: `${hall.plant} message` }),
  listChatsOfUser: () => ({ shows: 'items' }),
  listAudit: () => ({ shows: 'role_changed' }),
  listUsage: () => ({ shows: 'totals' }),

  getRoot: () => ({ shows: 'Parley' }),
  getInfo: () => ({ shows: 'version' }),
  getHealth: () => ({ shows: 'status' }),
  getLiveness: () => ({ shows: 'status' }),
  getReadiness: () => ({ shows: 'status' }),
  getSocketStats: () => ({ shows: 'connections' }),

  subscribe: () => ({ body: {} }),
  'frame subscribe since': () => ({ body: { since: 0 } }),
  typing: () => ({ body: { content: 'start' } })
}

/** The ids of a path, as the name of the row says. */
async function paramsOf (names: string[], { scene, row, person, hall, own, other, foreign, fresh }: Case, method: string): Promise<Record<string, string>> {
  const { variant } = row
  const by = variant.startsWith('another\'s') ? hall.other : own
  const inChat = names.includes('chat_id')
  const owner = variant.startsWith('another\'s') ? other : person
  const make: Record<string, () => string | undefined | Promise<string>> = {
    chat_id: () => hall.id,
    message_id: async () => variant.includes('reply') ? (await hall.reply(by)).id : await hall.message(by),
    branch_id: async () => variant === 'foreign branch' ? foreign : await hall.branch(by),
    run_id: async () => fresh && method !== 'get' ? await hall.held(by) : (await hall.reply(by)).run,
    user_id: () => variant.startsWith('foreign') ? foreign : inChat ? by.id : owner.id,
    session_id: () => scene.sessions.get(owner.id) ?? owner.actor.session_id,
    memory_id: () => scene.memories.get(owner.id),
    api_key_id: async () => await scene.keyOf(owner),
    emoji: () => thumb,
    other_id: () => missing
  }
  const params: Record<string, string> = {}
  for (const name of names) params[name] = await make[name]?.() ?? missing
  return params
}

/** The request of a case, given the names of the ids in its path. */
export async function askOf (at: Case, names: string[], method: string): Promise<Ask> {
  const { row } = at
  const more: More = await (requests[row.name] ?? requests[row.operation] ?? (() => ({})))(at)
  const params = { ...await paramsOf(names.filter(name => !(more.params && name in more.params)), at, method), ...more.params }
  return { ...more, params }
}

/** Names of rows and operations that have a request and are in no table. */
export const unusedRequests = (rows: Row[]): string[] => Object.keys(requests).filter(key => !rows.some(({ name, operation }) => key === name || key === operation))

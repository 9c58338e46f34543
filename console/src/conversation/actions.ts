import { type Message, ParleyError, unwrap } from '../../../client/src/index.ts'
import { currentId } from '../chats/store.ts'
import { api, isOpen, send, tell } from '../connection/link.ts'
import { me } from '../session/session.ts'
import { activeBranch, asks, chosenBranch, loadMessages, marks, messages, type Pending, pending, put, report, shownBranch, tree } from './store.ts'

const at = (messageId: string) => ({ params: { path: { message_id: messageId } } })
const randomId = () => `console-${Date.now()}-${Math.random().toString(36).slice(2, 10)}`

/** How often it is told that somebody goes on typing, in milliseconds: well before the server says they stopped. */
const typingAgainMs = 3000
let typedAt = 0

/** Tells the others that I type. */
export function type () {
  if (currentId.value === undefined || asks.value || Date.now() - typedAt < typingAgainMs) return
  typedAt = Date.now()
  tell({ type: 'typing', chat_id: currentId.value, content: 'start' })
}

/** Tells the others that I stopped. */
export function stopTyping () {
  if (currentId.value !== undefined && typedAt > 0) tell({ type: 'typing', chat_id: currentId.value, content: 'stop' })
  typedAt = 0
}

/** Says that I have read up to a number. */
export function markUpTo (chatId: string, seq: number) {
  send({ type: 'read', chat_id: chatId, seq }).then(mark => { if (chatId === currentId.value) marks.value = { ...marks.value, [mark.user_id]: mark.seq } }, () => {})
}

const settle = (item: Pending, fault?: string) => {
  pending.value = fault === undefined
    ? pending.value.filter(({ clientId }) => clientId !== item.clientId)
    : pending.value.map(other => other.clientId === item.clientId ? { ...other, fault } : other)
}

async function deliver (item: Pending) {
  const { clientId, chatId, branchId, content, replyTo } = item
  const common = { chat_id: chatId, content, client_id: clientId, ...(branchId !== undefined && { branch_id: branchId }) }
  try {
    if (item.asks) await send({ type: 'complete', ...common })
    else await send({ type: 'message', ...common, ...(replyTo !== undefined && { reply_to: replyTo }) })
    settle(item)
  } catch (error) {
    // What the socket did not carry goes when it is back; under the same id it cannot come twice.
    if (error instanceof ParleyError && ['offline', 'timeout'].includes(error.code)) isStranded = true
    else settle(item, error instanceof ParleyError ? error.detail : String(error))
  }
}

let isStranded = false
isOpen.subscribe(open => {
  if (!open || !isStranded) return
  isStranded = false
  for (const item of pending.value) if (item.asks && item.fault === undefined) void deliver(item)
})

/** Sends a message; it shows at once, and goes when it can. In an assistant chat it asks the model. */
export function say (content: string, replyTo?: string) {
  const chatId = currentId.value
  if (chatId === undefined) return
  typedAt = 0
  const item: Pending = { clientId: randomId(), chatId, branchId: chosenBranch.value, content, replyTo, asks: asks.value, fault: undefined }
  pending.value = [...pending.value, item]
  void deliver(item)
}

/** Sends a message again that failed, under its own id: it cannot come twice. */
export function retry (item: Pending) {
  const again = { ...item, fault: undefined }
  pending.value = pending.value.map(other => other.clientId === item.clientId ? again : other)
  void deliver(again)
}

/** Gives up a message that failed. */
export const discard = (item: Pending) => { settle(item) }

/** Gives a message another text. Throws ParleyError. */
export async function edit ({ id, rev }: Message, content: string) {
  put(await unwrap(api.PATCH('/api/v1/messages/{message_id}', { params: { path: { message_id: id }, header: { 'If-Match': `"${rev}"` } }, body: { content } })))
}

export async function remove ({ id }: Message) {
  await unwrap(api.DELETE('/api/v1/messages/{message_id}', at(id))).catch(report)
}

/** Reacts with an emoji, or takes that back. */
export async function react ({ id, reactions }: Message, emoji: string) {
  const mine = reactions.some(reaction => reaction.emoji === emoji && reaction.user_ids.includes(me.value?.id ?? ''))
  await send({ type: 'react', message_id: id, emoji, remove: mine }).catch(report)
}

/** Ends the reply that is being written; what is there stays. */
export async function stop ({ run_id: runId }: Message) {
  if (runId) await send({ type: 'cancel', run_id: runId }).catch(report)
}

/** Has a reply written again, on an alternative branch. */
export async function regenerate ({ id }: Message) {
  await unwrap(api.POST('/api/v1/messages/{message_id}/regenerate', { ...at(id), body: { stream: true }, parseAs: 'stream' })).then(stream => (stream as unknown as ReadableStream).cancel(), report)
}

/** Makes a branch behind a message, and shows it. Throws ParleyError. */
export async function branchFrom ({ id, chat_id: chatId }: Message, name: string) {
  const branch = await unwrap(api.POST('/api/v1/chats/{chat_id}/branches', { params: { path: { chat_id: chatId } }, body: { name, message_id: id, ...(shownBranch.value !== undefined && { branch_id: shownBranch.value }), ...(asks.value && { activate: true }) } }))
  if (!asks.value) show(branch.id)
}

function show (branchId: string) {
  chosenBranch.value = branchId === activeBranch.value ? undefined : branchId
  void loadMessages()
}

/** Makes a branch the one that messages go to which name none, for everybody. */
export async function activate (branchId: string) {
  if (currentId.value === undefined) return
  await send({ type: 'activate_branch', chat_id: currentId.value, branch_id: branchId }).then(() => { chosenBranch.value = undefined }, report)
}

/** Goes to another branch. My own assistant chat goes there as a whole; elsewhere only what I see does, as others read there, too. */
export function switchTo (branchId: string) {
  if (branchId === shownBranch.value) return
  if (asks.value) void activate(branchId)
  else show(branchId)
}

/** Goes to the message before or after this one among those that stand in its place. */
export async function stepAlternative (message: Message, by: number) {
  const { chat_id: chatId, message_index: index, alternatives } = message
  const before = messages.value.find(other => other.message_index === index - 1)
  const main = tree.value.find(({ kind }) => kind === 'main')
  const parent = before ? before.branch_id : main?.id
  const branches = [...tree.value.filter(({ fork_message_id: fork, kind }) => fork === (before?.id ?? null) && kind !== 'main').map(({ id }) => id), ...(parent === undefined ? [] : [parent])]
  const wanted = (alternatives?.index ?? 0) + by
  // Each branch that leaves here begins with one of them; which number it has only the message itself says.
  const found = await Promise.all(branches.map(async branchId => {
    const query = { branch_id: branchId, order: 'asc' as const, limit: 1, include_deleted: true, ...(before && { after: before.id }) }
    const { data } = await api.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: chatId }, query } })
    return { branchId, index: data?.items[0]?.alternatives?.index }
  }))
  const target = found.find(({ index }) => index === wanted)
  if (target) switchTo(target.branchId)
}

import { computed, signal } from '@preact/signals'
import { type Message, ParleyError, type TreeNode, unwrap } from '../../../client/src/index.ts'
import { insist } from '../connection/insist.ts'
import { api } from '../connection/link.ts'
import { current, currentId } from '../chats/store.ts'
import { me } from '../session/session.ts'

/** A message of mine that the server has not stored yet. */
export interface Pending { clientId: string, chatId: string, branchId: string | undefined, content: string, replyTo: string | undefined, asks: boolean, fault: string | undefined }

const pageSize = 50

/** The path that is read, oldest first, as far as it is loaded. */
export const messages = signal<Message[]>([])
export const pending = signal<Pending[]>([])
export const hasOlder = signal(false)
export const isLoading = signal(false)
/** Who types, with when they must have stopped. */
export const typing = signal<Record<string, number>>({})
/** Up to which number each person has read. */
export const marks = signal<Record<string, number>>({})
export const tree = signal<TreeNode[]>([])
/** A branch that is looked at although it is not the active one. */
export const chosenBranch = signal<string | undefined>(undefined)
export const activeBranch = computed(() => current.value?.active_branch_id)
/** The branch whose path is on the screen. */
export const shownBranch = computed(() => chosenBranch.value ?? activeBranch.value)
/** What went wrong with the last thing I did here. */
export const trouble = signal<string | undefined>(undefined)

let cursor: string | null = null
/** Counts what was begun: an answer that comes after something newer was begun is not taken. */
let round = 0

export const isMine = ({ sender_id: id, role }: Message) => id === me.value?.id && role !== 'assistant'
/** The reply that is being written on the path. */
export const streaming = computed(() => messages.value.find(({ status }) => status === 'streaming'))
/** Whether I may decide which branch is the active one. */
export const mayActivate = computed(() => current.value?.type !== 'group' || current.value.participants.some(({ user_id: id, is_admin: isAdmin }) => id === me.value?.id && isAdmin))
/** In an assistant chat every message asks the model. */
export const asks = computed(() => current.value?.type === 'assistant')

/** Tells in words what went wrong. */
export function report (error: unknown) {
  trouble.value = error instanceof ParleyError ? error.detail : String(error)
}

const query = () => ({ limit: pageSize, include_deleted: true, ...(chosenBranch.value !== undefined && { branch_id: chosenBranch.value }) })
const place = (chatId: string) => ({ path: { chat_id: chatId } })

/** What was heard of replies that are being written, by their ids: a page has none of it. */
const written = new Map<string, string>()

const asHeard = (message: Message): Message => message.status === 'streaming' ? { ...message, content: written.get(message.id) ?? '' } : message

/** Takes in a piece of a reply. After a hole the rest waits for the whole text at the end. */
export function write (id: string, offset: number, text: string) {
  const before = written.get(id) ?? ''
  if (offset !== before.length) return
  written.set(id, before + text)
  revise(id, asHeard)
}

/** Puts a message where it belongs on the path, or another state of it in its place; one that is known in a newer state stays. */
export function put (message: Message) {
  const list = messages.value
  const at = list.findIndex(({ id }) => id === message.id)
  const known = list[at]
  if (known) {
    if (known.rev > message.rev) return
    const alternatives = message.alternatives ?? known.alternatives
    messages.value = list.with(at, { ...asHeard(message), ...(alternatives && { alternatives }) })
  } else messages.value = [...list, asHeard(message)].sort((a, b) => a.message_index - b.message_index)
}

/** Changes a message that is on the screen. */
export function revise (id: string, by: (message: Message) => Partial<Message>) {
  const known = messages.value.find(message => message.id === id)
  if (known) messages.value = messages.value.map(message => message === known ? { ...message, ...by(message) } : message)
}

/** Reads the newest page of the path. */
export async function loadMessages () {
  const chatId = currentId.value
  if (chatId === undefined) return
  const begun = ++round
  isLoading.value = true
  try {
    const page = await insist(() => begun === round, async () => await unwrap(api.GET('/api/v1/chats/{chat_id}/messages', { params: { ...place(chatId), query: query() } })))
    if (!page || begun !== round) return
    cursor = page.next_cursor
    hasOlder.value = cursor !== null
    messages.value = page.items.map(asHeard).reverse()
  } catch (error) {
    if (begun === round) report(error)
  } finally {
    if (begun === round) isLoading.value = false
  }
}

/** Reads the page before what is on the screen. */
export async function loadOlder () {
  const chatId = currentId.value
  if (chatId === undefined || cursor === null || isLoading.value) return
  const begun = round
  isLoading.value = true
  try {
    const page = await unwrap(api.GET('/api/v1/chats/{chat_id}/messages', { params: { ...place(chatId), query: { ...query(), cursor } } }))
    if (begun !== round) return
    cursor = page.next_cursor
    hasOlder.value = cursor !== null
    const known = new Set(messages.value.map(({ id }) => id))
    messages.value = [...page.items.filter(({ id }) => !known.has(id)).reverse(), ...messages.value]
  } catch (error) {
    report(error)
  } finally {
    if (begun === round) isLoading.value = false
  }
}

/** Reads the shape of the chat, all pages. */
export async function loadTree () {
  const chatId = currentId.value
  if (chatId === undefined) return
  const nodes: TreeNode[] = []
  for (let next: string | null | undefined; next !== null;) {
    const query = { limit: 100, ...(next && { cursor: next }) }
    const page = await insist(() => currentId.value === chatId, async () => await unwrap(api.GET('/api/v1/chats/{chat_id}/tree', { params: { ...place(chatId), query } }))).catch(() => undefined)
    if (!page || currentId.value !== chatId) return
    nodes.push(...page.items)
    next = page.next_cursor
  }
  tree.value = nodes
  if (chosenBranch.value !== undefined && !nodes.some(({ id }) => id === chosenBranch.value)) {
    chosenBranch.value = undefined
    void loadMessages()
  }
}

/** Reads who has read what. */
export async function loadMarks () {
  const chatId = currentId.value
  if (chatId === undefined) return
  const list = await insist(() => currentId.value === chatId, async () => await unwrap(api.GET('/api/v1/chats/{chat_id}/reads', { params: place(chatId) }))).catch(() => undefined)
  if (list && currentId.value === chatId) marks.value = Object.fromEntries(list.items.map(({ user_id: id, seq }) => [id, seq]))
}

/** Begins anew with the chat that is on the screen. */
export function enter () {
  messages.value = []
  typing.value = {}
  marks.value = {}
  tree.value = []
  chosenBranch.value = undefined
  trouble.value = undefined
  written.clear()
  cursor = null
  hasOlder.value = false
  isLoading.value = false
  void Promise.all([loadMessages(), loadTree(), loadMarks()])
}

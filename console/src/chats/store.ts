import { computed, signal } from '@preact/signals'
import { type Chat, type ServerFrame, unwrap } from '../../../client/src/index.ts'
import { insist } from '../connection/insist.ts'
import { api, onFrame, subscribe, unsubscribe } from '../connection/link.ts'
import { me } from '../session/session.ts'

/** How often it is asked whether somebody took me into a chat: no frame tells of a chat that is not subscribed. */
const lookMs = 4000

const all = signal<Record<string, Chat>>({})
/** Who has a socket in which chat. */
const online = signal<Record<string, string[]>>({})
/** Whether the chats have been read once. */
export const isLoaded = signal(false)

/** My chats, newest activity first. */
export const chats = computed(() => Object.values(all.value).sort((a, b) => b.updated_at.localeCompare(a.updated_at)))
/** The chat that is on the screen; its id is in the address. */
export const currentId = signal<string | undefined>(undefined)
export const current = computed(() => currentId.value === undefined ? undefined : all.value[currentId.value])

const readHash = () => { currentId.value = /chat=([0-9a-f]{24})/.exec(location.hash)?.[1] }
addEventListener('hashchange', readHash)
readHash()

/** Shows a chat. */
export const open = (id: string | undefined) => {
  location.hash = id === undefined ? '' : `chat=${id}`
  currentId.value = id
}

/** Who else is there, in a direct chat the one. */
export const others = (chat: Chat) => chat.participants.filter(({ user_id: id }) => id !== me.value?.id)

/** How a chat is called. */
export const titleOf = (chat: Chat): string => chat.title ?? (chat.type === 'assistant' ? 'Assistant' : others(chat).map(({ username }) => username ?? 'a deleted account').join(', ') || 'Only you')

/** The ids of those who are in a chat just now, me left out. */
export const onlineIn = (chatId: string): string[] => (online.value[chatId] ?? []).filter(id => id !== me.value?.id)

function put (chat: Chat) {
  const before = all.value[chat.id]
  all.value = { ...all.value, [chat.id]: { ...before, ...chat, ...(chat.unread_count === undefined && before?.unread_count !== undefined && { unread_count: before.unread_count }) } }
}

function change (id: string, by: (chat: Chat) => Partial<Chat>) {
  const chat = all.value[id]
  if (chat) put({ ...chat, ...by(chat) })
}

/** Takes a chat into the list and listens to it. */
export function take (chat: Chat) {
  const isNew = !all.value[chat.id]
  put(chat)
  if (isNew) subscribe(chat.id, { since: chat.last_seq, epoch: chat.epoch })
}

function drop (id: string) {
  unsubscribe(id)
  all.value = Object.fromEntries(Object.entries(all.value).filter(([key]) => key !== id))
  if (currentId.value === id) open(undefined)
}

/** Reads who is in a chat just now. */
export async function loadOnline (chatId: string) {
  const { data } = await api.GET('/api/v1/chats/{chat_id}/online', { params: { path: { chat_id: chatId } } })
  if (data) online.value = { ...online.value, [chatId]: data.items.map(({ user_id: id }) => id) }
}

/** Reads one chat again, and takes it in when it is new. */
export async function refresh (chatId: string) {
  const { data } = await api.GET('/api/v1/chats/{chat_id}', { params: { path: { chat_id: chatId } } })
  if (data) take(data as Chat)
}

/** Says that nothing is unread here. */
export const markAsRead = (chatId: string) => { change(chatId, () => ({ unread_count: 0 })) }

let cursor: string | undefined

/** Asks which chats moved: new ones are taken in, those I am out of go. */
async function look () {
  const { data } = await api.GET('/api/v1/sync', { params: { query: { ...(cursor !== undefined && { since: cursor }) } } }).catch(() => ({ data: undefined }))
  if (!data) return
  cursor = data.next_cursor
  await Promise.all(data.chats.filter(({ chat_id: id }) => !all.value[id]).map(({ chat_id: id }) => refresh(id)))
  for (const id of data.removed) if (all.value[id]) drop(id)
}

/** Reads my chats and keeps them up to date; the answer ends that. */
export function startChats (): () => void {
  const stopHearing = onFrame(hear)
  let isOver = false
  const load = async () => {
    const page = await insist(() => !isOver, async () => await unwrap(api.GET('/api/v1/chats', { params: { query: { limit: 100 } } })))
    if (!page) return
    for (const chat of page.items) take(chat)
    isLoaded.value = true
    if (currentId.value !== undefined && !all.value[currentId.value]) await refresh(currentId.value)
    await look()
  }
  load().catch(() => { isLoaded.value = true })
  const timer = setInterval(() => { if (document.visibilityState === 'visible') void look() }, lookMs)
  return () => {
    isOver = true
    stopHearing()
    clearInterval(timer)
    all.value = {}
    online.value = {}
    cursor = undefined
    isLoaded.value = false
  }
}

const there = (chatId: string, userId: string, isThere: boolean) => {
  const list = (online.value[chatId] ?? []).filter(id => id !== userId)
  online.value = { ...online.value, [chatId]: isThere ? [...list, userId] : list }
}

const preview = (text: string) => [...text.slice(0, 400)].slice(0, 200).join('')

function hear (frame: ServerFrame) {
  switch (frame.type) {
    case 'new_message': {
      const { message } = frame
      const isMine = message.sender_id === me.value?.id && message.role === 'user'
      change(frame.chat_id, chat => ({
        last_seq: Math.max(frame.seq, chat.last_seq),
        last_message: { id: message.id, seq: message.seq, sender_id: message.sender_id, sender_username: message.sender_username, role: message.role, content: preview(message.content), is_deleted: false, created_at: message.created_at },
        updated_at: message.created_at,
        unread_count: (chat.unread_count ?? 0) + (isMine || message.sender_id === me.value?.id ? 0 : 1)
      }))
      break
    }
    case 'reply_finished':
    case 'message_updated':
      change(frame.chat_id, ({ last_message: last }) => last?.id === frame.message.id ? { last_message: { ...last, content: preview(frame.message.content) } } : {})
      break
    case 'message_deleted':
      change(frame.chat_id, ({ last_message: last }) => last?.id === frame.message_id ? { last_message: { ...last, content: '', is_deleted: true } } : {})
      break
    case 'active_branch_changed':
      change(frame.chat_id, () => ({ active_branch_id: frame.branch_id }))
      break
    case 'chat_cleared':
      change(frame.chat_id, () => ({ active_branch_id: frame.active_branch_id, epoch: frame.epoch, last_message: null, unread_count: 0 }))
      break
    case 'chat_updated':
      change(frame.chat_id, () => frame.chat)
      break
    case 'subscribed':
      put(frame.chat)
      void loadOnline(frame.chat_id)
      break
    case 'unsubscribed':
      if (frame.reason !== 'requested') drop(frame.chat_id)
      break
    case 'chat_deleted':
      drop(frame.chat_id)
      break
    case 'user_joined':
    case 'user_left':
      there(frame.chat_id, frame.user_id, frame.type === 'user_joined')
      break
    case 'read_marked':
      if (frame.user_id === me.value?.id) change(frame.chat_id, chat => frame.seq >= (chat.last_message?.seq ?? 0) ? { unread_count: 0 } : {})
      break
    default:
  }
}

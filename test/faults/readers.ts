import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { createClient, ParleySocket, type ServerFrame } from '../../client/src/index.ts'
import { ask } from './http.ts'
import type { Ledger } from './ledger.ts'
import type { Parley } from './parley.ts'
import type { Player } from './stage.ts'

/** A message as the API tells it. */
export interface Message { id: string, chat_id: string, branch_id: string, seq: number, rev: number, content: string, status: string, is_deleted: boolean, is_edited: boolean, reactions: unknown[] }

/** How soon the client looks whether its server lives, and gives it up, in milliseconds. */
const impatience = { pingMs: 2000, answerMs: 4000, leastMs: 50, mostMs: 1000 }

/** Frames with a place in a chat's log. */
const numbered = new Set(['new_message', 'message_updated', 'message_deleted', 'reply_finished', 'chat_updated', 'chat_cleared', 'branch_created', 'branch_updated', 'branch_deleted', 'active_branch_changed'])

/** All messages of a chat, of every branch, by its id, tombstones included, as one process tells them now; it asks until it has an answer. */
export async function readChat (parleys: Parley[], token: string, chatId: string): Promise<Map<string, Message>> {
  const found = new Map<string, Message>()
  const get = async (path: string) => {
    for (let tries = 0; tries < 600; tries++) {
      const reply = await ask(parleys[tries % parleys.length]!.port, 'GET', `/api/v1${path}`, { token })
      if (reply?.status === 200) return reply.body
      if (reply && reply.status < 500 && reply.status !== 401) throw new Error(`${path} answered ${reply.status} ${reply.body?.code}`)
      await delay(100)
    }
    throw new Error(`${path} is not answered`)
  }
  const pages = async function * (path: string): AsyncGenerator<any[]> {
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { items: any[], next_cursor: string | null } = await get(`${path}${cursor && `&cursor=${cursor}`}`)
      yield page.items
      cursor = page.next_cursor
    }
  }
  for await (const branches of pages(`/chats/${chatId}/branches?limit=100`)) {
    for (const { id } of branches) {
      for await (const messages of pages(`/chats/${chatId}/messages?limit=100&order=desc&include_deleted=true&branch_id=${id}`)) {
        // From here on it is the path of a branch that was read before.
        if (messages.every((message: Message) => found.has(message.id))) break
        for (const { alternatives: _, ...message } of messages) found.set(message.id, message)
      }
    }
  }
  return found
}

interface Needs { name: string, player: Player, parley: Parley, parleys: Parley[], chatIds: string[], ledger: Ledger }

/**
 * Somebody who follows chats with the typed client, through a proxy that is cut now and then, and keeps a copy of them. What comes over the wire is looked at as
 * well: the client would mend what the server leaves out.
 */
export function startReader ({ name, player, parley, parleys, chatIds, ledger }: Needs) {
  const copies = new Map<string, Map<string, Message>>(chatIds.map(id => [id, new Map()]))
  /** Where each chat is on the wire of this connection; undefined before it is known. */
  const wire = new Map<string, number>()
  /** What came of a chat when, to be compared with when the reader was out of it. */
  const heard: { chatId: string, seq: number, at: number }[] = []
  const rereading = new Map<string, Promise<void>>()
  const counts = { connections: 0, frames: 0, resyncs: 0 }
  const state = { over: false }
  const api = createClient({ baseUrl: `http://127.0.0.1:${parley.proxy.port}`, tokens: { access_token: player.token, refresh_token: player.refreshToken } })
  const socket = new ParleySocket(api, { WebSocket, ...impatience })

  function put (message: Message) {
    const copy = copies.get(message.chat_id)
    const known = copy?.get(message.id)
    if (copy && (!known || known.rev <= message.rev)) copy.set(message.id, message)
  }

  function bury (chatId: string, messageId: string, rev: number) {
    const copy = copies.get(chatId)
    const known = copy?.get(messageId)
    if (known && known.rev < rev) copy!.set(messageId, { ...known, content: '', is_deleted: true, reactions: [], rev })
  }

  function dropBranches (chatId: string, ids: string[]) {
    const copy = copies.get(chatId)
    for (const { id, branch_id: branchId } of [...copy?.values() ?? []]) if (ids.includes(branchId)) copy!.delete(id)
  }

  /** On the wire nothing is left out, doubled or out of order. */
  function lookAt (frame: any) {
    const { type, chat_id: chatId, seq, first_seq: first = seq } = frame
    if (type === 'hello') {
      counts.connections++
      wire.clear()
    }
    counts.frames++
    if (chatId === undefined) return
    const at = wire.get(chatId)
    const wrong = (what: string) => { ledger.broken('nothing is missed, doubled or out of order on the wire', `${name}, chat ${chatId}: ${what}`) }
    if (type === 'sync') {
      // The first one of a connection begins where the client says that it is.
      if (at !== undefined && frame.from > at) wrong(`sync from ${frame.from} at ${at}`)
      wire.set(chatId, Math.max(at ?? 0, frame.to))
    } else if (type === 'resync_required') wire.set(chatId, seq)
    else if (type === 'unsubscribed') wire.delete(chatId)
    else if (type === 'subscribed') {
      const place = socket.place(chatId)
      wire.set(chatId, place?.since ?? seq)
    } else if (numbered.has(type)) {
      if (at === undefined) wrong(`${type} ${seq} before it was told where the chat is`)
      else if (first > at + 1 || seq <= at) wrong(`${type} ${first}..${seq} at ${at}`)
      wire.set(chatId, seq)
      heard.push({ chatId, seq, at: Date.now() })
    }
  }

  async function reread (chatId: string) {
    const fresh = await readChat(parleys, player.token, chatId)
    for (const message of fresh.values()) put(message)
  }

  socket.on('frame', ({ direction, frame }) => { if (direction === 'in' && frame) lookAt(frame) })
  socket.on('new_message', ({ message }) => { put(message as Message) })
  socket.on('message_updated', ({ message }) => { put(message as Message) })
  socket.on('reply_finished', ({ message }) => { put(message as Message) })
  socket.on('message_deleted', ({ chat_id: chatId, message_id: id, seq }) => { bury(chatId, id, seq) })
  socket.on('branch_deleted', ({ chat_id: chatId, branch_ids: ids }) => { dropBranches(chatId, ids) })
  socket.on('sync', ({ chat_id: chatId, changes }: Extract<ServerFrame, { type: 'sync' }>) => {
    for (const { message, type, branch_id: branchId } of changes as { message?: Message, type: string, branch_id?: string }[]) {
      if (message) put(message)
      else if (type === 'branch_deleted' && branchId) dropBranches(chatId, [branchId])
    }
  })
  socket.on('resync_required', ({ chat_id: chatId }) => {
    counts.resyncs++
    copies.get(chatId)?.clear()
    rereading.set(chatId, (rereading.get(chatId) ?? Promise.resolve()).then(async () => { await reread(chatId) }).catch((error: Error) => { ledger.broken('every reader\'s copy is the conversation', `${name}: ${error.message}`) }))
  })
  socket.on('unsubscribed', ({ chat_id: chatId }) => { void enter(chatId, true) })

  /** Follows a chat from the start, and again when it was taken out of it and let in again. */
  async function enter (chatId: string, isAgain: boolean): Promise<void> {
    if (isAgain) await delay(300)
    while (!state.over) {
      try {
        await socket.subscribe(chatId, { since: 0 })
        return
      } catch {
        await delay(300)
      }
    }
  }

  socket.on('state', ({ state: now, reason }) => { if (now === 'closed' && !state.over) ledger.broken('every reader can come back', `${name}: ${reason}`) })
  socket.connect()
  for (const chatId of chatIds) void enter(chatId, false)

  return {
    name,
    player,
    copies,
    heard,
    counts,
    /** Where it is in a chat. */
    at: (chatId: string): number => socket.place(chatId)?.since ?? -1,
    /** Resolves when it has read again what it had to. */
    settled: async () => { await Promise.all(rereading.values()) },
    stop () {
      state.over = true
      socket.close()
    }
  }
}

export type Reader = ReturnType<typeof startReader>

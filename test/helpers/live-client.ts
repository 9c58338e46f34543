import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { client } from './app.ts'

export type Frame = Record<string, any> & { type: string }
export interface Message { id: string, seq: number, rev: number, content: string, is_deleted: boolean, branch_id: string, reactions: unknown[] }

interface Options {
  /** The `…/api/v1` addresses of one or several servers on one database; each connection takes the next, the first that of `home`. */
  servers: string[]
  home?: number
  token: string
  chatId: string
  /** Whether it comes back by itself, as a good client does. */
  comesBack?: boolean
  /** Told of every frame before it is taken over. */
  hear?: (frame: Frame) => void
}

/** Without whether what is deleted now was edited before: an edit that one missed is not told any more. */
const told = (message: Message): Message => message.is_deleted ? { ...message, is_edited: false, edited_at: null } as Message : message

/**
 * A client of the socket that keeps a copy of a chat: it subscribes with the place where it left off, takes over what it hears, and
 * notes as a fault whatever was missed, doubled or out of order.
 */
export function liveClient ({ servers, home = 0, token, chatId, comesBack = true, hear = () => {} }: Options) {
  const copy = new Map<string, Message>()
  const faults: string[] = []
  const closes: number[] = []
  const counts = { frames: 0, syncs: 0, resyncs: 0, connections: 0 }
  const hearers = new Set<() => void>()
  let at = 0
  let epoch: string | undefined
  let socket: WebSocket | undefined
  let isCaughtUp = false
  let isStopped = false
  let rereading: Promise<void> = Promise.resolve()

  function tellHearers () { for (const hear of [...hearers]) hear() }

  function put (message: Message) {
    const known = copy.get(message.id)
    if (!known || known.rev <= message.rev) copy.set(message.id, message)
  }

  function bury (messageId: string, rev: number) {
    const known = copy.get(messageId)
    if (known && known.rev < rev) copy.set(messageId, { ...known, content: '', is_deleted: true, reactions: [], rev })
  }

  function dropBranches (ids: string[]) {
    for (const { id, branch_id: branchId } of [...copy.values()]) if (ids.includes(branchId)) copy.delete(id)
  }

  /** Reads everything again, as after `resync_required`. */
  async function reread () {
    for (let cursor = '', asked = 0; ;) {
      // Of several processes the one asked may be gone at this moment: then the next is asked.
      const { body } = await client(servers[asked % servers.length]!)('GET', `/chats/${chatId}/messages?limit=100&order=asc&include_deleted=true${cursor}`, { token }).catch(() => ({ body: undefined }))
      if (!body?.items) {
        if (++asked > 50) throw new Error('the chat cannot be read')
        await delay(50)
        continue
      }
      for (const { alternatives: _, ...message } of body.items) put(message)
      if (!body.next_cursor) return
      cursor = `&cursor=${body.next_cursor}`
    }
  }

  function take (frame: Frame) {
    const { type, seq, first_seq: first = seq } = frame
    if (type === 'subscribed') epoch ??= frame['epoch']
    if (type === 'resync_required') {
      copy.clear()
      at = seq
      epoch = frame['epoch']
      isCaughtUp = true
      counts.resyncs++
      rereading = rereading.then(reread)
      return
    }
    if (type === 'sync') {
      counts.syncs++
      if (frame['from'] > at) faults.push(`sync from ${frame['from']} at ${at}`)
      for (const { message, type: kind, branch_id: branchId } of frame['changes']) {
        if (message) put(message)
        else if (kind === 'branch_deleted') dropBranches([branchId])
      }
      at = Math.max(at, frame['to'])
      isCaughtUp = !frame['has_more']
      return
    }
    if (seq === undefined || frame['chat_id'] !== chatId || ['subscribed', 'ack', 'read_marked'].includes(type)) return
    if (first > at + 1 || seq <= at) faults.push(`${type} ${first}..${seq} at ${at}`)
    at = seq
    if (type === 'new_message' || type === 'message_updated' || type === 'reply_finished') put(frame['message'])
    else if (type === 'message_deleted') bury(frame['message_id'], seq)
    else if (type === 'branch_deleted') dropBranches(frame['branch_ids'])
    else if (type === 'chat_cleared') {
      copy.clear()
      epoch = frame['epoch']
    }
  }

  function connect () {
    const address = servers[(home + counts.connections++) % servers.length]!.replace(/^http/, 'ws')
    const current = socket = new WebSocket(`${address}/ws`, { headers: { authorization: `Bearer ${token}` } })
    isCaughtUp = false
    current.on('error', () => {})
    current.on('open', () => { current.send(JSON.stringify({ type: 'subscribe', chat_id: chatId, since: at, ...(epoch && { epoch }) })) })
    current.on('message', data => {
      if (socket !== current) return
      counts.frames++
      const frame: Frame = JSON.parse(String(data))
      hear(frame)
      if (frame.type === 'error') faults.push(JSON.stringify(frame))
      take(frame)
      tellHearers()
    })
    current.on('close', code => {
      closes.push(code)
      if (comesBack && !isStopped && socket === current) setTimeout(connect, 1 + Math.random() * 10)
      tellHearers()
    })
  }

  return {
    copy,
    faults,
    closes,
    counts,
    get at () { return at },
    get epoch () { return epoch },
    get socket () { return socket! },
    connect,

    /** Ends the connection, without a farewell or with a close frame, and comes back. */
    cut (farewell = false) {
      if (farewell) socket?.close(1000)
      else socket?.terminate()
    },

    /** Resolves when something is true after a frame or a close. */
    async until (holds: () => boolean): Promise<void> {
      while (!holds()) {
        await new Promise<void>(resolve => {
          const hear = () => { hearers.delete(hear); resolve() }
          hearers.add(hear)
        })
      }
    },

    /** Resolves when it has taken over everything up to a number. */
    async reaches (seq: number): Promise<void> {
      await this.until(() => at >= seq && isCaughtUp)
      await rereading
    },

    stop () {
      isStopped = true
      socket?.terminate()
    },

    /** The copy in the order of history. */
    list: () => [...copy.values()].map(told).sort((one, other) => one.seq - other.seq)
  }
}

export type LiveClient = ReturnType<typeof liveClient>

/** The messages of a chat's active branch by the usual reads, tombstones included. */
export async function freshMessages (server: string, token: string, chatId: string): Promise<Message[]> {
  const messages: Message[] = []
  for (let cursor = ''; ;) {
    const { body } = await client(server)('GET', `/chats/${chatId}/messages?limit=100&order=asc&include_deleted=true${cursor}`, { token })
    for (const { alternatives: _, ...message } of body.items) messages.push(told(message))
    if (!body.next_cursor) return messages
    cursor = `&cursor=${body.next_cursor}`
  }
}

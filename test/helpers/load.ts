import { setTimeout as delay } from 'node:timers/promises'
import { mongo } from 'mongoose'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { client } from './app.ts'
import { freshMessages, type LiveClient, type Message } from './live-client.ts'
import type { Person } from './people.ts'

type Sent = { id: string, rev: number } | undefined
interface Send { content: string, client_id: string }

/** How long the end of a scenario is waited for, in milliseconds: far more than a busy machine needs. */
const patienceMs = 30_000

/** Random numbers from 0 to 1 by a seed that is told, and can be given as TEST_SEED (mulberry32). */
export function seeded (t: Pick<Test, 'comment'>): () => number {
  let state = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
  t.comment(`TEST_SEED=${state}`)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Fails when something does not come to its end. */
export async function within<Value> (what: string, promise: Promise<Value>, ms = patienceMs): Promise<Value> {
  const waited = new AbortController()
  const late = delay(ms, undefined, { signal: waited.signal }).then(() => { throw new Error(`${what}: not within ${ms} ms`) })
  return await Promise.race([promise, late]).finally(() => { waited.abort() })
}

/** Sends over a socket and answers what `ack` brought; undefined when it is not known what became of it. */
function socketSender (token: string, chatId: string) {
  let socket: WebSocket | undefined
  return async (server: string, { content, client_id }: Send): Promise<Sent> => await new Promise(resolve => {
    const own = socket?.url.startsWith(server.replace(/^http/, 'ws')) && socket.readyState === WebSocket.OPEN ? socket : new WebSocket(`${server.replace(/^http/, 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } })
    const say = () => { own.send(JSON.stringify({ type: 'message', id: client_id, chat_id: chatId, content, client_id })) }
    socket = own
    own.removeAllListeners('message').removeAllListeners('close').removeAllListeners('error')
    own.on('error', () => {})
    own.on('close', () => { resolve(undefined) })
    own.on('message', data => {
      const { type, id, message } = JSON.parse(String(data))
      if (id === client_id) resolve(type === 'ack' ? message : undefined)
    })
    if (own.readyState === WebSocket.OPEN) say()
    else own.once('open', say)
  })
}

interface Options {
  /** The `…/api/v1` addresses; that of `home` is asked first, the next when one does not answer. */
  servers: string[]
  home?: number
  person: Person
  chatId: string
  random: () => number
  /** The longest pause between two writes, in milliseconds. */
  pauseMs: number
  by?: 'http' | 'socket'
}

/** Whoever is stopped early has written so many, and deleted one. */
const least = 12

/**
 * Sends, edits and deletes until it is stopped, as a good client does: each with a `client_id`, again at the next server until it is
 * acknowledged. Keeps what was acknowledged.
 */
export function keepWriting ({ servers, home = 0, person: { token, username }, chatId, random, pauseMs, by = 'http' }: Options) {
  const sent = new Map<string, string>()
  const revs = new Map<string, number>()
  const deleted = new Set<string>()
  const ids: string[] = []
  const counts = { repeats: 0 }
  const prefix = `${username}-${by}-${home}`
  const state = { over: false }
  const overSocket = socketSender(token, chatId)
  const overHttp = async (server: string, body: Send): Promise<Sent> => {
    const { status, body: message } = await client(server)('POST', `/chats/${chatId}/messages`, { token, body })
    if (status >= 400 && status < 500 && status !== 429) throw new Error(`sending answered ${status} ${message?.code}`)
    return status < 300 ? message : undefined
  }
  const send = by === 'http' ? overHttp : overSocket

  /** Asks one server after the other until one gives an answer. */
  async function persist<Value> (ask: (server: string) => Promise<Value | undefined>): Promise<Value> {
    for (let tries = 0; ; tries++) {
      const answer = await ask(servers[(home + tries) % servers.length]!).catch((error: unknown) => {
        // What `fetch` throws says that nobody answered.
        if (!(error instanceof TypeError)) throw error
        return undefined
      })
      if (answer !== undefined) return answer
      counts.repeats++
      await delay(10 + random() * 40)
    }
  }

  const change = async (method: 'PATCH' | 'DELETE', id: string, body?: object) => await persist(async server => {
    const { status, body: answer } = await client(server)(method, `/messages/${id}`, { token, ...(body && { body }) })
    return status >= 500 || status === 429 ? undefined : { ok: status < 300, rev: answer?.rev as number }
  })

  async function write () {
    for (let number = 0; !state.over || number < least; number++) {
      const clientId = `${prefix}-${number}`
      const { id, rev } = await persist(server => send(server, { content: `${clientId} says`, client_id: clientId }))
      sent.set(clientId, id)
      revs.set(id, rev)
      ids.push(id)
      const target = ids[Math.floor(random() * ids.length)]!
      const dice = random()
      if ((dice < 0.1 || number === least - 2) && (await change('DELETE', target)).ok) deleted.add(target)
      else if (dice < 0.4) {
        const { ok, rev } = await change('PATCH', target, { content: `edited ${number}` })
        if (ok) revs.set(target, rev)
      }
      await delay(random() * pauseMs)
    }
  }
  const writing = write()
  // Whoever stops it hears of a failure.
  writing.catch(() => {})

  return {
    /** The id of each message by its `client_id`, as acknowledged. */
    sent,
    /** The `rev` of each message, as acknowledged last. */
    revs,
    deleted,
    counts,
    async stop () {
      state.over = true
      await within('the last write', writing)
    }
  }
}

export type Writer = ReturnType<typeof keepWriting>

/** The chat's log holds all that was acknowledged exactly once, and no number is missing in it; answers its highest number. */
export async function checkLog (t: Test, db: mongo.Db, chatId: string, writers: Writer[]): Promise<number> {
  const entries = await db.collection('messages').find({ chat_id: new mongo.ObjectId(chatId) }).sort({ seq: 1 }).toArray()
  const stored = new Map<string, typeof entries>()
  for (const entry of entries) if (entry['client_id']) stored.set(entry['client_id'], [...stored.get(entry['client_id']) ?? [], entry])
  const faults = writers.flatMap(({ sent, revs, deleted }) => [...sent].flatMap(([clientId, id]) => {
    const [message, ...more] = stored.get(clientId) ?? []
    if (!message || more.length > 0 || String(message._id) !== id) return [`${clientId} is there ${more.length + (message ? 1 : 0)} times`]
    if (message['rev'] < revs.get(id)!) return [`${clientId} is at ${message['rev']}, not at ${revs.get(id)}`]
    return deleted.has(id) && !message['is_deleted'] ? [`${clientId} is not deleted`] : []
  }))
  t.same(faults.slice(0, 10), [], 'what was acknowledged is there, once')
  t.notOk(entries.find(({ seq }, index) => seq !== index + 1), 'no number is missing')
  const newest = new Map<string, number>()
  for (const { _id, kind, seq, message_id: messageId } of entries) if (kind === 'message' || messageId) newest.set(String(messageId ?? _id), seq)
  t.same(entries.filter(({ _id, kind, rev }) => kind === 'message' && rev !== newest.get(String(_id))).slice(0, 3), [], 'each message is at its newest change')
  const places = entries.filter(({ kind }) => kind === 'message').map(({ message_index: index }) => index)
  t.notOk(places.find((place, index) => place !== index), 'and no place')
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  t.comment(`${entries.length} numbers; acknowledged: ${sum(writers.map(({ sent }) => sent.size))} messages, ${sum(writers.map(({ deleted }) => deleted.size))} deletions; repeated: ${sum(writers.map(({ counts }) => counts.repeats))}`)
  return entries.length
}

/** Every client ends, without a fault on the way, with what a fresh read of each server gives. */
export async function checkCopies (t: Test, clients: LiveClient[], servers: string[], token: string, chatId: string, head: number): Promise<void> {
  const began = Date.now()
  await within(`all clients at ${head}`, Promise.all(clients.map(client => client.reaches(head)))).catch((error: Error) => {
    t.fail(`${error.message}; they are at ${clients.map(({ at }) => at).join(' ')}`)
  })
  t.comment(`the last client caught up after ${Date.now() - began} ms; ${clients.reduce((sum, { counts }) => sum + counts.connections, 0)} connections, ${clients.reduce((sum, { counts }) => sum + counts.frames, 0)} frames, ${clients.reduce((sum, { counts }) => sum + counts.resyncs, 0)} resyncs`)
  t.same(clients.flatMap(({ faults }) => faults).slice(0, 10), [], 'nothing missed, doubled or out of order')
  const fresh = await freshMessages(servers[0]!, token, chatId)
  for (const server of servers.slice(1)) t.same(await freshMessages(server, token, chatId), fresh, 'all servers give the same')
  // Whether what is deleted now was edited before: an edit that one missed is not told any more.
  const told = (message: Message) => JSON.stringify(message.is_deleted ? { ...message, is_edited: false, edited_at: null } : message)
  const toldOf = (messages: Message[]) => messages.map(told).join()
  const wrong = clients.filter(client => toldOf(client.list()) !== toldOf(fresh))
  const stored = new Map(fresh.map(message => [message.id, told(message)]))
  if (wrong.length > 0) t.same(wrong[0]!.list().filter(message => told(message) !== stored.get(message.id)).slice(0, 3), [], 'what is wrong in the first wrong copy')
  t.equal(wrong.length, 0, `${clients.length} copies of ${fresh.length} messages are the same`)
}

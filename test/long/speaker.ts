import { once } from 'node:events'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import type { Person } from '../helpers/people.ts'
import type { TestServer } from '../helpers/process.ts'

export type Frame = Record<string, any> & { type: string }

/** Frames whose `seq` is their place in a chat's log. */
const numbered = new Set(['new_message', 'message_updated', 'message_deleted', 'chat_updated', 'sync'])
/** What a client may try again as it is. */
const retried = new Set(['retry_same_client_id', 'database_unavailable', 'chat_busy'])

/** What a question was answered: the message, or the code of the refusal. */
export interface Reply { message: any, replayed: boolean, code: string | undefined }

/** How often a server asked for another try. */
export const retries = new Map<string, number>()

/** Each may take 5 s where a machine has far more to do than it can. */
const mostTries = 20

/** Asks until the answer is one that will stay, as a good client does. */
export async function insist (ask: () => Promise<Reply>): Promise<Reply & { tries: number }> {
  for (let tries = 1; ; tries++) {
    const reply = await ask()
    if (reply.code === undefined || !retried.has(reply.code) || tries === mostTries) return { ...reply, tries }
    retries.set(reply.code, (retries.get(reply.code) ?? 0) + 1)
  }
}

/** A socket of somebody that asks, keeping apart what answers it, and notes all that it hears of the logs of its chats, as it came. */
export async function openSpeaker (t: Test, { api }: TestServer, { token }: Person, chatIds: string[]) {
  const socket = new WebSocket(`${api.replace(/^http/, 'ws')}/ws`, { headers: { authorization: `Bearer ${token}` } })
  const asked = new Map<string, (frame: Frame) => void>()
  const heard: string[] = []
  const hearers = new Set<() => void>()
  const at = new Map<string, number>()
  let asking = 0
  let frames = 0
  let closed: number | undefined

  socket.on('message', data => {
    frames++
    const text = String(data)
    const frame: Frame = JSON.parse(text)
    if ((frame.type === 'ack' || frame.type === 'error') && frame['id'] !== undefined) {
      asked.get(frame['id'])?.(frame)
      asked.delete(frame['id'])
    }
    if (!numbered.has(frame.type)) return
    heard.push(text)
    at.set(frame['chat_id'], frame['seq'] ?? frame['to'])
    for (const hear of [...hearers]) hear()
  })
  socket.on('error', () => {})
  socket.on('close', code => {
    closed = code
    for (const answer of asked.values()) answer({ type: 'error', code: `closed with ${code}` })
    for (const hear of [...hearers]) hear()
  })
  t.teardown(() => { socket.terminate() })
  await once(socket, 'open')

  const ask = async (frame: Frame): Promise<Frame> => await new Promise(resolve => {
    const id = String(++asking)
    asked.set(id, resolve)
    if (closed === undefined) socket.send(JSON.stringify({ ...frame, id }))
    else resolve({ type: 'error', code: `closed with ${closed}` })
  })
  for (const chatId of chatIds) {
    const { type, seq, code } = await ask({ type: 'subscribe', chat_id: chatId })
    if (type !== 'ack') throw new Error(`subscribing was answered with ${String(code)}`)
    at.set(chatId, seq)
  }

  return {
    /** The numbered frames as they came. */
    heard,
    /** How many frames came in all. */
    get frames () { return frames },
    get closed () { return closed },

    async command (frame: Frame): Promise<Reply> {
      const { code, message, replayed = false } = await ask(frame)
      return code === undefined ? { message, replayed, code } : { message: undefined, replayed, code }
    },

    /** Resolves when it has heard of a chat up to a number, or is closed, or after `patienceMs`; answers where it is. */
    reaches: async (chatId: string, seq: number, patienceMs = 10_000): Promise<number> => await new Promise(resolve => {
      const end = () => {
        clearTimeout(patience)
        hearers.delete(hear)
        resolve(at.get(chatId)!)
      }
      const hear = () => { if (closed !== undefined || at.get(chatId)! >= seq) end() }
      const patience = setTimeout(end, patienceMs)
      hearers.add(hear)
      hear()
    })
  }
}

export type Speaker = Awaited<ReturnType<typeof openSpeaker>>

/** Asks over HTTP, with the answer in the words of a socket's. Tells also of a header that contradicts the status. */
export async function overHttp ({ request }: TestServer, { token }: Person, method: string, path: string, body?: object): Promise<Reply> {
  const { status, headers, body: answer } = await request(method, path, { token, ...(body && { body }) })
  if (status >= 400) return { message: undefined, replayed: false, code: answer?.code ?? `status ${status}` }
  const replayed = headers.get('idempotency-replayed') === 'true'
  if (method === 'POST' && replayed !== (status === 200)) throw new Error(`answered ${status} with Idempotency-Replayed ${headers.get('idempotency-replayed')}`)
  return { message: answer, replayed, code: undefined }
}

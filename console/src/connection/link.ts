import { computed, signal } from '@preact/signals'
import { type Ack, ParleyError, ParleySocket, type Sendable, type ServerFrame, type SocketStatus } from '../../../client/src/index.ts'
import { keep } from '../frames/log.ts'
import { api } from '../session/session.ts'

export { api }

/** The frames that tell of chats; all others are the socket's own business. */
const heard = [
  'subscribed', 'unsubscribed', 'sync', 'resync_required', 'new_message', 'message_updated', 'message_deleted', 'reply_started', 'reply_delta', 'reply_finished',
  'typing_started', 'typing_stopped', 'user_joined', 'user_left', 'read_marked', 'chat_updated', 'chat_cleared', 'chat_deleted',
  'branch_created', 'branch_updated', 'branch_deleted', 'active_branch_changed'
] as const satisfies ServerFrame['type'][]

export type HeardFrame = Extract<ServerFrame, { type: typeof heard[number] }>

/** The close code of a session that has ended. */
const unauthenticated = 4401

const listeners = new Set<(frame: HeardFrame) => void>()
let socket: ParleySocket | undefined

/** How the socket is. */
export const status = signal<SocketStatus>({ state: 'closed' })
export const isOpen = computed(() => status.value.state === 'open')

/** Tells of every frame about chats; the answer ends that. */
export function onFrame (listener: (frame: HeardFrame) => void): () => void {
  listeners.add(listener)
  return () => { listeners.delete(listener) }
}

/** Opens the socket of the person who is signed in; the answer closes it. */
export function connect (): () => void {
  const opened = new ParleySocket(api, { auth: 'ticket', mostMs: 8000 })
  socket = opened
  opened.on('state', next => {
    if (next.state !== status.peek().state) keep('note', { type: next.state, text: [next.code, next.reason].filter(Boolean).join(' ') })
    status.value = next
    const hasEnded = next.state === 'closed' && (next.code === unauthenticated || next.error?.status === 401)
    if (hasEnded) void api.session.end(next.error ?? new ParleyError('unauthenticated', 'The session has ended.', { status: 401 }))
  })
  opened.on('frame', ({ direction, frame, raw }) => { keep(direction, (frame ?? {}) as Record<string, unknown>, raw) })
  for (const type of heard) opened.on(type, frame => { for (const listener of [...listeners]) listener(frame) })
  opened.connect()
  return () => {
    socket = undefined
    opened.close()
    status.value = { state: 'closed' }
  }
}

/** Sends a frame and answers what the server says to it. Throws ParleyError. */
export async function send<Frame extends Sendable> (frame: Frame): Promise<Ack<Frame['type']>> {
  return await socket!.send(frame) as Ack<Frame['type']>
}

/** Sends a frame that nobody waits for; when the socket is not open it is not sent at all. */
export function tell (frame: Sendable) {
  if (isOpen.peek()) socket!.send(frame).catch(() => {})
}

/** Listens to a chat from a place on. */
export const subscribe = (chatId: string, place: { since: number, epoch: string }) => { socket?.subscribe(chatId, place).catch(() => {}) }
export const unsubscribe = (chatId: string) => { socket?.unsubscribe(chatId).catch(() => {}) }

/** Tries to connect at once instead of waiting. */
export const retryNow = () => { socket?.retry() }

/** How long an answer to a frame written by hand is waited for, in milliseconds. */
const patienceMs = 10_000

/** Sends a frame just as it was written, and answers the frame that carries its `id`; of one without an `id` nothing is heard. */
export async function sendByHand (frame: Record<string, unknown>): Promise<Record<string, unknown>> {
  const opened = socket
  if (!opened) throw new Error('The socket is not open.')
  return await new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      stop()
      settle()
    }
    const timer = setTimeout(finish, patienceMs, () => { reject(new Error(`No answer in ${patienceMs / 1000} s.`)) })
    const stop = opened.on('frame', ({ direction, frame: answer }) => {
      if (direction === 'in' && answer && 'id' in answer && answer.id === frame['id']) finish(() => { resolve(answer as unknown as Record<string, unknown>) })
    })
    opened.sendRaw(JSON.stringify(frame))
    if (frame['id'] === undefined) finish(() => { resolve({ type: 'nobody: it had no id' }) })
  })
}

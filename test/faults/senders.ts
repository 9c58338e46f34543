import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Cast } from './cast.ts'
import { askParley } from './http.ts'
import type { Ledger } from './ledger.ts'
import type { Parley } from './parley.ts'
import { between, type Random } from './random.ts'
import type { Player, Scene } from './stage.ts'

/** What became of one try: the message, that it was refused, or that nobody knows. */
type Outcome = { id: string, seq: number } | 'refused' | 'unknown'

/** How long an answer over a socket is waited for, in milliseconds. */
const patienceMs = 15_000
/** What says that nothing was stored. */
const refusals = new Set(['database_unavailable', 'chat_busy', 'unavailable'])

interface Needs { cast: Cast, ledger: Ledger, player: Player, scene: Scene, via: 'http' | 'socket', home: number, random: Random, paceMs: number, name: string }

/** Somebody who sends one message after the other into a chat, each with a `client_id` and again, at the next process, until it is acknowledged. */
export function startSender ({ cast: { parleys }, ledger, player, scene, via, home, random, paceMs, name }: Needs) {
  const state = { over: false, at: home }
  let socket: { ws: WebSocket, parley: Parley } | undefined

  async function overHttp (parley: Parley, body: { content: string, client_id: string }): Promise<Outcome> {
    const reply = await askParley(parley, ledger, 'POST', `/chats/${scene.id}/messages`, { token: player.token, body, timeoutMs: patienceMs })
    if (!reply) return 'unknown'
    if (reply.status === 200 || reply.status === 201) return reply.body
    if (reply.status >= 400 && reply.status < 500 && reply.status !== 429 && reply.status !== 401) ledger.broken('no send is refused for good', `${name}: ${reply.status} ${JSON.stringify(reply.body)}`)
    return refusals.has(reply.body?.code) || reply.status === 429 || reply.status === 401 ? 'refused' : 'unknown'
  }

  async function overSocket (parley: Parley, body: { content: string, client_id: string }): Promise<Outcome> {
    let from = Date.now()
    if (socket?.parley !== parley || socket.ws.readyState > WebSocket.OPEN) {
      socket?.ws.terminate()
      socket = { parley, ws: new WebSocket(`ws://127.0.0.1:${parley.port}/api/v1/ws`, { headers: { authorization: `Bearer ${player.token}` } }) }
      socket.ws.on('error', () => {})
    }
    const { ws } = socket
    return await new Promise(resolve => {
      const say = () => {
        from = Date.now()
        ws.send(JSON.stringify({ type: 'message', id: body.client_id, chat_id: scene.id, ...body }))
      }
      const end = (outcome: Outcome) => {
        clearTimeout(late)
        ws.off('message', hear).off('close', close).off('open', say)
        resolve(outcome)
      }
      const close = () => { end('unknown') }
      const hear = (data: unknown) => {
        const { type, id, code, message } = JSON.parse(String(data))
        if (id !== body.client_id) return
        if (type === 'ack') return end(message)
        ledger.answered({ server: parley.index, what: 'frame message', status: code === 'internal_error' ? 500 : refusals.has(code) || code === 'retry_same_client_id' ? 503 : 400, code, from, to: Date.now() })
        end(refusals.has(code) ? 'refused' : 'unknown')
      }
      const late = setTimeout(() => {
        ws.terminate()
        end('unknown')
      }, patienceMs)
      ws.on('message', hear).on('close', close)
      if (ws.readyState === WebSocket.OPEN) say()
      else ws.once('open', say)
    })
  }

  async function send (clientId: string) {
    const body = { content: `${clientId} says`, client_id: clientId }
    const began = performance.now()
    for (let tries = 0; ; tries++) {
      const outcome = await (via === 'http' ? overHttp : overSocket)(parleys[state.at % parleys.length]!, body)
      if (typeof outcome === 'object') {
        ledger.acknowledge({ lane: name, clientId, id: outcome.id, chatId: scene.id, senderId: player.id, seq: outcome.seq, content: body.content })
        ledger.took.sends.push(performance.now() - began)
        return
      }
      ledger.counts[outcome]++
      ledger.counts.repeats++
      // Far longer than any fault lasts: then it is lost for its sender.
      if (tries > 2000) throw new Error(`${clientId} is never acknowledged`)
      state.at++
      await delay(between(random, 20, 120))
    }
  }

  async function work () {
    for (let number = 0; !state.over; number++) {
      const began = Date.now()
      await send(`${name}-${number}`)
      const rest = began + paceMs * between(random, 0.5, 1.5) - Date.now()
      if (rest > 0) await delay(rest)
    }
    socket?.ws.terminate()
  }
  const working = work()
  working.catch((error: Error) => { ledger.broken('every send is acknowledged in the end', error.message) })

  return {
    name,
    /** Resolves when the last message is acknowledged. */
    async stop () {
      state.over = true
      await working.catch(() => {})
    }
  }
}

export type Sender = ReturnType<typeof startSender>

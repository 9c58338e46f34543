import { setTimeout as delay } from 'node:timers/promises'
import type { Cast } from './cast.ts'
import { askParley, type Reply } from './http.ts'
import type { Ledger } from './ledger.ts'
import { between, oneOf, type Random } from './random.ts'
import type { Player, Scene, Stage } from './stage.ts'

/** When somebody was out of a chat: after the change with this number, until before it was asked to let them in again. */
export interface Absence { chatId: string, userId: string, from: number, until: number }

interface Needs { cast: Cast, ledger: Ledger, stage: Stage, random: Random, everyMs: number, absences: Absence[] }

const patienceMs = 12_000
const workers = 4

/** Those who edit, delete and react, let people in and take them out, make branches and ask the model, each one thing after the other. */
export function startChurner ({ cast: { parleys, provider }, ledger, stage: { scenes }, random, everyMs, absences }: Needs) {
  const state = { over: false, number: 0 }
  /** Guests who are out, by chat and person. */
  const out = new Map<string, Absence | undefined>()
  const branches = new Map<string, string[]>()

  /** Asks until the answer is one that stays; a repeat may find that the first try was done. */
  async function insist (player: Player, method: string, path: string, body?: object): Promise<Reply> {
    let at = Math.floor(random() * parleys.length)
    const began = performance.now()
    for (let tries = 0; tries < 400; tries++) {
      const reply = await askParley(parleys[at % parleys.length]!, ledger, method, path, { token: player.token, timeoutMs: patienceMs, ...(body && { body }) })
      if (reply && reply.status < 500 && reply.status !== 429 && reply.status !== 401) {
        ledger.took.changes.push(performance.now() - began)
        return reply
      }
      at++
      await delay(between(random, 20, 150))
    }
    throw new Error(`${method} ${path} is never answered`)
  }

  /** A message that a person sent and has not deleted. */
  function ownMessage (scene: Scene) {
    const { acknowledged } = ledger
    for (let tries = 0; tries < 20 && acknowledged.length > 0; tries++) {
      // Mostly new ones, as people do.
      const back = Math.floor(random() ** 3 * Math.min(acknowledged.length, 5000))
      const send = acknowledged[acknowledged.length - 1 - back]!
      if (send.chatId === scene.id && !ledger.deleted.has(send.id)) return { send, player: scene.people.find(({ id }) => id === send.senderId)! }
    }
  }

  async function edit (scene: Scene) {
    const own = ownMessage(scene)
    if (!own) return
    const { status, body } = await insist(own.player, 'PATCH', `/messages/${own.send.id}`, { content: `edited ${state.number}` })
    if (status !== 200) return
    ledger.counts.edits++
    ledger.revs.set(own.send.id, Math.max(ledger.revs.get(own.send.id) ?? 0, body.rev))
  }

  async function remove (scene: Scene) {
    const own = ownMessage(scene)
    if (!own) return
    const { status } = await insist(own.player, 'DELETE', `/messages/${own.send.id}`)
    if (status >= 300) return
    ledger.counts.deletions++
    ledger.deleted.add(own.send.id)
  }

  async function react (scene: Scene) {
    const own = ownMessage(scene)
    if (!own) return
    const { status } = await insist(oneOf(random, scene.people), random() < 0.7 ? 'PUT' : 'DELETE', `/messages/${own.send.id}/reactions/${encodeURIComponent(oneOf(random, ['👍', '🎉', '❤️']))}`)
    if (status < 300) ledger.counts.reactions++
  }

  async function comeOrGo (scene: Scene) {
    const guest = oneOf(random, scene.guests)
    const key = `${scene.id} ${guest.id}`
    if (!out.has(key)) {
      const { status } = await insist(scene.owner, 'DELETE', `/chats/${scene.id}/participants/${guest.id}`)
      // 404: an earlier try was done.
      if (status !== 204 && status !== 404) return ledger.broken('what people ask for is done', `taking ${guest.username} out answered ${status}`)
      const absence: Absence = { chatId: scene.id, userId: guest.id, from: 0, until: Infinity }
      absences.push(absence)
      out.set(key, absence)
      ledger.counts.removals++
    } else {
      out.get(key)!.until = Date.now()
      const { status, body } = await insist(scene.owner, 'POST', `/chats/${scene.id}/participants`, { user_ids: [guest.id] })
      if (status >= 300 && body?.code !== 'already_participant') return ledger.broken('what people ask for is done', `letting ${guest.username} in answered ${status} ${body?.code}`)
      out.delete(key)
    }
  }

  async function branch (scene: Scene, number: number) {
    const known = branches.get(scene.id) ?? []
    branches.set(scene.id, known)
    if (known.length >= 6) {
      const [oldest] = known.splice(0, 1)
      await insist(scene.owner, 'PUT', `/chats/${scene.id}/active-branch`, { branch_id: scene.branchId })
      await insist(scene.owner, 'DELETE', `/chats/${scene.id}/branches/${oldest}`)
      return
    }
    const own = ownMessage(scene)
    if (!own) return
    const { status, body } = await insist(scene.owner, 'POST', `/chats/${scene.id}/branches`, { name: `branch ${number}`, message_id: own.send.id })
    if (status >= 300) return
    known.push(body.id)
    ledger.counts.branches++
    // What goes to a branch that is not active.
    const clientId = `churner-${number}`
    const sent = await insist(scene.owner, 'POST', `/chats/${scene.id}/messages`, { content: `${clientId} says`, client_id: clientId, branch_id: body.id })
    if (sent.status < 300) ledger.acknowledge({ lane: `churner ${number}`, clientId, id: sent.body.id, chatId: scene.id, senderId: scene.owner.id, seq: sent.body.seq, content: sent.body.content })
    if (random() < 0.3) await insist(scene.owner, 'PUT', `/chats/${scene.id}/active-branch`, { branch_id: body.id })
  }

  async function askModel (scene: Scene, number: number) {
    provider.next({ fault: 'slow', everyMs: 1, tokens: ['Let', ' me', ' think', ' of', ' it.'] })
    const player = oneOf(random, scene.people)
    const target = oneOf(random, parleys)
    ledger.counts.asked++
    // Nobody waits for it: replies that go on while processes die are what is looked for.
    void askParley(target, ledger, 'POST', `/chats/${scene.id}/completions`, { token: player.token, body: { content: `question ${number}`, client_id: `ask-${number}`, stream: false }, timeoutMs: 60_000 })
  }

  async function read (scene: Scene) {
    const seq = ledger.acknowledged.findLast(({ chatId }) => chatId === scene.id)?.seq
    if (seq !== undefined) await insist(oneOf(random, scene.people), 'PUT', `/chats/${scene.id}/read`, { seq })
  }

  const deeds = [edit, edit, edit, edit, remove, remove, react, react, react, comeOrGo, comeOrGo, branch, askModel, read]

  async function work (own: Scene[]) {
    while (!state.over) {
      state.number++
      await oneOf(random, deeds)(oneOf(random, own), state.number)
      await delay(everyMs * between(random, 0.5, 1.5))
    }
  }
  // Each chat is one worker's: what it has taken out, nobody else lets in.
  const working = Promise.all(Array.from({ length: workers }, (_, n) => work(scenes.filter((_, at) => at % workers === n))))
  working.catch((error: Error) => { ledger.broken('what people ask for is done', error.message) })

  return {
    /** Resolves when the last thing is done and every guest is in every chat again. */
    async stop () {
      state.over = true
      await working.catch(() => {})
      for (const [key, absence] of [...out]) {
        const [chatId, guestId] = key.split(' ')
        absence!.until = Date.now()
        await insist(scenes.find(({ id }) => id === chatId)!.owner, 'POST', `/chats/${chatId}/participants`, { user_ids: [guestId] })
      }
    }
  }
}

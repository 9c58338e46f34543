import { setTimeout } from 'node:timers/promises'
import type { Chats } from '../chats/service.ts'
import type { Messages } from '../messages/service.ts'
import type { Message } from '../messages/schemas.ts'
import { catalogue, Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Engine } from './engine.ts'
import { type RunRecord, toRun } from './run-model.ts'
import type { Run } from './run-schemas.ts'
import type { Runs } from './runs.ts'

/** How often a run of another process is looked at, in milliseconds. */
const lookMs = 200

/** The same person as they are now. Throws when their session or API key has ended. */
export type Renew = (actor: Actor) => Promise<Actor>

/** What is told of a run, in its order; `id` is where to go on after it. */
export type RunEvent =
  | { event: 'reply_started', id: string, data: { run: Run, reply: Message } }
  | { event: 'reply_delta', id: string, data: { run_id: string, offset: number, text: string } }
  | { event: 'error', id: string, data: { run_id: string, code: string, message: string } }
  | { event: 'reply_finished', id: string, data: { run: Run, reply: Message } }

/** Where a client is: `end`, or how many UTF-16 code units it has. */
const placeOf = (lastEventId: string | undefined) => lastEventId === 'end' ? Infinity : Number(lastEventId || 0)

/** No half of a surrogate pair is sent: a text that is cut inside one is cut before it. */
const whole = (text: string, at: number) => at > 0 && at < text.length && /[\uDC00-\uDFFF]/.test(text[at]!) && /[\uD800-\uDBFF]/.test(text[at - 1]!) ? at - 1 : at

/** Tells of runs as they go on, whichever process has them. */
export function createFollow ({ runs, engine, messages, access, renew }: { runs: Runs, engine: Engine, messages: Messages, access: Chats['access'], renew: Renew }) {
  /** Throws for somebody who was logged out, switched off or taken out of the chat meanwhile: they hear no more. */
  async function judge (actor: Actor, run: RunRecord) {
    if (!await access.find(await renew(actor), String(run.chat_id))) throw new Problem('run_not_found')
  }

  /** What was written up to now, when there is more than `length`, or when the run has ended. */
  async function next (run: RunRecord, length: number): Promise<{ text: string, ended: boolean }> {
    const id = String(run._id)
    for (;;) {
      const live = engine.find(id)
      if (live) {
        const { text, hasEnded, changed } = live
        if (text.length > length) return { text, ended: false }
        if (!hasEnded) await changed
        continue
      }
      const stored = await runs.find(id)
      if (stored?.status !== 'running') return { text: '', ended: true }
      const text = stored.text ?? ''
      if (text.length > length) return { text, ended: false }
      if (engine.isClosed()) throw new Problem('unavailable', 'The server is stopping: go on with Last-Event-ID.')
      await setTimeout(lookMs)
    }
  }

  return {
    /** Everything of a run after `lastEventId`, up to its end. Throws `message_not_found` when the reply is gone by then. */
    async * follow (actor: Actor, run: RunRecord, lastEventId?: string): AsyncGenerator<RunEvent> {
      const runId = String(run._id)
      let place = placeOf(lastEventId)
      if (lastEventId === undefined || lastEventId === '') yield { event: 'reply_started', id: '0', data: { run: toRun(run), reply: await messages.get(actor, String(run.reply_id)) } }
      for (;;) {
        const { text, ended } = await next(run, place)
        if (ended) break
        await judge(actor, run)
        place = whole(text, place)
        yield { event: 'reply_delta', id: String(text.length), data: { run_id: runId, offset: place, text: text.slice(place) } }
        place = text.length
      }
      await judge(actor, run)
      const over = await runs.find(runId) ?? run
      const reply = await messages.get(actor, String(run.reply_id))
      // The rest of what was written after the last look, so that the pieces add up to the reply.
      if (reply.content.length > place) {
        const from = whole(reply.content, place)
        yield { event: 'reply_delta', id: String(reply.content.length), data: { run_id: runId, offset: from, text: reply.content.slice(from) } }
      }
      if (over.code) yield { event: 'error', id: String(reply.content.length), data: { run_id: runId, code: over.code, message: `${catalogue[over.code][1]}.` } }
      yield { event: 'reply_finished', id: 'end', data: { run: toRun(over), reply } }
    },

    /** Resolves when a run has ended, whichever process has it. */
    async ended (run: RunRecord): Promise<void> {
      const live = engine.find(String(run._id))
      if (live) return await live.ended
      for (let known = 0, over = false; !over;) {
        const { text, ended } = await next(run, known)
        known = text.length
        over = ended
      }
    }
  }
}

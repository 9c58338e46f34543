import { setTimeout } from 'node:timers/promises'
import { messageDeleted } from '../messages/events.ts'
import type { Bus } from '../platform/bus.ts'
import type { Actor } from '../platform/guard.ts'
import { isDatabaseAway } from '../platform/to-problem.ts'
import type { ContextService } from './context.ts'
import type { Endings } from './endings.ts'
import { replyDelta } from './events.ts'
import { Ending, faultOf, usageOf } from './outcomes.ts'
import { AiFault, type ModelEnd, type Provider } from './provider.ts'
import type { RunRecord } from './run-model.ts'
import { leaseMs, type Outcome, type Runs } from './runs.ts'

/** How often what was written is kept, and the lease renewed at the latest, in milliseconds. */
const saveMs = 250
const renewMs = leaseMs / 4
/** The shortest time between two `reply_delta` of a run, in milliseconds: at most 20 a second. */
const deltaMs = 50

/** A run that this process has. */
export interface LiveRun {
  run: RunRecord
  text: string
  /** Resolves when there is more text, or the run has ended. */
  changed: Promise<void>
  /** Resolves when the run has ended and its reply is stored. */
  ended: Promise<void>
  hasEnded: boolean
}

interface Own extends LiveRun {
  actor: Actor
  /** What the model is told ends with this place of the branch's path. */
  uptoIndex: number
  /** How many tokens the model was told, once that is known. */
  told: number
  abort: AbortController
  wake: () => void
  deltaFrom: number
  deltaTimer: NodeJS.Timeout | undefined
}

interface Needs {
  bus: Bus
  runs: Runs
  provider: Provider
  context: ContextService
  finish: Endings['finish']
  /** Told in the background when a reply ended well. */
  afterwards: (actor: Actor, run: RunRecord, signal: AbortSignal) => Promise<void>
  report: (error: unknown, what: string) => void
}

/** Runs the models: what they write is told as it comes, kept as it grows, and stored once at the end. */
export function createEngine ({ bus, runs, provider, context, finish, afterwards, report }: Needs) {
  const live = new Map<string, Own>()
  const background = new Set<Promise<void>>()
  const closing = new AbortController()

  function flushDelta (own: Own) {
    clearTimeout(own.deltaTimer)
    own.deltaTimer = undefined
    const { run, text, deltaFrom: offset } = own
    if (text.length === offset) return
    own.deltaFrom = text.length
    bus.emit(replyDelta, { chat_id: String(run.chat_id), run_id: String(run._id), reply_id: String(run.reply_id), offset, text: text.slice(offset) })
  }

  function wake (own: Own) {
    const { wake } = own
    own.changed = new Promise(resolve => { own.wake = resolve })
    wake()
  }

  function add (own: Own, piece: string) {
    own.text += piece
    own.deltaTimer ??= globalThis.setTimeout(flushDelta, deltaMs, own)
    wake(own)
  }

  /** Keeps the text and the lease while the model writes; ends with the run. */
  async function keep (own: Own, over: AbortSignal) {
    let kept = { length: 0, at: performance.now() }
    for (;;) {
      await setTimeout(saveMs, undefined, { signal: over }).catch(() => {})
      if (over.aborted) return
      const { text } = own
      if (text.length === kept.length && performance.now() - kept.at < renewMs) continue
      try {
        const saved = await runs.save(own.run._id, text)
        if (!saved) own.abort.abort(new Ending('error', 'interrupted'))
        else if (saved.cancelRequested) own.abort.abort(new Ending('stopped', null))
        kept = { length: text.length, at: performance.now() }
      } catch (error) {
        // The database may be back before the lease is over.
        if (!isDatabaseAway(error)) report(error, 'run')
      }
    }
  }

  async function ask (own: Own): Promise<ModelEnd> {
    const { run, actor, uptoIndex, abort } = own
    const { messages, tokens } = await context.build(actor, String(run.chat_id), { branchId: String(run.branch_id), uptoIndex, model: run.model })
    own.told = tokens.total
    const reply = provider.stream({
      model: run.model,
      messages,
      ...(run.temperature !== null && { temperature: run.temperature }),
      ...(run.max_tokens !== null && { maxTokens: run.max_tokens }),
      user: String(run.user_id),
      signal: abort.signal
    })
    for (;;) {
      const { value, done } = await reply.next()
      abort.signal.throwIfAborted()
      if (done) return value
      add(own, value)
    }
  }

  async function outcomeOf (own: Own): Promise<Outcome> {
    const begun = performance.now()
    const used = async (end?: ModelEnd) => await usageOf({ model: own.run.model, text: own.text, told: own.told, begun }, end)
    try {
      const end = await ask(own)
      if (own.text.trim() === '') throw new AiFault('ai_bad_answer', 'The model answered nothing.')
      return { status: 'complete', code: null, text: own.text, usage: await used(end) }
    } catch (error) {
      const ending = own.abort.signal.aborted ? own.abort.signal.reason as unknown : error
      const { status, code } = ending instanceof Ending ? ending : { status: 'error' as const, code: faultOf(error) }
      if (code === 'internal_error') report(error, 'run')
      // Who stops a model before its first word has made it read all the same; a model that failed to answer costs nothing.
      const counts = own.text !== '' || (status === 'stopped' && own.told > 0)
      return { status, code, text: own.text, usage: counts ? await used() : null }
    }
  }

  async function perform (own: Own) {
    const over = new AbortController()
    const keeping = keep(own, over.signal)
    const outcome = await outcomeOf(own)
    over.abort()
    await keeping
    flushDelta(own)
    await finish(own.run, outcome, own.actor.username)
    live.delete(String(own.run._id))
    own.hasEnded = true
    wake(own)
    if (outcome.status !== 'complete' || closing.signal.aborted) return
    const after = afterwards(own.actor, own.run, closing.signal).catch((error: unknown) => report(error, 'after a run')).finally(() => { background.delete(after) })
    background.add(after)
  }

  bus.on(messageDeleted, ({ message_id }) => {
    for (const { run, abort } of live.values()) if (String(run.reply_id) === message_id) abort.abort(new Ending('stopped', null))
  })

  return {
    /** Starts the work on a stored run. */
    start (run: RunRecord, actor: Actor, uptoIndex: number): void {
      const none = Promise.resolve()
      const own: Own = { run, actor, uptoIndex, told: 0, text: '', deltaFrom: 0, deltaTimer: undefined, hasEnded: false, abort: new AbortController(), wake: () => {}, changed: none, ended: none }
      wake(own)
      live.set(String(run._id), own)
      own.ended = perform(own)
      if (closing.signal.aborted) own.abort.abort(new Ending('error', 'interrupted'))
    },

    /** A run of this process, until its reply is stored. */
    find: (runId: string): LiveRun | undefined => live.get(runId),

    /** Ends a run of this process and keeps what it wrote; answers whether it is one. */
    cancel (runId: string): boolean {
      const own = live.get(runId)
      own?.abort.abort(new Ending('stopped', null))
      return own !== undefined
    },

    /** Whether this process is stopping. */
    isClosed: () => closing.signal.aborted,

    /** Ends every run of this process as `interrupted`; resolves when their replies are stored. */
    async drain () {
      closing.abort()
      for (const { abort } of live.values()) abort.abort(new Ending('error', 'interrupted'))
      await Promise.all([...live.values()].map(({ ended }) => ended))
      await Promise.all(background)
    }
  }
}

export type Engine = ReturnType<typeof createEngine>

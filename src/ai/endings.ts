import { setTimeout } from 'node:timers/promises'
import type { Chats } from '../chats/service.ts'
import type { Messages } from '../messages/service.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import { isDatabaseAway } from '../platform/to-problem.ts'
import type { Users } from '../users/service.ts'
import { replyFinished } from './events.ts'
import type { RunRecord } from './run-model.ts'
import type { Outcome, Runs } from './runs.ts'

/** How often dead runs are looked for, in milliseconds. */
const sweepMs = 5000
/** How long the end of a run is tried again while the database is away, in milliseconds; then another process's sweep ends it. */
const finishPatienceMs = 60_000
const finishAgainMs = 200

interface Needs {
  bus: Bus
  runs: Runs
  toMessage: Messages['toMessage']
  note: Chats['summaries']['note']
  namesOf: Users['names']
  report: (error: unknown, what: string) => void
}

/** Stores how runs ended, and ends those whose process died. */
export function createEndings ({ bus, runs, toMessage, note, namesOf, report }: Needs) {
  let sweeping: NodeJS.Timeout | undefined

  /** Stores the end of a run, once however many try, and tells the chat. Never rejects: what could not be stored is left to a sweep. */
  async function finish (run: RunRecord, outcome: Outcome, username: string | null) {
    const until = performance.now() + finishPatienceMs
    for (;;) {
      try {
        return await runs.finish(run, outcome, (reply, seq, entry) => {
          note(entry)
          bus.emit(replyFinished, { chat_id: String(run.chat_id), seq, run_id: String(run._id), code: outcome.code, message: toMessage(reply, username) })
        })
      } catch (error) {
        const again = error instanceof Problem && error.retryable && error.code !== 'unavailable'
        if (!again || performance.now() > until) return report(error, 'run')
        await setTimeout(finishAgainMs)
      }
    }
  }

  async function sweep (isOwn: (runId: string) => boolean) {
    // One of this process that could not renew its lease ends by itself.
    const dead = (await runs.dead()).filter(({ _id }) => !isOwn(String(_id)))
    const names = await namesOf([...new Set(dead.map(({ user_id }) => String(user_id)))])
    for (const run of dead) {
      await finish(run, { status: 'error', code: 'interrupted', text: run.text ?? '', usage: null }, names.get(String(run.user_id)) ?? null)
    }
  }

  return {
    finish,

    /** Ends dead runs from now on, with what their processes had kept; `isOwn` tells of the runs of this one. */
    watch (isOwn: (runId: string) => boolean) {
      const look = () => { sweep(isOwn).catch((error: unknown) => { if (!isDatabaseAway(error)) report(error, 'run sweep') }) }
      look()
      sweeping = setInterval(look, sweepMs).unref()
    },

    stop () { clearInterval(sweeping) }
  }
}

export type Endings = ReturnType<typeof createEndings>

import type { FastifyBaseLogger } from 'fastify'
import type { Connection } from 'mongoose'
import type { Branches } from '../branches/service.ts'
import type { Chats } from '../chats/service.ts'
import type { Log } from '../log/index.ts'
import type { Messages } from '../messages/service.ts'
import type { Bus } from '../platform/bus.ts'
import type { Config } from '../platform/config.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import { inTransaction } from '../platform/transaction.ts'
import type { Users } from '../users/service.ts'
import { type Begun, createCompletions } from './completions.ts'
import { createContext } from './context.ts'
import { createTurns } from './context-turns.ts'
import { createEndings } from './endings.ts'
import { createEngine } from './engine.ts'
import { createExtender } from './extend.ts'
import { createFollow, type Renew, type RunEvent } from './follow.ts'
import { createMemories } from './memories.ts'
import { answerMentions } from './mentions.ts'
import { createProvider } from './provider.ts'
import { type RunRecord, toRun } from './run-model.ts'
import type { Completion, Run } from './run-schemas.ts'
import { createRuns } from './runs.ts'
import { createRollingSummaries } from './summaries.ts'
import { createUsage } from './usage.ts'

interface Needs {
  connection: Connection
  config: Config
  bus: Bus
  log: Log
  users: Users
  chats: Chats
  messages: Messages
  branches: Branches
  cursors: Cursors
  logger: FastifyBaseLogger
  renew: Renew
  report: (error: unknown, what: string) => void
}

/** Replies of models. */
export function createAi ({ connection, config, bus, log, users, chats, messages, branches, cursors, logger, renew, report }: Needs) {
  const usage = createUsage({ connection })
  const provider = createProvider({ config, log: logger })
  const memories = createMemories({ connection, bus, users, cursors })
  const rolling = createRollingSummaries({ connection, bus, log })
  const turns = createTurns({ users })
  const context = createContext({ log, chats, memories, summaries: rolling, turns, provider })
  const summaries = { ...rolling, extend: createExtender({ log, chats, summaries: rolling, turns, provider, report: error => report(error, 'summaries') }) }
  const runs = createRuns({ connection, log, usage, runsPerUser: config.AI_RUNS_PER_USER })
  const endings = createEndings({ bus, runs, toMessage: messages.toMessage, note: chats.summaries.note, namesOf: users.names, report })
  const engine = createEngine({
    bus,
    runs,
    provider,
    context,
    finish: endings.finish,
    async afterwards (actor, run, signal) {
      const used = await summaries.extend(actor, String(run.chat_id), String(run.branch_id), run.model, signal)
      if (used) await inTransaction(connection, async session => await usage.record(session, { userId: actor.id, model: run.model, promptTokens: used.prompt_tokens, completionTokens: used.completion_tokens, at: new Date() }))
    },
    report
  })
  const { follow, ended } = createFollow({ runs, engine, messages, access: chats.access, renew })
  const completions = createCompletions({ bus, log, chats, messages, branches, runs, engine, provider, context, usage, dailyTokens: config.AI_DAILY_TOKENS })
  answerMentions({ bus, access: chats.access, answer: completions.answer, report })

  /** A run of a chat that the actor is in. Throws `run_not_found`. */
  async function find (actor: Actor, runId: string): Promise<RunRecord> {
    const run = await runs.find(runId)
    if (!run || !await chats.access.find(actor, String(run.chat_id))) throw new Problem('run_not_found')
    return run
  }

  return {
    models: [...runs.models, ...usage.models, ...memories.models, ...summaries.models],
    provider,
    memories,
    context,
    summaries,
    usage,
    complete: completions.complete,
    regenerate: completions.regenerate,

    /** What began, once it has ended. Throws the code of a reply that failed. */
    async completed (actor: Actor, { run, message }: Begun): Promise<Completion> {
      await ended(run)
      const over = await find(await renew(actor), String(run._id))
      if (over.code) throw new Problem(over.code, undefined, { runId: String(run._id) })
      return { message, reply: await messages.get(actor, String(run.reply_id)), run: toRun(over), usage: over.usage }
    },

    /** A run. Throws `run_not_found`. */
    run: async (actor: Actor, runId: string): Promise<Run> => toRun(await find(actor, runId)),

    /** What is told of a run after `lastEventId`, up to its end. Throws `run_not_found`. */
    events: async (actor: Actor, runId: string, lastEventId?: string): Promise<AsyncGenerator<RunEvent>> => follow(actor, await find(actor, runId), lastEventId),
    follow,

    /** Ends a run, whichever process has it, and answers it as it is then. Throws `run_not_found`, `run_ended`, `forbidden`. */
    async cancel (actor: Actor, runId: string): Promise<Run> {
      const run = await find(actor, runId)
      const access = await chats.access.find(actor, String(run.chat_id))
      if (String(run.user_id) !== actor.id && !access?.isAdmin) throw new Problem('forbidden', 'Only who asked or an admin of the group may end a reply.')
      if (run.status !== 'running') throw new Problem('run_ended')
      if (!engine.cancel(runId)) await runs.requestCancel(run._id)
      await ended(run)
      return toRun(await find(actor, runId))
    },

    /** Ends the runs of processes that died, from now on. */
    watch: () => { endings.watch(runId => engine.find(runId) !== undefined) },

    /** Ends the runs of this process as `interrupted`: what comes before the log is closed. */
    async drain () {
      endings.stop()
      await engine.drain()
    }
  }
}

export type Ai = ReturnType<typeof createAi>

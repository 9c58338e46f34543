import { Types } from 'mongoose'
import type { Branches } from '../branches/service.ts'
import type { Access, Chats } from '../chats/service.ts'
import type { Entry, MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { Draft, MessageDraft, Transaction } from '../log/operations.ts'
import { newMessage } from '../messages/events.ts'
import type { Message } from '../messages/schemas.ts'
import type { Messages } from '../messages/service.ts'
import type { Bus } from '../platform/bus.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { ContextService } from './context.ts'
import type { Engine } from './engine.ts'
import { replyStarted } from './events.ts'
import type { Provider } from './provider.ts'
import { type RunRecord, toRun } from './run-model.ts'
import type { CompletionCreate, Regenerate } from './run-schemas.ts'
import type { Runs } from './runs.ts'
import { dayOf, type Usage } from './usage.ts'

interface Needs { bus: Bus, log: Log, chats: Chats, messages: Messages, branches: Branches, runs: Runs, engine: Engine, provider: Provider, context: ContextService, usage: Usage, dailyTokens: number | undefined }

/** A run that began, or had begun before with the same `client_id`. */
export interface Begun { run: RunRecord, message: Message, reply: Message, replayed: boolean }

type Ask = Pick<CompletionCreate, 'model' | 'temperature' | 'max_tokens' | 'client_id'>

/** What a run will answer, judged within its transaction: what comes before and after its reply in the log, and where that goes. */
interface Plan {
  branchId: Types.ObjectId
  /** The message that is answered, when it is there already. */
  answered?: MessageEntry
  before: Draft[]
  after: Draft[]
  newBranches?: Awaited<ReturnType<Branches['insertAlternative']>>['newBranches']
  announce?: (entries: Entry[]) => void
}

/** Whether somebody may ask the assistant in a chat. */
function checkAssistant (access: Access) {
  if (access.type === 'direct') throw new Problem('assistant_not_allowed', 'The assistant is in assistant chats, and in groups whose admin let it in.')
  if (access.type === 'group' && !access.assistantEnabled) throw new Problem('assistant_not_allowed', 'An admin of the group can let the assistant in: PATCH the chat with `assistant_enabled`.')
}

/** Questions to models: the person's message and the reply that is about to be written are stored together, then the run starts. */
export function createCompletions ({ bus, log, chats, messages, branches, runs, engine, provider, context, usage, dailyTokens }: Needs) {
  /** Throws `ai_budget_exhausted`. Replies that are under way are not counted yet. */
  async function checkBudget (actor: Actor) {
    if (dailyTokens === undefined) return
    const now = new Date()
    if (await usage.spentOn(actor.id, dayOf(now)) < dailyTokens) return
    const seconds = Math.ceil((Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) - now.getTime()) / 1000)
    throw new Problem('ai_budget_exhausted', `The ${dailyTokens} tokens of the day are used up; the next day begins at midnight UTC.`, { headers: { 'Retry-After': String(seconds) } })
  }

  async function accessTo (actor: Actor, chatId: string): Promise<Access> {
    const access = await chats.access.find(actor, chatId)
    if (!access) throw new Problem('chat_not_found')
    checkAssistant(access)
    return access
  }

  /** What an earlier request with the same `client_id` began. Throws `idempotency_conflict`. */
  async function repeated (actor: Actor, chatId: string, ask: Ask, digest: string, { session }: Transaction): Promise<RunRecord | undefined> {
    if (ask.client_id === undefined) return undefined
    const entry = await log.entries.findOne({ chat_id: new Types.ObjectId(chatId), sender_id: new Types.ObjectId(actor.id), client_id: ask.client_id }, { session }) as MessageEntry | null
    if (!entry) return undefined
    if (entry.client_digest !== digest) throw new Problem('idempotency_conflict', 'Something else was sent with this `client_id`.')
    const run = entry.run_id ? await runs.find(String(entry.run_id)) : await runs.ofMessage(chatId, entry._id, session)
    if (!run) throw new Problem('idempotency_conflict', 'A message was sent with this `client_id`.')
    return run
  }

  async function replay (actor: Actor, run: RunRecord): Promise<Begun> {
    for (const entry of await log.entries.find({ _id: { $in: [run.message_id, run.reply_id] } }).toArray()) chats.summaries.note(entry)
    const [message, reply] = await Promise.all([messages.get(actor, String(run.message_id)), messages.get(actor, String(run.reply_id))])
    return { run, message, reply, replayed: true }
  }

  /** Stores what the plan says, with a reply that is still empty, and starts the run. The `client_id` belongs to the question, or where there is none to the reply. */
  async function begin (actor: Actor, chatId: string, ask: Ask, digest: string, makePlan: (access: Access, transaction: Transaction) => Promise<Plan>): Promise<Begun> {
    const model = provider.find(ask.model).id
    await checkBudget(actor)
    const key = ask.client_id !== undefined && { client_id: ask.client_id, client_digest: digest }
    let begun: Begun | undefined
    /** Without a plan, the run had begun before. */
    interface Result { run: RunRecord, plan?: Plan }
    const { run, plan } = await log.change<Result>({
      chatId,
      async apply (transaction) {
        const { session, now } = transaction
        const access = await chats.access.inTransaction(session, actor, chatId)
        checkAssistant(access)
        const before = await repeated(actor, chatId, ask, digest, transaction)
        if (before) return { drafts: [], result: { run: before } }
        const planned = await makePlan(access, transaction)
        const question = planned.before.find(draft => 'role' in draft) as MessageDraft | undefined
        const answered = question?._id ?? planned.answered!._id
        const ids = { _id: new Types.ObjectId(), reply_id: new Types.ObjectId() }
        const place = { chat_id: new Types.ObjectId(chatId), branch_id: planned.branchId, user_id: new Types.ObjectId(actor.id) }
        const run = await runs.insert({ ...ids, ...place, message_id: answered, model, temperature: ask.temperature ?? null, max_tokens: ask.max_tokens ?? null }, session, now)
        if (question) Object.assign(question, key)
        const reply: MessageDraft = { _id: ids.reply_id, branch_id: planned.branchId, role: 'assistant', sender_id: place.user_id, content: '', status: 'streaming', run_id: ids._id, reply_to: answered, turn_id: question ? question._id! : planned.answered!.turn_id, ...(!question && key) }
        const result = { run, plan: planned }
        return { drafts: [...planned.before, reply, ...planned.after], result, ...(planned.newBranches && { newBranches: planned.newBranches }) }
      },
      committed ({ run, plan }, entries) {
        const told = entries.filter(entry => entry.kind === 'message')
        const reply = told.at(-1)!
        if (plan!.announce) plan!.announce(entries)
        else {
          for (const entry of told) {
            chats.summaries.note(entry)
            bus.emit(newMessage, { chat_id: chatId, seq: entry.seq, message: messages.toMessage(entry, actor.username) })
          }
        }
        begun = { run, message: messages.toMessage(told[0]!, actor.username), reply: messages.toMessage(reply, actor.username), replayed: false }
        bus.emit(replyStarted, { chat_id: chatId, run_id: String(run._id), run: toRun(run) })
        engine.start(run, actor, reply.message_index - 1)
      }
    })
    if (!plan) return await replay(actor, run)
    return plan.answered ? { ...begun!, message: await messages.present(plan.answered) } : begun!
  }

  async function complete (actor: Actor, chatId: string, { content, branch_id, expected_head, ...ask }: Omit<CompletionCreate, 'stream'>): Promise<Begun> {
    const access = await accessTo(actor, chatId)
    const branchId = branch_id ?? String(access.activeBranchId)
    // Before anything is stored: a question that no model could be given.
    await context.build(actor, chatId, { branchId, model: provider.find(ask.model).id, content })
    const digest = messages.digestOf(['completion', content, branch_id ?? null, ask.model ?? null, ask.temperature ?? null, ask.max_tokens ?? null])
    return await begin(actor, chatId, ask, digest, async ({ activeBranchId }) => {
      const id = new Types.ObjectId()
      const target = branch_id === undefined ? activeBranchId : new Types.ObjectId(branch_id)
      return {
        branchId: target,
        before: [{ _id: id, turn_id: id, branch_id: target, role: 'user', sender_id: new Types.ObjectId(actor.id), content, ...(expected_head !== undefined && { expected_head: new Types.ObjectId(expected_head) }) }],
        after: []
      }
    })
  }

  async function regenerate (actor: Actor, messageId: string, { activate, ...ask }: Omit<Regenerate, 'stream'>): Promise<Begun> {
    const { chat_id: chatId, role } = await messages.get(actor, messageId)
    if (role !== 'assistant') throw new Problem('validation_failed', 'Only a message of the role `assistant` can be written again.')
    await accessTo(actor, chatId)
    const digest = messages.digestOf(['regenerate', messageId, activate ?? null, ask.model ?? null, ask.temperature ?? null, ask.max_tokens ?? null])
    return await begin(actor, chatId, ask, digest, async (access, transaction) => {
      const { made, newBranches, answered } = await branches.insertAlternative(access, actor, transaction, { messageId, activate })
      const entry = { branch_id: made.record._id, actor_id: made.record.created_by }
      return {
        branchId: made.record._id,
        answered,
        before: [{ type: 'branch_created', ...entry }],
        after: made.activate ? [{ type: 'active_branch_changed', ...entry }] : [],
        newBranches,
        announce: entries => { branches.announce(actor, chatId, made, entries) }
      }
    })
  }

  return {
    /**
     * Stores a question and begins its reply. Throws what sending throws, and `assistant_not_allowed`, `model_not_found`, `context_too_large`, `run_in_progress`,
     * `too_many_runs`, `ai_budget_exhausted`.
     */
    complete,

    /** Begins another reply to what a reply answers, on an alternative branch. Throws `message_not_found` and, beside `complete`, what making a branch throws. */
    regenerate,

    /** Begins a reply to a message that is stored already. */
    answer: async (actor: Actor, { id, chat_id: chatId, branch_id: branchId }: Message): Promise<Begun> => await begin(actor, chatId, {}, '', async (_access, { session }) => {
      const answered = await log.entries.findOne({ _id: new Types.ObjectId(id), chat_id: new Types.ObjectId(chatId), is_deleted: { $ne: true } }, { session }) as MessageEntry | null
      if (!answered) throw new Problem('message_not_found')
      return { branchId: new Types.ObjectId(branchId), answered, before: [], after: [] }
    })
  }
}

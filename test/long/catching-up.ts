import type { Branches } from '../../src/branches/service.ts'
import type { Chats } from '../../src/chats/service.ts'
import type { Change, Changes } from '../../src/messages/change-schemas.ts'
import type { Message } from '../../src/messages/schemas.ts'
import type { Messages } from '../../src/messages/service.ts'
import { Problem } from '../../src/platform/errors.ts'
import type { Actor } from '../../src/platform/guard.ts'

interface Services { chats: Chats, messages: Messages, branches: Branches }

/** All of a chat that a client shows. */
export interface Shown { epoch: string, title: string | null, people: string, active: string, branches: Map<string, string>, messages: Map<string, Message> }

/** What a call answers, or undefined when it is refused with one of these codes. */
async function unless<Result> (codes: string[], call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof Problem && codes.includes(error.code)) return undefined
    throw error
  }
}

/** The whole chat by the usual reads; undefined for one who is not in it. */
export async function freshRead ({ chats, messages, branches }: Services, actor: Actor, chatId: string): Promise<{ at: number, shown: Shown } | undefined> {
  const chat = await unless(['chat_not_found'], chats.get(actor, chatId))
  if (!chat) return undefined
  const shown: Shown = { epoch: chat.epoch, title: chat.title, people: peopleOf(chat), active: chat.active_branch_id, branches: new Map(), messages: new Map() }
  for (const branch of (await branches.list(actor, chatId, { limit: 100 })).items) {
    shown.branches.set(branch.id, branch.name)
    const page = await messages.list(actor, chatId, { branch_id: branch.id, limit: 100, include_deleted: true })
    if (page.next_cursor) throw new Error('more than a test should make')
    for (const { alternatives: _, ...message } of page.items) shown.messages.set(message.id, message)
  }
  return { at: chat.last_seq, shown }
}

const peopleOf = ({ participants }: { participants: { user_id: string, is_admin: boolean }[] }) => participants.map(({ user_id, is_admin }) => `${user_id} ${String(is_admin)}`).join()

/** A shown chat in one order, to be compared. */
export const inOrder = (shown: Shown | undefined) => shown && {
  ...shown,
  branches: [...shown.branches].sort(),
  messages: [...shown.messages.values()].sort((a, b) => a.seq - b.seq)
}

/** A client that keeps a copy of a chat and brings it up to date by what `changes` tells, and by reading anew only what that names. */
export function createCatcher (services: Services, actor: Actor, chatId: string) {
  const { chats, messages, branches } = services
  let shown: Shown | undefined
  let at = 0
  const counts = { pages: 0, resyncs: 0, items: 0 }

  async function readAnew () {
    const fresh = await freshRead(services, actor, chatId)
    shown = fresh?.shown
    at = fresh?.at ?? 0
  }

  async function apply (shown: Shown, { type, message, branch_id: branchId }: Change) {
    if (type === 'message') shown.messages.set(message!.id, message!)
    else if (type === 'active_branch_changed') shown.active = branchId!
    else if (type === 'branch_deleted') {
      shown.branches.delete(branchId!)
      for (const { id, branch_id } of [...shown.messages.values()]) if (branch_id === branchId) shown.messages.delete(id)
    } else if (type === 'branch_created' || type === 'branch_updated') {
      const branch = await unless(['branch_not_found', 'chat_not_found'], branches.get(actor, chatId, branchId!))
      if (branch) shown.branches.set(branch.id, branch.name)
    } else if (type === 'chat_updated' || type.startsWith('participant_')) {
      const chat = await unless(['chat_not_found'], chats.get(actor, chatId))
      if (chat) Object.assign(shown, { title: chat.title, people: peopleOf(chat) })
    } else throw new Error(`a change that should have been a resync: ${type}`)
  }

  return {
    actor,
    counts,
    get shown () { return shown },

    /** Takes over one page; answers whether there is more. */
    async step (limit: number, tellsEpoch: boolean): Promise<boolean> {
      if (!shown) {
        await readAnew()
        return false
      }
      const before = shown
      const page: Changes | 'resync' | undefined = await unless(['chat_not_found'], messages.changes(actor, chatId, { since: at, limit, ...(tellsEpoch && { epoch: before.epoch }) }).catch((error: unknown) => {
        if (error instanceof Problem && error.code === 'resync_required') return 'resync' as const
        throw error
      }))
      if (page === 'resync') {
        counts.resyncs++
        await readAnew()
        if (shown?.epoch === before.epoch) throw new Error('a resync was asked for although nothing was cleared')
        return false
      }
      if (!page) {
        shown = undefined
        return false
      }
      counts.pages++
      counts.items += page.changes.length
      const seqs = page.changes.map(({ seq }) => seq)
      if (page.epoch !== before.epoch || page.from !== at || page.to < at || (page.has_more && page.to === at) || page.to - at > limit) throw new Error(`a page of another range: ${JSON.stringify({ ...page, changes: seqs, at, limit })}`)
      if (seqs.some((seq, i) => seq <= (seqs[i - 1] ?? at) || seq > page.to)) throw new Error(`not in order: ${seqs.join()}`)
      for (const change of page.changes) await apply(before, change)
      at = page.to
      return page.has_more
    }
  }
}

export type Catcher = ReturnType<typeof createCatcher>

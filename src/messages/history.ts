import type { Static } from '@sinclair/typebox'
import type { Access, Chats } from '../chats/service.ts'
import type { Branch } from '../log/branch.ts'
import type { Log } from '../log/index.ts'
import { isOnPath, type PathBranch } from '../log/path.ts'
import type { StoredMessage } from '../log/stored.ts'
import type { Cursors } from '../platform/cursor.ts'
import { Problem } from '../platform/errors.ts'
import type { Actor } from '../platform/guard.ts'
import type { Users } from '../users/service.ts'
import type { createAlternatives } from './alternatives.ts'
import type { Locate } from './locate.ts'
import { messageJson, toMessage } from './model.ts'
import type { MessagePage, MessageQuery } from './schemas.ts'

interface Needs { log: Log, chats: Chats, users: Users, cursors: Cursors, locate: Locate, alternativesOf: ReturnType<typeof createAlternatives> }

/** Which places of which branch a page shows; a cursor is exactly this. */
interface View { epoch: string, branchId: string, order: 'asc' | 'desc', from: number, to: number, includeDeleted: boolean }

/** JSON has no Infinity: -1 stands for "to the newest". */
const newest = -1

/** Reading the history of a chat. */
export function createHistory ({ log, chats, users, cursors, locate, alternativesOf }: Needs) {
  function open (cursor: string, chatId: string): View {
    const [epoch, branchId, order, from, to, includeDeleted] = cursors.open<[string, string, View['order'], number, number, number]>(`messages ${chatId}`, cursor)
    return { epoch, branchId, order, from, to: to === newest ? Infinity : to, includeDeleted: includeDeleted === 1 }
  }

  const seal = (chatId: string, { epoch, branchId, order, from, to, includeDeleted }: View) =>
    cursors.seal(`messages ${chatId}`, [epoch, branchId, order, from, to === Infinity ? newest : to, includeDeleted ? 1 : 0])

  /** The place of a message that must lie on the branch's path. */
  async function placeOn (branch: Branch, actor: Actor, messageId: string): Promise<number> {
    const { entry } = await locate(actor, messageId)
    if (!isOnPath(branch, entry)) throw new Problem('message_not_found', 'The message is not on this path.')
    return entry.message_index
  }

  async function readAround (branch: Branch, place: number, limit: number, view: View): Promise<{ items: StoredMessage[], view: View }> {
    const older = Math.floor((limit - 1) / 2)
    const range = { limit: limit - older, includeDeleted: view.includeDeleted }
    const [before, after] = await Promise.all([
      log.readStored(branch, { ...range, from: 0, to: place - 1, order: 'desc', limit: older }),
      log.readStored(branch, { ...range, from: place, to: Infinity, order: 'asc' })
    ])
    const items = [...before.reverse(), ...after]
    const edge = view.order === 'asc' ? items.at(-1)?.message_index ?? place : items[0]?.message_index ?? place
    return { items: view.order === 'asc' ? items : items.reverse(), view: view.order === 'asc' ? { ...view, from: edge + 1 } : { ...view, to: edge - 1 } }
  }

  /** The messages of a view, where they are not known yet, and the newest place of the branch. */
  async function read (branch: PathBranch, view: View, limit: number, known?: StoredMessage[]) {
    if (!known && view.order === 'desc') return await log.readBackwards(branch, { limit, ...view })
    const [rows, head] = await Promise.all([known ?? log.readStored(branch, { limit, ...view }), log.headOf(branch)])
    return { rows, head }
  }

  /** A branch of a chat with many, and what parts on a page of it: read beside the page, and once more where the page is not where it was expected. */
  async function forksOn (path: PathBranch, reading: ReturnType<typeof read>, view: View, limit: number) {
    const expected = log.expectedPlaces(view.branchId, { limit, ...view })
    const [{ rows }, early] = await Promise.all([reading, expected && log.branchReads.withForks(path, expected.from, expected.to)])
    const places = rows.map(({ message_index }) => message_index)
    const [from, to] = [Math.min(...places) - 1, Math.max(...places)]
    return early && expected && (rows.length === 0 || (from >= expected.from && to <= expected.to)) ? early : await log.branchReads.withForks(path, from, to)
  }

  /** What a page is made of: stored messages, and what each of them is told with. */
  async function find (actor: Actor, chatId: string, { limit = 50, cursor, order = 'desc', before, after, around, branch_id, include_deleted = false }: MessageQuery, rights?: () => Promise<Access | undefined>) {
    const remembered = await (rights ? rights() : chats.access.find(actor, chatId))
    if (!remembered) throw new Problem('chat_not_found')
    if (around && (before ?? after ?? cursor)) throw new Problem('validation_failed', 'querystring/around cannot be combined with before, after or cursor', { errors: [{ path: '/around', message: 'cannot be combined with before, after or cursor' }] })
    const resumed = cursor === undefined ? undefined : open(cursor, chatId)
    const look = async (access: Access | undefined) => {
      if (!access) throw new Problem('chat_not_found')
      if (resumed && resumed.epoch !== access.epoch) throw new Problem('resync_required', 'The chat was cleared, or its data were restored from a backup: read it again from the start.')
      const branchId = resumed?.branchId ?? branch_id ?? access.activeBranchId.toHexString()
      const view: View = resumed ?? { epoch: access.epoch, branchId, order, from: 0, to: Infinity, includeDeleted: include_deleted }
      const path = before ?? after ?? around ? undefined : log.branchReads.pathOf(chatId, branchId)
      const reading = path && read(path, view, limit + 1)
      const asked = reading && log.branchReads.isCrowded(chatId) ? forksOn(path, reading, view, limit + 1) : log.branchReads.one(chatId, branchId)
      const [{ branch, others }, early] = await Promise.all([asked, reading])
      if (!branch) throw new Problem('branch_not_found')
      return { branch, others, view, early }
    }
    // What is remembered may be from before a clear by another process.
    const { branch, others, view: whole, early } = await look(remembered).catch(async () => await look(await (rights ? rights() : chats.access.findNow(actor, chatId))))
    const view: View = resumed ?? {
      ...whole,
      from: after ? await placeOn(branch, actor, after) + 1 : 0,
      to: before ? await placeOn(branch, actor, before) - 1 : Infinity
    }
    const page = around ? await readAround(branch, await placeOn(branch, actor, around), limit, view) : undefined
    const { rows, head: { index: head } } = early ?? await read(branch, view, limit + 1, page?.items)
    const items = rows.slice(0, limit)
    const last = items.at(-1)?.message_index ?? 0
    const next = page ? page.view : view.order === 'asc' ? { ...view, from: last + 1 } : { ...view, to: last - 1 }
    const more = page ? (next.order === 'asc' ? next.from <= head : next.to >= 0) : rows.length > limit
    const senders = items.map(item => item.hex('sender_id')!)
    const [names, alternatives] = await Promise.all([users.names([...new Set(senders)]), alternativesOf(branch, items, { others, known: rows })])
    return {
      items: items.map((item, index) => ({ item, sender: names.get(senders[index]!) ?? null, alternatives: alternatives(item) })),
      count: Math.max(0, head + 1 - branch.deleted_count),
      next_cursor: more ? seal(chatId, next) : null
    }
  }

  return {
    /**
     * A page of a branch's path; `rights`, of one who reads without being in the chat, take the place of the actor's own.
     * Throws `chat_not_found`, `branch_not_found`, `message_not_found`, `invalid_cursor`, `resync_required`.
     */
    async list (...asked: Parameters<typeof find>): Promise<Static<typeof MessagePage>> {
      const { items, ...rest } = await find(...asked)
      return { items: items.map(({ item, sender, alternatives }) => ({ ...toMessage(item.entry(), sender), alternatives })), ...rest }
    },

    /** The same page, already written as JSON. */
    async listJson (...asked: Parameters<typeof find>): Promise<string> {
      const { items, count, next_cursor } = await find(...asked)
      return `{"items":[${items.map(({ item, sender, alternatives }) => messageJson(item, sender, alternatives)).join(',')}],"count":${count},"next_cursor":${JSON.stringify(next_cursor)}}`
    }
  }
}

import type { Access } from '../chats/service.ts'
import type { Branch as BranchRecord } from '../log/branch.ts'
import type { Log } from '../log/index.ts'
import { segmentsOf } from '../log/path.ts'
import type { Messages } from '../messages/service.ts'
import type { Actor } from '../platform/guard.ts'

interface Needs {
  log: Log
  messages: Messages
  accessTo: (actor: Actor, chatId: string) => Promise<Access>
  branchOf: (chatId: string, branchId: string) => Promise<BranchRecord>
}

/** The last place that two paths share, as far as their lineages tell; -1 when they share none. */
function partingPlace (one: Pick<BranchRecord, '_id' | 'lineage'>, other: Pick<BranchRecord, '_id' | 'lineage'>): number {
  const others = segmentsOf(other, 0, Infinity)
  let place = -1
  for (const [i, segment] of segmentsOf(one, 0, Infinity).entries()) {
    const twin = others[i]
    if (!twin?.branch_id.equals(segment.branch_id)) break
    place = Math.min(segment.to, twin.to)
    if (segment.to !== twin.to) break
  }
  return place
}

/** Where two branches part. */
export function createDiff ({ log, messages, accessTo, branchOf }: Needs) {
  return {
    /** What two branches share, and what each has after. Throws `chat_not_found`, `branch_not_found`. */
    async diff (actor: Actor, chatId: string, branchId: string, otherId: string, limit = 50) {
      await accessTo(actor, chatId)
      const [branch, other] = await Promise.all([branchOf(chatId, branchId), branchOf(chatId, otherId)])
      const heads = await Promise.all([log.headOf(branch), log.headOf(other)])
      const place = Math.min(partingPlace(branch, other), heads[0].index, heads[1].index)
      const [common] = place < 0 ? [] : await log.messagesAt(branch, [place])
      const sides = await Promise.all([branch, other].map(async (side, i) => ({
        branch_id: String(side._id),
        size: heads[i]!.index - place,
        items: await messages.presentAll(await log.readPath(side, { from: place + 1, to: Infinity, order: 'asc', limit, includeDeleted: true }))
      })))
      return { common_size: place + 1, common_message_id: common ? String(common._id) : null, branch: sides[0]!, other: sides[1]! }
    }
  }
}

import type { Access } from '../chats/service.ts'
import type { Branch as BranchRecord } from '../log/branch.ts'
import type { Log } from '../log/index.ts'
import type { Actor } from '../platform/guard.ts'
import { toBranch } from './model.ts'
import type { ListQuery } from './schemas.ts'

/** Code points of a branch's first message that a drawing shows. */
const firstWordsLength = 80

interface Needs {
  log: Log
  accessTo: (actor: Actor, chatId: string) => Promise<Access>
  page: (chatId: string, list: string, query: ListQuery) => Promise<{ records: BranchRecord[], next_cursor: string | null }>
}

/** The shape of a chat, for drawing. */
export function createTree ({ log, accessTo, page }: Needs) {
  async function node (branch: BranchRecord, access: Access) {
    const first = branch.lineage.length > 0 ? branch.lineage.at(-1)!.upto_index + 1 : 0
    const [head, [opening]] = await Promise.all([log.headOf(branch), log.messagesAt(branch, [first])])
    const words = opening && !opening.is_deleted ? [...opening.content.slice(0, 2 * firstWordsLength)].slice(0, firstWordsLength).join('') : null
    return { ...toBranch(branch, head, access.activeBranchId), own_size: head.index + 1 - first, depth: branch.lineage.length, first_words: words }
  }

  return {
    /** A page of the tree, parents before children. Throws `chat_not_found`, `invalid_cursor`. */
    async tree (actor: Actor, chatId: string, query: ListQuery) {
      const access = await accessTo(actor, chatId)
      const { records, next_cursor } = await page(chatId, `tree ${chatId}`, query)
      return { items: await Promise.all(records.map(branch => node(branch, access))), next_cursor }
    }
  }
}

import { trusted } from 'mongoose'
import type { Branch } from '../log/branch.ts'
import type { MessageEntry } from '../log/entry.ts'
import type { Log } from '../log/index.ts'
import type { Placed } from '../log/stored.ts'
import type { Alternatives } from './schemas.ts'

const alone: Alternatives = { index: 0, count: 1 }
const keyOf = (id: unknown) => String(id)

/**
 * Tells of messages on one path which of how many siblings each is: the messages on any branch that follow
 * the same message. `all` are all branches of the chat, where the caller knows them; else one query finds where branches part (and one the
 * neighbours that the page lacks). Only where some do another finds what they begin with.
 */
export const createAlternatives = ({ log }: { log: Log }) =>
  async (branch: Branch, items: Placed[], all?: Branch[]): Promise<(message: Placed) => Alternatives> => {
    const nowhere = () => alone
    if (items.length === 0) return nowhere
    const places = items.map(({ message_index }) => message_index)
    const [lowest, highest] = [Math.min(...places), Math.max(...places)]
    const isNear = ({ kind, created_from_message_index: place }: Branch) => kind !== 'main' && (place ?? -1) >= lowest - 1 && (place ?? -1) < highest
    if (all && !all.some(isNear)) return nowhere
    const byPlace = new Map<number, Placed>(items.map(item => [item.message_index, item]))
    const missing = places.map(place => place - 1).filter(place => place >= 0 && !byPlace.has(place))
    for (const message of await log.messagesAt(branch, missing)) byPlace.set(message.message_index, message)
    const before = ({ message_index }: Placed) => byPlace.get(message_index - 1)
    const parents = new Set(items.map(item => keyOf(before(item)?._id ?? null)))
    const forks = all
      ? all.filter(each => isNear(each) && parents.has(keyOf(each.fork_message_id)))
      : await log.branches.find({ chat_id: branch.chat_id, kind: trusted({ $ne: 'main' }), fork_message_id: trusted({ $in: items.map(item => before(item)?._id ?? null) }) })
        .select({ fork_message_id: 1, created_from_message_index: 1 }).lean()
    if (forks.length === 0) return nowhere

    const parted = items.filter(item => forks.some(({ fork_message_id }) => keyOf(fork_message_id) === keyOf(before(item)?._id ?? null)))
    const main = parted.some(({ message_index }) => message_index === 0) ? await log.branches.findOne({ chat_id: branch.chat_id, fork_message_id: null, kind: 'main' }).select({ _id: 1 }).lean() : null
    const siblings = await log.entries.find({
      chat_id: branch.chat_id,
      kind: 'message',
      $or: [
        ...forks.map(({ _id, created_from_message_index }) => ({ branch_id: _id, message_index: (created_from_message_index ?? -1) + 1 })),
        ...parted.flatMap(item => before(item) ? [{ branch_id: before(item)!.branch_id, message_index: item.message_index }] : []),
        ...(main ? [{ branch_id: main._id, message_index: 0 }] : [])
      ]
    }).project<MessageEntry>({ seq: 1, branch_id: 1, message_index: 1 }).toArray()
    // Not sorted by the database: it would rather walk the whole log in order than look up these few.
    siblings.sort((a, b) => a.seq - b.seq)

    const forkOf = new Map(forks.map(({ _id, fork_message_id }) => [keyOf(_id), keyOf(fork_message_id)]))
    return item => {
      const parent = before(item)
      const row = siblings.filter(({ branch_id, message_index }) => message_index === item.message_index &&
        (forkOf.get(keyOf(branch_id)) === keyOf(parent?._id ?? null) || (parent ? branch_id.equals(parent.branch_id) : !forkOf.has(keyOf(branch_id)))))
      const index = row.findIndex(({ _id }) => _id.equals(item._id))
      return index < 0 ? alone : { index, count: row.length }
    }
  }

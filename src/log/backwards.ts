import { createCache } from '../platform/cache.ts'
import { uniqueIndexes } from './entry.ts'
import { type FindMessages, headAfter, headOf, type PathBranch, type PathRange, rangesOf, readPath, type Segment, segmentsOf } from './path.ts'
import type { Place } from './place.ts'
import type { Placed } from './stored.ts'
import { createTails } from './tails.ts'

/** Branches whose newest place, as it was seen last, is remembered. */
const remembered = 20_000
/** Messages that may have come since then and still leave room for the page in one read. */
const newcomers = 10
/** Places that are read beside an older page at the most: twice as many as the one before had tombstones. */
const spare = 10

/** Messages of a path, newest first, and its newest place at the time of the read. */
export interface Backwards<Row> { rows: Row[], head: Place }

/** Reads paths from the newest message on backwards, mostly by one command, `find` and `findHead` as of now. */
export function createBackwards<Row extends Placed> (find: FindMessages<Row>, findHead: FindMessages) {
  const seen = createCache<number>({ atMost: remembered })
  /** How many tombstones the older page of a branch had that was read last. */
  const tombstones = createCache<number>({ atMost: remembered })
  const tailOf = createTails(find)

  /** The newest messages of a branch that was seen to end at a place, where these are all its own. */
  async function newest (branch: PathBranch, limit: number): Promise<Row[] | undefined> {
    const place = seen.get(branch._id.toHexString())
    const start = (branch.lineage.at(-1)?.upto_index ?? -1) + 1
    if (place === undefined || (start > 0 && place - start + 1 < limit)) return undefined
    return (await tailOf({ branch, from: Math.max(0, place - limit + 1), expected: limit + newcomers }))?.slice(0, limit)
  }

  async function fromNewest (branch: PathBranch, { limit, includeDeleted }: PathRange): Promise<Backwards<Row>> {
    const rows = await newest(branch, limit) ?? await readPath(find, branch, { from: 0, to: Infinity, order: 'desc', limit, includeDeleted: true })
    const head = headAfter(branch, rows[0]?.branch_id.equals(branch._id) ? rows[0] : undefined)
    if (includeDeleted) return { rows, head }
    const visible = rows.filter(({ is_deleted }) => !is_deleted)
    // Tombstones are seldom so many that another read is needed.
    if (rows.length === limit && visible.length < limit) visible.push(...await readPath(find, branch, { from: 0, to: rows.at(-1)!.message_index - 1, order: 'desc', limit: limit - visible.length, includeDeleted }))
    return { rows: visible, head }
  }

  /** Reads what has come since a place together with the range; undefined where that was too much, or not even the message at that place is left. */
  async function withNewcomers (branch: PathBranch, range: PathRange, place: number): Promise<Backwards<Row> | undefined> {
    const { from, to, limit, includeDeleted } = range
    // A path has a message at each place, so that a page without tombstones is the last places of the range. Tombstones are read, too, and left out here, as
    // it costs the database more to look at each message for that.
    const id = branch._id.toHexString()
    const room = limit + (includeDeleted ? 0 : Math.min(spare, 2 * (tombstones.get(id) ?? 0)))
    const lowest = Math.max(from, to - room + 1)
    const newer = { chat_id: branch.chat_id, branch_id: branch._id, kind: 'message', message_index: { $gte: place } }
    const found = await find({ filter: { $or: [newer, ...rangesOf(branch, segmentsOf(branch, lowest, to).reverse(), true)] }, sort: { message_index: -1 }, limit: room + 1 + newcomers, hint: uniqueIndexes.place })
    const paged = found.filter(({ message_index }) => message_index <= to)
    const newest = found.length - paged.length
    if (newest === 0 || newest > 1 + newcomers) return undefined
    const rows = includeDeleted ? paged : paged.filter(({ is_deleted }) => !is_deleted)
    if (!includeDeleted) tombstones.set(id, paged.length - rows.length)
    if (rows.length < limit && lowest > from) rows.push(...await readPath(find, branch, { ...range, to: lowest - 1, limit: limit - rows.length }))
    return { rows: rows.slice(0, limit), head: headAfter(branch, found[0]) }
  }

  async function readBackwards (branch: PathBranch, view: Omit<PathRange, 'order'>): Promise<Backwards<Row>> {
    const range: PathRange = { ...view, order: 'desc' }
    const id = branch._id.toHexString()
    const place = seen.get(id)
    const read = async () => {
      if (range.from === 0 && range.to === Infinity) return await fromNewest(branch, range)
      const found = place !== undefined && place > range.to ? await withNewcomers(branch, range, place) : undefined
      if (found) return found
      const [rows, head] = await Promise.all([readPath(find, branch, range), headOf(findHead, branch)])
      return { rows, head }
    }
    const result = await read()
    const isOwn = result.head.index > (branch.lineage.at(-1)?.upto_index ?? -1)
    if (isOwn) seen.set(id, result.head.index)
    return result
  }

  return {
    /** The messages of a branch's path in a range of places, newest first, and its newest place. */
    readBackwards,

    /** Where the messages of a range will most likely lie, and the one before them (-1: before the first); undefined where nothing is known of the branch. */
    expectedPlaces (branchId: string, { order, from, to, limit }: PathRange): Pick<Segment, 'from' | 'to'> | undefined {
      // As many tombstones as messages are stepped over.
      const length = 2 * limit
      if (order === 'asc') return { from: from - 1, to: from + length }
      const upto = Math.min(to, (seen.get(branchId) ?? Infinity) + newcomers)
      return upto === Infinity ? undefined : { from: upto - newcomers - length, to: upto }
    }
  }
}

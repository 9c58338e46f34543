import DataLoader from 'dataloader'
import { uniqueIndexes } from './entry.ts'
import { afterGathering } from './gathering.ts'
import { type FindMessages, type PathBranch, rangesOf } from './path.ts'
import type { Placed } from './stored.ts'

/** Branches that are read by one command: with more each takes hardly less (docs/decisions/0021-newest-pages-asked-for-at-once-are-read-by-one-command.md), and the answer more memory. */
const branchesAtOnce = 8

/** The messages of a branch from a place on, which are at most so many if all goes as expected. */
interface Tail { branch: PathBranch, from: number, expected: number }

/** The messages from a place on, newest first, of a branch's own that came in order; undefined where there is a hole. */
function wholeFrom<Row extends Placed> (rows: Row[], from: number): Row[] | undefined {
  const first = rows[0]?.message_index ?? Infinity
  const isWhole = first <= from && rows.every(({ message_index }, index) => message_index === first + index)
  return isWhole ? rows.slice(from - first).reverse() : undefined
}

/**
 * Reads what branches have from a place on, tombstones too, newest first. Those that are asked for within some turns of the event loop are read by one command: each is as fresh
 * as one of its own would be. Undefined where more came than was expected, or a message is missing: then nothing is known.
 */
export function createTails<Row extends Placed> (find: FindMessages<Row>) {
  async function read (tails: readonly Tail[]): Promise<(Row[] | undefined)[]> {
    const wanted = new Map<string, Tail>()
    for (const tail of tails) {
      const id = tail.branch._id.toHexString()
      const { from, expected } = wanted.get(id) ?? tail
      wanted.set(id, { ...tail, from: Math.min(from, tail.from), expected: Math.max(expected, tail.expected) })
    }
    const ranges = Array.from(wanted.values(), ({ branch, from }) => rangesOf(branch, [{ branch_id: branch._id, from, to: Infinity }], true)[0]!)
    const limit = Array.from(wanted.values(), ({ expected }) => expected).reduce((sum, expected) => sum + expected) + 1
    const rows = await find({ filter: ranges.length === 1 ? ranges[0]! : { $or: ranges }, limit, hint: uniqueIndexes.place })
    // What was cut off may be of any of them.
    if (rows.length === limit) return tails.map(() => undefined)
    const found = new Map(Array.from(wanted.keys(), id => [id, [] as Row[]]))
    let branch: Row['branch_id'] | undefined
    let own: Row[] = []
    for (const row of rows) {
      if (!branch?.equals(row.branch_id)) {
        branch = row.branch_id
        own = found.get(branch.toHexString())!
      }
      own.push(row)
    }
    return tails.map(({ branch, from }) => wholeFrom(found.get(branch._id.toHexString())!, from))
  }

  const loader = new DataLoader(read, { cache: false, maxBatchSize: branchesAtOnce, batchScheduleFn: afterGathering })
  return async (tail: Tail): Promise<Row[] | undefined> => await loader.load(tail)
}

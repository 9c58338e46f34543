/** What the drawing needs to know of a branch; the members are those of `TreeNode`. */
export interface TreeBranch {
  id: string
  name: string
  kind: 'main' | 'named' | 'alternative'
  parent_branch_id: string | null
  created_from_message_index: number | null
  size: number
}

/** A branch in the drawing: a lane of its own, from where it leaves its parent to its newest message. */
export interface Lane<B extends TreeBranch = TreeBranch> {
  branch: B
  row: number
  y: number
  /** Where it leaves its parent; undefined for what begins with the chat. */
  fork: { x: number, y: number } | undefined
  /** Its own messages that are drawn, as far as there is room, oldest first. */
  dots: number[]
  head: { x: number, y: number, isOwn: boolean }
}

export interface Drawing<B extends TreeBranch = TreeBranch> {
  lanes: Lane<B>[]
  /** Where the chat begins. */
  root: { x: number, y: number }
  width: number
  height: number
}

const margin = { x: 16, y: 15 }
/** Pixels between lanes and between neighbouring messages. */
const rowHeight = 28
const step = 26
/** More messages than this in a row are drawn closer together, by the logarithm of their number. */
const closeTogether = 5

const first = ({ created_from_message_index: fork }: TreeBranch) => (fork ?? -1) + 1

/**
 * Where things are: time goes to the right, each branch has a row. Of several branches that leave the same parent the one that leaves
 * last lies nearest to it, so no line crosses another. Stretches of a line where nothing parts or ends are shortened.
 */
export function layOut<B extends TreeBranch> (branches: B[]): Drawing<B> {
  const byId = new Map(branches.map(branch => [branch.id, branch]))
  const parentOf = (branch: B) => branch.parent_branch_id === null ? undefined : byId.get(branch.parent_branch_id)
  const children = new Map<B | undefined, B[]>()
  for (const branch of branches) {
    const parent = parentOf(branch)
    children.set(parent, [...children.get(parent) ?? [], branch])
  }

  const rows: B[] = []
  const place = (branch: B) => {
    rows.push(branch)
    for (const child of (children.get(branch) ?? []).sort((a, b) => first(b) - first(a))) place(child)
  }
  for (const branch of (children.get(undefined) ?? []).sort((a, b) => Number(b.kind === 'main') - Number(a.kind === 'main'))) place(branch)

  const xOf = columns(branches)
  const yOf = new Map(rows.map((branch, row) => [branch.id, margin.y + row * rowHeight]))
  const lanes = rows.map((branch, row): Lane<B> => {
    const y = yOf.get(branch.id)!
    const parent = parentOf(branch)
    const forkIndex = first(branch) - 1
    const isOwn = branch.size > first(branch)
    const rootless = branch.kind === 'main'
    return {
      branch,
      row,
      y,
      fork: rootless ? undefined : { x: xOf(forkIndex), y: parent ? yOf.get(parent.id)! : margin.y },
      dots: shown(first(branch), branch.size - 1),
      head: { x: xOf(isOwn ? branch.size - 1 : forkIndex + 1), y, isOwn }
    }
  })

  function shown (from: number, to: number): number[] {
    const dots: number[] = []
    for (let index = from; index <= to && dots.length < 400; index++) {
      const x = xOf(index)
      if (dots.length === 0 || x - dots.at(-1)! >= step / 2) dots.push(x)
    }
    return dots
  }

  return {
    lanes,
    root: { x: xOf(-1), y: margin.y },
    width: Math.max(...lanes.map(({ head }) => head.x), 0) + margin.x,
    height: rows.length * rowHeight + margin.y * 2 - rowHeight
  }
}

/** Gives each place of a message its column. */
function columns (branches: TreeBranch[]): (index: number) => number {
  const keys = [...new Set([-1, ...branches.flatMap(branch => [first(branch) - 1, first(branch), Math.max(first(branch), branch.size - 1)])])].sort((a, b) => a - b)
  const at = new Map<number, number>()
  let x = margin.x
  keys.forEach((key, i) => {
    const gap = i === 0 ? 0 : key - keys[i - 1]!
    x += step * (gap <= closeTogether ? gap : closeTogether + Math.log2(gap / closeTogether) * 2)
    at.set(key, x)
  })
  return index => {
    const known = at.get(index)
    if (known !== undefined) return known
    const next = keys.findIndex(key => key > index)
    if (next <= 0) return x
    const [left, right] = [keys[next - 1]!, keys[next]!]
    return at.get(left)! + (at.get(right)! - at.get(left)!) * (index - left) / (right - left)
  }
}

/** The branches whose messages a branch's path goes through, itself first, each with the last place it goes to there. */
export function pathOf<B extends TreeBranch> (branches: B[], id: string | undefined): Map<string, number> {
  const byId = new Map(branches.map(branch => [branch.id, branch]))
  const path = new Map<string, number>()
  let upTo = Infinity
  for (let branch = id === undefined ? undefined : byId.get(id); branch && !path.has(branch.id); branch = byId.get(branch.parent_branch_id ?? '')) {
    path.set(branch.id, Math.min(upTo, branch.size - 1))
    upTo = first(branch) - 1
  }
  return path
}

/** The line of a lane from its fork to `x`. */
export function lineOf ({ fork, y, head }: Lane, root: { x: number }, to = head.x): string {
  if (!fork) return `M${root.x} ${y}H${to}`
  const bend = Math.min(11, Math.abs(y - fork.y))
  return `M${fork.x} ${fork.y}V${y - bend}Q${fork.x} ${y} ${fork.x + bend} ${y}H${Math.max(to, fork.x + bend)}`
}

/** Which lane a key leads to from another: up and down by rows, left to the parent, right to the first that leaves it. */
export function laneByKey (lanes: Lane[], from: number, key: string): number {
  const { branch } = lanes[from]!
  const to = {
    ArrowUp: from - 1,
    ArrowDown: from + 1,
    Home: 0,
    End: lanes.length - 1,
    ArrowLeft: lanes.findIndex(lane => lane.branch.id === branch.parent_branch_id),
    ArrowRight: lanes.findIndex(lane => lane.branch.parent_branch_id === branch.id)
  }[key] ?? from
  return to < 0 || to >= lanes.length ? from : to
}

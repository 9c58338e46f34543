import t from 'tap'
import { laneByKey, layOut, lineOf, pathOf, type TreeBranch } from '../../console/src/branches/layout.ts'

const branch = (id: string, parent: string | null, fork: number | null, size: number): TreeBranch =>
  ({ id, name: id, kind: id === 'main' ? 'main' : 'named', parent_branch_id: parent, created_from_message_index: fork, size })

const branches = [branch('main', null, null, 9), branch('early', 'main', 1, 5), branch('late', 'main', 6, 8), branch('deep', 'early', 3, 6), branch('empty', 'main', 8, 9), branch('before', null, null, 2)]

t.test('each branch has a lane of its own, and of two that leave the same parent the later lies nearer', async t => {
  const { lanes } = layOut(branches)
  t.same(lanes.map(lane => lane.branch.id), ['main', 'empty', 'late', 'early', 'deep', 'before'])
  t.equal(new Set(lanes.map(({ y }) => y)).size, branches.length)
})

t.test('time goes to the right: what leaves the same message leaves at one place, and heads lie where their messages are', async t => {
  const { lanes, root, width } = layOut(branches)
  const of = (id: string) => lanes.find(lane => lane.branch.id === id)!
  t.ok(of('early').fork!.x < of('deep').fork!.x && of('deep').fork!.x < of('late').fork!.x)
  t.equal(of('empty').fork!.x, of('main').head.x, 'it leaves the newest message')
  t.notOk(of('empty').head.isOwn, 'and has none of its own')
  t.ok(of('empty').head.x > of('empty').fork!.x)
  t.equal(of('deep').fork!.y, of('early').y)
  t.equal(of('before').fork!.x, root.x, 'what replaces the first message leaves the beginning')
  t.same(of('main').dots.length, 9)
  for (const { head } of lanes) t.ok(head.x < width)
})

t.test('no line crosses another', async t => {
  // A thousand trees, each grown from numbers that the one before gave.
  let seed = 7
  const random = (below: number) => (seed = seed * 48_271 % 2_147_483_647) % below
  for (let round = 0; round < 1000; round++) {
    const tree = [branch('main', null, null, 1 + random(30))]
    for (let count = random(9); count > 0; count--) {
      const parent = tree[random(tree.length)]!
      const first = (parent.created_from_message_index ?? -1) + 1
      if (parent.size <= first) continue
      const fork = first + random(parent.size - first)
      tree.push(branch(`b${tree.length}`, parent.id, fork, fork + 1 + random(12)))
    }
    const { lanes } = layOut(tree)
    const faults = lanes.flatMap(({ branch: { id }, fork, y }) => fork
      ? lanes.filter(other => other.y > fork.y && other.y < y && (other.fork?.x ?? 0) < fork.x && other.head.x > fork.x).map(other => `${id} crosses ${other.branch.id} of ${JSON.stringify(tree)}`)
      : [])
    if (faults.length > 0) return t.same(faults, [])
  }
})

t.test('long stretches are shortened, and order stays', async t => {
  const { lanes, width } = layOut([branch('main', null, null, 100_000), branch('late', 'main', 99_990, 99_999)])
  t.ok(width < 1500, `${width} pixels`)
  t.ok(lanes[1]!.fork!.x < lanes[0]!.head.x)
  t.ok(lanes[0]!.dots.length <= 400)
})

t.test('the path of a branch goes through its ancestors up to where each was left', async t => {
  t.same([...pathOf(branches, 'deep')], [['deep', 5], ['early', 3], ['main', 1]])
  t.same([...pathOf(branches, 'nothing')], [])
})

t.test('keys lead along rows, to the parent and to the first child', async t => {
  const { lanes, root } = layOut(branches)
  const at = (id: string) => lanes.findIndex(lane => lane.branch.id === id)
  t.equal(laneByKey(lanes, at('deep'), 'ArrowLeft'), at('early'))
  t.equal(laneByKey(lanes, at('early'), 'ArrowRight'), at('deep'))
  t.equal(laneByKey(lanes, at('main'), 'ArrowUp'), at('main'), 'not beyond the first')
  t.equal(laneByKey(lanes, at('main'), 'ArrowDown'), 1)
  t.equal(laneByKey(lanes, 1, 'End'), lanes.length - 1)
  t.equal(laneByKey(lanes, 1, 'a'), 1)
  t.match(lineOf(lanes[at('deep')]!, root), /^M[\d.]+ [\d.]+V[\d.]+Q.*H[\d.]+$/)
})

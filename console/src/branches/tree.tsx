import { useMemo, useState } from 'preact/hooks'
import { laneByKey, lineOf, layOut, pathOf, type Lane, type TreeBranch } from './layout.ts'

interface Props {
  branches: TreeBranch[]
  /** The branch that messages go to which name none. */
  activeId: string | undefined
  /** The branch whose path is read. */
  shownId: string | undefined
  onSwitch: (id: string) => void
}

/** How far right each lane of the path is drawn strongly: to where the path leaves it. */
const endOn = (lane: Lane, lanes: Lane[], path: Map<string, number>) => {
  const next = lanes.find(({ branch }) => path.has(branch.id) && branch.parent_branch_id === lane.branch.id)
  return next?.fork?.x ?? lane.head.x
}

const describe = ({ branch }: Lane, activeId: string | undefined) => [
  branch.name,
  branch.size === 1 ? '1 message' : `${branch.size} messages`,
  branch.created_from_message_index !== null && `forked after message ${branch.created_from_message_index + 1}`,
  branch.id === activeId && 'active'
].filter(Boolean).join(', ')

/** The branches of a chat as a drawing: a list box of lanes, by mouse or keyboard. */
export function BranchTree ({ branches, activeId, shownId, onSwitch }: Props) {
  const { lanes, root, width, height } = useMemo(() => layOut(branches), [branches])
  const path = useMemo(() => pathOf(branches, shownId), [branches, shownId])
  const [cursorId, setCursor] = useState<string>()
  const [hasFocus, setFocus] = useState(false)
  const cursor = Math.max(0, lanes.findIndex(({ branch }) => branch.id === (cursorId ?? shownId)))
  const labelX = (lane: Lane) => lane.head.x + 12
  const longest = Math.max(0, ...lanes.map(lane => labelX(lane) + Math.min(lane.branch.name.length, 28) * 7.2 + 76))

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') onSwitch(lanes[cursor]!.branch.id)
    else {
      const to = laneByKey(lanes, cursor, event.key)
      if (to === cursor) return
      setCursor(lanes[to]!.branch.id)
      document.getElementById(`lane-${lanes[to]!.branch.id}`)?.scrollIntoView({ block: 'nearest' })
    }
    event.preventDefault()
  }

  return (
    <svg
      class='tree' role='listbox' aria-label='Branches' tabIndex={0} width={Math.max(width, longest)} height={height}
      aria-activedescendant={lanes[cursor] && `lane-${lanes[cursor].branch.id}`}
      onKeyDown={onKeyDown} onFocus={() => { setFocus(true) }} onBlur={() => { setFocus(false); setCursor(undefined) }}
    >
      <g aria-hidden='true'>
        {lanes.map(lane => <path key={lane.branch.id} class={`line lane-${lane.row % 6}`} d={lineOf(lane, root)} />)}
        {lanes.filter(({ branch }) => path.has(branch.id)).map(lane => <path key={lane.branch.id} class='line chosen' d={lineOf(lane, root, endOn(lane, lanes, path))} />)}
        <rect class='root' x={root.x - 4} y={root.y - 4} width={8} height={8} rx={2} />
      </g>
      {lanes.map((lane, i) => {
        const { branch, y, head, dots, fork } = lane
        const isActive = branch.id === activeId
        const onPath = path.has(branch.id)
        return (
          <g
            key={branch.id} id={`lane-${branch.id}`} role='option' aria-label={describe(lane, activeId)} aria-selected={branch.id === shownId}
            class={['lane', `lane-${lane.row % 6}`, onPath && 'on-path', branch.id === shownId && 'shown', hasFocus && i === cursor && 'cursor'].filter(Boolean).join(' ')}
            onClick={() => { onSwitch(branch.id) }}
          >
            <rect class='hit' x={fork ? fork.x + 4 : 2} y={y - 12} width={Math.max(width, longest) - (fork ? fork.x + 6 : 4)} height={24} rx={6} />
            {dots.map(x => <circle key={x} class='dot' cx={x} cy={y} r={3} />)}
            {fork && <circle class='fork' cx={fork.x} cy={fork.y} r={4} />}
            <circle class={head.isOwn ? 'head' : 'head empty'} cx={head.x} cy={y} r={5.5} />
            {isActive && <circle class='ring' cx={head.x} cy={y} r={9} />}
            <text x={labelX(lane)} y={y + 4}>
              <tspan class='name'>{branch.name.length > 28 ? `${branch.name.slice(0, 27)}…` : branch.name}</tspan>
              <tspan class='size' dx={6}>{branch.size}</tspan>
              {isActive && <tspan class='mark' dx={6}>active</tspan>}
            </text>
          </g>
        )
      })}
    </svg>
  )
}

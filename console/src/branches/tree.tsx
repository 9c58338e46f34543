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

const shortName = ({ name }: TreeBranch) => name.length > 28 ? `${name.slice(0, 27)}…` : name

/** In the order of what is read beside the lane: whoever speaks to the page says what they see. */
const describe = ({ branch }: Lane, activeId: string | undefined) => [
  `${shortName(branch)}${branch.id === activeId ? ' active' : ''} ${branch.size} ${branch.size === 1 ? 'message' : 'messages'}`,
  shortName(branch) !== branch.name && branch.name,
  branch.created_from_message_index !== null && `forked after message ${branch.created_from_message_index + 1}`
].filter(Boolean).join(', ')

/** The branches of a chat as a drawing: a list box of lanes, by mouse or keyboard. */
export function BranchTree ({ branches, activeId, shownId, onSwitch }: Props) {
  const { lanes, root, width, height } = useMemo(() => layOut(branches), [branches])
  const path = useMemo(() => pathOf(branches, shownId), [branches, shownId])
  const [cursorId, setCursor] = useState<string>()
  const [hasFocus, setFocus] = useState(false)
  const cursor = Math.max(0, lanes.findIndex(({ branch }) => branch.id === (cursorId ?? shownId)))
  const labelX = (lane: Lane) => lane.head.x + 16
  const total = Math.max(width, ...lanes.map(lane => labelX(lane) + Math.min(lane.branch.name.length, 28) * 7.4 + 84))

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
      class='tree' role='listbox' aria-label='Branches' tabIndex={0} width={total} height={height}
      aria-activedescendant={lanes[cursor] && `lane-${lanes[cursor].branch.id}`}
      onKeyDown={onKeyDown} onFocus={() => { setFocus(true) }} onBlur={() => { setFocus(false); setCursor(undefined) }}
    >
      <g aria-hidden='true'>
        {lanes.map(({ branch, fork, y }, i) => (
          <rect
            key={branch.id} class={['back', branch.id === shownId && 'shown', hasFocus && i === cursor && 'cursor'].filter(Boolean).join(' ')}
            x={fork ? fork.x + 4 : 3} y={y - 12.5} width={total - (fork ? fork.x + 7 : 6)} height={25} rx={7}
          />
        ))}
        {lanes.map(lane => <path key={lane.branch.id} class={`line lane-${lane.row % 6}`} d={lineOf(lane, root)} />)}
        {lanes.filter(({ branch }) => path.has(branch.id)).map(lane => <path key={lane.branch.id} class='line chosen' d={lineOf(lane, root, endOn(lane, lanes, path))} />)}
        <rect class='root' x={root.x - 4} y={root.y - 4} width={8} height={8} rx={2.5} />
      </g>
      {lanes.map(lane => {
        const { branch, y, head, dots, fork } = lane
        const isActive = branch.id === activeId
        const onPath = path.has(branch.id)
        return (
          <g
            key={branch.id} id={`lane-${branch.id}`} role='option' aria-label={describe(lane, activeId)} aria-selected={branch.id === shownId}
            class={['lane', `lane-${lane.row % 6}`, onPath && 'on-path', branch.id === shownId && 'shown'].filter(Boolean).join(' ')}
            onClick={() => { onSwitch(branch.id) }}
          >
            <rect class='hit' x={fork ? fork.x + 4 : 3} y={y - 13} width={total - (fork ? fork.x + 7 : 6)} height={26} />
            {dots.map(x => <circle key={x} class='dot' cx={x} cy={y} r={3.5} />)}
            {fork && <circle class='fork' cx={fork.x} cy={fork.y} r={4.5} />}
            <circle class={head.isOwn ? 'head' : 'head empty'} cx={head.x} cy={y} r={6} />
            {isActive && <circle class='ring' cx={head.x} cy={y} r={10} />}
            <text x={labelX(lane)} y={y + 4}>
              <tspan class='name'>{shortName(branch)}</tspan>{' '}
              {isActive && <><tspan class='mark' dx={4}>active</tspan>{' '}</>}
              <tspan class='size' dx={4}>{branch.size}</tspan>
            </text>
          </g>
        )
      })}
    </svg>
  )
}

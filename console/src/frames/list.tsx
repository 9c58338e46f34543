import { useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { Detail } from './detail.tsx'
import { gist } from './gist.ts'
import { shown, type LoggedFrame } from './log.ts'

/** Pixels; those of the style sheet. */
const rowHeight = 26
const detailHeight = 260
/** Rows that are drawn beyond what is seen, on either side. */
const spare = 8

const arrows = { in: '↓', out: '↑', note: '•' }
const words = { in: 'received', out: 'sent', note: 'socket' }
const time = (at: number) => new Date(at).toISOString().slice(11, 23)
const size = (bytes: number) => bytes === 0 ? '' : bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`
interface RowProps { frame: LoggedFrame, isOpen: boolean, isCurrent: boolean, onToggle: () => void, onFocus: () => void }

const Row = ({ frame, isOpen, isCurrent, onToggle, onFocus }: RowProps) => (
  <button type='button' class={`frame ${frame.direction}`} data-id={frame.id} aria-expanded={isOpen} tabIndex={isCurrent ? 0 : -1} onClick={onToggle} onFocus={onFocus}>
    <span class='way' aria-label={words[frame.direction]}>{arrows[frame.direction]}</span>
    <time>{time(frame.at)}</time>
    <b>{frame.type}</b>
    <span class='gist'>{gist(frame)}</span>
    <span class='size'>{size(frame.size)}</span>
  </button>
)

/** Every frame that passes the filters. Only the rows that are seen exist. */
export function FrameList () {
  const box = useRef<HTMLDivElement>(null)
  const view = useSignal({ top: 0, height: 400 })
  const follows = useSignal(true)
  const openId = useSignal<number | undefined>(undefined)
  const currentId = useSignal<number | undefined>(undefined)
  const frames = shown.value
  const openAt = openId.value === undefined ? -1 : frames.findIndex(({ id }) => id === openId.value)
  const topOf = (index: number) => index * rowHeight + (openAt >= 0 && index > openAt ? detailHeight : 0)
  const total = topOf(frames.length)
  const oldest = useRef(frames[0]?.id)

  useEffect(() => {
    const element = box.current!
    const observer = new ResizeObserver(() => { view.value = { ...view.value, height: element.clientHeight } })
    observer.observe(element)
    return () => { observer.disconnect() }
  }, [])

  useLayoutEffect(() => {
    const element = box.current!
    // Rows that went at the top must not move what is being read.
    const gone = oldest.current === undefined || follows.value ? 0 : frames.findIndex(({ id }) => id > oldest.current!)
    oldest.current = frames[0]?.id
    if (follows.value) element.scrollTop = total
    else if (gone < 0) element.scrollTop = 0
  }, [frames, total])

  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!
    follows.value = openAt < 0 && scrollTop + clientHeight >= scrollHeight - rowHeight
    view.value = { top: scrollTop, height: clientHeight }
  }

  const indexAt = (y: number) => openAt >= 0 && y > (openAt + 1) * rowHeight ? Math.floor(Math.max(openAt, (y - detailHeight) / rowHeight)) : Math.floor(y / rowHeight)
  // A filter makes the list shorter before the browser tells that it scrolled: until then nothing would be drawn.
  const top = Math.min(view.value.top, Math.max(0, total - view.value.height))
  const from = Math.max(0, indexAt(top) - spare)
  const to = Math.min(frames.length, indexAt(top + view.value.height) + spare)
  const current = frames.findIndex(({ id }) => id === currentId.value)
  const tabbable = current >= 0 ? current : frames.length - 1

  const move = (to: number) => {
    const frame = frames[Math.max(0, Math.min(frames.length - 1, to))]
    if (!frame) return
    const element = box.current!
    const y = topOf(frames.indexOf(frame))
    follows.value = false
    currentId.value = frame.id
    if (y < element.scrollTop) element.scrollTop = y
    if (y + rowHeight > element.scrollTop + element.clientHeight) element.scrollTop = y + rowHeight - element.clientHeight
    view.value = { top: element.scrollTop, height: element.clientHeight }
    requestAnimationFrame(() => { element.querySelector<HTMLElement>(`[data-id="${frame.id}"]`)?.focus({ preventScroll: true }) })
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const page = Math.floor(view.value.height / rowHeight)
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key]
    if (event.key === 'Escape' && openId.value !== undefined) openId.value = undefined
    else if (by === undefined || !(event.target as HTMLElement).classList.contains('frame')) return
    else move(tabbable + by)
    event.preventDefault()
  }

  const toggle = (id: number) => {
    openId.value = openId.value === id ? undefined : id
    follows.value = false
    currentId.value = id
    // What opens below the edge would not be seen.
    requestAnimationFrame(() => { box.current?.querySelector('.frame-detail')?.scrollIntoView({ block: 'nearest' }) })
  }

  const rows = []
  for (let index = from; index < to; index++) {
    const frame = frames[index]!
    rows.push(
      <li key={frame.id} aria-setsize={frames.length} aria-posinset={index + 1}>
        <Row frame={frame} isOpen={index === openAt} isCurrent={index === tabbable || (to <= tabbable && index === to - 1) || (from > tabbable && index === from)} onToggle={() => { toggle(frame.id) }} onFocus={() => { currentId.value = frame.id }} />
        {index === openAt && <Detail frame={frame} />}
      </li>)
  }

  return (
    <div class='frame-list' ref={box} onScroll={onScroll} onKeyDown={onKeyDown}>
      {frames.length === 0 && <p class='empty'>No frames yet. What passes through the socket shows here.</p>}
      <div style={{ height: `${topOf(from)}px` }} />
      <ol aria-label='Frames'>{rows}</ol>
      <div style={{ height: `${Math.max(0, total - topOf(to))}px` }} />
      {!follows.value && openAt < 0 && frames.length > 0 && <button type='button' class='newest small' onClick={() => { follows.value = true; box.current!.scrollTop = total }}>↓ newest</button>}
    </div>
  )
}

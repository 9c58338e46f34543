import { useSignal, type Signal } from '@preact/signals'
import { chats, titleOf } from '../chats/store.ts'
import { Composer } from '../compose/composer.tsx'
import { download, toFile } from './export.ts'
import { FrameList } from './list.tsx'
import { clear, count, filters, heldBack, isPaused, shown, togglePause, types } from './log.ts'

const Pick = ({ label, value, options }: { label: string, value: Signal<string>, options: { value: string, text: string }[] }) => (
  <select aria-label={label} value={value.value} onChange={event => { value.value = event.currentTarget.value }}>
    <option value=''>{label}</option>
    {options.map(option => <option key={option.value} value={option.value}>{option.text}</option>)}
  </select>
)

function Tools () {
  const save = (format: 'jsonl' | 'json') => { download(`parley-frames-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.${format}`, toFile(shown.value, format)) }
  return (
    <div class='frame-tools'>
      <Pick label='All types' value={filters.type} options={types.value.map(type => ({ value: type, text: type }))} />
      <Pick label='All chats' value={filters.chatId} options={chats.value.map(chat => ({ value: chat.id, text: titleOf(chat) }))} />
      <input type='search' aria-label='Search in frames' placeholder='Search' value={filters.text.value} onInput={event => { filters.text.value = event.currentTarget.value }} />
      <div class='buttons'>
        <button type='button' class='small' aria-pressed={isPaused.value} onClick={togglePause}>{isPaused.value ? `Resume${heldBack.value > 0 ? ` (${heldBack.value} new)` : ''}` : 'Pause'}</button>
        <button type='button' class='small' onClick={clear}>Clear</button>
        <button type='button' class='small' onClick={() => { save('jsonl') }}>.jsonl</button>
        <button type='button' class='small' onClick={() => { save('json') }}>.json</button>
      </div>
    </div>
  )
}

/** Everything that passes through the socket, and a box to send whatever frame. */
export function FramesPane () {
  const composes = useSignal(true)
  return (
    <section class='pane frames' aria-label='Frames'>
      <header class='pane-head'>
        <h2>Frames</h2>
        <span class='note'>{shown.value.length === count.value ? count.value : `${shown.value.length} of ${count.value}`}</span>
      </header>
      <Tools />
      <FrameList />
      <details class='compose' open={composes.value} onToggle={event => { composes.value = event.currentTarget.open }}>
        <summary>Send a frame</summary>
        {composes.value && <Composer />}
      </details>
    </section>
  )
}

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { sendByHand } from '../connection/link.ts'
import { begin, command, faults, fields, frame, isReady, isWaiting, outcome, put, shownFaults, submit, text, write } from './draft.ts'
import { Field } from './field.tsx'
import { commands, commandsFault, loadCommands } from './commands.ts'
import { sentBefore } from './history.ts'

const send = () => { void submit(sendByHand) }

function Text () {
  const at = useSignal(-1)
  const back = (by: number) => {
    const next = Math.min(sentBefore.value.length - 1, at.value + by)
    if (next < 0) return
    at.value = next
    write(sentBefore.value[next]!)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const { selectionStart, value } = event.currentTarget as HTMLTextAreaElement
    if (event.key === 'ArrowUp' && (event.altKey || selectionStart === 0)) back(1)
    else if (event.key === 'ArrowDown' && (event.altKey || (at.value > 0 && selectionStart === value.length))) back(-1)
    else return
    event.preventDefault()
    requestAnimationFrame(() => { (event.target as HTMLTextAreaElement).setSelectionRange(0, 0) })
  }
  const fault = shownFaults.value['']
  return (
    <div class='field json'>
      <label for='frame-text'>The frame <span class='hint'>↑ at the beginning brings back what was sent</span></label>
      <textarea
        id='frame-text' rows={Math.min(10, text.value.split('\n').length)} spellcheck={false} autoComplete='off' value={text.value} aria-invalid={fault !== undefined} aria-describedby='frame-fault'
        onInput={event => { at.value = -1; write(event.currentTarget.value) }} onKeyDown={onKeyDown}
      />
      <p id='frame-fault'>{fault && <span class='fault'>{fault}</span>}</p>
    </div>
  )
}

const History = () => sentBefore.value.length === 0
  ? null
  : (
    <select aria-label='Sent before' value='' onChange={event => { write(sentBefore.value[Number(event.currentTarget.value)]!); event.currentTarget.value = '' }}>
      <option value=''>Sent before</option>
      {sentBefore.value.map((sent, i) => <option key={sent} value={i}>{sent.replace(/\s+/g, ' ').slice(0, 80)}</option>)}
    </select>
    )

function Outcome () {
  const { value } = outcome
  const many = Object.keys(faults.value).length
  if (isWaiting.value) return <p class='outcome' role='status'>Waiting for the answer …</p>
  if (value) return <p class={value.isGood ? 'outcome good' : 'outcome bad'} role='status'>{value.text}</p>
  return <p class='outcome' role='status'>{many > 0 && `Not sent: ${many === 1 ? 'one thing is' : `${many} things are`} wrong.`}</p>
}

/** Writes any client frame: from the description the server gives of it, checked before it is sent. */
export function Composer () {
  useEffect(() => {
    if (!commands.value) void loadCommands().then(() => { if (text.value === '') begin(commands.value!.find(({ name }) => name === 'ping')!) })
  }, [])
  if (commandsFault.value) return <p class='fault' role='alert'>{commandsFault.value} <button type='button' class='small' onClick={() => { void loadCommands() }}>Try again</button></p>
  if (!commands.value) return <p class='note'>Reading the frames …</p>
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    send()
  }
  return (
    <form class='composer' aria-label='Send a frame' noValidate onSubmit={event => { event.preventDefault(); send() }} onKeyDown={onKeyDown}>
      <div class='row'>
        <select aria-label='Frame' value={command.value?.name ?? ''} onChange={event => { begin(commands.value!.find(({ name }) => name === event.currentTarget.value)!) }}>
          {!command.value && <option value=''>Choose a frame</option>}
          {commands.value.map(({ name }) => <option key={name} value={name}>{name}</option>)}
        </select>
        <History />
      </div>
      {command.value && <p class='note'>{command.value.summary}</p>}
      <div class='fields'>
        {fields.value.map(({ name, schema, isNeeded }) => (
          <Field key={`${command.value!.name} ${name}`} name={name} schema={schema} isNeeded={isNeeded} value={frame.value?.[name]} fault={shownFaults.value[name]} onChange={value => { put(name, value) }} />
        ))}
      </div>
      <Text />
      <div class='row end'>
        <Outcome />
        <button type='submit' class='primary' aria-disabled={!isReady.value}>Send <kbd>Ctrl ↵</kbd></button>
      </div>
    </form>
  )
}

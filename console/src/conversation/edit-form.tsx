import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { type Message, ParleyError } from '../../../client/src/index.ts'
import { edit } from './actions.ts'

/** A message while it is given another text: Enter keeps it, Escape leaves it as it was. */
export function EditForm ({ message, onDone }: { message: Message, onDone: () => void }) {
  const text = useSignal(message.content)
  const fault = useSignal<string | undefined>(undefined)
  const box = useRef<HTMLTextAreaElement>(null)
  useEffect(() => { box.current?.focus() }, [])
  async function keep () {
    if (text.value === message.content) return onDone()
    try {
      await edit(message, text.value)
      onDone()
    } catch (error) {
      fault.value = error instanceof ParleyError ? error.detail : String(error)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onDone()
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void keep()
  }
  return (
    <form class='edit' aria-label='Edit the message' onSubmit={event => { event.preventDefault(); void keep() }}>
      <textarea ref={box} rows={2} aria-label='New text' value={text.value} onInput={event => { text.value = event.currentTarget.value }} onKeyDown={onKeyDown} />
      {fault.value && <p class='fault' role='alert'>{fault.value}</p>}
      <p class='row'><button type='submit' class='primary small'>Save</button> <button type='button' class='small' onClick={onDone}>Cancel</button> <span class='hint'>Escape leaves it as it was</span></p>
    </form>
  )
}

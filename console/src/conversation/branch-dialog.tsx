import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Message, ParleyError } from '../../../client/src/index.ts'
import { Dialog } from '../shell/dialog.tsx'
import { branchFrom } from './actions.ts'

/** Asks for the name of a branch that begins behind a message. */
export function BranchDialog ({ message, onClose }: { message: Message, onClose: () => void }) {
  const name = useSignal('')
  const fault = useSignal<string | undefined>(undefined)
  useEffect(() => { document.getElementById('branch-name')?.focus() }, [])
  async function make (event: Event) {
    event.preventDefault()
    if (name.value.trim() === '') {
      fault.value = 'A branch needs a name.'
      return
    }
    try {
      await branchFrom(message, name.value.trim())
      onClose()
    } catch (error) {
      fault.value = error instanceof ParleyError ? error.detail : String(error)
    }
  }
  return (
    <Dialog title='Branch from here' onClose={onClose}>
      <form onSubmit={event => { void make(event) }}>
        <blockquote>{message.content.slice(0, 160)}</blockquote>
        <p class='note'>The new branch shares everything up to this message and goes its own way behind it. Nothing is copied.</p>
        <div class={fault.value ? 'field faulty' : 'field'}>
          <label for='branch-name'>Name</label>
          <input id='branch-name' maxLength={100} autoComplete='off' aria-invalid={fault.value !== undefined} aria-describedby='branch-about' value={name.value} onInput={event => { name.value = event.currentTarget.value; fault.value = undefined }} />
          <p id='branch-about'>{fault.value && <span class='fault'>{fault.value}</span>}</p>
        </div>
        <div class='row end'><button type='submit' class='primary'>Branch</button></div>
      </form>
    </Dialog>
  )
}

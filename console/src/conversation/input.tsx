import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { Chat, Message } from '../../../client/src/index.ts'
import { currentId } from '../chats/store.ts'
import { Icon } from '../shell/icon.tsx'
import { say, stop, stopTyping, type } from './actions.ts'
import { nameOf } from './names.ts'
import { asks, streaming } from './store.ts'

/** What was written and not sent, by chat. */
const drafts = new Map<string, string>()

/** The box to write in: Enter sends, Shift and Enter begin a line. */
export function Input ({ chat, replyTo, onDone }: { chat: Chat, replyTo: Message | undefined, onDone: () => void }) {
  const box = useRef<HTMLTextAreaElement>(null)
  const text = useSignal('')
  const id = currentId.value
  const write = (value: string) => {
    text.value = value
    if (id !== undefined) drafts.set(id, value)
  }
  useEffect(() => { text.value = drafts.get(id ?? '') ?? '' }, [id])
  useEffect(() => { if (replyTo) box.current?.focus() }, [replyTo])
  useEffect(() => {
    const { current } = box
    if (!current) return
    current.style.height = 'auto'
    current.style.height = `${Math.min(current.scrollHeight + 2, 180)}px`
  }, [text.value])

  const send = () => {
    if (text.value.trim() === '') return
    say(text.value, replyTo?.id)
    write('')
    onDone()
    box.current?.focus()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && replyTo) onDone()
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    send()
  }
  const reply = asks.value ? streaming.value : undefined
  return (
    <form class='write' aria-label='Write a message' onSubmit={event => { event.preventDefault(); send() }}>
      {replyTo && <p class='answers'><Icon name='reply' /> To {replyTo.role === 'assistant' ? 'the model' : nameOf(replyTo.sender_id)}: <q>{replyTo.content.slice(0, 80)}</q> <button type='button' class='icon' aria-label='Answer nobody in particular' onClick={onDone}><Icon name='close' /></button></p>}
      <div class='row'>
        <textarea
          ref={box} rows={1} aria-label='Message' placeholder={asks.value ? 'Ask the model …' : chat.assistant_enabled ? 'Write a message, or @assistant …' : 'Write a message …'} value={text.value}
          onInput={event => { write(event.currentTarget.value); if (event.currentTarget.value === '') stopTyping(); else type() }} onBlur={stopTyping} onKeyDown={onKeyDown}
        />
        {reply
          ? <button type='button' class='primary round' aria-label='Stop the reply' title='Stop the reply' onClick={() => { void stop(reply) }}><Icon name='stop' /></button>
          : <button type='submit' class='primary round' aria-label='Send' title='Send' disabled={text.value.trim() === ''}><Icon name='send' /></button>}
      </div>
    </form>
  )
}

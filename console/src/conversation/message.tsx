import { useSignal } from '@preact/signals'
import type { Message } from '../../../client/src/index.ts'
import { me } from '../session/session.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Icon } from '../shell/icon.tsx'
import { longTime, shortTime } from '../shell/time.ts'
import { react, stepAlternative } from './actions.ts'
import { Bubble } from './bubble.tsx'
import { EditForm } from './edit-form.tsx'
import { MessageTools } from './message-tools.tsx'
import { nameOf } from './names.ts'
import { isMine, messages } from './store.ts'

interface Props {
  message: Message
  isCurrent: boolean
  /** It follows another of the same person. */
  goesOn: boolean
  readers: string[] | undefined
  onFocus: () => void
  onReply: () => void
  onBranch: () => void
}

const endings = { stopped: 'stopped', error: 'failed' }

function Reactions ({ message, isCurrent }: { message: Message, isCurrent: boolean }) {
  if (message.reactions.length === 0) return null
  return (
    <ul class='reactions' aria-label='Reactions'>
      {message.reactions.map(({ emoji, user_ids: ids }) => (
        <li key={emoji}>
          <button type='button' aria-pressed={ids.includes(me.value?.id ?? '')} aria-label={`${emoji} by ${ids.map(nameOf).join(', ')}`} title={ids.map(nameOf).join(', ')} tabIndex={isCurrent ? 0 : -1} onClick={() => { void react(message, emoji) }}>{emoji} {ids.length}</button>
        </li>
      ))}
    </ul>
  )
}

function Alternatives ({ message, isCurrent }: { message: Message, isCurrent: boolean }) {
  const { index, count } = message.alternatives ?? { index: 0, count: 1 }
  if (count < 2) return null
  const step = (by: number, label: string, icon: 'left' | 'right') => (
    <button type='button' class='icon' aria-label={label} tabIndex={isCurrent ? 0 : -1} disabled={index + by < 0 || index + by >= count} onClick={() => { void stepAlternative(message, by) }}><Icon name={icon} /></button>
  )
  return <span class='alternatives'>{step(-1, 'The alternative before', 'left')}<span aria-label={`Alternative ${index + 1} of ${count}`} role='img'>{index + 1}/{count}</span>{step(1, 'The next alternative', 'right')}</span>
}

function Answered ({ id }: { id: string }) {
  const answered = messages.value.find(message => message.id === id)
  if (!answered || answered.role !== 'user') return null
  return <p class='answered'><Icon name='reply' /> {nameOf(answered.sender_id)}: {answered.is_deleted ? 'a message that was deleted' : answered.content.slice(0, 80)}</p>
}

/** One message: who, what, what others made of it, and what can be done with it. */
export function MessageItem ({ message, isCurrent, goesOn, readers, onFocus, onReply, onBranch }: Props) {
  const edits = useSignal(false)
  const isModel = message.role === 'assistant'
  const mine = isMine(message)
  const who = isModel ? 'AI' : message.role === 'system' ? 'System' : mine ? 'You' : message.sender_username ?? 'A deleted account'
  const streams = message.status === 'streaming'
  const ending = endings[message.status as keyof typeof endings]
  return (
    <li
      id={`message-${message.id}`} class={['item message', mine ? 'mine' : isModel ? 'model' : 'theirs', goesOn && 'goes-on', streams && 'streams'].filter(Boolean).join(' ')}
      tabIndex={isCurrent ? 0 : -1} onFocus={onFocus}
    >
      {!mine && <Avatar name={who} isModel={isModel} />}
      <div class='body'>
        <p class='by'><b>{who}</b> <time dateTime={message.created_at} title={longTime(message.created_at)}>{shortTime(message.created_at)}</time>{message.is_edited && !message.is_deleted && <span title={message.edited_at ? longTime(message.edited_at) : undefined}>edited</span>}{ending && <span class='ending'>{ending}{message.error_code ? `: ${message.error_code}` : ''}</span>}</p>
        {message.reply_to && !isModel && <Answered id={message.reply_to} />}
        {message.is_deleted
          ? <div class='bubble gone'>This message was deleted.</div>
          : edits.value ? <EditForm message={message} onDone={() => { edits.value = false; document.getElementById(`message-${message.id}`)?.focus() }} /> : <Bubble text={message.content} streams={streams} />}
        <div class='below'>
          <Alternatives message={message} isCurrent={isCurrent} />
          <Reactions message={message} isCurrent={isCurrent} />
          {readers && <span class='readers'>Seen by {readers.join(', ')}</span>}
        </div>
        {!message.is_deleted && !edits.value && !streams && <MessageTools message={message} isCurrent={isCurrent} onReply={onReply} onBranch={onBranch} onEdit={() => { edits.value = true }} />}
      </div>
    </li>
  )
}

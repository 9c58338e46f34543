import { useSignal } from '@preact/signals'
import type { Message } from '../../../client/src/index.ts'
import { current } from '../chats/store.ts'
import { me } from '../session/session.ts'
import { Dialog } from '../shell/dialog.tsx'
import { Icon } from '../shell/icon.tsx'
import { react, regenerate, remove } from './actions.ts'
import { isMine } from './store.ts'

const emojis = ['👍', '❤️', '😄', '🎉', '🤔', '👀']

interface Props { message: Message, isCurrent: boolean, onReply: () => void, onBranch: () => void, onEdit: () => void }

function Picker ({ message, onDone }: { message: Message, onDone: () => void }) {
  return (
    <span class='picker' role='group' aria-label='React with' onKeyDown={event => { if (event.key === 'Escape') onDone() }}>
      {emojis.map(emoji => <button key={emoji} type='button' aria-label={`React with ${emoji}`} onClick={() => { void react(message, emoji); onDone() }}>{emoji}</button>)}
    </span>
  )
}

/** What can be done with a message; shown where the mouse or the focus is. */
export function MessageTools ({ message, isCurrent, onReply, onBranch, onEdit }: Props) {
  const picks = useSignal(false)
  const removes = useSignal(false)
  const mine = isMine(message)
  const owns = current.value?.type === 'assistant'
  const isAdmin = current.value?.type === 'group' && current.value.participants.some(({ user_id: id, is_admin: admin }) => admin && id === me.value?.id)
  const tool = (label: string, icon: Parameters<typeof Icon>[0]['name'], work: () => void) => (
    <button type='button' class='icon' aria-label={label} title={label} tabIndex={isCurrent ? 0 : -1} onClick={work}><Icon name={icon} /></button>
  )
  return (
    <>
      <div class='tools'>
        {picks.value
          ? <Picker message={message} onDone={() => { picks.value = false }} />
          : (
            <>
              {tool('React', 'smile', () => { picks.value = true })}
              {!owns && tool('Reply', 'reply', onReply)}
              {tool('Branch from here', 'branch', onBranch)}
              {message.role === 'assistant' && tool('Write again', 'again', () => { void regenerate(message) })}
              {(mine || owns) && tool('Edit', 'edit', onEdit)}
              {(mine || owns || isAdmin) && tool('Delete', 'trash', () => { removes.value = true })}
            </>
            )}
      </div>
      {removes.value && (
        <Dialog title='Delete this message?' onClose={() => { removes.value = false }}>
          <blockquote>{message.content.slice(0, 160)}</blockquote>
          <p class='note'>Its text goes for good; a mark stays in its place.</p>
          <div class='row end'><button type='button' class='danger' onClick={() => { removes.value = false; void remove(message) }}>Delete</button></div>
        </Dialog>
      )}
    </>
  )
}

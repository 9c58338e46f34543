import { useSignal } from '@preact/signals'
import type { Chat } from '../../../client/src/index.ts'
import { me } from '../session/session.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Icon } from '../shell/icon.tsx'
import { shortTime } from '../shell/time.ts'
import { NewChat } from './new-chat.tsx'
import { chats, currentId, isLoaded, onlineIn, open, titleOf } from './store.ts'

const kinds = { assistant: 'Assistant', direct: 'Direct', group: 'Group' }

function lastWords ({ last_message: last, type, participants }: Chat): string {
  if (!last) return type === 'assistant' ? 'Ask something.' : `${participants.length} people, no message yet`
  if (last.is_deleted) return 'A message that was deleted'
  const who = last.role === 'assistant' ? 'AI' : last.sender_id === me.value?.id ? 'You' : last.sender_username ?? 'A deleted account'
  return last.content === '' ? `${who}: …` : `${who}: ${last.content}`
}

function Item ({ chat }: { chat: Chat }) {
  const online = onlineIn(chat.id).length
  const unread = chat.id === currentId.value && document.visibilityState === 'visible' ? 0 : chat.unread_count ?? 0
  return (
    <li>
      <a href={`#chat=${chat.id}`} class='chat' aria-current={chat.id === currentId.value ? 'true' : undefined} onClick={event => { event.preventDefault(); open(chat.id) }}>
        <span class='face'>
          <Avatar name={titleOf(chat)} isModel={chat.type === 'assistant'} />
          {online > 0 && <span class='dot' title={`${online} online`} />}
        </span>
        <span class='what'>
          <b>{titleOf(chat)}</b>
          <span class='last'>{lastWords(chat)}</span>
        </span>
        <span class='when'>
          <time dateTime={chat.updated_at}>{shortTime(chat.updated_at)}</time>
          {unread > 0 ? <span class='unread'>{unread >= 1000 ? '999+' : unread}<span class='hidden'> unread</span></span> : <span class='kind'>{kinds[chat.type]}</span>}
          {online > 0 && <span class='hidden'>, {online} online</span>}
        </span>
      </a>
    </li>
  )
}

/** My chats, newest activity first. */
export function ChatList () {
  const makes = useSignal(false)
  return (
    <section class='pane chats' aria-label='Chats'>
      <header class='pane-head'>
        <h2>Chats</h2>
        <button type='button' class='primary' onClick={() => { makes.value = true }}><Icon name='plus' /> New chat</button>
      </header>
      {chats.value.length > 0
        ? <ul class='chat-list'>{chats.value.map(chat => <Item key={chat.id} chat={chat} />)}</ul>
        : <p class='empty'>{isLoaded.value ? 'No chat yet. Begin with an assistant, or with somebody in a second window.' : 'Reading your chats …'}</p>}
      {makes.value && <NewChat onClose={() => { makes.value = false }} />}
    </section>
  )
}

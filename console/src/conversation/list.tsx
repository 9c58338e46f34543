import { useComputed, useSignal } from '@preact/signals'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Chat, Message } from '../../../client/src/index.ts'
import { markAsRead } from '../chats/store.ts'
import { isOpen } from '../connection/link.ts'
import { me } from '../session/session.ts'
import { announcement } from './announce.ts'
import { Bubble } from './bubble.tsx'
import { MessageItem } from './message.tsx'
import { discard, markUpTo, retry } from './actions.ts'
import { hasOlder, isLoading, loadOlder, marks, messages, pending, shownBranch } from './store.ts'

interface Props { chat: Chat, onReply: (message: Message) => void, onBranch: (message: Message) => void }

/** Pixels from the end within which new messages keep the end in sight, and from the beginning within which older ones are read. */
const near = { end: 80, beginning: 120 }

/** Tells the others what I have read: the newest of what I see, while I look. */
function useReading (chat: Chat) {
  // What I send I have read.
  const newest = messages.value.findLast(({ sender_id: id }) => id !== me.value?.id)?.seq ?? 0
  const mine = marks.value[me.value?.id ?? ''] ?? 0
  useEffect(() => {
    const mark = () => {
      if (document.visibilityState !== 'visible' || !isOpen.value) return
      if (newest > mine) markUpTo(chat.id, newest)
      markAsRead(chat.id)
    }
    mark()
    document.addEventListener('visibilitychange', mark)
    return () => { document.removeEventListener('visibilitychange', mark) }
  }, [chat.id, newest, mine, isOpen.value])
}

/** Who has read up to which of the messages on the screen, me and the senders themselves left out. */
function readersByMessage (chat: Chat): Map<string, string[]> {
  const readers = new Map<string, string[]>()
  if (chat.type === 'assistant') return readers
  for (const { user_id: id, username } of chat.participants) {
    const seq = marks.value[id] ?? 0
    const last = id === me.value?.id ? undefined : messages.value.findLast(message => message.seq <= seq)
    if (last && last.sender_id !== id) readers.set(last.id, [...readers.get(last.id) ?? [], username ?? 'a deleted account'])
  }
  return readers
}

/** The messages of the path, and mine that are still on their way. */
export function MessageList ({ chat, onReply, onBranch }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const before = useRef({ first: '', height: 0 })
  const currentId = useSignal<string | undefined>(undefined)
  const waiting = useComputed(() => pending.value.filter(({ chatId }) => chatId === chat.id))
  const list = messages.value
  const readers = readersByMessage(chat)
  useReading(chat)

  useLayoutEffect(() => {
    const element = box.current!
    const first = list[0]?.id ?? ''
    // What is read stays where it is when older messages come in above it.
    if (before.current.first !== first && before.current.first !== '' && list.some(({ id }) => id === before.current.first)) element.scrollTop += element.scrollHeight - before.current.height
    else if (atEnd.current) element.scrollTop = element.scrollHeight
    before.current = { first, height: element.scrollHeight }
  }, [list, waiting.value, readers.size])
  useLayoutEffect(() => {
    atEnd.current = true
    box.current!.scrollTop = box.current!.scrollHeight
  }, [chat.id, shownBranch.value])

  const onScroll = () => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!
    atEnd.current = scrollTop + clientHeight >= scrollHeight - near.end
    if (scrollTop < near.beginning && hasOlder.value) void loadOlder()
  }

  const currentAt = Math.max(list.findIndex(({ id }) => id === currentId.value), currentId.value === undefined ? list.length - 1 : 0)
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key]
    if (by === undefined || !(event.target as HTMLElement).matches('.message')) return
    event.preventDefault()
    const next = list[Math.max(0, Math.min(list.length - 1, currentAt + by))]
    if (next) document.getElementById(`message-${next.id}`)?.focus()
  }

  return (
    <div class='messages' ref={box} onScroll={onScroll} onKeyDown={onKeyDown}>
      {hasOlder.value && <button type='button' class='small older' disabled={isLoading.value} onClick={() => { void loadOlder() }}>Older messages</button>}
      {list.length === 0 && waiting.value.length === 0 && <p class='empty'>{isLoading.value ? 'Reading …' : chat.type === 'assistant' ? 'Ask something: the reply is written here word by word.' : 'Nothing said yet.'}</p>}
      <ol aria-label='Messages'>
        {list.map((message, i) => (
          <MessageItem
            key={message.id} message={message} isCurrent={i === currentAt} readers={readers.get(message.id)} onFocus={() => { currentId.value = message.id }}
            goesOn={i > 0 && list[i - 1]!.sender_id === message.sender_id && list[i - 1]!.role === message.role} onReply={() => { onReply(message) }} onBranch={() => { onBranch(message) }}
          />
        ))}
        {waiting.value.map(item => (
          <li key={item.clientId} class={item.fault === undefined ? 'item mine sending' : 'item mine failed'}>
            <Bubble text={item.content} />
            <p class='state'>
              {item.fault === undefined ? isOpen.value ? 'Sending …' : 'Goes as soon as the connection is back' : <><span class='fault'>Not sent: {item.fault}</span> <button type='button' class='small' onClick={() => { retry(item) }}>Try again</button> <button type='button' class='small' onClick={() => { discard(item) }}>Discard</button></>}
            </p>
          </li>
        ))}
      </ol>
      <p class='hidden' aria-live='polite'>{announcement.value}</p>
    </div>
  )
}

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Chat, Message } from '../../../client/src/index.ts'
import { BranchPane } from '../branches/pane.tsx'
import { current, currentId, isLoaded, onlineIn, open, others, titleOf } from '../chats/store.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Welcome } from '../shell/welcome.tsx'
import { BranchDialog } from './branch-dialog.tsx'
import { Input } from './input.tsx'
import { MessageList } from './list.tsx'
import { nameOf } from './names.ts'
import { trouble, typing } from './store.ts'

const people = (chat: Chat) => chat.type === 'assistant'
  ? 'You and a model'
  : others(chat).length === 1 ? 'You and one other' : `${chat.participants.length} people`

function Head ({ chat }: { chat: Chat }) {
  const online = onlineIn(chat.id).map(nameOf)
  return (
    <header class='pane-head'>
      <Avatar name={titleOf(chat)} isModel={chat.type === 'assistant'} />
      <div class='title'>
        <h2>{titleOf(chat)}</h2>
        <p class='note'>{people(chat)}{chat.type !== 'assistant' && <> · <span class={online.length > 0 ? 'online' : ''}>{online.length > 0 ? `${online.join(', ')} online` : 'nobody else online'}</span></>}</p>
      </div>
    </header>
  )
}

function Typing () {
  const names = Object.keys(typing.value).map(nameOf)
  return <p class='typing' aria-live='polite'>{names.length > 0 && <><span class='dots' aria-hidden='true'><i /><i /><i /></span>{names.length > 3 ? 'Several people are' : `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'}`} typing</>}</p>
}

/** The chat that is on the screen: its messages, as they come, and the box to write in. */
export function Conversation () {
  const replyTo = useSignal<Message | undefined>(undefined)
  const branchAt = useSignal<Message | undefined>(undefined)
  const id = currentId.value
  useEffect(() => { replyTo.value = undefined }, [id])
  const chat = current.value
  if (!chat) {
    return (
      <section class='pane conversation' aria-label='Conversation'>
        {id !== undefined && isLoaded.value ? <p class='empty'>You are in no such chat. <button type='button' class='link' onClick={() => { open(undefined) }}>Back</button></p> : <div class='beginning'><Welcome /></div>}
      </section>
    )
  }
  return (
    <section class='pane conversation' aria-label='Conversation'>
      <Head chat={chat} />
      <BranchPane />
      <MessageList chat={chat} onReply={message => { replyTo.value = message }} onBranch={message => { branchAt.value = message }} />
      <Typing />
      {trouble.value && <p class='trouble' role='alert'>{trouble.value} <button type='button' class='small' onClick={() => { trouble.value = undefined }}>Close</button></p>}
      <Input chat={chat} replyTo={replyTo.value} onDone={() => { replyTo.value = undefined }} />
      {branchAt.value && <BranchDialog message={branchAt.value} onClose={() => { branchAt.value = undefined }} />}
    </section>
  )
}

import { batch } from '@preact/signals'
import type { Message } from '../../../client/src/index.ts'
import { currentId } from '../chats/store.ts'
import { type HeardFrame, onFrame } from '../connection/link.ts'
import { me } from '../session/session.ts'
import { announcement } from './announce.ts'
import { chosenBranch, isLoading, loadMarks, loadMessages, loadTree, marks, messages, pending, put, revise, shownBranch, tree, typing, write } from './store.ts'

/** Longer than the server lets somebody type without a word, in milliseconds. */
const typingMs = 7000

let treeTimer: ReturnType<typeof setTimeout> | undefined
/** A new reply, branch or message changes the drawing; a burst of them is drawn once. */
function redraw () {
  treeTimer ??= setTimeout(() => {
    treeTimer = undefined
    void loadTree()
  }, 150)
}

let pathTimer: ReturnType<typeof setTimeout> | undefined
function rereadSoon () {
  pathTimer ??= setTimeout(() => {
    pathTimer = undefined
    void loadMessages()
  }, 50)
}

/** A message may be on the path, on another branch, or tell that the path is not known to its end. */
function takeMessage (message: Message) {
  const last = messages.value.at(-1)
  if (messages.value.some(({ id }) => id === message.id)) put(message)
  else if (message.branch_id === shownBranch.value) {
    if (message.message_index === (last?.message_index ?? -1) + 1) put(message)
    else if (message.message_index > (last?.message_index ?? -1)) rereadSoon()
  }
}

/** What I sent shows once: as sent, when the server tells of it before it answers. */
function settlePending ({ sender_id: id, role, content }: Message) {
  if (id !== me.value?.id || role === 'assistant') return
  const mine = pending.value.find(item => item.content === content && item.fault === undefined && item.chatId === currentId.value)
  if (mine) pending.value = pending.value.filter(item => item !== mine)
}

function stopTyping (userId: string) {
  typing.value = Object.fromEntries(Object.entries(typing.value).filter(([id]) => id !== userId))
}

/** Counts a new message into the drawing at once, without asking. */
function grow (message: Message) {
  const node = tree.value.find(({ id }) => id === message.branch_id)
  if (!node || message.message_index !== node.size) return redraw()
  tree.value = tree.value.map(other => other === node ? { ...node, size: node.size + 1, own_size: node.own_size + 1, head_message_id: message.id } : other)
}

/** Takes what a frame tells of messages; to hear it twice changes nothing. */
function takeFrame (frame: HeardFrame) {
  switch (frame.type) {
    case 'new_message':
    case 'reply_finished':
    case 'message_updated':
      return takeMessage(frame.message)
    case 'message_deleted':
      return revise(frame.message_id, () => ({ content: '', is_deleted: true, reactions: [] }))
    case 'sync':
      for (const { message } of frame.changes) if (message) takeMessage(message)
      break
    default:
  }
}

/** What was heard while a page was read. That may be older than they are, so they are heard again once it is there. */
const meanwhile: HeardFrame[] = []
isLoading.subscribe(loading => {
  if (loading) return
  for (const frame of meanwhile.splice(0)) if ('chat_id' in frame && frame.chat_id === currentId.peek()) takeFrame(frame)
})

function hear (frame: HeardFrame) {
  if (isLoading.value) meanwhile.push(frame)
  takeFrame(frame)
  switch (frame.type) {
    case 'new_message':
      settlePending(frame.message)
      stopTyping(frame.message.sender_id)
      grow(frame.message)
      if (frame.message.sender_id !== me.value?.id) announcement.value = `${frame.message.sender_username ?? 'Somebody'}: ${frame.message.content}`
      break
    case 'reply_finished':
      announcement.value = `AI: ${frame.message.content}`
      break
    case 'reply_delta':
      write(frame.reply_id, frame.offset, frame.text)
      break
    case 'typing_started':
      typing.value = { ...typing.value, [frame.user_id]: Date.now() + typingMs }
      setTimeout(() => { if ((typing.value[frame.user_id] ?? Infinity) <= Date.now()) stopTyping(frame.user_id) }, typingMs + 50)
      break
    case 'typing_stopped':
      stopTyping(frame.user_id)
      break
    case 'read_marked':
      marks.value = { ...marks.value, [frame.user_id]: Math.max(frame.seq, marks.value[frame.user_id] ?? 0) }
      break
    case 'branch_created':
      redraw()
      // Where it leaves the path there is another alternative now.
      if (frame.branch.fork_message_id === null || messages.value.some(({ id }) => id === frame.branch.fork_message_id)) rereadSoon()
      break
    case 'branch_updated':
    case 'branch_deleted':
      redraw()
      rereadSoon()
      break
    case 'active_branch_changed':
      redraw()
      if (chosenBranch.value === undefined) rereadSoon()
      break
    case 'sync':
      if (frame.changes.length > 0) redraw()
      if (frame.changes.some(({ type }) => type.startsWith('branch') || type.startsWith('active'))) rereadSoon()
      break
    case 'subscribed':
      void loadMarks()
      break
    case 'chat_cleared':
    case 'resync_required':
      chosenBranch.value = undefined
      rereadSoon()
      redraw()
      break
    default:
  }
}

/** Keeps what is on the screen up to date; the answer ends that. */
export const startLive = (): () => void => onFrame(frame => {
  if (!('chat_id' in frame) || frame.chat_id !== currentId.value) return
  batch(() => { hear(frame) })
})

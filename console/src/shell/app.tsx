import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ChatList } from '../chats/list.tsx'
import { currentId, open, startChats } from '../chats/store.ts'
import { known } from '../compose/draft.ts'
import { Banner } from '../connection/banner.tsx'
import { connect } from '../connection/link.ts'
import { Conversation } from '../conversation/view.tsx'
import { startLive } from '../conversation/live.ts'
import { enter, messages, shownBranch, streaming } from '../conversation/store.ts'
import { FramesPane } from '../frames/pane.tsx'
import { SignIn } from '../session/sign-in.tsx'
import { isSignedIn, loadMe, me, signOut } from '../session/session.ts'
import { Icon } from './icon.tsx'
import { theme, toggleTheme } from './theme.ts'
import { Logo } from './welcome.tsx'

type Tab = 'chats' | 'conversation' | 'frames'
const tabs: { id: Tab, label: string }[] = [{ id: 'chats', label: 'Chats' }, { id: 'conversation', label: 'Conversation' }, { id: 'frames', label: 'Frames' }]
/** On a narrow screen one pane shows at a time. */
const tab = signal<Tab>('chats')

const Header = () => (
  <header class='top'>
    <h1><Logo /> Parley <span>console</span></h1>
    <nav aria-label='Pages of this server'><a href='/docs'>API</a><a href='/asyncapi'>Frames</a></nav>
    <div class='me'>
      <button type='button' class='icon' aria-label={theme.value === 'dark' ? 'Light colours' : 'Dark colours'} onClick={toggleTheme}><Icon name={theme.value === 'dark' ? 'sun' : 'moon'} /></button>
      {me.value && <span class='name' title={me.value.email}>{me.value.username}</span>}
      {isSignedIn.value && <button type='button' class='small' onClick={() => { void signOut().then(() => { open(undefined) }) }}>Sign out</button>}
    </div>
  </header>
)

function Tabs () {
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
    if (by === undefined) return
    const next = tabs[(tabs.findIndex(({ id }) => id === tab.value) + by + tabs.length) % tabs.length]!
    tab.value = next.id
    document.getElementById(`tab-${next.id}`)?.focus()
  }
  return (
    <nav class='tabs' aria-label='Panes'>
      <div role='tablist' aria-label='Panes' onKeyDown={onKeyDown}>
        {tabs.map(({ id, label }) => (
          <button key={id} type='button' id={`tab-${id}`} role='tab' aria-controls={`pane-${id}`} aria-selected={tab.value === id} tabIndex={tab.value === id ? 0 : -1} onClick={() => { tab.value = id }}>{label}</button>
        ))}
      </div>
    </nav>
  )
}

/** What a person sees who is signed in. */
function Workplace () {
  useEffect(() => {
    const stops = [connect(), startLive(), startChats()]
    return () => { for (const stop of stops.reverse()) stop() }
  }, [])
  useEffect(() => { void loadMe().catch(() => {}) }, [])
  useEffect(() => currentId.subscribe(id => {
    enter()
    if (id !== undefined && tab.peek() === 'chats') tab.value = 'conversation'
  }), [])
  const last = messages.value.findLast(({ is_deleted: isDeleted }) => !isDeleted)
  known.value = { chat_id: currentId.value, message_id: last?.id, branch_id: shownBranch.value, run_id: streaming.value?.run_id ?? last?.run_id ?? undefined }
  return (
    <>
      <Banner />
      <Tabs />
      <main class='panes' data-tab={tab.value}>
        <div id='pane-chats' class='slot'><ChatList /></div>
        <div id='pane-conversation' class='slot'><Conversation /></div>
        <div id='pane-frames' class='slot'><FramesPane /></div>
      </main>
    </>
  )
}

/** The whole page. */
export const App = () => (
  <>
    <Header />
    {isSignedIn.value ? <Workplace /> : <SignIn />}
  </>
)

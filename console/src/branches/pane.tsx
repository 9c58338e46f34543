import { useSignal } from '@preact/signals'
import { current, currentId } from '../chats/store.ts'
import { activate, switchTo } from '../conversation/actions.ts'
import { activeBranch, asks, mayActivate, shownBranch, tree } from '../conversation/store.ts'
import { BranchTree } from './tree.tsx'

/** The drawn tree of the chat on the screen. */
export function BranchPane () {
  const isOpen = useSignal(true)
  if (currentId.value === undefined || !current.value || tree.value.length === 0) return null
  const shown = tree.value.find(({ id }) => id === shownBranch.value)
  const isElsewhere = shown !== undefined && shown.id !== activeBranch.value
  return (
    <section class='branches' aria-label='Branches of this chat'>
      <header>
        <button type='button' class='fold' aria-expanded={isOpen.value} onClick={() => { isOpen.value = !isOpen.value }}>
          Branches <span class='note'>{tree.value.length}</span>
        </button>
        {shown && <span class='where'>{isElsewhere ? 'You look at ' : 'On '}<b>{shown.name}</b></span>}
        {isElsewhere && mayActivate.value && !asks.value && <button type='button' class='small' onClick={() => { void activate(shown.id) }}>Make it active for all</button>}
      </header>
      {isOpen.value && <div class='drawing'><BranchTree branches={tree.value} activeId={activeBranch.value} shownId={shownBranch.value} onSwitch={switchTo} /></div>}
    </section>
  )
}

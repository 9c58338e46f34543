import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type Chat, ParleyError, unwrap, type User } from '../../../client/src/index.ts'
import { api } from '../connection/link.ts'
import { me } from '../session/session.ts'
import { Avatar } from '../shell/avatar.tsx'
import { Dialog } from '../shell/dialog.tsx'
import { open, take } from './store.ts'

const kinds = [
  { id: 'assistant', label: 'Assistant', about: 'You and a model.' },
  { id: 'direct', label: 'Direct', about: 'You and one other.' },
  { id: 'group', label: 'Group', about: 'Up to 100 people.' }
] as const
type Kind = typeof kinds[number]['id']
interface Person { id: string, username: string }

/** Looks for people by the beginning of their name. */
function People ({ chosen, isOne, onChange }: { chosen: Person[], isOne: boolean, onChange: (people: Person[]) => void }) {
  const text = useSignal('')
  const found = useSignal<User[] | undefined>(undefined)
  const look = async (q: string) => {
    const { data } = await api.GET('/api/v1/users/search', { params: { query: { q, limit: 8 } } }).catch(() => ({ data: undefined }))
    if (text.value === q) found.value = data?.items.filter(({ id }) => id !== me.value?.id) ?? []
  }
  useEffect(() => text.subscribe(q => {
    found.value = undefined
    if (q.trim() !== '') void look(q)
  }), [])
  const pick = ({ id, username }: Person) => {
    onChange(isOne ? [{ id, username }] : [...chosen.filter(person => person.id !== id), { id, username }])
    text.value = ''
    document.getElementById('person')?.focus()
  }
  return (
    <div class='field people'>
      <label for='person'>{isOne ? 'With whom' : 'Who takes part'}</label>
      {chosen.length > 0 && (
        <ul class='chosen' aria-label='Chosen'>
          {chosen.map(person => <li key={person.id}>{person.username}<button type='button' aria-label={`Leave ${person.username} out`} onClick={() => { onChange(chosen.filter(other => other !== person)) }}>×</button></li>)}
        </ul>
      )}
      <input id='person' type='search' autoComplete='off' placeholder='The beginning of a name' value={text.value} onInput={event => { text.value = event.currentTarget.value }} />
      {found.value && (
        <ul class='found' aria-label='People found'>
          {found.value.map(user => <li key={user.id}><button type='button' onClick={() => { pick(user) }}><Avatar name={user.username} /> {user.username} {user.full_name && <span class='note'>{user.full_name}</span>}</button></li>)}
          {found.value.length === 0 && <li class='note'>Nobody’s name begins so.</li>}
        </ul>
      )}
    </div>
  )
}

/** The dialog that makes a chat. */
export function NewChat ({ onClose }: { onClose: () => void }) {
  const kind = useSignal<Kind>('assistant')
  const title = useSignal('')
  const people = useSignal<Person[]>([])
  const letsIn = useSignal(false)
  const fault = useSignal<string | undefined>(undefined)

  async function make (event: Event) {
    event.preventDefault()
    const participants = people.value.slice(0, kind.value === 'direct' ? 1 : undefined)
    if (kind.value !== 'assistant' && participants.length === 0) {
      fault.value = kind.value === 'direct' ? 'Choose with whom.' : 'Choose at least one other person.'
      return
    }
    try {
      const chat = await unwrap(api.POST('/api/v1/chats', {
        body: {
          type: kind.value,
          memories_enabled: true,
          ...(kind.value !== 'assistant' && { participant_ids: participants.map(({ id }) => id) }),
          ...(kind.value !== 'direct' && title.value.trim() !== '' && { title: title.value.trim() }),
          ...(kind.value === 'group' && letsIn.value && { assistant_enabled: true })
        }
      }))
      take(chat as Chat)
      onClose()
      open(chat.id)
    } catch (error) {
      fault.value = error instanceof ParleyError ? error.detail : String(error)
    }
  }

  return (
    <Dialog title='New chat' onClose={onClose}>
      <form onSubmit={event => { void make(event) }}>
        <fieldset class='kinds'>
          <legend>What kind</legend>
          {kinds.map(({ id, label, about }) => (
            <label key={id}>
              <input type='radio' name='kind' value={id} checked={kind.value === id} onChange={() => { kind.value = id; fault.value = undefined }} />
              <span><b>{label}</b> {about}</span>
            </label>
          ))}
        </fieldset>
        {kind.value !== 'direct' && (
          <div class='field'>
            <label for='title'>Title <span class='hint'>may be empty</span></label>
            <input id='title' maxLength={200} autoComplete='off' value={title.value} onInput={event => { title.value = event.currentTarget.value }} />
          </div>
        )}
        {kind.value !== 'assistant' && <People chosen={people.value} isOne={kind.value === 'direct'} onChange={next => { people.value = next; fault.value = undefined }} />}
        {kind.value === 'group' && <label class='check'><input type='checkbox' checked={letsIn.value} onChange={event => { letsIn.value = event.currentTarget.checked }} /> The assistant may answer when somebody writes <code>@assistant</code></label>}
        {fault.value && <p class='fault' role='alert'>{fault.value}</p>}
        <div class='row end'><button type='submit' class='primary'>Make the chat</button></div>
      </form>
    </Dialog>
  )
}

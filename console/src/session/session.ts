import { effect, signal } from '@preact/signals'
import { createClient, type Me, type Tokens, unwrap } from '../../../client/src/index.ts'
import { insist } from '../connection/insist.ts'

const key = 'parley-session'

/** This tab's tokens alone: two windows can be two people. */
const storage = {
  load: (): Tokens | undefined => {
    const kept = sessionStorage.getItem(key)
    return kept === null ? undefined : JSON.parse(kept) as Tokens
  },
  save: (tokens: Tokens | undefined) => {
    if (tokens) sessionStorage.setItem(key, JSON.stringify(tokens))
    else sessionStorage.removeItem(key)
  }
}

/** REST, with the tokens of this tab. */
export const api = createClient({ baseUrl: '/', storage })

/** Whether this tab has tokens. */
export const isSignedIn = signal(api.session.tokens !== undefined)
/** Who I am, once it has been read. */
export const me = signal<Me | undefined>(undefined)
/** Why the session ended, unless it was wished. */
export const ending = signal<string | undefined>(undefined)

api.session.onChange(({ tokens, error }) => {
  isSignedIn.value = tokens !== undefined
  if (tokens) ending.value = undefined
  else {
    me.value = undefined
    ending.value = error && 'Your session ended: sign in again.'
  }
})

/** Reads who I am. Throws ParleyError. */
export async function loadMe () {
  me.value = await insist(() => isSignedIn.value, async () => await unwrap(api.GET('/api/v1/users/me')))
}

effect(() => { document.title = me.value ? `${me.value.username} · Parley` : 'Parley: the console' })

/** Ends the session here, and at the server when it can be reached. */
export async function signOut () {
  await api.logout().catch(() => {})
}

import { useSignal, type Signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { ParleyError } from '../../../client/src/index.ts'
import { Welcome } from '../shell/welcome.tsx'
import { api, ending } from './session.ts'

type Faults = Record<string, string>

interface InputProps { name: string, label: string, type?: 'email' | 'password' | 'text', hint?: string, autoComplete: string, faults: Signal<Faults> }

function Input ({ name, label, type = 'text', hint, autoComplete, faults }: InputProps) {
  const fault = faults.value[name]
  return (
    <div class={fault ? 'field faulty' : 'field'}>
      <label for={name}>{label}</label>
      <input
        // Its type is one word of three, which the types of Preact take for three inputs.
        {...{ type } as { type: 'text' }}
        id={name} name={name} autoComplete={autoComplete} autoCapitalize='none' spellcheck={false}
        aria-invalid={Boolean(fault)} aria-describedby={`${name}-about`}
        onInput={() => { if (fault) faults.value = { ...faults.value, [name]: '' } }}
      />
      <p id={`${name}-about`}>{fault ? <span class='fault'>{fault}</span> : <span class='about'>{hint}</span>}</p>
    </div>
  )
}

/** The field that a refusal is about. */
const fieldByCode: Record<string, string> = { email_taken: 'email', username_taken: 'username', password_too_common: 'password', invalid_credentials: 'password', account_deactivated: 'name' }
const wordsByCode: Record<string, string> = {
  invalid_credentials: 'The name or the password is wrong.',
  email_taken: 'There is an account with this email: sign in instead.',
  username_taken: 'Somebody has this name: choose another one.',
  password_too_common: 'This password is one of the first that others would try: choose another one.',
  account_deactivated: 'This account is switched off.'
}
const wordsByField: Record<string, string> = {
  '/email': 'An email looks like ann@example.com.',
  '/username': 'A username has 3 to 32 letters, digits, “_”, “.” and “-”.',
  '/password': 'A password has at least 8 characters.'
}

/** What a refused form shows, by its fields; '' is the form as a whole. */
export function faultsOf (error: unknown): Faults {
  if (!(error instanceof ParleyError)) throw error
  if (error.errors) return Object.fromEntries(error.errors.map(({ path, message }) => [path.slice(1), wordsByField[path] ?? message]))
  return { [fieldByCode[error.code] ?? '']: wordsByCode[error.code] ?? error.detail }
}

const empty = (form: Record<string, string>): Faults => Object.fromEntries(Object.entries(form).filter(([name, value]) => value === '' && name !== 'username').map(([name]) => [name, 'This is needed.']))

/** Signing in, and making an account. */
export function SignIn () {
  const isNew = useSignal(false)
  const isBusy = useSignal(false)
  const faults = useSignal<Faults>({})
  const form = useRef<HTMLFormElement>(null)

  async function submit (event: Event) {
    event.preventDefault()
    const values = Object.fromEntries(new FormData(form.current!)) as Record<string, string>
    faults.value = empty(values)
    if (Object.keys(faults.value).length === 0) {
      isBusy.value = true
      const { name = '', email = '', username = '', password = '' } = values
      const done = isNew.value
        ? api.register({ email, password, ...(username && { username }) })
        : api.login({ password, ...(name.includes('@') ? { email: name } : { username: name }) })
      await Promise.resolve(done).catch((error: unknown) => { faults.value = faultsOf(error) })
      isBusy.value = false
    }
    requestAnimationFrame(() => { form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus() })
  }

  const choose = (next: boolean) => {
    isNew.value = next
    faults.value = {}
  }
  return (
    <main class='entrance'>
      <Welcome />
      <section class='card' aria-labelledby='entrance-title'>
        <h2 id='entrance-title'>{isNew.value ? 'Make an account' : 'Sign in'}</h2>
        {ending.value && <p class='notice' role='alert'>{ending.value}</p>}
        <form ref={form} key={String(isNew.value)} noValidate onSubmit={event => { void submit(event) }}>
          {isNew.value
            ? (
              <>
                <Input name='email' label='Email' type='email' autoComplete='email' faults={faults} hint='Any address will do: nothing is sent to it.' />
                <Input name='username' label='Username' autoComplete='username' faults={faults} hint='How others find you. Left empty, you get a made-up one.' />
                <Input name='password' label='Password' type='password' autoComplete='new-password' faults={faults} hint='8 characters or more.' />
              </>
              )
            : (
              <>
                <Input name='name' label='Email or username' autoComplete='username' faults={faults} />
                <Input name='password' label='Password' type='password' autoComplete='current-password' faults={faults} />
              </>
              )}
          {faults.value[''] && <p class='fault' role='alert'>{faults.value['']}</p>}
          <button type='submit' class='primary wide' disabled={isBusy.value}>{isNew.value ? 'Register' : 'Sign in'}</button>
        </form>
        <p class='other'>
          {isNew.value ? 'You have an account?' : 'You are new here?'}{' '}
          <button type='button' class='link' onClick={() => { choose(!isNew.value) }}>{isNew.value ? 'Sign in' : 'Make an account'}</button>
        </p>
      </section>
    </main>
  )
}

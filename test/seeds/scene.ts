import type { Test } from 'tap'
import { startApp } from '../helpers/app.ts'

/** Registers somebody as the documents do, with a name, an address and a password, and logs in with them. */
export async function scene (t: Test, settings: Record<string, string> = {}) {
  const app = await startApp(t, settings)
  return {
    ...app,
    async person (username: string, email = `${username}@example.com`, password = 'secret-enough') {
      const { status, body, text } = await app.request('POST', '/auth/register', { body: { username, email, password } })
      const login = await app.request('POST', '/auth/login', { body: { username, password } })
      if (status !== 201 || login.status !== 200) throw new Error(`register answered ${text}, login ${login.text}`)
      return { id: body.user.id as string, username, email, password, token: login.body.access_token as string }
    }
  }
}

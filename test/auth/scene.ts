import { randomBytes } from 'node:crypto'
import tap, { type Test } from 'tap'
import { type Answer, startApp, type TestApp } from '../helpers/app.ts'
import type { Person } from '../helpers/people.ts'

let started: Promise<TestApp> | undefined

/** A program runs several files, each with a server of its own. */
function start (): Promise<TestApp> {
  tap.teardown(() => { started = undefined })
  return startApp(tap)
}

/** The file's server, its accounts and sessions emptied, and short words for what the tests of accounts do with it. */
export async function scene () {
  const app = await (started ??= start())
  await Promise.all(['users', 'sessions'].map(async name => await app.connection.collection(name).deleteMany({})))
  return {
    ...app,
    call: app.request,
    bus: app.services.bus,
    users: app.services.users,

    /** Registers somebody; what is not given is made up. */
    async person (given: { email?: string, username?: string, full_name?: string, password?: string } = {}): Promise<Person> {
      const word = randomBytes(6).toString('hex')
      const account = { email: `${word}@example.com`, username: `p-${word}`, password: 'correct horse battery', ...given }
      const { status, body, text } = await app.request('POST', '/auth/register', { body: account })
      if (status !== 201) throw new Error(`register answered ${status}: ${text}`)
      return { ...account, id: body.user.id, token: body.access_token, refreshToken: body.refresh_token }
    },

    /** The stored sessions, for a look at what no answer shows, or to let time pass. */
    sessions: app.connection.collection<{ rotated_at: Date | null, created_at: Date, expires_at: Date }>('sessions'),

    /** The session an access token belongs to. */
    sessionOf: (token: string): string => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid
  }
}

/** Whether the answer is this problem of the catalogue, in the problem's own content type. */
export function isProblem (t: Test, { status, body, headers }: Answer, expectedStatus: number, code: string) {
  t.match({ status, code: body?.code, type: headers.get('content-type') }, { status: expectedStatus, code, type: /^application\/problem\+json/ })
}

import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { startApp } from './stand-in.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
interface Request { token?: string, body?: object, form?: Record<string, string>, headers?: Record<string, string> }

export interface Answer {
  status: number
  headers: Record<string, string | string[] | number | undefined>
  text: string
  /** The parsed body; what the test expects of it is checked there. */
  body: Record<string, any>
}

export interface Person { id: string, email: string, username: string, password: string, token: string, refreshToken: string }

/** An app of its own with an empty database, and short words for what these tests do with it. */
export async function scene (t: Test) {
  const parts = await startApp(t)

  async function call (method: Method, url: string, { token, body, form, headers = {} }: Request = {}): Promise<Answer> {
    const answer = await parts.app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
      ...(form && { payload: new URLSearchParams(form).toString() }),
      ...(body && { payload: body })
    })
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: answer.body ? answer.json() : {} }
  }

  return {
    ...parts,
    call,

    /** Registers somebody; what is not given is made up. */
    async person (given: { email?: string, username?: string, full_name?: string, password?: string } = {}): Promise<Person> {
      const word = randomBytes(6).toString('hex')
      const account = { email: `${word}@example.com`, username: `p-${word}`, password: 'correct horse battery', ...given }
      const { status, body, text } = await call('POST', '/auth/register', { body: account })
      if (status !== 201) throw new Error(`cannot register: ${text}`)
      return { ...account, id: body['user'].id, token: body['access_token'], refreshToken: body['refresh_token'] }
    },

    /** The stored session with this id, for a look at what no answer shows, or to let time pass. */
    sessions: parts.connection.collection<{ refresh_hash: string, rotated_at: Date | null, expires_at: Date }>('sessions'),

    /** The session an access token belongs to. */
    sessionOf: (token: string): string => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sid
  }
}

/** Whether the answer is this problem of the catalogue, in the problem's own content type. */
export function isProblem (t: Test, { status, body, headers }: Answer, expectedStatus: number, code: string) {
  t.match({ status, code: body['code'], type: headers['content-type'] }, { status: expectedStatus, code, type: /^application\/problem\+json/ })
}

import { Types } from 'mongoose'
import { userChanged } from '../../src/users/events.ts'
import { type TestApp, usualPassword } from './app.ts'

export interface Person { id: string, email: string, username: string, password: string, token: string, refreshToken: string }

let made = 0

/** Registers somebody over HTTP. */
export async function register ({ request }: Pick<TestApp, 'request'>, name?: string): Promise<Person> {
  const username = name ?? `person-${process.pid}-${++made}`
  const email = `${username}@example.com`
  const password = usualPassword
  const { status, body, text } = await request('POST', '/auth/register', { body: { email, password, username } })
  if (status !== 201) throw new Error(`register answered ${status}: ${text}`)
  return { id: body.user.id, email, username, password, token: body.access_token, refreshToken: body.refresh_token }
}

/** Registers several people. */
export const registerAll = async (app: Pick<TestApp, 'request'>, ...names: string[]): Promise<Person[]> =>
  await Promise.all(names.map(name => register(app, name)))

/** Makes somebody an administrator of the server, straight in the database, and lets the server forget what it remembers of them. */
export async function makeAdmin ({ connection, services }: Pick<TestApp, 'connection' | 'services'>, person: Person): Promise<Person> {
  const { matchedCount } = await connection.collection('users').updateOne({ _id: new Types.ObjectId(person.id) }, { $set: { role: 'admin' } })
  if (matchedCount !== 1) throw new Error('there is no such account')
  services.bus.emit(userChanged, { user_id: person.id })
  return person
}

/** Makes a chat and answers its body; `others` are taken in. */
export async function makeChat ({ request }: Pick<TestApp, 'request'>, owner: Person, type: 'assistant' | 'direct' | 'group' = 'assistant', others: Person[] = []) {
  const { status, body, text } = await request('POST', '/chats', { token: owner.token, body: { type, ...(type !== 'direct' && { title: 'A chat' }), ...(others.length > 0 && { participant_ids: others.map(({ id }) => id) }) } })
  if (status !== 201 && status !== 200) throw new Error(`making a chat answered ${status}: ${text}`)
  return body
}

/** Sends a message and answers its body. */
export async function say ({ request }: Pick<TestApp, 'request'>, sender: Person, chatId: string, content: string, more: object = {}) {
  const { status, body, text } = await request('POST', `/chats/${chatId}/messages`, { token: sender.token, body: { content, ...more } })
  if (status !== 201 && status !== 200) throw new Error(`sending answered ${status}: ${text}`)
  return body
}

/** A message as it is read where nothing parts: what its send answered, and that it has no alternatives. */
export const asRead = <Sent extends object>(message: Sent) => ({ ...message, alternatives: { index: 0, count: 1 } })

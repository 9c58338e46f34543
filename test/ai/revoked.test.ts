import t from 'tap'
import { openEvents } from '../helpers/events.ts'
import { aiScene } from './scene.ts'

const { app, provider, ann, newChat, complete, stream, request } = await aiScene(t)
const login = async () => (await request('POST', '/auth/login', { body: { email: ann.email, password: ann.password } })).body.access_token as string

t.test('who was logged out hears no more of a reply; their other session hears it to its end', async t => {
  const chatId = await newChat()
  const token = await login()
  const held = provider.hold({ after: 2, text: 'One two three four' })
  const gone = await stream(t, chatId, { content: 'Count', stream: true }, { ...ann, token })
  const started = await gone.next()
  t.equal(started?.event, 'reply_started')
  t.match(await gone.next(), { event: 'reply_delta' })
  await request('POST', '/auth/logout', { token })
  const other = await openEvents(t, `${app.api}/runs/${started!.data.run.id}/events`, { token: ann.token })
  held.release()
  t.equal((await other.rest()).at(-1)?.event, 'reply_finished')
  await gone.rest().catch(() => {})
  t.notOk(gone.seen.some(({ event, data }) => event === 'reply_finished' || data.text?.includes('three')), 'neither what came after nor how it ended')
})

t.test('who waits for a whole reply and is logged out meanwhile does not get it', async t => {
  const chatId = await newChat()
  const token = await login()
  const held = provider.hold({ after: 1, text: 'One two' })
  const answer = complete(chatId, { content: 'Count', stream: false }, { ...ann, token })
  await held.arrived
  await request('POST', '/auth/logout', { token })
  held.release()
  t.match(await answer, { status: 401, body: { code: 'unauthenticated' } })
  t.equal((await app.request('GET', `/chats/${chatId}/messages`, { token: ann.token })).body.items.length, 2, 'it was written all the same')
})

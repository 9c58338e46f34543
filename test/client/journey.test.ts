// From an empty server to two people with a live chat, a streamed reply and a second branch: everything by the client.
import t from 'tap'
import { createClient, each, type RunEvent, unwrap } from '../../client/src/index.ts'
import { startApp } from '../helpers/app.ts'
import { openSocket } from './scene.ts'

const app = await startApp(t)
const password = 'correct horse battery'

/** A fetch whose streams break off: each of the next ones behind the first bytes that hold its text, or at once. */
function breaking () {
  const asked: string[] = []
  const cuts: string[] = []
  return {
    asked,
    cuts,
    async fetch (request: Request): Promise<Response> {
      const answer = await globalThis.fetch(request)
      if (!answer.headers.get('content-type')?.includes('event-stream')) return answer
      asked.push(`${request.method} ${request.headers.get('last-event-id') ?? ''}`)
      const cut = cuts.shift()
      if (cut === undefined) return answer
      let text = ''
      const decoder = new TextDecoder()
      const body = answer.body!.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
        transform (chunk, controller) {
          if (cut !== '') controller.enqueue(chunk)
          text += decoder.decode(chunk, { stream: true })
          if (text.includes(cut)) controller.error(new TypeError('terminated'))
        }
      }))
      return new Response(body, answer)
    }
  }
}

const wire = breaking()
const ann = createClient({ baseUrl: app.url, fetch: wire.fetch })
const bob = createClient({ baseUrl: app.url })

async function gather (events: AsyncIterable<RunEvent>) {
  const told: RunEvent[] = []
  for await (const event of events) told.push(event)
  const text = told.reduce((text, { event, data }) => event === 'reply_delta' ? text.slice(0, data.offset) + data.text : text, '')
  const last = told.at(-1)!
  return { told, text, reply: last.event === 'reply_finished' ? last.data.reply : undefined }
}

t.test('two people meet, talk live and read on', async t => {
  await ann.register({ email: 'ann@example.com', username: 'ann', password })
  const { id: bobId } = await bob.register({ email: 'bob@example.com', username: 'bob', password })
  const { items: [found] } = await unwrap(ann.GET('/api/v1/users/search', { params: { query: { q: 'bo' } } }))
  t.equal(found!.id, bobId)
  const { id } = await unwrap(ann.POST('/api/v1/chats', { body: { type: 'direct', participant_ids: [bobId] } }))
  const [anns, bobs] = [openSocket(t, ann), openSocket(t, bob, { auth: 'ticket' })]
  for (const { socket } of [anns, bobs]) {
    socket.connect()
    await socket.subscribe(id)
  }
  const { message } = await anns.socket.send({ type: 'message', chat_id: id, content: 'Hello, Bob' })
  await bobs.until(() => bobs.texts().includes('Hello, Bob'))
  const read = new Promise(resolve => { anns.socket.on('read_marked', resolve) })
  t.match(await bobs.socket.send({ type: 'read', chat_id: id, seq: message.seq }), { seq: message.seq, unread_count: 0 })
  t.match(await read, { user_id: bobId, seq: message.seq })
})

t.test('a reply is told whole over connections that break off, and the question is stored once', async t => {
  const { id } = await unwrap(ann.POST('/api/v1/chats', { body: { title: 'Questions' } }))
  // The first answer is lost before it says anything, the second in the middle, and so is where it is taken up.
  wire.cuts.push('', 'reply_delta', 'reply_delta')
  const { told, text, reply } = await gather(ann.complete(id, { content: 'What is a log?' }))
  t.equal(reply!.content, text)
  t.match(reply, { status: 'complete', content: /What is a log\?/ })
  t.equal(told.filter(({ event }) => event === 'reply_started').length, 1)
  t.match(wire.asked, ['POST ', 'POST ', /^GET \d+$/, /^GET \d+$/])
  const read = () => each(page => ann.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: id }, query: { ...page, order: 'asc' } } }))
  const roles: string[] = []
  for await (const { role } of read()) roles.push(role)
  t.same(roles, ['user', 'assistant'])

  const again = await gather(ann.regenerate(reply!.id))
  t.match(again.reply, { status: 'complete', reply_to: reply!.reply_to })
  t.not(again.reply!.branch_id, reply!.branch_id)
  const whole = await gather(ann.events(again.reply!.run_id!))
  t.equal(whole.text, again.text, 'one that has ended is told as well')
  t.same((await gather(ann.events(again.reply!.run_id!, { after: 'end' }))).told.map(({ event }) => event), ['reply_finished'])
  await t.rejects(gather(ann.events('f'.repeat(24))), { code: 'run_not_found' })

  const abort = new AbortController()
  const stopped = (async () => { for await (const { event } of ann.complete(id, { content: 'A long one' }, { signal: abort.signal })) if (event === 'reply_delta') abort.abort() })()
  await t.rejects(stopped, { name: 'AbortError' }, 'who listens no more is told nothing more')
})

import t from 'tap'
import { commands, events, schemas, socketFrames } from '../../src/catalogue.ts'
import { createValidators } from '../../src/platform/validation.ts'
import { startApp } from '../helpers/app.ts'
import { makeChat, type Person, registerAll, say } from '../helpers/people.ts'
import { openSocket } from '../helpers/socket.ts'

const app = await startApp(t)
const validators = createValidators(schemas.filter(({ $id }) => !socketFrames.some(frame => frame.$id === $id)))
const heardFrames = [...socketFrames, ...events.filter(({ audience }) => audience !== 'internal').map(({ schema }) => schema)]
const sentFrames = commands(app.services).map(({ schema }) => schema)
const compiled = new Map(heardFrames.map(schema => [(schema['properties'] as Record<string, { const: string }>)['type']!.const, validators.json(schema)]))

t.test('every frame is described, and its examples fit', async t => {
  for (const schema of [...heardFrames, ...sentFrames]) {
    const name = String(schema.$id)
    t.ok(schema.description && schema['examples']?.length > 0, name)
    const validate = validators.json(schema)
    for (const example of schema['examples']) t.ok(validate(example), `${name}: ${JSON.stringify(validate.errors)}`)
  }
  const names = [...heardFrames, ...sentFrames].map(({ $id }) => $id)
  t.equal(new Set(names).size, names.length, 'under a name of its own')
})

t.test('what a socket hears is what is described', async t => {
  const [ann, bob] = await registerAll(app, 'ann', 'bob') as [Person, Person]
  const chat = await makeChat(app, ann, 'group', [bob])
  const frames: Record<string, any>[] = []
  const listen = async (person: Person) => {
    const socket = await openSocket(t, `${app.api}/ws`, { headers: { authorization: `Bearer ${person.token}` } })
    frames.push(socket.hello)
    socket.send({ type: 'subscribe', chat_id: chat.id, since: 0, id: 's' })
    frames.push(await socket.next('subscribed'), await socket.next('sync'), await socket.next('ack'))
    return socket
  }
  const must = async (method: string, path: string, body?: object) => {
    const { status, text, body: answer } = await app.request(method, path, { token: ann.token, ...(body && { body }) })
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`)
    return answer
  }
  const [socket, other] = [await listen(ann), await listen(bob)]
  const { id } = await say(app, ann, chat.id, 'text')
  await must('PATCH', `/messages/${id}`, { content: 'other text' })
  const branch = await must('POST', `/chats/${chat.id}/branches`, { name: 'side', message_index: 0 })
  await must('PATCH', `/chats/${chat.id}/branches/${branch.id}`, { name: 'another' })
  await must('PUT', `/chats/${chat.id}/active-branch`, { branch_id: branch.id })
  await must('PUT', `/chats/${chat.id}/active-branch`, { branch_id: chat.active_branch_id })
  await must('DELETE', `/chats/${chat.id}/branches/${branch.id}`)
  await must('DELETE', `/messages/${id}`)
  await must('PATCH', `/chats/${chat.id}`, { title: 'New' })
  for (const content of ['start', 'stop']) other.send({ type: 'typing', chat_id: chat.id, content })
  other.send({ type: 'read', chat_id: chat.id, seq: 3 })
  await socket.next(frame => frame.type === 'read_marked' && frames.push(frame) > 0)
  other.send({ type: 'ping', id: 'p' })
  frames.push(await other.next('pong'))
  other.send('{')
  other.send({ type: 'subscribe', chat_id: chat.id, since: 1, epoch: '0000000000000000' })
  frames.push(await other.next('error'), await other.next('resync_required'))
  other.send({ type: 'unsubscribe', chat_id: chat.id })
  frames.push(await other.next('unsubscribed'))
  await must('DELETE', `/chats/${chat.id}/messages`)
  await must('DELETE', `/chats/${chat.id}`)
  await socket.next(({ type, reason }) => type === 'unsubscribed' && reason === 'chat_deleted')
  frames.push(...socket.frames, ...other.frames)
  const seen = new Set(frames.map(({ type }) => type))
  for (const frame of frames) {
    const validate = compiled.get(frame['type'])
    t.ok(validate?.(frame), `${frame['type']}: ${JSON.stringify(validate?.errors)}`)
  }
  t.same([...compiled.keys()].filter(type => !seen.has(type)).sort(), ['reply_delta', 'reply_finished', 'reply_started', 'shutdown'], 'every frame was heard but those of a model and of a stop')
})

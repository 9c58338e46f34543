// What the types promise: judged by `npm run typecheck`, never run. A line that must not compile says so.
import { type AckFrame, type Client, type ClientFrame, each, type Message, type ParleySocket, type ServerFrame, unwrap } from '../../client/src/index.ts'

/** Holds when the two types are one. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
const holds: <Claim extends true>(value?: unknown, claim?: Claim) => void = () => {}

export async function rest (api: Client) {
  const { data, error } = await api.GET('/api/v1/chats/{chat_id}', { params: { path: { chat_id: 'x' } } })
  holds<Same<NonNullable<typeof data>['type'], 'assistant' | 'direct' | 'group'>>(data)
  holds<Same<NonNullable<typeof error>['code'], string>>(error)
  const message = await unwrap(api.POST('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: 'x' } }, body: { content: 'x' } }))
  holds<Same<typeof message, Message>>(message)
  for await (const item of each(page => api.GET('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: 'x' }, query: page } }))) holds<Same<typeof item, Message>>(item)
  for await (const event of api.complete('x', { content: 'x' })) if (event.event === 'reply_delta') holds<Same<typeof event.data.text, string>>(event)

  // @ts-expect-error there is no such path
  await api.GET('/api/v1/chat')
  // @ts-expect-error the path needs its parameter
  await api.GET('/api/v1/chats/{chat_id}')
  // @ts-expect-error a message has a text
  await api.POST('/api/v1/chats/{chat_id}/messages', { params: { path: { chat_id: 'x' } }, body: {} })
  // @ts-expect-error a model is asked for a stream by the method itself
  api.complete('x', { content: 'x', stream: false })
  // @ts-expect-error this list has no cursor
  each(() => api.GET('/api/v1/users/me'))
}

export async function frames (socket: ParleySocket, frame: ServerFrame) {
  socket.on('new_message', ({ message }) => holds<Same<typeof message, Message>>(message))
  socket.on('state', ({ state }) => holds<Same<typeof state, 'connecting' | 'open' | 'waiting' | 'closed'>>(state))
  if (frame.type === 'pong') holds<Same<typeof frame.heads[number]['seq'], number>>(frame)
  const { message, replayed } = await socket.send({ type: 'message', chat_id: 'x', content: 'x' })
  holds<Same<typeof message, Message>>(message)
  holds<Same<typeof replayed, boolean>>(replayed)
  const typed = await socket.send({ type: 'typing', chat_id: 'x', content: 'start' })
  holds<Same<typeof typed, AckFrame>>(typed)
  const { run } = await socket.send({ type: 'complete', chat_id: 'x', content: 'x' })
  holds<Same<typeof run.status, 'running' | 'complete' | 'stopped' | 'error'>>(run)

  // @ts-expect-error there is no such frame
  socket.on('new_massage', () => {})
  // @ts-expect-error a message has no such member
  socket.on('new_message', ({ message: { text } }) => { holds<Same<typeof text, string>>(text) })
  // @ts-expect-error typing starts or stops
  await socket.send({ type: 'typing', chat_id: 'x', content: 'begin' })
  // @ts-expect-error a message goes to a chat
  await socket.send({ type: 'message', content: 'x' })
  // @ts-expect-error what keeps places sees to this by itself
  await socket.send({ type: 'subscribe', chat_id: 'x' })
  // @ts-expect-error no server sends a command
  const command: ClientFrame = frame
  holds<Same<typeof command, ClientFrame>>(command)
}

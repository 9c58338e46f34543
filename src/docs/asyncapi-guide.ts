import { rateWindows } from '../platform/rate-limit.ts'

/** The bounds and times of sockets that the guide tells; times in milliseconds. */
export interface SocketBounds {
  socketsPerUser: number
  subscriptions: number
  authMs: number
  heartbeatMs: number
  frameBytes: number
  waitingFrames: number
  queueBytes: number
  queueFrames: number
}

export const tags = [
  { name: 'realtime', description: 'The socket itself: whose it is, which chats it hears, who is there.' },
  { name: 'chats', description: 'Chats, their people, who types and who has read.' },
  { name: 'messages', description: 'What is said in them.' },
  { name: 'branches', description: 'Conversations that part.' },
  { name: 'ai', description: 'Replies of language models.' }
]

const seconds = (ms: number) => `${ms / 1000} s`
const bytes = (count: number) => count % 1_048_576 === 0 ? `${count / 1_048_576} MiB` : `${Math.round(count / 1024)} KiB`
const rate = ({ points, duration }: { points: number, duration: number }) => `${points} in ${duration} s`
const list = (names: string[]) => names.map(name => `\`${name}\``).join(', ')

/** A client in a few lines; a test runs it as it stands. */
const sample = `// Hears chats through lost connections: every change once, and in order.
// known: chat id → { since, epoch } as you kept it, or {} for a chat of which you have nothing yet.
function listen (address, newTicket, known, take) {
  let socket, wait = 500, stopped = false
  const retry = () => { if (!stopped) setTimeout(connect, wait); wait = Math.min(wait * 2, 30000) }
  async function connect () {
    let ticket
    try { ticket = await newTicket() } catch { return retry() }
    socket = new WebSocket(address + '?ticket=' + ticket)
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data)
      const place = known.get(frame.chat_id)
      if (frame.type === 'hello') {
        for (const [chat_id, at] of known) socket.send(JSON.stringify({ type: 'subscribe', chat_id, ...at }))
      }
      take(frame)
      if (!place) return
      if (frame.epoch) place.epoch = frame.epoch
      if (frame.type === 'subscribed') { place.since ??= frame.seq; wait = 500 }
      else if (frame.type === 'sync') place.since = frame.to
      else if (frame.type === 'unsubscribed') known.delete(frame.chat_id)
      else if (frame.seq && frame.type !== 'read_marked') place.since = frame.seq
    }
    socket.onclose = retry
  }
  connect()
  return () => { stopped = true; socket?.close() }
}`

/** What a person reads first: how to write a client, in Markdown. `sends` are the commands that count as sending, `droppable` the events that a slow reader may miss. */
export const guide = (settings: SocketBounds, { address, sends, numbered, droppable }: { address: string, sends: string[], numbered: string[], droppable: string[] }) => `One WebSocket serves all chats of a person. The client sends commands and hears what happens, as it happens. Every frame is a text frame with one JSON object, and every object has a \`type\`. In this document \`send\` is what a client sends and \`receive\` is what it hears. What is asked over HTTP stands at [/docs](/docs); names, shapes and error codes are the same there and here.

### A first conversation

1. Get an access token: \`POST /api/v1/auth/login\` answers \`access_token\`.
2. Open \`${address}/ws?token=…\` with it. The first frame you hear is \`hello\`.
3. Send \`subscribe\` with the id of a chat. You hear \`subscribed\` with the chat, and then whatever happens in it.
4. Send \`message\`. Everybody who hears the chat, you too, hears \`new_message\`.
5. Remember the highest \`seq\` and the \`epoch\` of the chat. After a lost connection send them with \`subscribe\`: what you missed comes first.

\`\`\`json
  {"type":"hello","connection_id":"0f8f…","heartbeat_ms":${settings.heartbeatMs},"limits":{…}}
> {"type":"subscribe","id":"1","chat_id":"66f0…c001"}
  {"type":"subscribed","chat_id":"66f0…c001","seq":41,"epoch":"9f1c…","chat":{…}}
  {"type":"ack","id":"1","chat_id":"66f0…c001","seq":41}
> {"type":"message","id":"2","chat_id":"66f0…c001","content":"Hello"}
  {"type":"new_message","chat_id":"66f0…c001","seq":42,"message":{…}}
  {"type":"ack","id":"2","message":{…},"replayed":false}
\`\`\`

### Who you are

Say it in one of four ways. All are judged alike, and a socket stays that of one person.

- The header \`Authorization: Bearer …\` with an access token or an API key, where a client can set headers.
- \`?ticket=…\`: \`POST /api/v1/auth/ws-ticket\` answers a ticket that works once, for 30 seconds. Best for web pages, as addresses are kept in logs and histories.
- \`?token=…\`: the token or key itself in the address.
- A first frame \`authenticate\` with the token, within ${seconds(settings.authMs)}.

A socket ends with its token, unless an \`authenticate\` with a newer token of the same person came before. It ends at once when its session is ended: by logout, a change of the password, or the end of the account. Rights are asked for with every command, as over HTTP.

A handshake is refused over HTTP, with a problem document, when the page that asks is of a foreign origin (403 \`origin_not_allowed\`), when the address is wrong (400, 404), when there are too many requests (429), or when it is no handshake at all (426). Everything else is told on the open socket: a frame \`error\`, then the close code.

### Commands and their answers

- The commands of a socket are done one after the other, in the order in which they came, and answered in it; of messages to the same chat several may be stored together. At most ${settings.waitingFrames} wait; the server reads no further until there is room.
- Give a command an \`id\`, and it is answered by \`ack\` or \`error\` with the same \`id\`. Without one there is no \`ack\`, and an \`error\` names no frame. A \`ping\` is answered by \`pong\` in any case.
- What a command does is told by events, to you as to the others. The \`ack\` may come before or after them.
- An \`error\` with \`retryable: true\` may succeed later: send the same frame again after a pause.
- Give each \`message\` and each \`complete\` a \`client_id\` of your own. The same one again answers the first result with \`replayed: true\`, so that nothing is said twice, whatever was lost on the way. \`retry_same_client_id\` says that the outcome is not known: send it again just so.
- Members that are not described are refused. The other way round, ignore types and members of frames that you do not know.

### Hearing a chat, and coming back

All that lasts in a chat takes the next number of its log: 1, 2, 3 and so on, without a hole. It is the \`seq\` of ${list(numbered)}. A frame with \`first_seq\` tells of all numbers from that to its \`seq\`. You hear each number once, and in order.

\`subscribe\` does this, exactly in this order:

1. It is asked whether you may hear the chat.
2. You are registered. What happens from now on is held back for you.
3. \`subscribed\` is sent, with the chat, its \`epoch\` and its highest \`seq\`.
4. With \`since\`, what happened after it is sent as one or more \`sync\`. After each, you are at its \`to\`.
5. What was held back and is newer is sent, and from then on all that comes.
6. The \`ack\` is sent. Others hear \`user_joined\`.

So nothing is missed, doubled or out of order between the past and what comes. For each chat remember the highest number you were told (\`seq\`, or \`to\` of a \`sync\`) and the \`epoch\`, and send both when you come back. Without \`since\` you begin at the \`seq\` of \`subscribed\`.

- \`resync_required\` comes where the past cannot be told whole: the history was cleared (another \`epoch\`), or it reaches too far back. Read the chat again over HTTP and go on from the frame's \`seq\` with its \`epoch\`.
- To notice a lost tail, compare \`heads\` of \`pong\` with what you know. Where you are behind, \`subscribe\` again with \`since\`: that is allowed at any time.
- Frames without a number are not repeated: who types, who is there, who has read, and the pieces of a reply.

\`\`\`js
${sample}
\`\`\`

### Replies of a model

\`complete\` stores your question and an empty reply. You hear both as \`new_message\`, then \`reply_started\`, then the text piece by piece as \`reply_delta\`, each with its \`offset\`, and at the end \`reply_finished\` with the whole message. Whoever misses a piece waits for the end. A reply goes on when its reader goes away; \`cancel\` ends it, and what was written stays.

### Heartbeat

Every ${seconds(settings.heartbeatMs)} (\`heartbeat_ms\` of \`hello\`) the server sends a ping of the WebSocket protocol; browsers and libraries answer by themselves. Where none was answered until the next one, the connection is dropped. To learn whether the server is there, send \`ping\`: pages cannot send pings of the protocol.

### Limits

- A frame has at most ${bytes(settings.frameBytes)}; a larger one closes the socket with 1009.
- A person has at most ${settings.socketsPerUser} sockets, in all processes that share a Redis, and a socket hears at most ${settings.subscriptions} chats.
- A person sends at most ${rateWindows.frame.map(rate).join(' and ')} of any frames, and ${rateWindows.send.map(rate).join(' and ')} of ${list(sends)}, counted together with those over HTTP. More is answered with \`rate_limited\`.

The server's own numbers stand in \`limits\` of \`hello\` and at \`GET /api/v1/info\`.

### Slow readers

For a socket that reads slowly at most ${bytes(settings.queueBytes)} or ${settings.queueFrames} frames wait. When half of that is taken, ${list(droppable)} are left out. When all is taken the socket is closed with 4008. Come back with \`since\` and nothing is lost.`

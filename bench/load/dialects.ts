/** What is sent and waited for: a message that is stored, or a sign of typing that is not. */
export type Kind = 'message' | 'typing'

/** How the load program speaks with a kind of server. */
export interface Dialect {
  /** The address of its sockets, where it is the same for all chats. */
  path?: string
  /** Sent once the handshake is done, to be let into a chat. */
  hello?: (place: Place) => string
  /** What to say to a text frame that came before the socket was ready. */
  answer?: (text: string, place: Place) => string | undefined
  /** Whether a text frame says that the socket is in its chat; without it the handshake is enough. */
  isReady?: (text: string) => boolean
  /** The first bytes of a frame that is counted: the least that tells it from others, and where in the payload it stands. */
  mark: Record<Kind, { at: number, bytes: string }>
  /** A frame that sends something; `turn` counts from 0. */
  send: (kind: Kind, place: Place, content: string, turn: number) => string
  /** A text frame by which the server asks whether the client lives, and the answer. */
  beat?: { asks: string, answer: string }
}

export interface Place { chatId: string, token: string }

const json = { message: { at: 9, bytes: 'new_' }, typing: { at: 9, bytes: 'typi' } }
const state = (turn: number) => turn % 2 === 0 ? 'start' : 'stop'

export const dialects = {
  parley: {
    isReady: text => text.startsWith('{"type":"subscribed"'),
    mark: json,
    send: (kind, { chatId }, content, turn) => JSON.stringify(kind === 'message'
      ? { type: 'message', chat_id: chatId, content }
      : { type: 'typing', chat_id: chatId, content: state(turn) })
  },
  fastapi: {
    mark: json,
    send: (kind, _place, content, turn) => JSON.stringify({ type: kind, content: kind === 'message' ? content : state(turn) })
  },
  // Engine.IO 4 and Socket.IO 5: a digit for the packet of the one, another for that of the other.
  socketio: {
    path: '/socket.io/?EIO=4&transport=websocket',
    answer: (text, { chatId, token }) => text.startsWith('0{') ? `40${JSON.stringify({ token })}` : text.startsWith('40') ? `420${JSON.stringify(['join', chatId])}` : undefined,
    isReady: text => text.startsWith('430'),
    mark: { message: { at: 4, bytes: 'new_' }, typing: { at: 4, bytes: 'typi' } },
    send: (kind, { chatId }, content, turn) => `42${JSON.stringify([kind, kind === 'message' ? { chat_id: chatId, content } : { chat_id: chatId, content: state(turn) }])}`,
    beat: { asks: '2', answer: '3' }
  },
  bare: {
    mark: json,
    send: (kind, _place, content) => JSON.stringify({ type: kind, content })
  }
} satisfies Record<string, Dialect> as Record<string, Dialect>

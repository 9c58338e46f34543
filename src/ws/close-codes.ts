import { catalogue, type ErrorCode } from '../platform/errors.ts'

/** Frames in a row that nobody can read, and that came too fast, until the socket is closed. */
export const badFrameBound = 3
export const fastFrameBound = 100

interface Closing {
  code: number
  /** Who ends the socket: the server with this code, the WebSocket library of the server, the client, or nobody, the connection being gone. */
  by: 'server' | 'protocol' | 'client' | 'nobody'
  meaning: string
  /** What a client does then. */
  then: string
  /** The errors after which the socket is of no use: their `error` frame comes before. */
  after?: ErrorCode[]
}

const comeBack = 'Connect again after a pause that grows with each try, and subscribe with `since` and `epoch`.'
const mend = 'Mend the client: the same frame will be refused again.'

/** Every way in which a socket ends. The codes are part of the contract; those under 4000 are of RFC 6455 and the IANA's registry. */
export const closings = {
  normal: { code: 1000, by: 'client', meaning: 'You closed the socket with this code; the server answers with the code that you gave.', then: 'Connect again when you want to.' },
  shutdown: { code: 1001, by: 'server', meaning: 'The server stops. The frame `shutdown` came before and says when to come back.', then: 'Connect again after `retry_after_ms`, and subscribe with `since` and `epoch`.' },
  protocol_error: { code: 1002, by: 'protocol', meaning: 'What you sent is no WebSocket frame (RFC 6455).', then: mend },
  connection_lost: { code: 1006, by: 'nobody', meaning: 'The connection ended without a close frame: the network broke, or a heartbeat was not answered before the next one. It is what your WebSocket client reports; nobody sends it.', then: comeBack },
  invalid_text: { code: 1007, by: 'protocol', meaning: 'A text frame was not UTF-8.', then: mend },
  frame_too_large: { code: 1009, by: 'protocol', meaning: 'A frame was larger than `limits.frame_bytes` of `hello`.', then: mend },
  try_again_later: { code: 1013, by: 'server', meaning: 'The server could not let you in, for example because its database does not answer.', then: comeBack },
  too_slow: { code: 4008, by: 'server', meaning: 'You read more slowly than there was to tell, and the queue for you was full.', then: comeBack },
  too_fast: { code: 4029, by: 'server', meaning: `${fastFrameBound} frames in a row came faster than the limit allows.`, then: 'Send more slowly: wait when an error is `retryable`. Then connect again.', after: ['rate_limited'] },
  bad_frames: { code: 4400, by: 'server', meaning: `${badFrameBound} frames in a row were not JSON or of no known type.`, then: mend },
  unauthenticated: { code: 4401, by: 'server', meaning: 'There was no valid token or ticket, the first frame was not `authenticate`, the token has ended, or its session was ended (logout, another password, a closed account).', then: 'Get a new access token (`POST /auth/refresh`, else log in), and connect again.', after: ['unauthenticated', 'token_expired'] },
  forbidden: { code: 4403, by: 'server', meaning: 'You were taken out of the chat of the address, or a later `authenticate` brought the token of another person.', then: 'Do not come back to this chat unless you are added again.', after: ['forbidden'] },
  chat_gone: { code: 4404, by: 'server', meaning: 'For you there is no chat with the id of the address; or it was deleted while you heard it.', then: 'Forget the chat.', after: ['chat_not_found'] },
  authentication_timeout: { code: 4408, by: 'server', meaning: 'The first frame did not come within `limits.authenticate_ms` of `hello`.', then: 'Connect again with a token or a ticket, or send `authenticate` sooner.', after: ['authentication_timeout'] },
  too_many_sockets: { code: 4409, by: 'server', meaning: 'You have as many sockets open as one person may.', then: 'Close another socket first; one socket can hear many chats.', after: ['too_many_sockets'] }
} as const satisfies Record<string, Closing>

export type ClosingName = keyof typeof closings

const byError = new Map<ErrorCode, ClosingName>(Object.entries<Closing>(closings).flatMap(([name, { after = [] }]) => after.map(code => [code, name as ClosingName] as const)))

/** Whether a socket is of no use after this problem. */
export const endsSocket = (code: ErrorCode): boolean => byError.has(code)

/** How a socket ends that cannot be opened, or not be kept, because of this problem. */
export const closingOf = (code: ErrorCode): ClosingName => byError.get(code) ?? (catalogue[code][0] >= 500 ? 'try_again_later' : 'forbidden')

import type { Answers, ClientFrame } from './frame-types.ts'

/** The frame that answers a frame. */
export type Ack<Type extends ClientFrame['type']> = Answers[Type]

/** The frames that `send` takes: the socket sees to login and subscriptions by itself. */
export type Sendable = Exclude<ClientFrame, { type: 'authenticate' | 'subscribe' | 'unsubscribe' }>

import type { AckFrame, ClientFrame, PongFrame } from './frame-types.ts'
import type { Branch, Message, ReadState, Run } from './rest-types.ts'

/** What the answer to a frame holds, by the frame's `type`. */
interface Answers {
  message: { message: Message, /** Whether it was stored before. */ replayed: boolean }
  react: { message: Message }
  read: ReadState
  branch: { branch: Branch }
  activate_branch: { branch: Branch }
  complete: { message: Message, reply: Message, run: Run, replayed: boolean }
  cancel: { run: Run }
}

/** The frame that answers a frame. */
export type Ack<Type extends ClientFrame['type']> = Type extends 'ping' ? PongFrame : Type extends keyof Answers ? AckFrame & Answers[Type] : AckFrame

/** The frames that `send` takes: the socket sees to login and subscriptions by itself. */
export type Sendable = Exclude<ClientFrame, { type: 'authenticate' | 'subscribe' | 'unsubscribe' }>

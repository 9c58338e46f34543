import type { Config } from '../platform/config.ts'

/** The bounds and times of sockets; times are in milliseconds. */
export interface SocketSettings {
  /** Sockets of one person, in all processes that share a Redis. */
  socketsPerUser: number
  /** Chats that one socket may hear. */
  subscriptions: number
  /** How long a socket may take to say whose it is. */
  authMs: number
  /** How often a silent socket is asked whether it still lives. */
  heartbeatMs: number
  /** The largest frame of a client. */
  frameBytes: number
  /** Frames of a socket that may wait for their turn before it is no longer read. */
  waitingFrames: number
  /** What may wait for a slow reader. */
  queueBytes: number
  queueFrames: number
  /** How long a slow reader then has to read its close frame. */
  slowCloseMs: number
  /** How often chats are compared with the database. */
  compareMs: number
}

export const socketSettings = (config: Config): SocketSettings => ({
  socketsPerUser: config.WS_SOCKETS_PER_USER,
  subscriptions: config.WS_SUBSCRIPTIONS,
  authMs: config.WS_AUTH_MS,
  heartbeatMs: config.WS_HEARTBEAT_MS,
  frameBytes: config.WS_FRAME_BYTES,
  waitingFrames: config.WS_WAITING_FRAMES,
  queueBytes: config.WS_QUEUE_BYTES,
  queueFrames: config.WS_QUEUE_FRAMES,
  slowCloseMs: config.WS_SLOW_CLOSE_MS,
  compareMs: config.WS_COMPARE_MS
})

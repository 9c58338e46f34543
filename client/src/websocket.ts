/** What is needed of a WebSocket: that of browsers, of Node from 22 on, and of the package `ws` have it. */
export interface WebSocketLike {
  readonly readyState: number
  onopen: ((event: any) => void) | null
  onmessage: ((event: any) => void) | null
  onclose: ((event: any) => void) | null
  onerror: ((event: any) => void) | null
  send: (data: string) => void
  close: (code?: number, reason?: string) => void
  /** Of `ws`: ends without waiting for the other side. */
  terminate?: () => void
}

export type WebSocketConstructor = new (url: string) => WebSocketLike

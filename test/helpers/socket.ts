import { once } from 'node:events'
import type { Test } from 'tap'
import { WebSocket } from 'ws'

export type Frame = Record<string, any> & { type: string }
type Which = string | ((frame: Frame) => boolean)

/** A real WebSocket client that keeps every frame it heard, and tells of each, the first too. */
export async function openSocket (t: Test, address: string, { heard, ...options }: { headers?: Record<string, string>, autoPong?: boolean, heard?: (frame: Frame) => void } = {}) {
  const socket = new WebSocket(address.replace(/^http/, 'ws'), options)
  const frames: Frame[] = []
  const hearers = new Set<() => void>()
  const closed = new Promise<{ code: number, reason: string }>(resolve => {
    socket.once('close', (code, reason) => {
      resolve({ code, reason: String(reason) })
      for (const hear of hearers) hear()
    })
  })
  let hello: Frame | undefined
  socket.on('message', data => {
    const frame: Frame = JSON.parse(String(data))
    heard?.(frame)
    if (hello) frames.push(frame)
    else hello = frame
    for (const hear of [...hearers]) hear()
  })
  socket.on('error', () => {})
  t.teardown(() => { socket.terminate() })
  await once(socket, 'open')

  return {
    socket,
    /** Every frame but the first, which is always `hello`. */
    frames,
    get hello () { return hello! },
    closed,
    /** Sends a frame, or a text as it is. */
    send: (frame: object | string) => { socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)) },
    /** The first frame, heard or still to come, that fits and was not answered by `next` before. */
    async next (which: Which): Promise<Frame> {
      const fits = typeof which === 'string' ? (frame: Frame) => frame.type === which : which
      for (;;) {
        const index = frames.findIndex(fits)
        if (index >= 0) return frames.splice(index, 1)[0]!
        if (socket.readyState === WebSocket.CLOSED) throw new Error(`the socket closed before ${String(which)} came`)
        await new Promise<void>(resolve => {
          const hear = () => { hearers.delete(hear); resolve() }
          hearers.add(hear)
        })
      }
    }
  }
}

export type TestSocket = Awaited<ReturnType<typeof openSocket>>

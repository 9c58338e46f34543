import { once } from 'node:events'
import { PassThrough, type Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { RunEvent } from './follow.ts'

/** How often a silent stream says that it lives, in milliseconds: proxies end what is silent for a minute. */
const beatMs = 15_000

const format = ({ event, id, data }: RunEvent) => `event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`

/** Events as a stream of text that goes no faster than its reader. It breaks off when they throw: the reader comes again with Last-Event-ID. */
function eventStream (events: AsyncIterable<RunEvent>): Readable {
  const stream = new PassThrough()
  const beat = setInterval(() => { if (!stream.writableNeedDrain) stream.write(': still there\n\n') }, beatMs).unref()
  // The headers go with the first bytes, and the first event may be long in coming.
  stream.write(': here\n\n')
  const gone = once(stream, 'close').catch(() => {})
  async function pass () {
    for await (const event of events) {
      if (stream.destroyed) return
      if (!stream.write(format(event))) await Promise.race([once(stream, 'drain').catch(() => {}), gone])
    }
    stream.end()
  }
  pass().catch((error: Error) => stream.destroy(error)).finally(() => clearInterval(beat))
  return stream
}

/** Whether a client wants events rather than one answer. */
export const wantsEvents = ({ headers }: FastifyRequest, stream = false) => stream || (headers.accept?.includes('text/event-stream') ?? false)

/** Lets an answer take, and its connection be silent, for as long as a model may, which is longer than others may. */
export function holdOpen ({ raw, server, waitOn }: FastifyRequest, reply: FastifyReply) {
  waitOn?.()
  raw.socket.setTimeout(0)
  reply.raw.once('close', () => { if (!raw.socket.destroyed) raw.socket.setTimeout(server.server.timeout) })
}

/** Answers with events. */
export const sendEvents = (reply: FastifyReply, events: AsyncIterable<RunEvent>) =>
  reply.type('text/event-stream; charset=utf-8').header('X-Accel-Buffering', 'no').send(eventStream(events))

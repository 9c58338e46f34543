import type { Client as FetchClient } from 'openapi-fetch'
import { networkError, type ParleyError, unwrap } from './error.ts'
import { backOffMs } from './random.ts'
import type { Message, paths, Run } from './rest-types.ts'

/** What is told of a run: its beginning, each piece of the reply (`offset` counts UTF-16 code units, as `length` does), what failed, and the whole reply at its end. */
export type RunEvent =
  | { event: 'reply_started', id: string, data: { run: Run, reply: Message } }
  | { event: 'reply_delta', id: string, data: { run_id: string, offset: number, text: string } }
  | { event: 'error', id: string, data: { run_id: string, code: string, message: string } }
  | { event: 'reply_finished', id: string, data: { run: Run, reply: Message } }

/** How often in a row a stream is asked for again. */
const patience = 8

/** One block of a stream of events (WHATWG HTML, section 9.2.6); undefined for one that only keeps the connection alive. */
function parseEvent (block: string): RunEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? []
    if (name) fields.set(name, name === 'data' && fields.has('data') ? `${fields.get('data')!}\n${value!}` : value!)
  }
  const data = fields.get('data')
  return data === undefined ? undefined : { event: fields.get('event') ?? 'message', id: fields.get('id') ?? '', data: JSON.parse(data) } as RunEvent
}

async function * readEvents (body: ReadableStream<Uint8Array>): AsyncGenerator<RunEvent, void, undefined> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  try {
    for (let text = ''; ;) {
      const { done, value } = await reader.read()
      if (done) return
      const blocks = (text + decoder.decode(value, { stream: true })).split(/\r\n\r\n|\n\n|\r\r/)
      text = blocks.pop()!
      for (const block of blocks) {
        const event = parseEvent(block)
        if (event) yield event
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

interface Stream {
  signal?: AbortSignal | undefined
  /** Starts the run; a second time it must find the same one. */
  begin?: () => Promise<unknown>
  runId?: string
  /** The `id` of the last event that is known. */
  after?: string | undefined
}

/** Tells of a run up to its end; a stream that breaks off is asked for again behind the last event. Throws ParleyError, and the signal's reason. */
export async function * followRun (api: FetchClient<paths>, { signal, begin, runId, after }: Stream): AsyncGenerator<RunEvent, void, undefined> {
  const resume = async () => await unwrap(api.GET('/api/v1/runs/{run_id}/events', {
    params: { path: { run_id: runId! }, ...(after !== undefined && { header: { 'Last-Event-Id': after } }) },
    parseAs: 'stream',
    ...(signal && { signal })
  }))
  for (let tries = 0; ; tries++) {
    let failure: unknown
    try {
      const body = await (runId === undefined ? begin!() : resume())
      for await (const event of readEvents(body as ReadableStream<Uint8Array>)) {
        tries = 0
        after = event.id
        if (event.event === 'reply_started') runId = event.data.run.id
        yield event
        if (event.event === 'reply_finished') return
      }
    } catch (error) {
      failure = networkError(error)
    }
    signal?.throwIfAborted()
    const error = (failure ?? networkError(undefined)) as ParleyError
    if (!(error.status === 0 || error.status === 503) || tries >= patience) throw error
    await new Promise(resolve => { setTimeout(resolve, backOffMs(tries, { leastMs: 250, mostMs: 10_000 })) })
  }
}

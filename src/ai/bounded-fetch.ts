import { AiFault, statusFault } from './faults.ts'

/** The most bytes of one event, and of all of a reply: two hundred thousand characters at three hundred bytes each, at most. */
const eventBound = 1024 * 1024
const bodyBound = 64 * 1024 * 1024

const newline = 10

/** What was seen of a reply's body, beside the events themselves. */
export interface Heard {
  /** The provider said that the reply is complete. */
  done: boolean
  /** Why no more was read. */
  fault?: AiFault
}

const bad = () => new AiFault('ai_bad_answer', undefined, { again: true })

/**
 * Passes bytes on as long as they are UTF-8 in events of a bearable size: the client would collect an event of any size, and
 * read broken UTF-8 as if it were whole. After `[DONE]`, or a fault, nothing is read any more; what came before is passed on.
 */
function boundEvents (heard: Heard): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let eventBytes = 0
  let bodyBytes = 0
  let line = ''

  function look (bytes: Uint8Array) {
    eventBytes += bytes.length
    bodyBytes += bytes.length
    if (eventBytes > eventBound || bodyBytes > bodyBound) throw bad()
    line += decoder.decode(bytes, { stream: true })
    if (bytes.at(-1) !== newline) return
    if (/^\r?\n$/.test(line)) eventBytes = 0
    heard.done ||= /^data: ?\[DONE\]\r?\n$/.test(line)
    line = ''
  }

  return new TransformStream({
    transform (bytes, controller) {
      for (let from = 0, to; from < bytes.length; from = to) {
        to = bytes.indexOf(newline, from) + 1 || bytes.length
        const part = bytes.subarray(from, to)
        try {
          look(part)
        } catch {
          heard.fault = bad()
        }
        if (!heard.fault) controller.enqueue(part)
        if (heard.fault || heard.done) return controller.terminate()
      }
    },
    flush () {
      heard.done ||= /^data: ?\[DONE\]$/.test(line)
    }
  })
}

/** A whole body. Throws when it is larger than an event may be. */
async function readAll (answer: Response): Promise<Buffer> {
  let size = 0
  const parts: Uint8Array[] = []
  for await (const part of answer.body ?? []) {
    size += part.length
    if (size > eventBound) throw bad()
    parts.push(part)
  }
  return Buffer.concat(parts)
}

const parse = (body: Buffer) => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))

/** A completion that came in one piece, as the events of a stream: some endpoints do not know how to stream. */
async function asEvents (answer: Response): Promise<Response> {
  const body = await readAll(answer)
  try {
    const { choices: [{ message, finish_reason: finish }], usage } = parse(body)
    const chunk = { choices: [{ index: 0, delta: { content: message.content }, finish_reason: finish ?? 'stop' }], usage }
    return new Response(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`, { headers: { 'content-type': 'text/event-stream' } })
  } catch {
    throw bad()
  }
}

/**
 * A fetch for one reply: follows no redirect, passes no error's body on, and bounds what it reads of a success. What it cannot
 * accept it throws as AiFault, or leaves as `heard.fault` when that shows only in the body.
 */
export function boundedFetch (heard: Heard): typeof fetch {
  return async (input, init) => {
    const answer = await fetch(input, { ...init, redirect: 'manual' })
    if (answer.status === 400) throw statusFault(400, answer.headers, await readAll(answer).then(body => parse(body).error).catch(() => undefined))
    if (!answer.ok) {
      await answer.body?.cancel()
      throw statusFault(answer.status, answer.headers)
    }
    const whole = /\bjson\b/.test(answer.headers.get('content-type') ?? '') ? await asEvents(answer) : answer
    return new Response(whole.body?.pipeThrough(boundEvents(heard)) ?? null, { headers: whole.headers })
  }
}

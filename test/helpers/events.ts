import type { Test } from 'tap'
import type { Ask } from './app.ts'

export interface ServerEvent { event: string, id: string, data: any }

/** Server-sent events as they come from `url`, parsed; it ends with the answer, or with the test. */
export async function openEvents (t: Test, url: string, { token, body, headers }: Ask = {}) {
  const abort = new AbortController()
  t.teardown(() => { abort.abort() })
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    signal: abort.signal,
    headers: { accept: 'text/event-stream', ...(body !== undefined && { 'content-type': 'application/json' }), ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const seen: ServerEvent[] = []
  async function * read (): AsyncGenerator<ServerEvent> {
    let text = ''
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
      text += chunk
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = text.slice(0, end).split('\n').filter(line => !line.startsWith(':'))
        text = text.slice(end + 2)
        if (lines.length === 0) continue
        const field = (name: string) => lines.find(line => line.startsWith(`${name}: `))!.slice(name.length + 2)
        seen.push({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) })
        yield seen.at(-1)!
      }
    }
  }
  const events = read()
  return {
    status: answer.status,
    headers: answer.headers,
    seen,
    json: async () => await answer.json() as any,
    /** The next event; undefined at the end. */
    next: async (): Promise<ServerEvent | undefined> => (await events.next()).value as ServerEvent | undefined,
    /** All that is still to come. */
    async rest () {
      for await (const _ of events) { /* kept in `seen` */ }
      return seen
    },
    /** Cuts the connection. */
    cut: () => { abort.abort() }
  }
}

/** The text that the pieces of a reply make, one behind the other. */
export function textOf (events: ServerEvent[], begin = ''): string {
  return events.filter(({ event }) => event === 'reply_delta').reduce((text, { data }) => {
    if (data.offset !== text.length) throw new Error(`a piece at ${data.offset} came after ${text.length} characters`)
    return text + data.text
  }, begin)
}

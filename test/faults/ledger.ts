/** What a sender was told of one message. */
export interface Acknowledged { lane: string, clientId: string, id: string, chatId: string, senderId: string, seq: number, content: string }

/** One answer of a process, or that there was none. */
export interface Answer { server: number, what: string, status: number, code?: string | undefined, from: number, to: number, hasRetryAfter?: boolean }

/** How many lines of one kind are kept to be shown. */
const shown = 12

/** What is noted while the faults go on, for the checker. */
export function createLedger (couldAnswer: (server: number, from: number, to: number) => boolean) {
  const acknowledged: Acknowledged[] = []
  /** When sends were acknowledged, in order. */
  const ackTimes: number[] = []
  const counts = { unknown: 0, refused: 0, repeats: 0, edits: 0, deletions: 0, reactions: 0, asked: 0, removals: 0, branches: 0 }
  const statuses = new Map<string, number>()
  const wrong = new Map<string, string[]>()
  const late503: Answer[] = []

  /** Notes that a rule was broken; the first few are kept in words. */
  function broken (rule: string, what: string) {
    const lines = wrong.get(rule) ?? []
    wrong.set(rule, lines)
    if (lines.length < shown) lines.push(what)
    else if (lines.length === shown) lines.push('… and more')
  }

  return {
    acknowledged,
    ackTimes,
    counts,
    statuses,
    wrong,
    broken,
    /** Those that came later than 5 s although their process was not stopped. */
    late503,
    revs: new Map<string, number>(),
    deleted: new Set<string>(),
    /** How long sends and changes took from their first try to their acknowledgement, in milliseconds. */
    took: { sends: [] as number[], changes: [] as number[] },

    acknowledge (send: Acknowledged) {
      acknowledged.push(send)
      ackTimes.push(Date.now())
    },

    /** Judges an answer by itself. */
    answered ({ server, what, status, code, from, to, hasRetryAfter }: Answer) {
      const key = `${status} ${code ?? ''}`.trim()
      statuses.set(key, (statuses.get(key) ?? 0) + 1)
      if (status === 500) broken('no answer is 500', `${what} at ${server}: ${status} ${code}`)
      if (status === 401) broken('no valid token is refused', `${what} at ${server}: ${code}`)
      if (status !== 503) return
      if (hasRetryAfter === false) broken('503 comes in time and says when to come back', `${what} at ${server}: without Retry-After`)
      // Who asks a model hears in time whether that began; then they wait for as long as it writes, and hear what became of it.
      if (what.endsWith('/completions') && code !== 'retry_same_client_id') return
      // A process that was stopped meanwhile answers when it can.
      if (to - from > patience503Ms && couldAnswer(server, from, to)) late503.push({ server, what, status, code, from, to })
    }
  }
}

/** How long a client waits for a 503 at the most, in milliseconds. */
export const patience503Ms = 5000

export type Ledger = ReturnType<typeof createLedger>

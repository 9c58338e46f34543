/** How often what waits for something is looked at, in milliseconds. */
const tickMs = 250

/** Looks at things a few times a second (at the time of `performance.now`, which nobody can set), each until its answer is called: one timer serves all of them, and none when there is nothing. */
export function createTicker () {
  const ticking = new Set<(now: number) => void>()
  let timer: NodeJS.Timeout | undefined

  return function watch (tick: (now: number) => void): () => void {
    ticking.add(tick)
    timer ??= setInterval(() => {
      const now = performance.now()
      for (const look of ticking) look(now)
    }, tickMs).unref()
    return () => {
      ticking.delete(tick)
      if (ticking.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }
}

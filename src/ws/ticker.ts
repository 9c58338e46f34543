/** How often what waits for something is looked at, in milliseconds. */
const tickMs = 250

/** Looks at things a few times a second, each until its answer is called: one timer serves all of them, and none when there is nothing. */
export function createTicker () {
  const ticking = new Set<() => void>()
  let timer: NodeJS.Timeout | undefined

  return function watch (tick: () => void): () => void {
    ticking.add(tick)
    timer ??= setInterval(() => {
      for (const look of ticking) look()
    }, tickMs).unref()
    return () => {
      ticking.delete(tick)
      if (ticking.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }
}

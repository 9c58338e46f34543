/** How often what waits for something is looked at, in milliseconds. */
const tickMs = 250

/** What waits for something. */
export interface Ticking { tick: () => void }

/** Looks at things a few times a second: one timer serves all of them, and none when there is nothing. */
export function createTicker () {
  const watched = new Set<Ticking>()
  let timer: NodeJS.Timeout | undefined

  return {
    watch (ticking: Ticking) {
      watched.add(ticking)
      timer ??= setInterval(() => {
        for (const each of watched) each.tick()
      }, tickMs).unref()
    },

    unwatch (ticking: Ticking) {
      watched.delete(ticking)
      if (watched.size > 0) return
      clearInterval(timer)
      timer = undefined
    }
  }
}

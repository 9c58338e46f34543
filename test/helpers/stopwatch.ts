const STEP_MS = 50

/**
 * Measures how long something takes, in milliseconds, less what this machine kept from us: by as much as a timer of 50 ms comes late,
 * nobody worked here. So a promise of so many seconds can be held to on a machine that does much else.
 */
export function stopwatch () {
  const began = performance.now()
  let seen = began
  let late = 0
  const look = () => {
    const now = performance.now()
    const beyond = now - seen - STEP_MS
    // A millisecond or two are how timers are.
    if (beyond > 5) late += beyond
    seen = now
  }
  const timer = setInterval(look, STEP_MS).unref()
  return {
    /** The time so far; ends the measuring. */
    stop () {
      look()
      clearInterval(timer)
      return Math.round(performance.now() - began - late)
    }
  }
}
